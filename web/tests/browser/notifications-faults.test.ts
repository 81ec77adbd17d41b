// The notifications lab behind proxies that do what proxies do, over a server that forgets, and in more tabs than HTTP/1.1 bears.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startHttpProxy, type HttpProxy } from "./support/http-proxy.js";
import { LabPage, panes } from "./support/notifications.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  // What the lab publishes is forgotten with the process, so that a restart is a new epoch.
  const configuration = join(mkdtempSync(join(tmpdir(), "carillon-lab-")), "carillon.yaml");
  writeFileSync(configuration, "channels:\n  - {pattern: '**', durability: memory}\n");
  server = await startServer({ args: ["--config", configuration] });
  chromium = await launchChromium();
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

async function proxy(): Promise<HttpProxy> {
  const started = await startHttpProxy(server.port);
  open.push(started);
  return started;
}

test("N4: after a server that has forgotten, each pane says that it began anew, and mixes nothing", async () => {
  const lab = await LabPage.open(chromium, server.url, { query: "" });
  await lab.live();
  await lab.set("rate", 5); // 5 a second
  await expect.poll(() => lab.all("received").then((all) => Math.min(...all))).toBeGreaterThan(5);
  await server.kill();
  await server.restart();
  await lab.live();
  // The browser's own has no lane to come back by: its address is another one since.
  for (const id of panes) await expect.poll(() => lab.text(id, "recovered"), { message: id }).toContain("resynced (epoch)");
  const before = await lab.number("websocket", "received");
  await expect.poll(() => lab.all("received").then((all) => Math.min(...all))).toBeGreaterThan(before);
  for (const figure of ["lost", "duplicate", "reordered"]) expect(await lab.all(figure), figure).toEqual(panes.map(() => 0));
  await lab.close();
});

test("N5: a server that answers 503 for a while loses the browser's EventSource for good, and ours comes back", async () => {
  const between = await proxy();
  const lab = await LabPage.open(chromium, server.url, { query: `run=no&through=${between.port}` });
  await lab.live();
  between.mood = "unavailable";
  between.reset();
  await expect.poll(() => lab.state("eventsource")).toMatch(/^Closed for good/);
  between.mood = "passes";
  await lab.live(["websocket", "sse", "longpoll", "poll"]);
  expect(await lab.state("eventsource")).toMatch(/^Closed for good/);
  await lab.click("burst");
  await lab.whole(200, ["websocket", "sse", "longpoll", "poll"]);
  expect(await lab.number("eventsource", "received")).toBe(0);
  await lab.close();
});

test("N10: an event stream that a proxy holds back is said to be, and long polls carry on", async () => {
  const between = await proxy();
  between.mood = "buffers";
  const lab = await LabPage.open(chromium, server.url, { query: `run=no&through=${between.port}` });
  await expect.poll(() => lab.state("sse")).toBe("Live by long polls");
  await expect.poll(() => lab.pane("sse").locator(".note").textContent()).toContain("Buffered by a proxy");
  await lab.live(["websocket", "longpoll"]);
  await lab.click("burst");
  await lab.whole(200, ["websocket", "sse", "longpoll"]);
  await lab.close();
});

test("N7: the seventh tab over HTTP/1.1 waits and says why; sharing, all seven hear by one connection", async () => {
  const context: BrowserContext = await chromium.newContext({ reducedMotion: "reduce" });
  const tabs: Page[] = [];
  for (let n = 0; n < 7; n++) {
    const tab = await context.newPage();
    await tab.goto(`${server.url}/notifications-tab`);
    if (n < 6) await expect.poll(() => tab.locator("#why").textContent(), { message: `tab ${n + 1}` }).toMatch(/^Live/);
    tabs.push(tab);
  }
  const [first, second] = [tabs[0], tabs[1]];
  const last = tabs[6];
  if (first === undefined || second === undefined || last === undefined) throw new Error("there are seven");
  await expect.poll(() => last.locator("#why").textContent()).toContain("7 tabs are open, and over HTTP/1.1");
  const heard = () => Promise.all(tabs.map(async (tab) => Number(await tab.locator("#heard").textContent())));
  await first.locator("#ring").click();
  await expect.poll(heard).toEqual([1, 1, 1, 1, 1, 1, 0]);

  await last.locator("[data-mode=shared]").click();
  // All have changed over: those that streamed were live before, too.
  const whys = () => Promise.all(tabs.map(async (tab) => (await tab.locator("#why").textContent()) ?? ""));
  const others = Array.from({ length: 6 }, () => "Live, by the stream of another tab.");
  await expect.poll(async () => (await whys()).sort()).toEqual([...others, "Live. This tab reads the stream, and tells the others."]);
  // Of event streams: a TCP connection that carries none may stay with the browser for a while.
  const streams = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^carillon_connections_open\{transport="sse"\} (\S+)$/m.exec(text)?.[1]);
  };
  await expect.poll(streams).toBe(1);
  await first.locator("#ring").click();
  await expect.poll(heard).toEqual([2, 2, 2, 2, 2, 2, 1]);

  // The one that reads goes; another one goes on from where it was.
  const leader = (await whys()).findIndex((why) => why.includes("This tab reads"));
  for (const tab of tabs.splice(leader, 1)) await tab.close();
  const before = await heard();
  await fetch(`${server.url}/channels/lab:tabs`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"n":3,"pad":""}' });
  await expect.poll(heard).toEqual(before.map((count) => count + 1));
  await context.close();
});
