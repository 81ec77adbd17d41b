// What Chromium makes of a network that the server spoils on request: each delivery, through a lane of the page's own.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { publish } from "./support/http.js";
import { openLane, type Lane } from "./support/lane.js";
import { startServer, type Server } from "./support/server.js";

/** What the page's scripts keep of a connection. */
interface Heard {
  readonly heard: string[];
  readonly socket?: WebSocket;
}

declare global {
  interface Window {
    connections: Heard[];
  }
}

let server: Server;
let chromium: Browser;
let page: Page;
let lane: Lane;

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});
beforeEach(async () => {
  lane = await openLane(server);
  page = await chromium.newPage();
  await page.goto(`${server.url}/guide.js`);
  await page.evaluate(() => {
    window.connections = [];
  });
});
afterEach(async () => {
  await page.close();
  await lane.end();
});

/** Opens a WebSocket of a channel; what it hears is kept as types of messages, data, and how it closed. */
function openSocket(channel: string): Promise<number> {
  return page.evaluate(
    (url) => {
      const heard: string[] = [];
      const socket = new WebSocket(url);
      socket.onmessage = (event: MessageEvent<string>) => {
        const message = JSON.parse(event.data) as { type: string; data?: unknown };
        heard.push(message.type === "publication" ? String(message.data) : message.type);
      };
      socket.onclose = (event) => heard.push(`closed ${event.code} ${event.wasClean ? "clean" : "broken"}`);
      return window.connections.push({ heard, socket }) - 1;
    },
    `${lane.url.replace("http", "ws")}/channels/${channel}`,
  );
}

function openEvents(channel: string): Promise<number> {
  return page.evaluate(
    (url) => {
      const heard: string[] = [];
      const source = new EventSource(url);
      source.addEventListener("hello", () => heard.push("hello"));
      source.onmessage = (event: MessageEvent<string>) =>
        heard.push(String((JSON.parse(event.data) as { data: unknown }).data));
      source.onerror = () => heard.push(source.readyState === EventSource.CLOSED ? "closed" : "again");
      return window.connections.push({ heard }) - 1;
    },
    `${lane.url}/channels/${channel}`,
  );
}

const heardBy = (index: number): Promise<string[]> => page.evaluate((i) => window.connections[i]?.heard ?? [], index);
const numbersHeardBy = async (index: number): Promise<string[]> =>
  (await heardBy(index)).filter((word) => /^\d+$/.test(word));
const readyState = (index: number): Promise<number | undefined> =>
  page.evaluate((i) => window.connections[i]?.socket?.readyState, index);

test("a cut ends a WebSocket with 1006, refuses the next one, and is over when it is asked to be", async () => {
  const first = await openSocket("cut");
  await expect.poll(() => heardBy(first)).toEqual(["hello", "subscribed"]);
  await lane.suffer({ fault: "cut" });
  await expect.poll(() => heardBy(first)).toEqual(["hello", "subscribed", "closed 1006 broken"]);
  const second = await openSocket("cut");
  await expect.poll(() => heardBy(second)).toEqual(["closed 1006 broken"]);
  await lane.suffer({ fault: "none" });
  const third = await openSocket("cut");
  await expect.poll(() => heardBy(third)).toEqual(["hello", "subscribed"]);
});

test("a hang delivers nothing until it is over, and then everything", async () => {
  const socket = await openSocket("hang");
  await expect.poll(() => heardBy(socket)).toEqual(["hello", "subscribed"]);
  const before = (await lane.suffer({ fault: "hang" })).bytes.down;
  await publish(server.url, "hang", 1);
  await publish(server.url, "hang", 2);
  await expect.poll(async () => (await lane.state()).bytes.down.taken).toBeGreaterThan(before.taken + 100);
  expect((await lane.state()).bytes.down.passed).toBe(before.passed);
  expect(await heardBy(socket)).toEqual(["hello", "subscribed"]);
  await lane.suffer({ fault: "none" });
  await expect.poll(() => heardBy(socket)).toEqual(["hello", "subscribed", "1", "2"]);
});

test("half-open, the server has ended the connection and the page believes in it until it says something", async () => {
  const socket = await openSocket("half-open");
  await expect.poll(() => heardBy(socket)).toEqual(["hello", "subscribed"]);
  await lane.suffer({ fault: "half-open" });
  const open = /^carillon_connections_open\{transport="websocket"\} (\S+)$/m;
  const sockets = async () => open.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
  await expect.poll(sockets).toBe("0.0");
  await page.evaluate((i) => window.connections[i]?.socket?.send('{"type":"ping"}'), socket);
  expect(await readyState(socket)).toBe(1);
  await lane.suffer({ fault: "none" });
  expect(await readyState(socket)).toBe(1);
  await page.evaluate((i) => window.connections[i]?.socket?.send('{"type":"ping"}'), socket);
  await expect.poll(() => heardBy(socket)).toEqual(["hello", "subscribed", "closed 1006 broken"]);
});

test("an EventSource that is cut comes back by itself and misses nothing", async () => {
  const events = await openEvents("events");
  await expect.poll(() => heardBy(events)).toEqual(["hello"]);
  await publish(server.url, "events", 1);
  await expect.poll(() => numbersHeardBy(events)).toEqual(["1"]);
  await lane.suffer({ fault: "cut" });
  await publish(server.url, "events", 2);
  await expect.poll(() => heardBy(events)).toContain("again");
  await lane.suffer({ fault: "none" });
  await publish(server.url, "events", 3);
  await expect.poll(() => numbersHeardBy(events)).toEqual(["1", "2", "3"]);
});

test("split into single bytes and delayed, WebSocket, events and plain HTTP say the same", async () => {
  for (const order of [{ fault: "split" }, { fault: "delay", millis: 50 }, { fault: "throttle", bytesPerSecond: 20_000 }] as const) {
    await lane.suffer(order);
    const channel = `same-${order.fault}`;
    const socket = await openSocket(channel);
    const events = await openEvents(channel);
    await expect.poll(() => heardBy(socket)).toEqual(["hello", "subscribed"]);
    await expect.poll(() => heardBy(events)).toEqual(["hello"]);
    const status = await page.evaluate(
      (url) =>
        fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: "7" }).then(
          (answer) => answer.status,
        ),
      `${lane.url}/channels/${channel}`,
    );
    expect(status).toBe(201);
    await expect.poll(() => numbersHeardBy(socket)).toEqual(["7"]);
    await expect.poll(() => numbersHeardBy(events)).toEqual(["7"]);
  }
});
