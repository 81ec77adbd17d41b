// The HTTP side of the fake server (PROTOCOL.md §7, §8): event streams, long polls and requests, each of which takes its time
// and can be cut after any frame, as the sockets beside it.

import { codes, type ClientMessage, type CodeName, type JsonValue, type Subscribe } from "@carillon/protocol";
import type { FakeCarillon, Session } from "./carillon.js";
import type { FakeClock } from "./clock.js";
import type { FakeNetwork, Peer } from "./network.js";

interface LiveRequest {
  readonly channels: readonly Omit<Subscribe, "type">[];
  readonly session?: string;
  readonly wait?: number;
}

/** One request and its answer, as both ends and the network see it. */
interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The whole answer at once. */
  answer(status: number, body: object): void;
  /** An answer that goes on. */
  stream(): { write(text: string): void; end(): void };
  /** Told when the near end has gone, or the line was cut. */
  onEnd(run: () => void): void;
  readonly isOpen: boolean;
}

export class FakeHttp {
  /** `hang`: taken and never answered. */
  mode: "accept" | "hang" | "refuse" = "accept";
  /** A proxy keeps what is streamed until it ends. */
  holdsStreams = false;
  /** What somebody on the way answers instead. */
  inTheWay: { readonly status: number; readonly body: string; readonly type?: string } | undefined;
  readonly requests: { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }[] = [];
  readonly open = new Set<() => void>();
  waiting = 0;
  mostStreams = 0;
  #streams = 0;

  constructor(
    private readonly clock: FakeClock,
    private readonly server: FakeCarillon,
    private readonly network: FakeNetwork,
  ) {
    network.onCut(() => [...this.open].forEach((cut) => cut()));
  }

  get streams(): number {
    return this.#streams;
  }

  readonly fetch = ((input: string, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const { signal } = init;
      const url = new URL(input);
      const headers = (init.headers ?? {}) as Record<string, string>;
      const body = typeof init.body === "string" ? init.body : init.body instanceof Uint8Array ? btoa(String.fromCharCode(...init.body)) : "";
      this.requests.push({ method: init.method ?? "GET", url: input, headers, body });
      const ends: (() => void)[] = [];
      let feed: Feed | undefined;
      let isOpen = true;
      const end = (error?: Error) => {
        if (!isOpen) return;
        isOpen = false;
        this.open.delete(cut);
        for (const run of ends) run();
        if (error !== undefined) {
          reject(error);
          feed?.fail(error);
        }
      };
      const cut = () => end(new TypeError("network error"));
      this.open.add(cut);
      const aborted = () => end(new DOMException("aborted", "AbortError"));
      signal?.addEventListener("abort", aborted);
      ends.push(() => signal?.removeEventListener("abort", aborted));
      if (signal?.aborted === true) return cut();
      const carry = (arrive: () => void) =>
        this.clock.setTimeout(() => {
          if (!isOpen || this.network.blackhole) return;
          arrive();
          this.network.arrived();
        }, this.network.latency);
      const exchange: Exchange = {
        url,
        method: init.method ?? "GET",
        headers,
        body,
        get isOpen() {
          return isOpen;
        },
        answer: (status, json) =>
          carry(() => {
            resolve(response(status, "application/json", JSON.stringify(json)));
            end();
          }),
        stream: () => {
          feed = new Feed();
          const started = feed;
          carry(() => resolve(response(200, "text/event-stream", "", started)));
          let held = "";
          return {
            write: (text) => (this.holdsStreams ? (held += text) : carry(() => started.push(text))),
            end: () =>
              carry(() => {
                started.push(held);
                started.end();
                end();
              }),
          };
        },
        onEnd: (run) => ends.push(run),
      };
      this.clock.setTimeout(() => {
        if (this.mode === "refuse") return cut();
        if (this.mode === "hang" || this.network.blackhole || !isOpen) return;
        const { inTheWay } = this;
        if (inTheWay !== undefined) {
          resolve(response(inTheWay.status, inTheWay.type ?? "text/html", inTheWay.body));
          return end();
        }
        this.#route(exchange);
        this.network.arrived();
      }, this.network.latency);
    })) as typeof globalThis.fetch;

  #route(exchange: Exchange): void {
    const token = exchange.headers["Authorization"]?.replace("Bearer ", "");
    const verified = token === undefined ? undefined : this.server.verify(token);
    if (typeof verified === "string") return this.#refuse(exchange, verified);
    if (this.server.tokens.size > 0 && verified === undefined) return this.#refuse(exchange, "unauthenticated");
    const user = verified?.user;
    const [, channel = "", part] = /\/channels\/([^/]+)(?:\/(\w+))?$/.exec(exchange.url.pathname) ?? [];
    if (exchange.url.pathname.endsWith("/live")) return this.#live(exchange, user, verified?.expires);
    if (part === "presence") return exchange.answer(200, this.server.presence.list(channel));
    if (exchange.method === "GET") {
      const { searchParams } = exchange.url;
      const limit = Number(searchParams.get("limit") ?? 100);
      this.server.heard.push({ type: "history", channel, limit });
      return exchange.answer(200, this.server.page(channel, undefined, { before: searchParams.get("before") ?? undefined, limit }));
    }
    const isBytes = exchange.headers["Content-Type"] === "application/octet-stream";
    const { key, tag, removed } = Object.fromEntries(exchange.url.searchParams);
    if (removed === "true") {
      return this.#publish(exchange, { type: "publish", channel, key, removed: true, idempotencyKey: exchange.headers["Idempotency-Key"] }, user);
    }
    const payload = isBytes ? { data64: exchange.body } : { data: JSON.parse(exchange.body) as JsonValue };
    if (part === "signals") {
      this.server.heard.push({ type: "signal", channel, ...payload });
      this.server.signal(channel, payload, user, exchange.headers["Carillon-Session"]);
      return exchange.answer(200, {});
    }
    this.#publish(exchange, { type: "publish", channel, key, tag, idempotencyKey: exchange.headers["Idempotency-Key"], ...payload }, user);
  }

  /** A POST is a session of its own, for as long as it takes. */
  #publish(exchange: Exchange, message: ClientMessage, user: string | undefined): void {
    const peer: Peer = {
      isOpen: true,
      send: (text) => {
        const reply = JSON.parse(text) as { type: string; code: number };
        if (reply.type !== "hello") exchange.answer(reply.type === "error" ? (reply.code < 4300 ? 503 : 403) : 201, reply);
      },
      close: () => {},
    };
    this.server.opened(peer, user);
    this.server.message(peer, JSON.stringify(message));
    this.server.closed(peer);
  }

  #live(exchange: Exchange, user: string | undefined, expires: number | undefined): void {
    const request = JSON.parse(exchange.body) as LiveRequest;
    const session: Session = { id: request.session, subscribed: new Map(), held: new Map(), user };
    const isStream = exchange.headers["Accept"] === "text/event-stream";
    const peer = isStream ? this.#stream(exchange) : this.#poll(exchange, request);
    this.server.sessions.set(peer, session);
    exchange.onEnd(() => this.server.closed(peer));
    if (isStream || request.wait === 0) peer.send(JSON.stringify({ ...this.server.hello(session), expires }));
    const token = exchange.headers["Authorization"]?.replace("Bearer ", "") ?? "";
    if (expires !== undefined && isStream) this.server.expire(peer, session, token, expires);
    for (const subscribe of request.channels) {
      this.server.heard.push({ type: "subscribe", ...subscribe });
      this.server.subscribe(peer, session, subscribe);
    }
  }

  #stream(exchange: Exchange): Peer {
    const stream = exchange.stream();
    this.mostStreams = Math.max(this.mostStreams, ++this.#streams);
    exchange.onEnd(() => this.#streams--);
    stream.write("retry: 1000\n\n");
    const beat = () => {
      if (!exchange.isOpen) return;
      stream.write("event: heartbeat\ndata: {}\n\n");
      this.clock.setTimeout(beat, this.server.heartbeat * 0.9);
    };
    this.clock.setTimeout(beat, this.server.heartbeat * 0.9);
    return {
      get isOpen() {
        return exchange.isOpen;
      },
      send: (text) => stream.write(`data: ${text}\n\n`),
      close: (code, name = "") => {
        stream.write(`event: error\ndata: ${JSON.stringify({ type: "error", code, name, message: "the end" })}\n\n`);
        stream.end();
      },
    };
  }

  /** Answers when every subscription was answered and there is more to say, or at the end of the wait. */
  #poll(exchange: Exchange, { channels, wait = 25_000 }: LiveRequest): Peer {
    const messages: { type: string; gap?: unknown }[] = [];
    let isDue = false;
    this.waiting++;
    exchange.onEnd(() => this.waiting--);
    const answer = () => {
      if (isDue) return;
      isDue = true;
      // In the same turn more may be said.
      this.clock.setTimeout(() => exchange.answer(200, { messages }), 0);
    };
    this.clock.setTimeout(answer, wait === 0 ? 5_000 : wait);
    const send = (text: string) => {
      messages.push(JSON.parse(text) as { type: string });
      const answered = messages.filter(({ type }) => type === "subscribed" || type === "error").length;
      const isWorth = messages.some(({ type, gap }) => (type !== "subscribed" && type !== "hello" && type !== "current") || gap !== undefined);
      if (answered >= channels.length && (isWorth || wait === 0)) answer();
    };
    return {
      get isOpen() {
        return exchange.isOpen;
      },
      send,
      close: (code, name = "") => send(JSON.stringify({ type: "error", code, name, message: "the end" })),
    };
  }

  #refuse(exchange: Exchange, name: CodeName): void {
    exchange.answer(401, { type: "error", code: codes[name], name, message: "no" });
  }
}

/** The body of an answer that goes on. */
class Feed {
  readonly #encoder = new TextEncoder();
  #parts: (Uint8Array | Error | undefined)[] = [];
  #waiting: (() => void) | undefined;

  push(text: string): void {
    if (text !== "") this.#add(this.#encoder.encode(text));
  }

  end(): void {
    this.#add(undefined);
  }

  fail(error: Error): void {
    this.#parts = [];
    this.#add(error);
  }

  #add(part: Uint8Array | Error | undefined): void {
    this.#parts.push(part);
    this.#waiting?.();
    this.#waiting = undefined;
  }

  async read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> {
    if (this.#parts.length === 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
    const part = this.#parts.shift();
    if (part instanceof Error) throw part;
    return { done: part === undefined, value: part };
  }
}

function response(status: number, type: string, text: string, feed?: Feed): Response {
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: "",
    headers: new Headers({ "Content-Type": type }),
    body: feed === undefined ? null : { getReader: () => feed },
    text: () => Promise.resolve(text),
  } as unknown as Response;
}
