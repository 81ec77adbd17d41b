// Takes the best transport that gets through: tries them in turn, keeps to what worked, and goes on looking for a better one.

import type { Environment } from "../environment.js";
import { webSocket, type Connection, type ConnectionEvents, type Transport, type TransportContext } from "../transport.js";
import { eventStream } from "./event-stream.js";
import { longPoll } from "./long-poll.js";
import { Candidate, Race } from "./race.js";

/** How long to wait before the next best is tried. Times are in milliseconds. */
export interface FallbackOptions {
  /** A WebSocket that has not said hello after so many milliseconds is joined by an event stream; 1 500 unless told. */
  readonly webSocketMillis?: number | undefined;
  /** An event stream that has not said hello after so many milliseconds is joined by a long poll; 1 000 unless told. */
  readonly eventStreamMillis?: number | undefined;
  /**
   * On a fallback, a WebSocket is tried in the background after so many milliseconds (30 000 unless told), then twice as
   * many each time, up to ten times as many.
   */
  readonly probeMillis?: number | undefined;
  /** The WebSocket to try: `binaryWebSocket()` of `@carillon/client/binary`; one that speaks JSON unless told. */
  readonly webSocket?: Transport | undefined;
}

/** A WebSocket that lasts so many milliseconds got through for good. */
const PROVEN_MILLIS = 30_000;
/** After a page was loaded: a WebSocket is tried so soon, whatever the page before it found. */
const FRESH_MILLIS = 2_000;
/** A try in the background that has no hello after so many milliseconds has failed. */
const PROBE_ANSWER_MILLIS = 8_000;

/** In the order of preference, and how each is remembered. */
const names = ["websocket", "event-stream", "long-poll"];

/**
 * WebSocket, else an event stream, else long polls: for `createClient({ transport: withFallback() })`. A page is usable
 * within 3 s where WebSockets are swallowed on the way. What worked is remembered for the browser session, and a WebSocket
 * is tried in the background; when one gets through the client moves there, and loses and repeats nothing.
 */
export function withFallback(options: FallbackOptions = {}): Transport {
  let fallback: Fallback | undefined;
  return (events, context) => {
    fallback ??= new Fallback(options, context);
    if (fallback.context.session !== context.session) throw new Error("This withFallback() serves another client already: make one for each.");
    return fallback.attempt(events);
  };
}

/** What one client has learnt of its network. */
class Fallback {
  readonly #transports: readonly Transport[];
  readonly #memory: string;
  /** Until the next try in the background, in milliseconds. */
  #probeMillis: number;
  #timer: unknown;
  #probe: Candidate | undefined;

  constructor(
    private readonly options: FallbackOptions,
    readonly context: TransportContext,
  ) {
    this.#transports = [options.webSocket ?? webSocket(), eventStream(), longPoll()];
    this.#memory = `carillon transport ${context.url.replace(/\?.*/, "")}`;
    this.#probeMillis = this.#remembered() > 0 ? FRESH_MILLIS : this.#patience();
  }

  attempt(events: ConnectionEvents): Connection {
    const { webSocketMillis = 1_500, eventStreamMillis = 1_000 } = this.options;
    const given = this.#probe;
    this.#probe = undefined;
    const first = given === undefined ? this.#remembered() : 0;
    return new Race(
      events,
      {
        context: this.context,
        transports: this.#transports,
        first,
        why: first > 0 ? "WebSockets did not get through before" : undefined,
        patience: [webSocketMillis, eventStreamMillis],
        won: (index, isTold) => this.#won(index, isTold, events),
        ended: (hadWon) => this.#ended(hadWon),
      },
      given,
    );
  }

  #won(index: number, isTold: boolean, events: ConnectionEvents): void {
    this.#stop();
    if (index === 0) {
      // Until then a WebSocket that was cut short leaves things as they were.
      this.#after(PROVEN_MILLIS, () => {
        this.#remember(0);
        this.#probeMillis = this.#patience();
      });
    } else {
      this.#remember(isTold ? 1 : index);
      this.#probeLater(events);
    }
  }

  /** Where nothing got through, the next attempt begins from the best again. */
  #ended(hadWon: boolean): void {
    this.#stop();
    if (!hadWon) this.#remember(0);
  }

  #probeLater(events: ConnectionEvents): void {
    const { random } = this.context.env;
    const millis = this.#probeMillis * (0.75 + random() / 2);
    this.#probeMillis = Math.min(Math.max(this.#probeMillis * 2, this.#patience()), this.#patience() * 10);
    this.#after(millis, () => this.#look(events));
  }

  /** Tries a WebSocket in the background. */
  #look(events: ConnectionEvents): void {
    const [transport] = this.#transports;
    if (transport === undefined) return;
    const again = () => {
      this.#stop();
      this.#probeLater(events);
    };
    const greeted = () => {
      this.context.env.clearTimeout(this.#timer);
      events.again("a WebSocket gets through");
      // It was taken by the attempt that this began; if there was none, nobody wants it.
      this.#probe?.close();
      this.#probe = undefined;
    };
    this.#probe = new Candidate(transport, this.context, greeted, again);
    this.#after(PROBE_ANSWER_MILLIS, again);
  }

  #patience(): number {
    return this.options.probeMillis ?? 30_000;
  }

  #after(millis: number, run: () => void): void {
    this.#timer = this.context.env.setTimeout(run, millis);
  }

  /** Ends what is done in the background; a WebSocket that was greeted is somebody's already. */
  #stop(): void {
    this.context.env.clearTimeout(this.#timer);
    if (this.#probe?.isOpen === true) return;
    this.#probe?.close();
    this.#probe = undefined;
  }

  #remembered(): number {
    try {
      return Math.max(0, names.indexOf(this.#storage()?.getItem(this.#memory) ?? ""));
    } catch {
      return 0;
    }
  }

  #remember(index: number): void {
    try {
      if (index === 0) this.#storage()?.removeItem(this.#memory);
      else this.#storage()?.setItem(this.#memory, names[index] ?? "");
    } catch {
      // A page that may not store anything finds out anew with each load.
    }
  }

  /** Where a page may not store anything, to look at the property throws already. */
  #storage(): Environment["sessionStorage"] {
    return this.context.env.sessionStorage ?? globalThis.sessionStorage;
  }
}
