// @carillon/client/binary: the same messages in fewer bytes (PROTOCOL.md §11).

import { BinaryFeed, writeClientBinary, type ClientMessage } from "@carillon/protocol";
import { openSocket, type Transport } from "../transport.js";

const BINARY = "carillon.v1.bin";

/**
 * A WebSocket that speaks `carillon.v1.bin`, and JSON with a server that doesn't: for
 * `createClient({ transport: binaryWebSocket() })` or `withFallback({ webSocket: binaryWebSocket() })`.
 */
export function binaryWebSocket(): Transport {
  return ({ message, close }, { env, url }) => {
    const feed = new BinaryFeed();
    const socket = openSocket(env, url, [BINARY, "carillon.v1"], "arraybuffer", {
      open: () => {},
      // What cannot be read, the client counts.
      message: (data) => message(typeof data === "string" ? data : feed.read(new Uint8Array(data as ArrayBuffer))),
      close,
    });
    return {
      name: "websocket",
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (text) =>
        socket.send(socket.protocol === BINARY ? writeClientBinary(JSON.parse(text) as ClientMessage) : text),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}
