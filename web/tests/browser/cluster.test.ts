// The page at /cluster, of a real cluster: nodes are killed and Redis stands still, and its readers lose nothing; what it looks
// like, and whether everyone can use it.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { ask } from "./support/http.js";
import { startServer, type Server } from "./support/server.js";

const readers = ["websocket", "eventsource", "longpoll"] as const;
/** A machine that is busy with other things takes many times as long to start a node as a free one. */
const RESTART_MILLIS_MAX = 120_000;
const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let server: Server;
let chromium: Browser;

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  [server, chromium] = await Promise.all([startServer({ command: "cluster", args: ["--nodes", "3"] }), launchChromium()]);
});
// What one test has left standing still is not the next one's.
afterEach(() => ask(`${server.url}/cluster/redis/resume`, { method: "POST" }));
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

class ClusterPage {
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/net::ERR_|WebSocket connection|Failed to load resource|EventSource's response/.test(message.text())) this.errors.push(message.text());
    });
  }

  static async open(options: BrowserContextOptions = {}): Promise<ClusterPage> {
    const context = await chromium.newContext({ reducedMotion: "reduce", ...options });
    const visit = new ClusterPage(await context.newPage());
    await visit.page.goto(`${server.url}/cluster`);
    for (const reader of readers) await expect.poll(() => visit.state(reader), { message: reader }).toMatch(/^Live by node-\d/);
    return visit;
  }

  async state(reader: (typeof readers)[number]): Promise<string> {
    return (await this.page.locator(`[data-reader="${reader}"] .state`).textContent()) ?? "";
  }

  async machine(name: string): Promise<string | null> {
    return this.page.locator(`[data-machine="${name}"]`).getAttribute("data-state");
  }

  async published(): Promise<number> {
    return Number(await this.page.locator("#published").textContent());
  }

  /** So many more were published and acknowledged, and everybody has them. */
  async goesOn(more: number): Promise<void> {
    const before = await this.published();
    await expect.poll(() => this.published()).toBeGreaterThanOrEqual(before + more);
    const whole = await this.published();
    for (const reader of readers) await expect.poll(() => this.figure(reader, "received"), { message: reader }).toBeGreaterThanOrEqual(whole);
  }

  async figure(reader: (typeof readers)[number], figure: string): Promise<number> {
    return Number(await this.page.locator(`[data-reader="${reader}"] [data-figure="${figure}"]`).textContent());
  }

  async nothingIsLost(): Promise<void> {
    for (const reader of readers) {
      for (const figure of ["lost", "duplicate", "reordered", "gaps"]) expect(await this.figure(reader, figure), `${reader} ${figure}`).toBe(0);
    }
  }

  async shutOut(): Promise<unknown[]> {
    await this.page.evaluate(axe);
    const results = await this.page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
    return results.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }));
  }

  async close(): Promise<void> {
    expect(this.errors).toEqual([]);
    await this.page.context().close();
  }
}

test("a node is killed and Redis stands still, and the readers lose, repeat and reorder nothing", async () => {
  const visit = await ClusterPage.open();
  const { page } = visit;
  await visit.goesOn(3);
  const [, carrying] = /node-(\d)/.exec(await visit.state("websocket")) ?? [];

  await page.locator("#redis-pause").click();
  await expect.poll(() => visit.machine("Redis")).toBe("paused");
  await expect.poll(() => visit.state("websocket")).toMatch(/^Stale: node-\d hears nothing from Redis/);
  await expect.poll(() => visit.state("eventsource")).toMatch(/^Stale/);
  expect(await visit.shutOut()).toEqual([]);
  await page.locator("#redis-pause", { hasText: "Let Redis go on" }).click();
  await expect.poll(() => visit.machine("Redis")).toBe("up");
  for (const reader of readers) await expect.poll(() => visit.state(reader), { message: reader }).toMatch(/^Live by node-\d/);
  await visit.goesOn(3);
  await visit.nothingIsLost();

  await page.locator(`#kill-${carrying}`).click();
  await expect.poll(() => visit.state("websocket")).toMatch(new RegExp(`^Live by node-[^${carrying}]`));
  await visit.goesOn(3);
  await expect.poll(() => page.locator(`[data-machine="node-${carrying}"] .process`).textContent()).toMatch(/start 2/);
  await expect.poll(() => visit.machine(`node-${carrying}`), { timeout: RESTART_MILLIS_MAX }).toBe("up");
  await visit.goesOn(3);
  await visit.nothingIsLost();
  await visit.close();
}, 2 * RESTART_MILLIS_MAX);

test("the way of one publication goes through the front, a node, Redis, and each node that has a reader", async () => {
  const visit = await ClusterPage.open();
  const { page } = visit;
  await page.locator("#path li").first().waitFor();
  await page.locator("#hold").press("Enter");
  await expect.poll(() => page.locator("#hold").getAttribute("aria-pressed")).toBe("true");
  const places = await page.locator("#path li").evaluateAll((all) => (all as HTMLElement[]).map((one) => one.dataset["place"] ?? ""));
  for (const place of ["sent", "asked", "called", "pushed", "delivered", "received", "acknowledged"]) expect(places).toContain(place);
  expect(places.indexOf("called")).toBeGreaterThan(places.indexOf("asked"));
  expect(places.indexOf("pushed")).toBeGreaterThan(places.indexOf("called"));
  expect(places.indexOf("delivered")).toBeGreaterThan(places.indexOf("pushed"));
  expect(places.filter((place) => place === "received")).toHaveLength(readers.length);
  await visit.close();
});

test.each(["light", "dark"] as const)("%s: pictures at two widths, with nothing beside the screen and nobody shut out", async (colorScheme) => {
  const visit = await ClusterPage.open({ colorScheme, viewport: { width: 1440, height: 900 } });
  const { page } = visit;
  await page.locator("#path li").first().waitFor();
  expect(await visit.shutOut()).toEqual([]);
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), String(width)).toBeLessThanOrEqual(width);
    await page.screenshot({ path: `${screenshots}cluster-${colorScheme}-${width}.png`, fullPage: true });
  }
  await visit.close();
});

test("orders are taken from its own page and this machine's programs only, and by POST", async () => {
  const kill = `${server.url}/cluster/nodes/1/kill`;
  for (const headers of [{ Origin: "http://evil.example.com" }, { Origin: "http://127.0.0.1:1" }, { "Sec-Fetch-Site": "cross-site" }, { Host: "evil.example.com" }]) {
    expect((await ask(kill, { method: "POST", headers })).status, JSON.stringify(headers)).toBe(403);
  }
  expect((await ask(kill)).status).toBe(405);
  expect((await ask(`${server.url}/cluster/nodes/4/kill`, { method: "POST" })).status).toBe(404);
  const state = JSON.parse((await ask(`${server.url}/cluster/state`)).text) as { readonly nodes: readonly { readonly number: number }[] };
  expect(state.nodes.map(({ number }) => number)).toEqual([1, 2, 3]);
});
