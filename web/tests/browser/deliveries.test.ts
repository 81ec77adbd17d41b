// One channel, four deliveries: the same publications in the same order, and positions that any of them takes from any
// other.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import type { Publication } from "@carillon/protocol";
import { launchChromium } from "./support/chromium.js";
import { publish } from "./support/http.js";
import { startProxy, type Proxy } from "./support/proxy.js";
import { longPoll, plainGet, readersInPage, type Reader, type StartReader } from "./support/readers.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let proxy: Proxy;
let chromium: Browser;
const starters = new Map<string, StartReader>();

beforeAll(async () => {
  server = await startServer();
  proxy = await startProxy(server.port);
  chromium = await launchChromium();
  const page = await chromium.newPage();
  await page.goto(`${proxy.url}/guide.js`);
  const { webSocket, eventSource } = await readersInPage(page);
  starters.set("WebSocket", webSocket).set("EventSource", eventSource).set("long poll", longPoll).set("GET", plainGet);
});
afterAll(async () => {
  await chromium?.close();
  await proxy?.close();
  await server?.stop();
});

async function publishMany(channel: string, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await publish(server.url, channel, { n });
}

function numbers(publications: readonly Publication[]): unknown[] {
  return publications.map((publication) => "data" in publication && (publication.data as { n: number }).n);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

async function expectAll(readers: ReadonlyMap<string, Reader>, wanted: readonly number[]): Promise<void> {
  for (const [name, reader] of readers) {
    await expect.poll(() => reader.received.length, { message: name }).toBe(wanted.length);
    expect(numbers(reader.received), name).toEqual(wanted);
  }
}

test("all four receive the same objects in order, are cut, and lose nothing", async () => {
  const readers = new Map<string, Reader>();
  for (const [name, start] of starters) readers.set(name, await start(proxy.url, "cut", "0"));

  await publishMany("cut", 1, 20);
  await expectAll(readers, range(1, 20));

  // Between two polls there is no connection, so they are cut in the very moment in which three are seen.
  await expect.poll(() => (proxy.connections < 3 ? 0 : proxy.cut())).toBeGreaterThanOrEqual(3);
  await publishMany("cut", 21, 30);
  proxy.mend();
  await publishMany("cut", 31, 40);
  await expectAll(readers, range(1, 40));

  const [first, ...others] = [...readers.values()];
  for (const other of others) expect(other.received).toEqual(first?.received);
  expect(first?.received.map((publication) => publication.offset)).toEqual(range(1, 40));
  for (const reader of readers.values()) await reader.stop();
});

describe("a position of one delivery resumes every other", () => {
  const NAMES = ["WebSocket", "EventSource", "long poll", "GET"];
  const pairs = NAMES.flatMap((giver) => NAMES.map((taker) => ({ giver, taker })));

  test.each(pairs)("$giver to $taker", async ({ giver, taker }) => {
    const channel = `from-${NAMES.indexOf(giver)}-to-${NAMES.indexOf(taker)}`;
    const start = (name: string) => starters.get(name) ?? expect.fail(name);
    await publishMany(channel, 1, 3);
    const gives = await start(giver)(proxy.url, channel, "0");
    await expect.poll(() => gives.received.length).toBe(3);
    await gives.stop();
    await publishMany(channel, 4, 5);

    const position = gives.received[2]?.position ?? expect.fail("no position");
    const takes = await start(taker)(proxy.url, channel, position);
    await expectAll(new Map([[taker, takes]]), [4, 5]);
    await publishMany(channel, 6, 6);
    await expectAll(new Map([[taker, takes]]), [4, 5, 6]);
    await takes.stop();
  });
});
