// Shows guide.js and runs it: as a module, fresh each time, from the very file that is shown.

import { byId, make } from "@carillon/look";
import type { Feed } from "./feed.js";
import { Lamps } from "./lamps.js";
import { observeConsole, observeWebSockets, type ConsoleLevel } from "./observe.js";

const LINES_KEPT = 200;

export class GuidePane {
  private readonly lamps = new Lamps();
  private socket: WebSocket | undefined;
  private runs = 0;

  constructor(private readonly feed: Feed) {
    observeWebSockets({
      opened: (socket) => {
        this.socket = socket;
        this.lamps.begin(socket);
        this.stepped(socket);
      },
      stepped: (socket) => this.stepped(socket),
    });
    observeConsole((level, text) => this.log(level, text));
    byId("run").addEventListener("click", () => void this.run());
  }

  async show(): Promise<void> {
    const answer = await fetch("/guide.js");
    byId("code").replaceChildren(...coloured((await answer.text()).trimEnd()));
  }

  /** Runs the file. A socket of an earlier run is closed first, by the guide's own line. */
  async run(): Promise<void> {
    const button = byId<HTMLButtonElement>("run");
    button.disabled = true;
    await this.leave();
    await this.feed.mark();
    byId("console").replaceChildren();
    await new Promise<void>((resolve) => {
      const script = document.createElement("script");
      script.type = "module";
      script.src = `/guide.js?run=${++this.runs}`;
      script.addEventListener("load", () => resolve());
      script.addEventListener("error", () => resolve());
      document.head.append(script);
    });
    button.disabled = false;
  }

  private async leave(): Promise<void> {
    const socket = this.socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      socket.addEventListener("close", () => resolve());
      byId("close").click();
    });
  }

  private stepped(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.lamps.show(socket);
    if (socket.readyState !== WebSocket.CONNECTING) this.feed.unmark();
    const open = socket.readyState === WebSocket.OPEN;
    byId<HTMLButtonElement>("close").disabled = !open;
    byId<HTMLButtonElement>("ping").disabled = !open;
  }

  private log(level: ConsoleLevel, text: string): void {
    const pane = byId("console");
    const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 8;
    pane.append(make("div", level, text));
    while (pane.childElementCount > LINES_KEPT) pane.firstElementChild?.remove();
    if (atEnd) pane.scrollTop = pane.scrollHeight;
  }
}

const TOKENS =
  /(?<comment>\/\/.*)|(?<string>'[^']*'|`[^`]*`)|(?<keyword>\b(?:const|function|if|return|new)\b)|(?<number>\b\d+\b)/g;

/** Comments, strings, keywords and numbers in colours of their own; enough for one short file. */
function coloured(code: string): Node[] {
  const nodes: Node[] = [];
  let end = 0;
  for (const match of code.matchAll(TOKENS)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? "";
    nodes.push(document.createTextNode(code.slice(end, match.index)), make("span", `token ${kind}`, match[0]));
    end = match.index + match[0].length;
  }
  nodes.push(document.createTextNode(code.slice(end)));
  return nodes;
}
