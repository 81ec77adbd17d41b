// The client against the real server, with `ws` as its WebSocket, through a TCP proxy that cuts.

import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { CarillonSocket, createClient, type Client, type NativeSocketConstructor } from "@carillon/client";
import { startProxy, type Proxy } from "./support/proxy.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let proxy: Proxy;
const clients: Client[] = [];

beforeAll(async () => {
  server = await startServer();
  proxy = await startProxy(server.port);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await proxy?.close();
  await server?.stop();
});

const environment = { WebSocket: WebSocket as unknown as NativeSocketConstructor };
const backoff = { min: 20, first: 60, max: 200 };

function connect(): Client {
  const client = createClient({ url: `${proxy.url}/live`, environment, backoff });
  clients.push(client);
  return client;
}

test("200 publishes over a line that is cut several times: each once, in order, for writer and reader", async () => {
  const [writer, reader] = [connect(), connect()];
  const received: unknown[] = [];
  void reader.subscribe("cut", { after: "0" }).each((delivery) => {
    received.push(delivery.kind === "publication" ? delivery.data : delivery);
  });

  const wanted = Array.from({ length: 200 }, (_, i) => ({ n: i + 1 }));
  const receipts: ReturnType<typeof writer.publish>[] = [];
  let cuts = 0;
  for (let slice = 0; slice < 5; slice++) {
    receipts.push(...wanted.slice(40 * slice, 40 * (slice + 1)).map((data) => writer.publish("cut", data)));
    await receipts[40 * slice + 20];
    if (proxy.cut() > 0) cuts++;
    proxy.mend();
  }
  const offsets = (await Promise.all(receipts)).map(({ offset }) => offset);
  await expect.poll(() => received.length).toBe(200);

  expect(received).toEqual(wanted);
  expect(offsets).toEqual(wanted.map(({ n }) => n));
  expect(cuts).toBe(5);
  expect(reader.stats()).toMatchObject({ publications: 200, duplicates: 0, missing: 0, gaps: 0, unreadable: 0 });
  expect(writer.stats()).toMatchObject({ queued: 0, unreadable: 0 });
  await expect.poll(() => reader.state).toEqual({ kind: "live", transport: "websocket", queued: 0 });
});

test("cut between publishes, too, and while it is cut", async () => {
  const client = connect();
  const received: unknown[] = [];
  void client.subscribe("calm", { after: "0" }).each((delivery) => {
    received.push(delivery.kind === "publication" ? delivery.data : delivery);
  });
  for (let n = 1; n <= 40; n++) {
    if (n % 10 === 0) proxy.cut();
    const receipt = client.publish("calm", n);
    if (n % 10 === 0) setTimeout(() => proxy.mend(), 100);
    expect(await receipt).toMatchObject({ offset: n });
  }
  await expect.poll(() => received.length).toBe(40);
  expect(received).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  expect(client.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0 });
  expect(client.stats().connections).toBeGreaterThanOrEqual(4);
});

test("bytes arrive as bytes, and a name that is none is refused before it is sent", async () => {
  const client = connect();
  const reader = client.subscribe("bytes")[Symbol.asyncIterator]();
  await expect.poll(() => client.state.kind).toBe("live");
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  await client.publish("bytes", bytes);
  expect((await reader.next()).value).toMatchObject({ kind: "publication", offset: 1, data: bytes });
  await reader.return?.();
  await expect(client.publish("no name", 1)).rejects.toThrow("no name of a channel");
});

test("a CarillonSocket speaks to a channel and comes back", async () => {
  const socket = new CarillonSocket(`${proxy.url}/channels/plain`, "carillon.v1", { environment, backoff });
  const types: string[] = [];
  socket.onmessage = (event) => types.push((JSON.parse(String(event.data)) as { type: string }).type);
  await expect.poll(() => types).toEqual(["hello", "subscribed"]);
  proxy.cut();
  proxy.mend();
  await expect.poll(() => types).toEqual(["hello", "subscribed", "hello", "subscribed"]);
  socket.send('{"type":"ping"}');
  await expect.poll(() => types.at(-1)).toBe("pong");
  const closed = new Promise<CloseEvent>((resolve) => (socket.onclose = resolve));
  socket.close(1000, "done");
  expect(await closed).toMatchObject({ code: 1000, reason: "done", wasClean: true });
});
