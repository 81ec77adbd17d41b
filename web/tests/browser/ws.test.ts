// The npm package `ws` is a WebSocket that we did not write: it must find nothing to object to, and we must refuse what
// it does wrong on purpose.

import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import WebSocket, { type ClientOptions, type RawData } from "ws";
import { readServerMessage, type ServerMessage } from "@carillon/protocol";
import { publish } from "./support/http.js";
import { startServer, type Server } from "./support/server.js";

const MIB = 1024 * 1024;
const open = new Set<WebSocket>();

afterEach(() => {
  for (const socket of open) socket.terminate();
  open.clear();
});

async function connect(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), { perMessageDeflate: false, ...options });
  open.add(socket);
  await once(socket, "open");
  return socket;
}

interface Echo {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

async function next(socket: WebSocket): Promise<Echo> {
  const [data, isBinary] = (await once(socket, "message")) as [RawData, boolean];
  return { data: data as Buffer, isBinary };
}

async function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return { code, reason: String(reason) };
}

describe("echo", () => {
  let echo: Server;

  beforeAll(async () => {
    echo = await startServer({ command: "echo" });
  });
  afterAll(() => echo?.stop());

  test.each(["", "a", "Grüße, 世界 😀", "x".repeat(125), "x".repeat(126), "x".repeat(65_535), "x".repeat(65_536)])(
    "text %#",
    async (text) => {
      const socket = await connect(echo.url);
      socket.send(text);
      const { data, isBinary } = await next(socket);
      expect(isBinary).toBe(false);
      expect(String(data) === text).toBe(true);
    },
  );

  test("binary, with every byte", async () => {
    const socket = await connect(echo.url);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    socket.send(bytes);
    const { data, isBinary } = await next(socket);
    expect(isBinary).toBe(true);
    expect(data.equals(bytes)).toBe(true);
  });

  test("1 MiB comes back whole, one byte more is refused with 1009", async () => {
    const socket = await connect(`${echo.url}/any/path`);
    const bytes = Buffer.alloc(MIB, "carillon ");
    socket.send(bytes);
    expect((await next(socket)).data.equals(bytes)).toBe(true);
    socket.on("error", () => {});
    socket.send(Buffer.alloc(MIB + 1));
    expect((await closing(socket)).code).toBe(1009);
  });

  test("fragments make one message, with a ping answered between them", async () => {
    const socket = await connect(echo.url);
    const pong = once(socket, "pong");
    const echoed = next(socket);
    socket.send("One ", { fin: false });
    socket.ping("between");
    socket.send("", { fin: false });
    socket.send("two ", { fin: false });
    socket.send("three", { fin: true });
    expect(String((await pong)[0])).toBe("between");
    expect(String((await echoed).data)).toBe("One two three");
  });

  test("a character cut between two fragments is whole again", async () => {
    const socket = await connect(echo.url);
    const bell = Buffer.from("🔔", "utf8");
    socket.send(bell.subarray(0, 2), { fin: false, binary: false });
    socket.send(bell.subarray(2), { fin: true, binary: false });
    expect(String((await next(socket)).data)).toBe("🔔");
  });

  test("many messages keep their order", async () => {
    const socket = await connect(echo.url);
    const echoed: string[] = [];
    socket.on("message", (data) => echoed.push(String(data)));
    const sent = Array.from({ length: 2_000 }, (_, i) => `message ${i}`);
    for (const text of sent) socket.send(text);
    await expect.poll(() => echoed.length).toBe(sent.length);
    expect(echoed).toEqual(sent);
  });

  test.each([
    [1000, "done"],
    [1001, ""],
    [1011, "a reason"],
    [3000, "registered"],
    [4999, "ours, with Grüße"],
  ])("close %i is answered alike", async (code, reason) => {
    const socket = await connect(echo.url);
    socket.close(code, reason);
    expect((await closing(socket)).code).toBe(code);
  });

  test("a close without a code is answered without one", async () => {
    const socket = await connect(echo.url);
    socket.close();
    expect((await closing(socket)).code).toBe(1005);
  });

  test("text that is no UTF-8 is refused with 1007", async () => {
    const socket = await connect(echo.url);
    socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect((await closing(socket)).code).toBe(1007);
  });

  test("a frame without a mask is refused with 1002", async () => {
    const socket = await connect(echo.url);
    socket.send("unmasked", { mask: false });
    expect((await closing(socket)).code).toBe(1002);
  });

  test("with ws's own defaults, compression offered, it agrees too", async () => {
    const socket = await connect(echo.url, { perMessageDeflate: true });
    socket.send("compressible ".repeat(1_000));
    expect(String((await next(socket)).data)).toBe("compressible ".repeat(1_000));
  });
});

describe("/live", () => {
  let server: Server;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.stop());

  async function converse(path: string): Promise<{ socket: WebSocket; said: ServerMessage[] }> {
    const said: ServerMessage[] = [];
    const socket = new WebSocket(server.url.replace(/^http/, "ws") + path);
    open.add(socket);
    socket.on("message", (data) => {
      const outcome = readServerMessage(String(data));
      if (outcome.kind === "refused") throw new Error(`${outcome.why}: ${String(data)}`);
      said.push(outcome.message);
    });
    await once(socket, "open");
    return { socket, said };
  }

  const types = (said: readonly ServerMessage[]) => said.map((message) => message.type);

  // The guide's own request is for /chat.
  test.each(["/live", "/chat"])("%s says hello, subscribes and delivers", async (path) => {
    const { socket, said } = await converse(path);
    const channel = `ws-${path.slice(1)}`;
    socket.send(JSON.stringify({ type: "subscribe", channel }));
    await expect.poll(() => types(said)).toEqual(["hello", "subscribed"]);
    const { position } = await publish(server.url, channel, { n: 1 });
    await expect.poll(() => types(said)).toEqual(["hello", "subscribed", "publication"]);
    expect(said[2]).toMatchObject({ channel, position, offset: 1, data: { n: 1 } });
  });

  test("publishing over it is acknowledged with the position that readers see", async () => {
    const { socket, said } = await converse("/live");
    socket.send(JSON.stringify({ type: "subscribe", channel: "ws-publish" }));
    socket.send(JSON.stringify({ type: "publish", id: "p1", channel: "ws-publish", data: [1, 2] }));
    await expect.poll(() => types(said).sort()).toEqual(["hello", "publication", "published", "subscribed"]);
    const published = said.find((message) => message.type === "published");
    const publication = said.find((message) => message.type === "publication");
    expect(published).toMatchObject({ id: "p1", offset: 1, duplicate: false });
    expect(published?.position).toBe(publication?.position);
  });

  test("a mistake is answered with its code, and the connection lives on", async () => {
    const { socket, said } = await converse("/live");
    socket.send("subscribe orders");
    socket.send(JSON.stringify({ type: "shout", id: 2 }));
    socket.send(JSON.stringify({ type: "ping", id: 3 }));
    await expect.poll(() => types(said)).toEqual(["hello", "error", "error", "pong"]);
    expect(said.slice(1)).toMatchObject([{ name: "malformed" }, { name: "unknown_type", id: 2 }, { id: 3 }]);
  });
});
