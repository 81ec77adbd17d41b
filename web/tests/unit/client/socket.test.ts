// CarillonSocket: what the browser's WebSocket does, and that it comes back.

import { describe, expect, test } from "vitest";
import { CarillonSocket, type CarillonSocketOptions } from "@carillon/client";
import { FakeClock, FakePage } from "./support/clock.js";
import { FakeNetwork, type Peer } from "./support/network.js";
import { range } from "./support/world.js";

/** Sockets to a server that sends back what it is sent. */
class EchoWorld {
  readonly clock = new FakeClock();
  readonly page = new FakePage();
  readonly heard: string[] = [];
  peer: Peer | undefined;
  readonly network = new FakeNetwork(this.clock, {
    opened: (peer) => (this.peer = peer),
    closed: () => {},
    message: (peer, text) => {
      this.heard.push(text);
      peer.send(text);
    },
  });

  socket(options: CarillonSocketOptions = {}): { socket: CarillonSocket; events: string[] } {
    const { now, setTimeout, clearTimeout } = this.clock;
    const { page } = this;
    const { WebSocket } = this.network;
    const socket = new CarillonSocket("http://server/live", "carillon.v1", {
      environment: { WebSocket, now, setTimeout, clearTimeout, page, random: () => 0.5 },
      ...options,
    });
    const events: string[] = [];
    for (const type of ["open", "message", "error", "close"]) {
      socket.addEventListener(type, (event) => {
        const code = type === "close" ? ` ${(event as CloseEvent).code}` : "";
        const data = type === "message" ? ` ${String((event as MessageEvent).data)}` : "";
        events.push(`${type}${code}${data} at ${socket.readyState}`);
      });
    }
    return { socket, events };
  }
}

test("open, message, close in the browser's order, with readyState at each", async () => {
  const world = new EchoWorld();
  const { socket, events } = world.socket();
  expect([socket.readyState, socket.url]).toEqual([0, "ws://server/live"]);
  await world.clock.advance(5);
  expect(socket.protocol).toBe("carillon.v1");
  socket.send("hi");
  await world.clock.advance(5);
  socket.close(1000, "bye");
  expect(socket.readyState).toBe(CarillonSocket.CLOSING);
  await world.clock.advance(60_000);
  expect(events).toEqual(["open at 1", "message hi at 1", "close 1000 at 3"]);
  expect(world.network.sockets).toHaveLength(1);
});

test("every loss has its error and close, every connection its open", async () => {
  const world = new EchoWorld();
  const { events } = world.socket();
  await world.clock.advance(5);
  world.network.cut();
  await world.clock.advance(5_000);
  world.peer?.close(1001);
  await world.clock.advance(10_000);
  expect(events).toEqual(["open at 1", "error at 0", "close 1006 at 0", "open at 1", "close 1001 at 0", "open at 1"]);
});

test("a code of range stop ends it", async () => {
  const world = new EchoWorld();
  const { socket, events } = world.socket();
  await world.clock.advance(5);
  world.peer?.close(4604, "not_permitted");
  await world.clock.advance(60_000);
  expect(events).toEqual(["open at 1", "close 4604 at 3"]);
  expect(() => socket.send("late")).toThrow("closed");
  expect(world.clock.timers).toBe(0);
});

test("on… handlers are called once, with the socket as this, in the place of the first one set", async () => {
  const world = new EchoWorld();
  const { socket } = world.socket();
  const calls: unknown[] = [];
  socket.onopen = () => calls.push("replaced");
  socket.addEventListener("open", () => calls.push("listener"));
  socket.onopen = function () {
    calls.push(this === socket);
  };
  await world.clock.advance(5);
  expect(calls).toEqual([true, "listener"]);
  socket.onopen = null;
  expect(socket.onopen).toBe(null);
});

test("closing before the first open fails as in the browser, and the server sees nothing", async () => {
  const world = new EchoWorld();
  const { socket, events } = world.socket();
  socket.close();
  await world.clock.advance(60_000);
  expect(events).toEqual(["error at 3", "close 1006 at 3"]);
  expect(world.peer).toBeUndefined();
});

test("close refuses what the browser refuses", () => {
  const { socket } = new EchoWorld().socket();
  expect(() => socket.close(1001)).toThrow(expect.objectContaining({ name: "InvalidAccessError" }));
  expect(() => socket.close(1000, "ü".repeat(62))).toThrow(expect.objectContaining({ name: "SyntaxError" }));
  expect(() => new CarillonSocket("ftp://server")).toThrow(expect.objectContaining({ name: "SyntaxError" }));
});

describe("what is sent without a connection", () => {
  test("waits, counts as bufferedAmount, and goes out in order before what comes later", async () => {
    const world = new EchoWorld();
    const { socket } = world.socket();
    for (const n of range(1, 3)) socket.send(`ü${n}`);
    expect(socket.bufferedAmount).toBe(9);
    socket.onopen = () => socket.send("ü4");
    await world.clock.advance(10);
    expect(world.heard).toEqual(["ü1", "ü2", "ü3", "ü4"]);
    expect(socket.bufferedAmount).toBe(0);
  });

  test("is bounded by count and by bytes, and one more is an error", () => {
    const { socket } = new EchoWorld().socket({ queue: { messages: 2, bytes: 10 } });
    socket.send("12345");
    expect(() => socket.send("123456")).toThrow(expect.objectContaining({ name: "QuotaExceededError" }));
    socket.send("12345");
    expect(() => socket.send("")).toThrow(expect.objectContaining({ name: "QuotaExceededError" }));
  });
});

describe("with a heartbeat", () => {
  const heartbeat = { ping: "ping" };

  test("a silent connection is asked, and given up only if it does not answer", async () => {
    const world = new EchoWorld();
    const { socket, events } = world.socket({ heartbeat });
    await world.clock.advance(200_000);
    expect(world.heard.length).toBeGreaterThan(5);
    expect(new Set(events.slice(1))).toEqual(new Set(["message ping at 1"]));
    world.network.blackhole = true;
    await world.clock.advance(36_000);
    expect(events.slice(-3)).toEqual(["error at 0", "close 1006 at 0", "open at 1"]);
    expect(socket.readyState).toBe(1);
  });

  test("after a sleep, what is sent waits for the answer and goes out on the new connection, once", async () => {
    const world = new EchoWorld();
    const { socket } = world.socket({ heartbeat });
    await world.clock.advance(5);
    world.clock.sleep(600_000);
    world.network.blackhole = true;
    socket.send("good morning");
    await world.clock.advance(1_000);
    world.network.blackhole = false;
    await world.clock.advance(30_000);
    expect(world.heard.filter((text) => text === "good morning")).toHaveLength(1);
    expect(world.network.sockets).toHaveLength(2);
  });
});
