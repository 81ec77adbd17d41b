// The network panel: what this page's own lane suffers, what is judged of what arrived, and by which way it came. Its buttons
// act on the fault proxy only; none of them closes a connection of the page.

import type { ClientState } from "@carillon/client";
import { icon, make, setText } from "@carillon/look";
import type { Fault, LaneState, Way } from "./lane.js";

/** What a panel can count. */
export type FigureName = "sent" | "confirmed" | "seen" | "gaps" | "lost" | "duplicate" | "reordered";

/** What a panel does count, which does not change. */
export type PanelFigures = { readonly [Name in FigureName]?: number };

export interface PanelHost {
  readonly lane: Way;
  figures(): PanelFigures;
  /** By what the figures are judged: a sentence. */
  readonly judgedBy: string;
  /** In words: what carries the messages now; undefined while nothing does. */
  carrier(): string | undefined;
  /** A button for much at once. */
  readonly burst?: { readonly name: string; run(): void };
  reset(): void;
  close(): void;
}

interface Choice {
  readonly name: string;
  readonly hint: string;
  readonly fault: Fault;
}

/** How long a server that is killed stays away. */
const KILLED_MILLIS = 2_000;

const choices: readonly Choice[] = [
  { name: "Cut", hint: "every connection is reset, and no new one comes through", fault: { fault: "cut" } },
  { name: "Kill", hint: "the server’s side dies: all is reset, and 2 s later it is back", fault: { fault: "cut", millis: KILLED_MILLIS } },
  { name: "Hang", hint: "no bytes pass, and nobody is told", fault: { fault: "hang", direction: "both" } },
  { name: "Half open", hint: "the server’s end is closed, and this page isn’t told", fault: { fault: "half-open", direction: "down" } },
  { name: "Delay", hint: "everything takes 2 s longer, each way", fault: { fault: "delay", direction: "both", millis: 2_000 } },
  { name: "Refuse", hint: "what is open stays open; no new connection comes through", fault: { fault: "refuse" } },
  { name: "Up only", hint: "bytes to the server pass; its answers do not", fault: { fault: "one-way", direction: "up" } },
  { name: "Down only", hint: "bytes from the server pass; yours do not", fault: { fault: "one-way", direction: "down" } },
  { name: "Throttle", hint: "500 bytes a second, each way", fault: { fault: "throttle", direction: "both", bytesPerSecond: 500 } },
  { name: "Single bytes", hint: "each byte travels by itself", fault: { fault: "split", direction: "both" } },
];

interface Figure {
  readonly key: FigureName;
  readonly name: string;
  readonly hint: string;
  readonly isBad?: true;
}

const figureNames: readonly Figure[] = [
  { key: "sent", name: "sent", hint: "messages that this tab was given to send" },
  { key: "confirmed", name: "confirmed", hint: "of these, kept by the server" },
  { key: "seen", name: "seen", hint: "what arrived here from all senders, each counted once" },
  { key: "gaps", name: "gaps told", hint: "how often the server said itself that something is gone" },
  { key: "lost", name: "lost", hint: "numbers that were skipped and have not come since", isBad: true },
  { key: "duplicate", name: "duplicate", hint: "numbers that came again", isBad: true },
  { key: "reordered", name: "reordered", hint: "numbers that came after a greater one", isBad: true },
];

export class NetworkPanel {
  readonly #lane = make("p", "hint lane");
  readonly #carrier = make("p", "carrier");
  readonly #restore = make("button", "fault restore", make("b", "", "Restore"), make("span", "", "everything passes again"));
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #figures = new Map<FigureName, HTMLElement>();

  constructor(
    root: HTMLElement,
    private readonly host: PanelHost,
  ) {
    const title = make("h2", "", "Network");
    title.id = "network-title";
    const close = make("button", "icon", icon("x"));
    close.type = "button";
    close.setAttribute("aria-label", "Close the network panel");
    close.addEventListener("click", () => host.close());
    root.classList.add("network-panel");
    root.replaceChildren(make("div", "pane-head", title, close), this.#carrier, this.#faults(), this.#lane, ...this.#judged());
  }

  #faults(): HTMLElement {
    const group = make("div", "faults");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "What this page’s network suffers");
    for (const { name, hint, fault } of choices) {
      const button = make("button", "fault", make("b", "", name), make("span", "", hint));
      button.type = "button";
      button.dataset["fault"] = keyOf(fault);
      button.addEventListener("click", () => void this.host.lane.suffer(fault));
      this.#buttons.set(keyOf(fault), button);
      group.append(button);
    }
    this.#restore.type = "button";
    this.#restore.dataset["fault"] = "none";
    this.#restore.addEventListener("click", () => void this.host.lane.suffer({ fault: "none" }));
    group.append(this.#restore);
    return group;
  }

  #judged(): HTMLElement[] {
    const { burst, judgedBy } = this.host;
    const figures = make("dl", "judged");
    const there = this.host.figures();
    for (const { key, name, hint, isBad } of figureNames) {
      if (there[key] === undefined) continue;
      const value = make("dd", isBad ? "bad" : "", "0");
      value.dataset["figure"] = key;
      const term = make("dt", "", name);
      term.title = hint;
      this.#figures.set(key, value);
      figures.append(make("div", isBad ? "bad" : "", term, value));
    }
    const buttons = make("p", "buttons");
    if (burst !== undefined) buttons.append(actButton("button small", "burst", burst.name, () => burst.run()));
    buttons.append(actButton("quiet", "reset", "Count anew", () => this.host.reset()));
    const hint = `${judgedBy} Stop the server, too, and start it again: the page goes on by itself.`;
    return [make("h3", "", "What arrived"), figures, buttons, make("p", "hint", hint)];
  }

  draw(): void {
    const { state, count } = this.host.lane;
    setText(this.#lane, laneText(state, count));
    setText(this.#carrier, this.host.carrier() ?? "No connection just now");
    const suffered = state.kind === "open" ? keyOf(state.fault) : "none";
    for (const [key, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(key === suffered));
      button.disabled = state.kind !== "open";
    }
    // Never disabled for having been pressed: the keyboard would lose its place.
    this.#restore.disabled = state.kind !== "open";
    this.#restore.classList.toggle("due", suffered !== "none");
    const figures = this.host.figures();
    for (const [key, element] of this.#figures) {
      const value = figures[key] ?? 0;
      setText(element, String(value));
      element.classList.toggle("raised", value > 0);
    }
  }
}

/** What the lane suffers, by the name of its button; undefined while it suffers nothing. */
export function sufferedName(state: LaneState): string | undefined {
  return state.kind === "open" ? choices.find(({ fault }) => keyOf(fault) === keyOf(state.fault))?.name : undefined;
}

const carriers = { websocket: "WebSocket", "event-stream": "an event stream", "long-poll": "long polls" } as const;

/** What carries the messages of a client, for {@link PanelHost.carrier}. */
export function carrierText(state: ClientState): string | undefined {
  if (state.kind !== "live" && state.kind !== "catching-up") return undefined;
  return `Messages come by ${carriers[state.transport]}${state.note === undefined ? "" : ` (${state.note})`}`;
}

function actButton(className: string, act: string, name: string, run: () => void): HTMLButtonElement {
  const button = make("button", className, name);
  button.type = "button";
  button.dataset["act"] = act;
  button.addEventListener("click", run);
  return button;
}

/** One-way has a direction that matters, and a cut may have an end; of the others there is one each. */
function keyOf(fault: Fault): string {
  if (fault.fault === "cut" && fault.millis !== undefined) return "kill";
  return fault.fault === "one-way" ? `one-way ${fault.direction}` : fault.fault;
}

function laneText(state: LaneState, count: number | undefined): string {
  switch (state.kind) {
    case "unknown":
      return "The server cannot be reached; the page asks it for a lane of its own.";
    case "none":
      return state.why;
    case "open": {
      const { up, down, open, total } = state.counts;
      const connections = `${open} of ${total} ${total === 1 ? "connection" : "connections"} open`;
      const lanes = count === undefined ? `This page’s own lane, port ${state.port}` : `${count} lanes of this page’s own`;
      return `${lanes}: ${connections}, ${bytes(up)} up, ${bytes(down)} down.`;
    }
  }
}

function bytes(count: number): string {
  return count < 10_000 ? `${count} B` : `${Math.round(count / 1_000)} kB`;
}
