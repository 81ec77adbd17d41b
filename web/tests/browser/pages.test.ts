// The client in Chromium's pages: shown again after "back", without a WebSocket, reloaded with a queue, in several tabs.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import type { Lab, LabOptions } from "./support/lab.js";
import { startPages, type Pages } from "./support/pages.js";
import { startScissors, type Scissors } from "./support/scissors.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let pages: Pages;
let browser: Browser;
const contexts: BrowserContext[] = [];
const lines: Scissors[] = [];

beforeAll(async () => {
  [server, pages, browser] = await Promise.all([startServer(), startPages(), launchChromium({ keepsPages: true })]);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  for (const line of lines.splice(0)) await line.close();
});
afterAll(async () => {
  await browser?.close();
  await pages?.close();
  await server?.stop();
});

const backoff = { min: 20, first: 60, max: 200 };

async function newContext(): Promise<BrowserContext> {
  const context = await browser.newContext();
  contexts.push(context);
  return context;
}

async function newLine(cutAfter?: number): Promise<Scissors> {
  const line = await startScissors(server.port, cutAfter);
  lines.push(line);
  return line;
}

async function open(context: BrowserContext, path = "/"): Promise<Page> {
  const page = await context.newPage();
  await page.goto(pages.url + path);
  return page;
}

function start(page: Page, options: Partial<LabOptions> = {}): Promise<void> {
  const url = `${server.url}/live`;
  return page.evaluate((given) => (window as unknown as { lab: Lab }).lab.start(given), { url, backoff, ...options });
}

function read(page: Page, channel: string): Promise<void> {
  return page.evaluate((name) => (window as unknown as { lab: Lab }).lab.read(name), channel);
}

function publish(page: Page, channel: string, from: number, to = from): Promise<number[]> {
  return page.evaluate(
    ([name, first, last]) => (window as unknown as { lab: Lab }).lab.publish(name, first, last),
    [channel, from, to] as const,
  );
}

function seen(page: Page): Promise<{ received: unknown[]; restored: unknown[]; pageEvents: string[]; state: unknown; queued: number | undefined }> {
  return page.evaluate(() => {
    const { received, restored, pageEvents, client } = (window as unknown as { lab: Lab }).lab;
    return { received, restored, pageEvents, state: client?.state, queued: client?.stats().queued };
  });
}

/** How many publishes lie in the browser's database. */
function kept(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { lab: Lab }).lab.kept());
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("6: back and forward", () => {
  test.each(["webSocket", "eventStream", "longPoll", "withFallback"] as const)(
    "over %s a page that comes back from the cache goes on where it was, and kept no WebSocket open meanwhile",
    async (transport) => {
      const channel = `back:${transport}`;
      const line = await newLine();
      const page = await open(await newContext(), "/a");
      const other = await open(await newContext());
      await start(other);
      await start(page, { url: `${line.url}/live`, transport, ...(transport === "withFallback" && { persist: "chat:ada" }) });
      await read(page, channel);
      await publish(other, channel, 1);
      await expect.poll(async () => (await seen(page)).received).toEqual([1]);

      await page.goto(`${pages.url}/b`);
      // Of requests that are over, a browser keeps the connection for a while.
      const isWebSocket = transport === "webSocket" || transport === "withFallback";
      if (isWebSocket) await expect.poll(() => line.connections).toBe(0);
      await publish(other, channel, 2, 3);
      await page.goBack({ waitUntil: "commit" });
      await expect.poll(async () => (await seen(page)).received).toEqual([1, 2, 3]);
      const { pageEvents } = await seen(page);
      expect(pageEvents).toEqual(["pageshow", "pagehide persisted", "pageshow persisted"]);
      await publish(page, channel, 4);
      await expect.poll(async () => (await seen(page)).received).toEqual([1, 2, 3, 4]);

      await page.goForward({ waitUntil: "commit" });
      await publish(other, channel, 5);
      await page.goBack({ waitUntil: "commit" });
      await expect.poll(async () => (await seen(page)).received).toEqual([1, 2, 3, 4, 5]);
      await expect.poll(async () => (await seen(page)).state).toMatchObject({ kind: "live", queued: 0 });
    },
  );
});

describe("16: without a WebSocket", () => {
  test("a page is usable over requests to another origin, and moves to a WebSocket when one gets through", async () => {
    const line = await newLine();
    line.blocksWebSockets = true;
    const page = await open(await newContext());
    await start(page, { url: `${line.url}/live`, transport: "withFallback", probeMillis: 200 });
    await read(page, "blocked");
    await publish(page, "blocked", 1, 3);
    await expect.poll(async () => seen(page)).toMatchObject({ received: [1, 2, 3], state: { kind: "live", transport: "event-stream" } });

    // The next page of this browser session begins with what worked.
    await page.reload();
    await start(page, { url: `${line.url}/live`, transport: "withFallback", probeMillis: 200 });
    await expect.poll(async () => (await seen(page)).state).toMatchObject({ kind: "live", transport: "event-stream", note: "WebSockets did not get through before" });
    line.blocksWebSockets = false;
    await read(page, "blocked");
    await expect.poll(async () => (await seen(page)).state).toMatchObject({ kind: "live", transport: "websocket" });
    await publish(page, "blocked", 4);
    await expect.poll(async () => (await seen(page)).received).toEqual([1, 2, 3, 4]);
  });

  test("of seven tabs over HTTP/1.1 three stream, the others say that they poll, and all hear and speak", async () => {
    const line = await newLine();
    line.blocksWebSockets = true;
    const context = await newContext();
    const tabs: Page[] = [];
    for (let i = 0; i < 7; i++) {
      const page = await open(context);
      await start(page, { url: `${line.url}/live`, transport: "withFallback", probeMillis: 600_000 });
      await read(page, "seven");
      await expect.poll(async () => (await seen(page)).state).toMatchObject({ kind: "live" });
      tabs.push(page);
    }
    const carriers = await Promise.all(tabs.map(async (page) => (await seen(page)).state as { transport: string; note?: string }));
    expect(carriers.map(({ transport }) => transport)).toEqual([...range(1, 3).map(() => "event-stream"), ...range(4, 7).map(() => "long-poll")]);
    expect(carriers[3]?.note).toBe("other tabs of this browser hold all event streams");
    // Known before it is live.
    expect(carriers[6]?.note).toBe("asks every 3 s: other tabs of this browser hold its connections");
    for (const [i, page] of tabs.entries()) await publish(page, "seven", i + 1);
    for (const page of tabs) await expect.poll(async () => (await seen(page)).received).toEqual(range(1, 7));
  });
});

describe("8: cuts", () => {
  test.each(["webSocket", "eventStream", "longPoll", "withFallback"] as const)(
    "over %s the list is the same after cuts at places throughout the script",
    async (transport) => {
      const page = await open(await newContext());
      for (let cutAfter = 3; cutAfter <= 93; cutAfter += 9) {
        const line = await newLine(cutAfter);
        const channel = `cut:${transport}:${cutAfter}`;
        await page.reload();
        await start(page, { url: `${line.url}/live`, transport });
        await read(page, channel);
        expect(await publish(page, channel, 1, 40)).toEqual(range(1, 40));
        await expect.poll(async () => (await seen(page)).received, { message: channel }).toEqual(range(1, 40));
        expect(line.cuts, channel).toBe(1);
      }
    },
  );
});

describe("12: a queue over a reload", () => {
  test("what was published offline is sent by the page that comes after, in order and once", async () => {
    const page = await open(await newContext());
    // Nobody listens there.
    await start(page, { url: "http://127.0.0.1:1/live", persist: "chat:ada" });
    void publish(page, "reload", 1, 30).catch(() => {});
    await expect.poll(async () => (await seen(page)).queued).toBe(30);
    await expect.poll(() => kept(page)).toBe(30);
    await page.reload();
    await start(page, { persist: "chat:ada" });
    await read(page, "reload");
    expect(await publish(page, "reload", 31)).toEqual([31]);
    await expect.poll(async () => (await seen(page)).received).toEqual(range(1, 31));
    expect((await seen(page)).restored).toEqual(range(1, 30));
    // What is answered is let go of a little later; a page that ends in between has it sent once more, as the same publish.
    await expect.poll(() => kept(page)).toBe(0);
    await page.reload();
    await start(page, { persist: "chat:ada" });
    await read(page, "reload");
    await expect.poll(async () => seen(page)).toMatchObject({ received: range(1, 31), restored: [], queued: 0 });
  });

  test("of two tabs each sends its own; what a closed one left, the other sends, once", async () => {
    const context = await newContext();
    const [one, two] = [await open(context), await open(context)];
    const offline = { url: "http://127.0.0.1:1/live", persist: "chat:bob" };
    await start(one, offline);
    void publish(one, "tabs", 1, 10).catch(() => {});
    await expect.poll(() => kept(one)).toBe(10);
    // It waits for the end of the first, and longer than the third will: but without a connection it lets that one go first.
    await start(two, offline);
    void publish(two, "tabs", 11, 20).catch(() => {});
    await expect.poll(() => kept(two)).toBe(20);
    const three = await open(context);
    await start(three, { persist: "chat:bob" });
    await read(three, "tabs");
    await expect.poll(async () => (await seen(three)).state).toMatchObject({ kind: "live" });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await seen(three)).toMatchObject({ received: [], restored: [] });
    await one.close();
    await expect.poll(async () => (await seen(three)).received).toEqual(range(1, 10));
    await two.close();
    await expect.poll(async () => (await seen(three)).received).toEqual(range(1, 20));
    expect((await seen(three)).restored).toEqual(range(1, 20));
  });
});

describe("14: logout", () => {
  test("another tab leaves too, and what waited is gone, also after a reload", async () => {
    const line = await newLine();
    const url = `${line.url}/live`;
    const context = await newContext();
    const [one, two] = [await open(context), await open(context)];
    for (const page of [one, two]) await start(page, { url, persist: "chat:eve" });
    for (const page of [one, two]) await expect.poll(async () => (await seen(page)).state).toMatchObject({ kind: "live" });
    line.refuses = true;
    for (const page of [one, two]) void publish(page, "logout", 1, 5).catch(() => {});
    await expect.poll(() => kept(one)).toBe(10);
    await one.evaluate(() => (window as unknown as { lab: Lab }).lab.client?.logout());
    for (const page of [one, two]) await expect.poll(async () => (await seen(page)).state).toEqual({ kind: "idle", queued: 0 });
    await expect.poll(() => kept(one)).toBe(0);
    line.refuses = false;
    await two.reload();
    await start(two, { url, persist: "chat:eve" });
    await read(two, "logout");
    expect(await publish(two, "logout", 6)).toEqual([1]);
    await expect.poll(async () => (await seen(two)).received).toEqual([6]);
  });
});
