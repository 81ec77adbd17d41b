// The page at /notifications-tab: one of several tabs that read the same channel, each by its own event stream or all by one.

import { createClient, type ClientState } from "@carillon/client";
import { eventStream } from "@carillon/client/fallback";
import { sharedClient } from "@carillon/client/tabs";
import { byId, setText, setUpThemeSwitch } from "@carillon/look";
import { freshKey } from "../page/browser.js";
import { OwnStream, type StreamEvents, type StreamState } from "./own-stream.js";
import type { LabChannels } from "./readers.js";

type Mode = "own" | "shared";

const MODE = "lab.tabs";
const TAB = "lab tab ";
const CHANNEL = "lab:tabs";
/** Of HTTP/1.1, to one host, in every browser that there is. */
const CONNECTIONS_MAX = 6;
/** A stream that has said nothing for so long waits for something. */
const PATIENCE_MILLIS = 2_000;
const LOOK_MILLIS = 500;

class TabPage {
  #stream: { close(): void } | undefined;
  #state: StreamState = "connecting";
  #isLeader = false;
  #since = performance.now();
  #heard = 0;
  #tabs = 1;
  #n = 0;

  constructor(private readonly address: string) {
    // Held for as long as this tab lives: by these the others count it.
    void navigator.locks.request(`${TAB}${freshKey()}`, () => new Promise(() => {}));
    for (const button of document.querySelectorAll<HTMLElement>("[data-mode]")) {
      button.addEventListener("click", () => {
        localStorage.setItem(MODE, button.dataset["mode"] ?? "own");
        this.#open();
      });
    }
    window.addEventListener("storage", ({ key }) => key === MODE && this.#open());
    byId("ring").addEventListener("click", () => void this.#ring());
    setText(byId("protocol"), protocol());
    this.#open();
    setInterval(() => void this.#look(), LOOK_MILLIS);
  }

  get #mode(): Mode {
    return localStorage.getItem(MODE) === "shared" ? "shared" : "own";
  }

  #open(): void {
    this.#stream?.close();
    this.#since = performance.now();
    this.#isLeader = false;
    const become = (state: StreamState) => {
      this.#state = state;
      this.#draw();
    };
    const told = () => {
      this.#heard++;
      this.#draw();
    };
    const events = { told, state: become };
    this.#stream = this.#mode === "own" ? new OwnStream(this.address, events) : this.#share(events);
    this.#draw();
  }

  /** One event stream for all tabs, whichever of them has it. */
  #share({ told, state }: StreamEvents): { close(): void } {
    const url = new URL("/live", this.address);
    const client = sharedClient<LabChannels>({ name: "lab tabs", open: () => createClient({ url, transport: eventStream() }) });
    client.on("leader", (isLeader) => (this.#isLeader = isLeader));
    client.on("state", (next) => state(stateOf(next)));
    void client.subscribe(CHANNEL).each((delivery) => void (delivery.kind === "publication" && told()));
    state("connecting");
    return client;
  }

  async #look(): Promise<void> {
    const { held = [] } = await navigator.locks.query();
    this.#tabs = held.filter(({ name }) => name?.startsWith(TAB)).length;
    this.#draw();
  }

  async #ring(): Promise<void> {
    const body = JSON.stringify({ n: ++this.#n, pad: "" });
    await fetch(`/channels/${CHANNEL}`, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => {});
  }

  #draw(): void {
    const isStuck = this.#state === "connecting" && performance.now() - this.#since > PATIENCE_MILLIS;
    setText(byId("heard"), String(this.#heard));
    setText(byId("tabs"), String(this.#tabs));
    setText(byId("why"), this.#why(isStuck));
    byId("pill").dataset["link"] = isStuck ? "waiting" : this.#state === "closed" ? "refused" : this.#state;
    setText(byId("pill-text"), isStuck ? "Pending" : words[this.#state]);
    for (const button of document.querySelectorAll<HTMLElement>("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset["mode"] === this.#mode));
    }
  }

  #why(isStuck: boolean): string {
    if (isStuck && this.#mode === "own" && this.#tabs > CONNECTIONS_MAX) {
      return `Pending: ${this.#tabs} tabs are open, and over HTTP/1.1 this browser has its ${CONNECTIONS_MAX} connections to this host in use. The request of this tab has not left the browser. Close a tab, or let all share one stream.`;
    }
    if (isStuck) return "Pending: the server has said nothing yet.";
    if (this.#state !== "live") return `${words[this.#state]}.`;
    if (this.#mode === "own") return "Live, by a stream of its own.";
    return this.#isLeader ? "Live. This tab reads the stream, and tells the others." : "Live, by the stream of another tab.";
  }
}

function stateOf({ kind }: ClientState): StreamState {
  switch (kind) {
    case "live":
      return "live";
    case "idle":
    case "connecting":
    case "catching-up":
      return "connecting";
    case "waiting":
    case "offline":
    case "suspended":
      return "waiting";
    case "failed":
    case "closed":
      return "closed";
  }
}

const words: { readonly [S in StreamState]: string } = { connecting: "Connecting", live: "Live", waiting: "Reconnecting", closed: "Closed" };

/** What this page came by, which is what the stream goes by too. */
function protocol(): string {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return page === undefined || page.nextHopProtocol === "" ? "–" : page.nextHopProtocol.replace(/^h2$/, "2").replace(/^http\//, "");
}

/** By a port of its own, so that the pages themselves find a connection; outside development mode there is none. */
async function streamAddress(): Promise<string> {
  const url = new URL(`/channels/${CHANNEL}`, location.href);
  try {
    const lane = await fetch("/network/lanes/default");
    if (lane.ok) url.port = String(((await lane.json()) as { readonly port: number }).port);
  } catch {
    // The stream says that the server is away.
  }
  return url.href;
}

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
void streamAddress().then((address) => new TabPage(address));
