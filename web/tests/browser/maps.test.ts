// Maps with the real server: whatever is cut, killed or slow, a reader ends with what was set last, and a page is never
// shown an older value after a newer one. And what docs/client.md says of them, line by line.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { createClient, webSocket, type Client, type NativeSocketConstructor, type Transport } from "@carillon/client";
import { binaryWebSocket } from "@carillon/client/binary";
import { eventStream, longPoll } from "@carillon/client/fallback";
import { map, type LiveMap } from "@carillon/client/map";
import { launchChromium } from "./support/chromium.js";
import { ask, publish } from "./support/http.js";
import type { Lab, Numbered } from "./support/lab.js";
import { openLane, type Lane } from "./support/lane.js";
import { startPages, type Pages } from "./support/pages.js";
import { startScissors } from "./support/scissors.js";
import { startServer, type Server } from "./support/server.js";

const configuration = join(mkdtempSync(join(tmpdir(), "carillon-maps-")), "carillon.yaml");
writeFileSync(
  configuration,
  `channels:
  - {pattern: "fleet:**", kind: map}
  - {pattern: "busy:**", kind: map, durability: memory}
  - {pattern: "couriers", kind: map}
  - {pattern: "notes:**"}
`,
);

let server: Server;
let pages: Pages;
let browser: Browser;
const clients: Client[] = [];
const lanes: Lane[] = [];

beforeAll(async () => {
  server = await startServer({ args: ["--config", configuration] });
  [pages, browser] = await Promise.all([startPages(), launchChromium()]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const lane of lanes.splice(0)) await lane.end();
});
afterAll(async () => {
  await browser?.close();
  await pages?.close();
  await server?.stop();
});

const environment = { WebSocket: WebSocket as unknown as NativeSocketConstructor };
const backoff = { min: 5, first: 15, max: 100 };
const transports: Record<string, () => Transport> = { websocket: webSocket, binary: binaryWebSocket, "event-stream": eventStream, "long-poll": longPoll };

function connect(url: string, transport: () => Transport = webSocket): Client {
  const queue = { messages: 10_000, bytes: 67_108_864 };
  const client = createClient({ url: `${url}/live`, transport: transport(), backoff, environment, queue });
  clients.push(client);
  return client;
}

const open = (client: Client, channel: string) => map(client, channel) as unknown as LiveMap<Numbered>;
const numbers = (of: LiveMap<Numbered>) => Object.fromEntries([...of].map(([key, { n }]) => [key, n]));

/** Sets numbers that rise, or removes, one after the other without waiting; answers what there is in the end. */
class Writer {
  readonly wanted: Record<string, number> = {};
  readonly #live: LiveMap<Numbered>;
  readonly #receipts: Promise<unknown>[] = [];
  #n = 0;

  constructor(
    client: Client,
    channel: string,
    private readonly keys: number,
    private readonly padding = "",
    /** Each of so many is a removal; of keys that are set too, it has no divisor with their number. */
    private readonly removal = 11,
  ) {
    this.#live = open(client, channel);
  }

  write(count: number): void {
    for (let i = 0; i < count; i++) {
      const n = ++this.#n;
      const key = `k${(n * 7) % this.keys}`;
      if (n % this.removal === 0) {
        delete this.wanted[key];
        this.#receipts.push(this.#live.remove(key));
      } else {
        this.wanted[key] = n;
        this.#receipts.push(this.#live.set(key, { n, padding: this.padding } as Numbered));
      }
    }
  }

  async kept(): Promise<void> {
    await Promise.all(this.#receipts);
  }
}

/** Plays over a line that is cut once: what is written and who reads it. Answers how many messages passed the line. */
async function playCut(name: string, transport: () => Transport, cutAfter: number): Promise<number> {
  const [channel, told] = [`fleet:${name}:${cutAfter}`, `cut after ${cutAfter}`];
  const scissors = await startScissors(server.port, cutAfter);
  const mine = [connect(scissors.url, transport), connect(server.url), connect(scissors.url, transport)] as const;
  const writer = new Writer(mine[0], channel, 3, "", 4);
  writer.write(6);
  await writer.kept();
  for (const client of mine.slice(1)) {
    const reader = open(client, channel);
    await reader.ready;
    expect(numbers(reader), told).toEqual(writer.wanted);
  }
  expect(mine[0].stats(), told).toMatchObject({ duplicates: 0, missing: 0, unreadable: 0 });
  if (cutAfter < scissors.passed) expect(scissors.cuts, told).toBe(1);
  const { passed } = scissors;
  for (const client of mine) client.close();
  await scissors.close();
  return passed;
}

test.each(Object.entries(transports))("%s: cut after each of its messages, a reader ends with what was set last", async (name, transport) => {
  const places = await playCut(name, transport, Infinity);
  expect(places).toBeGreaterThanOrEqual(30);
  let next = 1;
  const worker = async () => {
    for (let place = next++; place <= places; place = next++) await playCut(name, transport, place);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
});

test("a server that is killed while it is written to, twice, has what it acknowledged, and every reader comes to it", async () => {
  const writer = new Writer(connect(server.url), "fleet:killed", 40);
  const readers = Object.entries(transports).map(([name, transport]) => [name, open(connect(server.url, transport), "fleet:killed")] as const);
  for (let round = 0; round < 2; round++) {
    writer.write(400);
    await expect.poll(() => readers[0]?.[1].size ?? 0).toBeGreaterThan(0);
    await server.kill();
    writer.write(100);
    await server.restart();
    writer.write(100);
  }
  await writer.kept();
  for (const [name, reader] of readers) await expect.poll(() => numbers(reader), { message: name }).toEqual(writer.wanted);
});

async function startPage(url: string, channel: string, tags?: readonly string[]): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(pages.url);
  await page.evaluate(
    ([address, name, some, wait]) => {
      const { lab } = window as unknown as { lab: Lab };
      lab.start({ url: `${address}/live`, backoff: wait });
      lab.watch(name, some);
    },
    [url, channel, tags, backoff] as const,
  );
  return page;
}

const shown = (page: Page) => page.evaluate(() => (window as unknown as { lab: Lab }).lab.numbers());
const told = (page: Page) =>
  page.evaluate(() => {
    const { client, told: times, older } = (window as unknown as { lab: Lab }).lab;
    return { times, older, stats: client?.stats() };
  });

test("a page that takes nothing for a while is given the newest value of each key, and far fewer than there were", async () => {
  const CHANGES = 1_500;
  const lane = await openLane(server);
  lanes.push(lane);
  const page = await startPage(lane.url, "busy:slow");
  const writer = new Writer(connect(server.url), "busy:slow", 20, "x".repeat(16_000));
  writer.write(100);
  await writer.kept();
  await expect.poll(() => shown(page)).toEqual(writer.wanted);
  await lane.suffer({ fault: "hang", direction: "down" });
  writer.write(CHANGES);
  await writer.kept();
  await lane.suffer({ fault: "none" });
  await expect.poll(() => shown(page)).toEqual(writer.wanted);
  const { older, stats } = await told(page);
  expect(older).toEqual([]);
  expect(stats).toMatchObject({ duplicates: 0, missing: 0, gaps: 0, unreadable: 0 });
  expect(stats?.publications).toBeLessThan(CHANGES);
  await page.close();
});

test("a page whose network is cut again and again shows what was set last, in fewer pictures than changes", async () => {
  const lane = await openLane(server);
  lanes.push(lane);
  const page = await startPage(lane.url, "fleet:cut");
  const writer = new Writer(connect(server.url), "fleet:cut", 30);
  for (let round = 1; round <= 6; round++) {
    writer.write(200);
    await writer.kept();
    if (round % 2 > 0) continue;
    // Cut what is there to be cut: a slow page may have come no further than the connection before.
    await expect.poll(async () => (await told(page)).stats?.connections).toBeGreaterThanOrEqual(round / 2);
    await lane.suffer({ fault: "cut", millis: 100 });
  }
  await expect.poll(() => shown(page)).toEqual(writer.wanted);
  await expect.poll(async () => (await told(page)).stats?.connections).toBeGreaterThanOrEqual(4);
  const { older, times } = await told(page);
  expect(older).toEqual([]);
  expect(times).toBeLessThan(1_200);
  await page.close();
});

test("a page that tracks tags is shown what comes to them and not what leaves them; a purge empties it", async () => {
  const page = await startPage(server.url, "fleet:tagged", ["tile:1"]);
  const couriers = open(connect(server.url), "fleet:tagged");
  await couriers.set("ada", { n: 1 }, { tag: "tile:1" });
  await couriers.set("bob", { n: 2 }, { tag: "tile:2" });
  await expect.poll(() => shown(page)).toEqual({ ada: 1 });
  await couriers.set("ada", { n: 3 }, { tag: "tile:2" });
  await couriers.set("bob", { n: 4 }, { tag: "tile:1" });
  await expect.poll(() => shown(page)).toEqual({ bob: 4 });
  expect((await ask(`${server.url}/channels/fleet:tagged`, { method: "DELETE" })).status).toBe(204);
  await expect.poll(() => shown(page)).toEqual({});
  await expect.poll(() => couriers.size).toBe(0);
  await couriers.set("eve", { n: 5 }, { tag: "tile:1" });
  await expect.poll(() => shown(page)).toEqual({ eve: 5 });
  await page.close();
});

test.each(Object.entries(transports))("%s: what is redacted is told to who has it, and later readers find its place without its data", async (name, transport) => {
  const channel = `notes:${name}`;
  const read = (client: Client) => {
    const list: unknown[] = [];
    void client.subscribe(channel, { after: "0" }).each((delivery) => {
      list.push([delivery.kind, delivery.kind === "publication" ? delivery.data : delivery.kind === "redacted" ? delivery.offset : delivery.cause]);
    });
    return list;
  };
  const before = read(connect(server.url, transport));
  const { position } = await publish(server.url, channel, "a secret");
  await publish(server.url, channel, "no secret");
  await expect.poll(() => before).toEqual([["publication", "a secret"], ["publication", "no secret"]]);
  expect((await ask(`${server.url}/channels/${channel}/publications/${position}`, { method: "DELETE" })).status).toBe(204);
  await expect.poll(() => before.at(-1)).toEqual(["redacted", 1]);
  const client = connect(server.url, transport);
  const after = read(client);
  await expect.poll(() => after).toEqual([["redacted", 1], ["publication", "no secret"]]);
  expect((await client.history(channel)).publications.map(({ kind }) => kind)).toEqual(["redacted", "publication"]);
  expect(client.stats()).toMatchObject({ missing: 0, duplicates: 0 });
});

test("the examples of docs/client.md do what it says", async () => {
  const text = readFileSync(new URL("../../../docs/client.md", import.meta.url), "utf8");
  const section = /^## Maps$([^]*?)^## /m.exec(text)?.[1] ?? "";
  const [first = "", second = ""] = [...section.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1] ?? "");
  const drawn = async (page: Page) => page.evaluate(() => (window as unknown as { drawn: Record<string, unknown> }).drawn);
  const run = async (page: Page, code: string): Promise<void> => {
    await page.addInitScript(() => {
      const of = window as unknown as { drawn: Record<string, unknown>; draw: (key: string, value: unknown) => void };
      of.drawn = {};
      of.draw = (key, value) => void (of.drawn[key] = value ?? "gone");
    });
    await page.goto(pages.url);
    await page.evaluate(await bundled(code.replace("https://live.example.com", server.url)));
  };

  const other = open(connect(server.url), "couriers");
  await other.set("eve", { n: 1 }, { tag: "tile:7" });
  await other.set("far", { n: 2 }, { tag: "tile:8" });
  const page = await browser.newPage();
  await run(page, first);
  await expect.poll(() => drawn(page)).toEqual({ eve: { n: 1 }, ada: { x: 3, y: 4 } });
  await other.set("eve", { n: 3 }, { tag: "tile:9" });
  await expect.poll(() => drawn(page)).toMatchObject({ eve: "gone" });
  await expect.poll(() => other.has("ada")).toBe(true);

  const begin = first.split("\n").filter((line) => /^import |^const client /.test(line));
  const next = [...begin, second].join("\n");
  const all = { eve: { n: 3 }, far: { n: 2 }, ada: { x: 3, y: 4 } };
  await run(page, next);
  await expect.poll(() => drawn(page)).toEqual(all);
  // The page is left, and what it saved is there for the next one.
  await run(page, next);
  await expect.poll(() => drawn(page)).toEqual(all);
  expect(await page.evaluate(() => localStorage.getItem("couriers"))).toContain('"key":"ada"');
  await page.close();
});

/** As one script, in which the lines that are not imports may wait. */
async function bundled(code: string): Promise<string> {
  const lines = code.split("\n");
  const isImport = (line: string) => line.startsWith("import ");
  const body = lines.filter((line) => !isImport(line)).join("\n");
  const contents = `${lines.filter(isImport).join("\n")}\nvoid (async () => {\n${body}\n})();`;
  const stdin = { contents, resolveDir: new URL("..", import.meta.url).pathname, loader: "ts" as const };
  const { outputFiles } = await build({ stdin, bundle: true, format: "iife", target: "es2022", write: false, logLevel: "error" });
  return outputFiles[0]?.text ?? "";
}
