// The browser's WebSocket, with one difference: it comes back.

import { environment, type Environment, type NativeSocket, type SocketData } from "./environment.js";
import type { LinkState } from "./link-state.js";
import { Link, type LinkOptions, type Transition } from "./link.js";
import { Pulse } from "./pulse.js";
import { byteLength, openSocket, webSocketUrl, type SocketEvents } from "./transport.js";

/** What a {@link CarillonSocket} is told beside what a WebSocket is. Times are in milliseconds. */
export interface CarillonSocketOptions extends LinkOptions {
  /**
   * How to find out that a silent connection is dead. Without it only what the browser notices counts. For a Carillon
   * server: `{ ping: '{"type":"ping"}' }`; anything that comes is an answer.
   */
  readonly heartbeat?: {
    readonly ping: string;
    /** Ask after so many milliseconds of silence; 25 000 unless told. */
    readonly intervalMillis?: number;
    /** Dead after so many milliseconds without an answer; 10 000 unless told. */
    readonly timeoutMillis?: number;
  };
  /** What `send` may hold back while there is no connection: 100 messages and 262 144 bytes unless told. */
  readonly queue?: { readonly messages?: number; readonly bytes?: number };
  readonly environment?: Partial<Environment>;
}

type Handler<E> = ((this: WebSocket, event: E) => unknown) | null;

/** `transition`: the link's state changed; its `detail` says from where, to where and why. */
export interface CarillonSocketEventMap extends WebSocketEventMap {
  transition: CustomEvent<Transition>;
}

/**
 * A WebSocket as the browser has it, that reconnects. Every connection has its `open`; every loss has its `close` (before
 * it `error`, if the loss was unclean), after which `readyState` is `CONNECTING` until the next `open`. It ends, with
 * `readyState` `CLOSED`, by `close()` or when the server closes with a code of range *stop* (PROTOCOL.md §9).
 *
 * What is sent while there is no connection waits in a bounded queue and goes out in order. What was handed to a
 * connection is not sent again if that connection dies: use `createClient` where each message must arrive once.
 *
 * Unlike the browser's it throws `InvalidStateError` in `send` after the end, and `QuotaExceededError` when its queue is
 * full, instead of losing the message without a word.
 */
export class CarillonSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  readonly url: string;
  binaryType: BinaryType = "blob";

  readonly #options: CarillonSocketOptions;
  readonly #env: Environment;
  readonly #link: Link<NativeSocket>;
  readonly #pulse: Pulse;
  readonly #handlers = new Map<string, (event: never) => unknown>();
  #queue: { readonly data: SocketData; readonly bytes: number }[] = [];
  #queuedBytes = 0;
  #end: "none" | "closing" | "closed" = "none";

  /** Starts connecting at once. Throws `SyntaxError` for an address that is none. */
  constructor(url: string | URL, protocols: string | string[] = [], options: CarillonSocketOptions = {}) {
    super();
    this.url = webSocketUrl(url);
    this.#options = options;
    this.#env = environment(options.environment);
    const open = (events: SocketEvents) => openSocket(this.#env, this.url, protocols, this.binaryType, events);
    this.#link = new Link(this.#env, open, options, {
      opened: () => this.#link.ready(),
      message: (data) => {
        this.#pulse.heard();
        this.dispatchEvent(new MessageEvent("message", { data }));
      },
      changed: (transition) => this.#changed(transition),
      ended: (code, reason) => this.#link.down(code, reason),
      doubt: () => this.#pulse.doubt(),
    });
    this.#pulse = new Pulse(this.#env, {
      ping: () => this.#link.connection?.send(options.heartbeat?.ping ?? ""),
      dead: () => this.#link.down(1006, "a ping was not answered"),
      alive: () => this.#flush(),
    });
    this.#link.start();
  }

  get readyState(): 0 | 1 | 2 | 3 {
    if (this.#end !== "none") return this.#end === "closing" ? this.CLOSING : this.CLOSED;
    return this.#link.state.kind === "connected" ? this.OPEN : this.CONNECTING;
  }

  /** What the link is doing, for those who want to know more than `readyState` says. */
  get linkState(): LinkState {
    return this.#link.state;
  }

  /** In bytes: what waits here and what the connection has not sent yet. */
  get bufferedAmount(): number {
    return this.#queuedBytes + (this.#link.connection?.bufferedAmount ?? 0);
  }

  get protocol(): string {
    return this.#link.connection?.protocol ?? "";
  }

  get extensions(): string {
    return this.#link.connection?.extensions ?? "";
  }

  /** Sends now, or as soon as there is a connection. */
  send(data: SocketData): void {
    if (this.#end !== "none") throw new DOMException("The socket is closed.", "InvalidStateError");
    const { messages = 100, bytes: bytesMax = 262_144 } = this.#options.queue ?? {};
    const bytes = byteLength(data);
    const isFull = this.#queue.length >= messages || this.#queuedBytes + bytes > bytesMax;
    if (this.#mayWrite() && this.#queue.length === 0) return this.#link.connection?.send(data);
    if (isFull) {
      throw new DOMException(`${this.#queue.length} messages wait for a connection already.`, "QuotaExceededError");
    }
    this.#queue.push({ data, bytes });
    this.#queuedBytes += bytes;
  }

  /**
   * Ends it for good. `code` is 1000 or 3000–4999, as the browser demands (`InvalidAccessError`); `reason` has at most 123
   * bytes of UTF-8 (`SyntaxError`). `close` is dispatched after this returns.
   */
  close(code = 1000, reason = ""): void {
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(`The code must be 1000 or 3000 to 4999, not ${code}.`, "InvalidAccessError");
    }
    if (byteLength(reason) > 123) throw new DOMException("The reason is longer than 123 bytes.", "SyntaxError");
    if (this.#end !== "none") return;
    const wasOpen = this.#link.state.kind === "connected";
    this.#end = "closing";
    this.#link.stop(code, reason);
    // As in the browser, closing before the first open is a failure.
    this.#env.setTimeout(() => this.#finish(wasOpen ? code : 1006, wasOpen ? reason : "", wasOpen), 0);
  }

  #changed(transition: Transition): void {
    // Without a code it was closed here because the page was left.
    const { from, to, code = 1001, reason = "" } = transition;
    if (to === "connected") this.#startPulse();
    else this.#pulse.stop();
    this.dispatchEvent(new CustomEvent("transition", { detail: transition }));
    if (to === "connected") {
      this.dispatchEvent(new Event("open"));
      this.#flush();
    } else if (to === "failed") {
      this.#finish(code, reason, true);
    } else if (from === "connected" && this.#end === "none") {
      this.#closed(code, reason, code !== 1006);
    }
  }

  #startPulse(): void {
    const { heartbeat } = this.#options;
    if (heartbeat !== undefined) this.#pulse.start(heartbeat.intervalMillis ?? 25_000, heartbeat.timeoutMillis ?? 10_000);
  }

  #mayWrite(): boolean {
    return this.#link.state.kind === "connected" && this.#pulse.mayWrite();
  }

  #flush(): void {
    while (this.#mayWrite()) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#queuedBytes -= next.bytes;
      this.#link.connection?.send(next.data);
    }
  }

  #finish(code: number, reason: string, wasClean: boolean): void {
    this.#end = "closed";
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#closed(code, reason, wasClean);
  }

  #closed(code: number, reason: string, wasClean: boolean): void {
    if (!wasClean) this.dispatchEvent(new Event("error"));
    this.dispatchEvent(closeEvent(code, reason, wasClean));
  }

  get onopen(): Handler<Event> {
    return this.#handler("open");
  }
  set onopen(handler: Handler<Event>) {
    this.#handle("open", handler);
  }
  get onmessage(): Handler<MessageEvent> {
    return this.#handler("message");
  }
  set onmessage(handler: Handler<MessageEvent>) {
    this.#handle("message", handler);
  }
  get onerror(): Handler<Event> {
    return this.#handler("error");
  }
  set onerror(handler: Handler<Event>) {
    this.#handle("error", handler);
  }
  get onclose(): Handler<CloseEvent> {
    return this.#handler("close");
  }
  set onclose(handler: Handler<CloseEvent>) {
    this.#handle("close", handler);
  }

  #handler<E>(type: string): Handler<E> {
    return (this.#handlers.get(type) as Handler<E> | undefined) ?? null;
  }

  /** As in the browser, a handler keeps the place among the listeners that the first one had. */
  #handle<E>(type: string, handler: Handler<E>): void {
    if (!this.#handlers.has(type)) super.addEventListener(type, (event) => this.#handler<Event>(type)?.call(this, event));
    this.#handlers.set(type, handler as (event: never) => unknown);
  }

  override addEventListener<K extends keyof CarillonSocketEventMap>(
    type: K,
    listener: (this: WebSocket, event: CarillonSocketEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  override removeEventListener<K extends keyof CarillonSocketEventMap>(
    type: K,
    listener: (this: WebSocket, event: CarillonSocketEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(type: string, listener: unknown, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, listener as EventListener, options);
  }
}

/** Node has no `CloseEvent` before version 23. */
function closeEvent(code: number, reason: string, wasClean: boolean): Event {
  if (typeof CloseEvent !== "undefined") return new CloseEvent("close", { code, reason, wasClean });
  return Object.assign(new Event("close"), { code, reason, wasClean });
}
