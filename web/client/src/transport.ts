// What carries messages: one connection at a time, whatever it is made of. WebSocket is the first transport; an event
// stream or a run of long polls fits the same two interfaces.

import type { Environment, SocketData } from "./environment.js";

/** One connection, from the attempt on. After `close` it must be silent. */
export interface Connection {
  /** Bytes that were given to `send` and have not left yet. */
  readonly bufferedAmount: number;
  /** The subprotocol agreed on; empty without one. */
  readonly protocol: string;
  readonly extensions: string;
  send(data: SocketData): void;
  /** Ends it, open or not. Never throws, and may be called again. */
  close(code?: number, reason?: string): void;
}

/** What a connection tells. Events of a connection that was given up are ignored by whoever gave it up. */
export interface ConnectionEvents {
  open(): void;
  message(data: unknown): void;
  /** The connection, or the attempt, is over. Told once. */
  close(code: number, reason: string, wasClean: boolean): void;
}

/** Starts one attempt. May throw where no attempt can ever succeed, such as for an address that is none. */
export type Transport = (events: ConnectionEvents) => Connection;

export interface WebSocketTransportOptions {
  /** Asked before each attempt. */
  readonly url: string | (() => string);
  readonly protocols: string | string[];
  readonly binaryType: () => BinaryType;
}

export function webSocketTransport(env: Environment, options: WebSocketTransportOptions): Transport {
  return (events) => {
    const { url, protocols } = options;
    if (env.WebSocket === undefined) throw new Error("There is no WebSocket here.");
    const socket = new env.WebSocket(typeof url === "function" ? url() : url, protocols);
    socket.binaryType = options.binaryType();
    socket.onopen = () => events.open();
    socket.onmessage = (event) => events.message(event.data);
    // An error is always followed by close, which says more. It must be listened to all the same: `ws` throws otherwise.
    socket.onerror = () => {};
    socket.onclose = (event) => events.close(event.code, event.reason, event.wasClean);
    return {
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      get protocol() {
        return socket.protocol;
      },
      get extensions() {
        return socket.extensions;
      },
      send: (data) => socket.send(data),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}

/** The absolute ws: or wss: form of an address, which may be relative to the page. Throws `SyntaxError`. */
export function webSocketUrl(url: string | URL): string {
  const base = typeof location === "undefined" ? undefined : location.href;
  const absolute = URL.canParse(String(url), base) ? new URL(url, base) : undefined;
  const scheme = absolute?.protocol.replace(/^http/, "ws");
  if (absolute === undefined || (scheme !== "ws:" && scheme !== "wss:")) {
    throw new DOMException(`"${String(url)}" is no address of a WebSocket.`, "SyntaxError");
  }
  return absolute.href.replace(/^http/, "ws");
}

/** In bytes, as sent: strings as UTF-8. */
export function byteLength(data: SocketData): number {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  return "size" in data ? data.size : data.byteLength;
}
