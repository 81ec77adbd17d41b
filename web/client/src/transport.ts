// What carries messages: one connection at a time, whatever it is made of. WebSocket is the first transport; an event
// stream and a run of long polls (fallback/) fit the same two interfaces.

import type { Environment, SocketData } from "./environment.js";

/** What can carry messages. */
export type TransportName = "websocket" | "event-stream" | "long-poll";

/** One connection, from the attempt on. After `close` it must be silent. */
export interface Connection {
  readonly name: TransportName;
  /** Why it is not a better one, in words for the page. */
  readonly note?: string | undefined;
  /** Bytes that were given to `send` and have not left yet. */
  readonly bufferedAmount: number;
  /** True where a signal would not go out soon. */
  readonly isBusy?: boolean;
  send(text: string): void;
  /** Ends it, open or not. Never throws, and may be called again. */
  close(code?: number, reason?: string): void;
}

/** What a connection tells. Events of a connection that was given up are ignored by whoever gave it up. */
export interface ConnectionEvents {
  /** A message of PROTOCOL.md §4.2: its text, or what JSON.parse makes of it. The first is `hello`. */
  message(data: unknown): void;
  /** The connection, or the attempt, is over. Told once. `after`: not to be tried again before so many milliseconds. */
  close(code: number, reason: string, after?: number): void;
  /** Still usable, but the transport would now make a better one: drop this and begin anew. */
  again(reason: string): void;
}

/** What a transport is given to make connections with; the same for all attempts of a client. */
export interface TransportContext {
  readonly env: Environment;
  /** Absolute, of scheme ws or wss, with the session's id in its query. */
  readonly url: string;
  /** The id that the client chose for its session (PROTOCOL.md §8). */
  readonly session: string;
  /** The token to present, if there is one; rejects where the app could not give one. A WebSocket doesn't need it here. */
  token(): Promise<string | undefined>;
}

/** Starts one attempt. May throw where no attempt can ever succeed. One transport serves one client. */
export type Transport = (events: ConnectionEvents, context: TransportContext) => Connection;

/** A browser's socket as far as it is told on: the raw events, before anybody knows what a message means. */
export interface SocketEvents {
  open(): void;
  message(data: unknown): void;
  close(code: number, reason: string): void;
}

/** Opens a WebSocket. Throws where there is none. */
export function openSocket(
  env: Environment,
  url: string,
  protocols: string | string[],
  binaryType: BinaryType,
  events: SocketEvents,
): InstanceType<NonNullable<Environment["WebSocket"]>> {
  if (env.WebSocket === undefined) throw new Error("No WebSocket.");
  const socket = new env.WebSocket(url, protocols);
  socket.binaryType = binaryType;
  socket.onopen = () => events.open();
  socket.onmessage = (event) => events.message(event.data);
  // An error is always followed by close, which says more. It must be listened to all the same: `ws` throws otherwise.
  socket.onerror = () => {};
  socket.onclose = (event) => events.close(event.code, event.reason);
  return socket;
}

/** The transport that a client uses unless told otherwise. */
export function webSocket(): Transport {
  return ({ message, close }, { env, url }) => {
    const socket = openSocket(env, url, "carillon.v1", "arraybuffer", { open: () => {}, message, close });
    return {
      name: "websocket",
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}

/** The absolute ws: or wss: form of an address, which may be relative to the page. Throws `SyntaxError`. */
export function webSocketUrl(url: string | URL): string {
  try {
    const { href } = new URL(url, globalThis.location?.href);
    if (/^(?:http|ws)s?:/.test(href)) return href.replace(/^http/, "ws");
  } catch {
    // It is not even an address.
  }
  throw new DOMException(`"${String(url)}" is no address.`, "SyntaxError");
}

/** In bytes, as sent: strings as UTF-8. */
export function byteLength(data: SocketData): number {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  return "size" in data ? data.size : data.byteLength;
}
