// An HTTP proxy on loopback as somebody may have one on the way: one that is away for a while, or that holds answers back until
// they have ended. WebSockets pass.

import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

export type Mood = "passes" | "unavailable" | "buffers";

export interface HttpProxy {
  readonly port: number;
  mood: Mood;
  /** Resets every connection. */
  reset(): void;
  close(): Promise<void>;
}

export async function startHttpProxy(targetPort: number): Promise<HttpProxy> {
  const open = new Set<Socket>();
  const state: { mood: Mood } = { mood: "passes" };
  const listener = createServer((asked, answer) => {
    if (state.mood === "unavailable") {
      answer.writeHead(503, { "Content-Type": "text/plain" }).end("away for a while\n");
      return;
    }
    const { method, url, headers } = asked;
    const onwards = ask({ port: targetPort, host: "127.0.0.1", method, path: url, headers }, (told) => {
      if (state.mood === "buffers") {
        void whole(told).then((body) => answer.writeHead(told.statusCode ?? 502, unchunked(told.headers)).end(body), () => answer.destroy());
      } else {
        answer.writeHead(told.statusCode ?? 502, told.headers);
        answer.flushHeaders();
        told.pipe(answer);
        told.on("error", () => answer.destroy());
      }
    });
    onwards.on("error", () => answer.destroy());
    answer.on("close", () => onwards.destroy());
    asked.pipe(onwards);
  });
  listener.on("upgrade", (asked: IncomingMessage, near: Socket, head: Buffer) => {
    if (state.mood === "unavailable") {
      near.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const far = connect(targetPort, "127.0.0.1", () => {
      const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
      for (let i = 0; i < asked.rawHeaders.length; i += 2) lines.push(`${asked.rawHeaders[i]}: ${asked.rawHeaders[i + 1]}`);
      far.write(`${lines.join("\r\n")}\r\n\r\n`);
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  listener.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    get mood() {
      return state.mood;
    },
    set mood(mood: Mood) {
      state.mood = mood;
    },
    reset() {
      for (const socket of open) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

async function whole(told: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of told) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** It is sent in one piece. */
function unchunked({ "transfer-encoding": _, ...headers }: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return headers;
}
