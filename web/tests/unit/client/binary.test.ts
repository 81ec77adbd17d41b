// What only the binary form has to say for itself; that the client does the same with it is the project `unit-binary`.

import { expect, test } from "vitest";
import type { Received } from "@carillon/client";
import { binaryWebSocket } from "@carillon/client/binary";
import { range, World } from "./support/world.js";

test("it is spoken with a server that knows it", async () => {
  const world = new World();
  const client = world.client({ transport: binaryWebSocket() });
  await world.advance(10);
  expect(client.state).toMatchObject({ kind: "live", transport: "websocket" });
  expect(world.network.sockets[0]?.protocol).toBe("carillon.v1.bin");
});

test("JSON is spoken with one that does not, and one may take the other's place", async () => {
  const world = new World();
  world.network.speaksBinary = false;
  const client = world.client({ transport: binaryWebSocket() });
  const list = world.read(client, "room", { after: "0" });
  for (const n of range(1, 9)) {
    void client.publish("room", n);
    if (n % 3 === 0) {
      world.network.speaksBinary = !world.network.speaksBinary;
      world.network.cut();
    }
    await world.advance(30_000);
  }
  expect(list).toEqual(range(1, 9));
  expect(world.network.sockets.map(({ protocol }) => protocol)).toEqual(["carillon.v1", "carillon.v1.bin", "carillon.v1", "carillon.v1.bin"]);
  expect(client.stats()).toMatchObject({ gaps: 0, duplicates: 0, missing: 0, unreadable: 0 });
});

test("bytes come as they were sent, in a buffer of their own, live and from history, and as signals", async () => {
  const world = new World();
  const client = world.client({ transport: binaryWebSocket() });
  const list: Received[] = [];
  const subscription = client.subscribe("room", { after: "0" });
  void subscription.each((delivery) => void (delivery.kind === "publication" && list.push(delivery)));
  const signals: unknown[] = [];
  subscription.on("signal", ({ data }) => signals.push(data));
  const bytes = Uint8Array.from(range(0, 255));
  void client.publish("room", bytes);
  await world.advance(10);
  world.server.signal("room", { data64: "AP8=" });
  const page = client.history("room");
  await world.advance(10);
  expect(list.map(({ data }) => data)).toEqual([bytes]);
  expect((list[0]?.data as unknown as Uint8Array).buffer.byteLength).toBe(256);
  expect((await page).publications.map(({ data }) => data)).toEqual([bytes]);
  expect(signals).toEqual([Uint8Array.of(0, 255)]);
  expect(world.server.log).toMatchObject([{ data64: btoa(String.fromCharCode(...bytes)) }]);
});

test("a message that cannot be read is counted, and the connection goes on", async () => {
  const world = new World();
  const client = world.client({ transport: binaryWebSocket() });
  const list = world.read(client, "room", { after: "0" });
  await world.advance(10);
  const [socket] = world.network.sockets;
  for (const bytes of [[], [0x80], [0x80, 99, 0, 1, 0, 0, 0, 0, 0x31], [77, 0], [17, 0, 4]]) {
    socket?.onmessage?.({ data: Uint8Array.from(bytes).buffer });
  }
  world.server.accept("room", "still there");
  await world.advance(10);
  expect(list).toEqual(["still there"]);
  expect(client.stats()).toMatchObject({ unreadable: 5 });
});
