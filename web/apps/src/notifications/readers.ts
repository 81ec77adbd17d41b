// Five ways to hear of the same publications: three by the client, one by the browser's own EventSource, one by asking again
// and again. Each goes its own way to the server, a lane of the fault proxy.

import { createClient, webSocket, type ClientState, type GetToken, type Page, type Transport, type TransportName } from "@carillon/client";
import { longPoll, withFallback } from "@carillon/client/fallback";
import type { PageLane } from "../network/lane.js";
import type { PaneId } from "./figures.js";

/** What is published into the lab's channel. */
export interface Numbered {
  readonly n: number;
  readonly pad: string;
}

export type LabChannels = { readonly "lab:{id}": Numbered };

export interface Publication {
  readonly offset: number;
  readonly position: string;
  /** The server's stamp, in milliseconds since 1970. */
  readonly at?: number | undefined;
  readonly data: Numbered;
}

/** What a reader is doing. */
export type ReaderState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly carrier: string; readonly note?: string | undefined }
  | { readonly kind: "catching-up" }
  /** Comes back by itself. */
  | { readonly kind: "waiting"; readonly text: string }
  /** Never comes back. */
  | { readonly kind: "closed"; readonly text: string };

export interface ReaderEvents {
  state(state: ReaderState): void;
  publication(publication: Publication): void;
  /** The server said that what follows doesn't follow what was read. */
  gap(cause: string): void;
  /** A token was asked for. */
  renewed(): void;
}

export interface Reader {
  /** The way to the server has changed, or is whole again. */
  moved(): void;
  close(): void;
}

export interface ReaderHost {
  readonly channel: string;
  readonly lane: PageLane;
  readonly page: Page;
  /** Absent where the readers come as strangers. */
  readonly getToken?: GetToken | undefined;
  pollMillis(): number;
}

/** In milliseconds. Short, because somebody is looking on. */
const BACKOFF = { min: 100, first: 300, max: 3_000 };
/** An event stream that has brought nothing after so long is held back by somebody on the way. */
const STREAM_PATIENCE_MILLIS = 4_000;
/** About a day: what the lab's readers are carried by is what the pane says, so nothing better is looked for. */
const NEVER_MILLIS = 86_400_000;

const carriers: { readonly [T in TransportName]: string } = {
  websocket: "a WebSocket",
  "event-stream": "an event stream",
  "long-poll": "long polls",
};

export function openReader(id: PaneId, host: ReaderHost, events: ReaderEvents): Reader {
  switch (id) {
    case "websocket":
      return clientReader(host, events, webSocket());
    case "sse":
      return clientReader(host, events, streamOrPolls());
    case "longpoll":
      return clientReader(host, events, longPoll());
    case "eventsource":
      return new NativeReader(host, events);
    case "poll":
      return new PollReader(host, events);
  }
}

/** An event stream, or long polls where none gets through: what `withFallback` is without a WebSocket. */
function streamOrPolls(): Transport {
  const none: Transport = () => {
    throw new Error("not this one");
  };
  return withFallback({ webSocket: none, eventStreamMillis: STREAM_PATIENCE_MILLIS, probeMillis: NEVER_MILLIS });
}

/**
 * Without the client's "no-store", for which Chromium asks before each request whether it may send it to another port: a page
 * that comes from its server's own port is spared that, and what is measured here is to be as it is there.
 */
const rememberingPreflights: typeof fetch = (input, init) => fetch(input, { ...init, cache: "default" });

/** Nothing that one visit has found out is known to the next. */
function forgetful(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

function clientReader({ channel, lane, page, getToken }: ReaderHost, events: ReaderEvents, transport: Transport): Reader {
  const client = createClient<LabChannels>({
    url: "/live",
    transport: lane.carry(transport),
    backoff: BACKOFF,
    attemptMillis: 2 * STREAM_PATIENCE_MILLIS,
    environment: { page: lane.page(page), sessionStorage: forgetful(), fetch: rememberingPreflights },
    ...(getToken !== undefined && {
      getToken: (asked) => {
        events.renewed();
        return getToken(asked);
      },
    }),
  });
  client.on("state", (state) => events.state(stateOf(state)));
  void client.subscribe(channel as "lab:{id}").each((delivery) => {
    if (delivery.kind === "publication") events.publication(delivery);
    else if (delivery.kind === "gap") events.gap(delivery.cause);
  });
  return { moved: () => {}, close: () => client.close() };
}

function stateOf(state: ClientState): ReaderState {
  switch (state.kind) {
    case "live":
      return { kind: "live", carrier: carriers[state.transport], note: noteOf(state) };
    case "catching-up":
      return { kind: "catching-up" };
    case "connecting":
    case "idle":
      return { kind: "connecting" };
    case "waiting":
    case "offline":
    case "suspended":
      return { kind: "waiting", text: "Comes back by itself" };
    case "failed":
      return { kind: "closed", text: `Refused: ${state.reason || state.code}` };
    case "closed":
      return { kind: "closed", text: "Closed" };
  }
}

function noteOf({ transport, note }: { readonly transport: TransportName; readonly note?: string | undefined }): string | undefined {
  if (transport !== "long-poll" || note === undefined) return undefined;
  return /event streams/.test(note) ? "Buffered by a proxy: the event stream was accepted and brought nothing" : note;
}

/** The browser's own, as everybody writes it; only that it is made anew where its address has changed. */
class NativeReader implements Reader {
  #source: EventSource | undefined;
  #address = "";
  #position: string | undefined;

  constructor(
    private readonly host: ReaderHost,
    private readonly events: ReaderEvents,
  ) {
    this.#open();
  }

  moved(): void {
    // One that has given up stays so: that is what this pane is there to show.
    if (this.#source?.readyState === EventSource.CLOSED) return;
    if (this.#addressNow() !== this.#address) this.#open();
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #addressNow(): string {
    return this.host.lane.through(`${location.origin}/channels/${this.host.channel}`);
  }

  #open(): void {
    this.#source?.close();
    this.#address = this.#addressNow();
    const after = this.#position === undefined ? "" : `?after=${encodeURIComponent(this.#position)}`;
    const source = (this.#source = new EventSource(this.#address + after));
    this.events.state({ kind: "connecting" });
    const heard = (event: Event) => {
      const { lastEventId } = event as MessageEvent<string>;
      if (lastEventId !== "") this.#position = lastEventId;
    };
    source.addEventListener("hello", (event) => {
      heard(event);
      this.events.state({ kind: "live", carrier: "an event stream" });
    });
    source.addEventListener("gap", (event) => {
      heard(event);
      this.events.gap((JSON.parse((event as MessageEvent<string>).data) as { readonly cause: string }).cause);
    });
    source.addEventListener("message", (event: MessageEvent<string>) => {
      heard(event);
      this.events.publication(JSON.parse(event.data) as Publication);
    });
    source.addEventListener("error", () => {
      const isOver = source.readyState === EventSource.CLOSED;
      this.events.state(
        isOver
          ? { kind: "closed", text: "Closed for good: EventSource gives up on any answer but 200" }
          : { kind: "waiting", text: "The browser tries again" },
      );
    });
  }
}

interface HistoryPage {
  readonly publications: readonly Publication[];
  readonly position: string;
  readonly more: boolean;
  readonly gap?: { readonly cause: string };
}

/** Asks what is new, again and again. */
class PollReader implements Reader {
  #position: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  #isClosed = false;

  constructor(
    private readonly host: ReaderHost,
    private readonly events: ReaderEvents,
  ) {
    this.events.state({ kind: "connecting" });
    void this.#run();
  }

  moved(): void {}

  close(): void {
    this.#isClosed = true;
    this.#asking?.abort();
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const isMore = await this.#ask();
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#run(), isMore ? 0 : this.host.pollMillis());
  }

  /** Whether there is more at once. The first answer says where the channel stands, and is not read. */
  async #ask(): Promise<boolean> {
    const isFirst = this.#position === undefined;
    const query = isFirst ? "limit=1" : `after=${encodeURIComponent(this.#position ?? "")}`;
    this.#asking = new AbortController();
    try {
      const address = this.host.lane.through(`${location.origin}/channels/${this.host.channel}?${query}`);
      const answer = await fetch(address, { cache: "no-store", signal: this.#asking.signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const page = (await answer.json()) as HistoryPage;
      this.#position = page.position;
      if (this.#isClosed) return false;
      if (page.gap !== undefined) this.events.gap(page.gap.cause);
      if (!isFirst) for (const publication of page.publications) this.events.publication(publication);
      this.events.state({ kind: "live", carrier: "plain requests" });
      return !isFirst && page.more;
    } catch {
      if (!this.#isClosed) this.events.state({ kind: "waiting", text: "Asks again" });
      return false;
    }
  }
}
