// This page's own way to the server: a lane of the fault proxy (docs/network.md), whose bytes suffer what the network panel
// asks for while everybody else's pass. Outside development mode there is none, and the page connects directly.

import type { Page, PageEvent, Transport, TransportContext } from "@carillon/client";

/** What a lane's bytes can be made to suffer; the members are those of POST /network/lanes/…. */
export type Fault =
  | { readonly fault: "none" }
  /** With `millis` it is over by itself after so long. */
  | { readonly fault: "cut"; readonly millis?: number }
  | { readonly fault: "refuse" }
  | { readonly fault: "hang" | "half-open" | "one-way" | "split"; readonly direction: "up" | "down" | "both" }
  | { readonly fault: "delay"; readonly direction: "up" | "down" | "both"; readonly millis: number }
  | { readonly fault: "throttle"; readonly direction: "up" | "down" | "both"; readonly bytesPerSecond: number };

export interface LaneCounts {
  readonly up: number;
  readonly down: number;
  readonly open: number;
  readonly total: number;
}

export type LaneState =
  /** Not asked for yet, or the server cannot be reached to ask it. */
  | { readonly kind: "unknown" }
  | { readonly kind: "open"; readonly id: string; readonly port: number; readonly fault: Fault; readonly counts: LaneCounts }
  /** There are no lanes here, or none is left: the page connects directly. */
  | { readonly kind: "none"; readonly why: string };

/** What the browser's storage for one tab is needed for; the tests have it in memory. */
type LaneStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What a network panel acts on: a lane, or several that suffer alike. */
export interface Way {
  readonly state: LaneState;
  /** How many lanes, where it is not one. */
  readonly count?: number;
  suffer(fault: Fault): Promise<void>;
  watch(isWatched: boolean): void;
}

export interface LaneHost {
  readonly fetch: typeof fetch;
  /** Of the page, where pages that come after each other in a tab are not to suffer what was asked for on another one. */
  readonly name?: string;
  /** Where the lane is kept over a reload, with what it suffers; undefined for nowhere. */
  readonly storage: LaneStorage | undefined;
  setTimeout(run: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
  changed(): void;
}

const LANES = "/network/lanes";
const KEPT = "network.lane";

/** How often it is asked about while somebody looks at its counts, and while nobody does; the latter keeps it open. */
const WATCHED_MILLIS = 500;
const UNWATCHED_MILLIS = 5_000;
/** How often the server is asked for a new one while it cannot be reached. */
const UNREACHED_MILLIS = 500;

export class PageLane implements Way {
  #state: LaneState = { kind: "unknown" };
  #isWatched = false;
  #timer: unknown;
  #asking: Promise<void> = Promise.resolve();
  /** What it was asked to suffer last. */
  #asked: Fault = { fault: "none" };
  readonly #whole = new Set<() => void>();

  constructor(private readonly host: LaneHost) {}

  get state(): LaneState {
    return this.#state;
  }

  /** Opens one, or the one that this tab had before a reload. Never rejects. */
  async open(): Promise<void> {
    const kept = this.host.storage?.getItem(this.#key);
    if (kept != null && /^[A-Za-z0-9_-]+$/.test(kept)) await this.#ask(`${LANES}/${kept}`, "GET");
    if (this.#state.kind !== "open") await this.#lease();
    this.#again();
  }

  /** Its counts are shown, so they are asked for often. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#again(0);
  }

  /** From now on its bytes suffer this. */
  async suffer(fault: Fault): Promise<void> {
    if (this.#state.kind !== "open") return;
    this.#asked = fault;
    await this.#ask(`${LANES}/${this.#state.id}`, "POST", JSON.stringify(fault));
    if (fault.fault === "none") this.#isWhole();
    this.#again();
  }

  /** The same address, through the lane if there is one. */
  through(address: string): string {
    if (this.#state.kind !== "open") return address;
    const url = new URL(address);
    url.port = String(this.#state.port);
    return url.href;
  }

  /** The same transport, through the lane: whenever it connects, through the one that there is by then. */
  carry(transport: Transport): Transport {
    let mine: { readonly given: TransportContext; readonly through: TransportContext } | undefined;
    return (events, context) => {
      // A client has one context, and so has its transport.
      if (mine?.given !== context) mine = { given: context, through: this.#context(context) };
      return transport(events, mine.through);
    };
  }

  /** A transport may hold on to its context, while lanes come and go. */
  #context({ env, url, session, token }: TransportContext): TransportContext {
    const through = () => this.through(url);
    return {
      env,
      session,
      token,
      get url() {
        return through();
      },
    };
  }

  /** The page as it tells a client that the network is back: also when the lane is whole again, or another one is open. */
  page(browser: Page): Page {
    return {
      isOnline: () => browser.isOnline(),
      isHidden: () => browser.isHidden(),
      listen: (type: PageEvent, listener) => {
        const stop = browser.listen(type, listener);
        if (type === "online") this.#whole.add(listener);
        return () => {
          stop();
          this.#whole.delete(listener);
        };
      },
    };
  }

  get #key(): string {
    return this.host.name === undefined ? KEPT : `${KEPT}.${this.host.name}`;
  }

  #isWhole(): void {
    for (const listener of [...this.#whole]) listener();
  }

  #again(millis = this.#isWatched ? WATCHED_MILLIS : UNWATCHED_MILLIS): void {
    this.host.clearTimeout(this.#timer);
    if (this.#state.kind === "none") return;
    const wait = this.#state.kind === "unknown" ? UNREACHED_MILLIS : lasts(this.#state.fault) ? WATCHED_MILLIS : millis;
    this.#timer = this.host.setTimeout(() => void this.#renew(), wait);
  }

  async #renew(): Promise<void> {
    const hadAnEnd = this.#state.kind === "open" && lasts(this.#state.fault);
    if (this.#state.kind === "open") await this.#ask(`${LANES}/${this.#state.id}`, "GET");
    if (hadAnEnd && this.#state.kind === "open" && !lasts(this.#state.fault)) this.#isWhole();
    // The server that it led to is gone, and another one is there: that one has lanes too.
    if (this.#state.kind === "unknown") {
      await this.#lease();
      if (this.#state.kind !== "unknown") this.#isWhole();
    }
    this.#again();
  }

  #lease(): Promise<void> {
    return this.#ask(LANES, "POST");
  }

  async #ask(path: string, method: "GET" | "POST", body?: string): Promise<void> {
    // One after the other, however many wait, so that the last answer is about the last question.
    this.#asking = this.#asking.then(() => this.#answer(path, method, body));
    await this.#asking;
  }

  async #answer(path: string, method: "GET" | "POST", body: string | undefined): Promise<void> {
    const headers = body === undefined ? undefined : { "Content-Type": "application/json" };
    try {
      const response = await this.host.fetch(path, { method, ...(headers && { headers }), ...(body && { body }) });
      if (response.ok) this.#become(read(await response.json(), this.#asked));
      else if (path !== LANES && response.status === 404) this.#become({ kind: "unknown" });
      else if (path === LANES) this.#become({ kind: "none", why: whyNot(response.status) });
    } catch {
      // The server cannot be reached; whether the lane is still there is seen when it can.
      if (this.#state.kind === "none") this.#become({ kind: "unknown" });
    }
  }

  #become(state: LaneState): void {
    this.#state = state;
    if (state.kind === "open") this.host.storage?.setItem(this.#key, state.id);
    this.host.changed();
  }
}

function whyNot(status: number): string {
  return status === 503
    ? "All lanes of the fault proxy are taken: this page connects directly."
    : "There is no fault proxy here: this page connects directly.";
}

/** What GET and POST answer. */
interface Described {
  readonly lane: string;
  readonly port: number;
  readonly fault: Fault["fault"];
  readonly bytes: { readonly up: { readonly passed: number }; readonly down: { readonly passed: number } };
  readonly connections: { readonly open: number; readonly total: number };
}

/** The server doesn't say how long a fault is to last; whoever asked for it knows. */
function read(answer: unknown, asked: Fault): LaneState {
  const described = answer as Described & Fault;
  const { lane: id, port, bytes, connections } = described;
  const counts = { up: bytes.up.passed, down: bytes.down.passed, ...connections };
  return { kind: "open", id, port, fault: asked.fault === described.fault && lasts(asked) ? asked : described, counts };
}

function lasts(fault: Fault): boolean {
  return fault.fault === "cut" && fault.millis !== undefined;
}
