// HTTP/2 in Chromium: event streams beyond the six that HTTP/1.1 would have, and WebSockets on streams of the same connection
// (RFC 8441), which Chromium opens where it has an HTTP/2 connection to the host and the server has said that it takes them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

const folder = mkdtempSync(join(tmpdir(), "carillon-"));
let server: Server;
let chromium: Browser;
let context: BrowserContext;

beforeAll(async () => {
  const configuration = join(folder, "carillon.yaml");
  writeFileSync(configuration, "tls: self-signed\nheartbeat: 2s\n");
  server = await startServer({ args: ["--config", configuration] });
  chromium = await launchChromium();
  context = await chromium.newContext({ ignoreHTTPSErrors: true });
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function openPage(port = server.port): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`https://localhost:${port}/guide.js`);
  return page;
}

/** The sum of a series, over all that its labels part it in. */
async function metric(name: string): Promise<number> {
  const text = await (await context.request.get(`${server.url}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name.replace(/[{}"]/g, "\\$&")} (.+)$`, "gm"))];
  expect(values.length, name).toBeGreaterThan(0);
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

const openWebSockets = () => metric('carillon_connections_open{transport="websocket"}');

/** Opens a WebSocket that the page keeps by its name, with what it hears. */
async function openSocket(page: Page, name: string, path: string): Promise<void> {
  await page.evaluate(
    ([key, address]) => {
      const socket = new WebSocket(`wss://${location.host}${address}`);
      const kept = { socket, heard: [] as string[], closed: "" };
      socket.onmessage = (event: MessageEvent<string>) => kept.heard.push(event.data);
      socket.onclose = (event) => (kept.closed = `${event.code} ${event.reason} ${event.wasClean}`);
      Object.assign(window, { [key as string]: kept });
    },
    [name, path],
  );
}

interface Kept {
  readonly socket: WebSocket;
  readonly heard: readonly string[];
  readonly closed: string;
}

const heard = (page: Page, name: string) =>
  page.evaluate((key) => (window as unknown as Record<string, Kept>)[key]?.heard.join("\n") ?? "", name);
const closed = (page: Page, name: string) =>
  page.evaluate((key) => (window as unknown as Record<string, Kept>)[key]?.closed ?? "", name);
const say = (page: Page, name: string, message: object) =>
  page.evaluate(
    ([key, text]) => (window as unknown as Record<string, Kept>)[key as string]?.socket.send(text as string),
    [name, JSON.stringify(message)],
  );

test("more event streams than HTTP/1.1 allows live at once in one page, and fetches go on beside them", async () => {
  const page = await openPage();
  const count = 20;
  const connections = await metric("carillon_http2_connections");
  const told = await page.evaluate(async (streams) => {
    const first = (source: EventSource, type: string) =>
      new Promise<string>((resolve, reject) => {
        source.addEventListener(type, (event) => resolve((event as MessageEvent<string>).data));
        source.onerror = () => reject(new Error("an event stream broke"));
      });
    const sources = Array.from({ length: streams }, () => new EventSource("/channels/many"));
    await Promise.all(sources.map((source) => first(source, "hello")));
    const publications = sources.map((source) => first(source, "message"));
    const headers = { "Content-Type": "application/json" };
    const { status } = await fetch("/channels/many", { method: "POST", headers, body: '"to all"' });
    const all = await Promise.all(publications);
    const protocols = performance
      .getEntriesByType("resource")
      .map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol);
    return { status, all, protocols: [...new Set(protocols)] };
  }, count);
  expect(told.status).toBe(201);
  expect(told.all).toHaveLength(count);
  expect(told.all.every((data) => data.includes('"to all"'))).toBe(true);
  expect(told.protocols).toEqual(["h2"]);
  expect(await metric('carillon_connections_open{transport="sse"}')).toBe(count);
  expect(await metric("carillon_http2_connections")).toBe(connections);
  await page.close();
});

test("a long poll waits over it, and is answered at once", async () => {
  const page = await openPage();
  const answer = page.evaluate(() => fetch("/channels/polled?wait=50s").then((response) => response.text()));
  await expect.poll(() => metric('carillon_connections_open{transport="longpoll"}')).toBe(1);
  await page.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    await fetch("/channels/polled", { method: "POST", headers, body: '"now"' });
  });
  expect(await answer).toContain('"now"');
  await page.close();
});

test("a WebSocket rides the same connection: it speaks, resumes, and closes with its codes", async () => {
  const page = await openPage();
  const before = { sockets: await metric("carillon_http2_websockets_total"), connections: await metric("carillon_http2_connections") };
  await openSocket(page, "first", "/live");
  await expect.poll(() => heard(page, "first")).toContain('"hello"');
  expect(await metric("carillon_http2_websockets_total")).toBe(before.sockets + 1);
  expect(await metric("carillon_http2_connections")).toBe(before.connections);

  await say(page, "first", { type: "subscribe", channel: "riding" });
  await expect.poll(() => heard(page, "first")).toContain('"subscribed"');
  await say(page, "first", { type: "publish", channel: "riding", data: "one", id: 1 });
  await expect.poll(() => heard(page, "first")).toMatch(/"published"[^]*"one"|"one"[^]*"published"/);
  const position = /"type":"publication","channel":"riding","position":"([^"]+)"/.exec(await heard(page, "first"))?.[1] ?? "";
  await page.evaluate(() => (window as unknown as Record<string, Kept>)["first"]?.socket.close(4300, "put away"));
  await expect.poll(() => closed(page, "first")).toBe("4300 put away true");

  await page.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    await fetch("/channels/riding", { method: "POST", headers, body: '"two"' });
  });
  await openSocket(page, "second", `/channels/riding?after=${position}`);
  await expect.poll(() => heard(page, "second")).toContain('"two"');
  expect(await heard(page, "second")).toContain('"recovered":true');
  expect(await heard(page, "second")).not.toContain('"one"');
  await say(page, "second", { type: "publish", channel: "riding", data: "x".repeat(100_000) });
  await expect.poll(() => closed(page, "second")).toMatch(/^1009 .* true$/);
  await expect.poll(openWebSockets).toBe(0);
  await page.close();
});

test("a refused credential is told by the close code, as over HTTP/1.1", async () => {
  const page = await openPage();
  await openSocket(page, "refused", "/live?token=nobody-gave-this");
  await expect.poll(() => closed(page, "refused")).toBe("4605 unauthenticated true");
  expect(await heard(page, "refused")).toContain('"unauthenticated"');
  await page.close();
});

test("the inspector shows the CONNECT", async () => {
  const page = await context.newPage();
  await page.goto(`https://localhost:${server.port}/`);
  await expect.poll(() => page.locator("#request").textContent()).toMatch(/^CONNECT \/\S* HTTP\/2\.0/);
  expect(await page.locator("#response").textContent()).toContain(":status: 200");
  expect(await page.locator("#derivation").textContent()).toContain("RFC 8441");
  expect(await page.locator("#verdict").textContent()).toBe("");
  await page.close();
});

test("where the network is cut half open, the server lets go of the connection with all its streams", async () => {
  const asked = await context.request.post(`${server.url}/network/lanes`);
  const { lane, port } = (await asked.json()) as { lane: string; port: number };
  const suffer = (fault: string) =>
    context.request.post(`${server.url}/network/lanes/${lane}`, { data: JSON.stringify({ fault }) });
  const page = await openPage(port);
  await openSocket(page, "half", "/channels/half");
  await expect.poll(() => heard(page, "half")).toContain('"subscribed"');
  await expect.poll(openWebSockets).toBe(1); // those of earlier pages have gone
  const missed = await metric("carillon_heartbeats_missed_total");
  expect((await suffer("hang")).status()).toBe(200);
  await expect.poll(openWebSockets).toBe(0);
  await expect.poll(() => metric("carillon_heartbeats_missed_total")).toBeGreaterThan(missed);
  expect(await closed(page, "half")).toBe("");
  await suffer("cut");
  await expect.poll(() => closed(page, "half")).toMatch(/^1006 /);
  await page.close();
});

test("of seven tabs that read a stream each none waits", async () => {
  const tabs: Page[] = [];
  for (let n = 1; n <= 7; n++) {
    const tab = await context.newPage();
    await tab.goto(`https://localhost:${server.port}/notifications-tab`);
    tabs.push(tab);
  }
  for (const [n, tab] of tabs.entries()) {
    await expect.poll(() => tab.locator("#why").textContent(), { message: `tab ${n + 1}` }).toBe("Live, by a stream of its own.");
    expect(await tab.locator("#protocol").textContent()).toBe("2");
    await expect.poll(() => tab.locator("#tabs").textContent()).toBe("7");
  }
  for (const tab of tabs) await tab.close();
});

test("a node that ends says so to what rides on it", async () => {
  const page = await openPage();
  await openSocket(page, "last", "/live");
  await expect.poll(() => heard(page, "last")).toContain('"hello"');
  await server.stop();
  await expect.poll(() => closed(page, "last")).toBe("4300 moving true");
  await page.close();
});
