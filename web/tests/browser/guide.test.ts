// The guide's code as it stands, in real Chromium against a real server.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { events, publish, type ServerSentEvent } from "./support/http.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
let page: Page;

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});
beforeEach(async () => {
  page = await chromium.newPage();
});
afterEach(async () => {
  await page.close();
});

const guide = readFileSync(new URL("../../home/src/guide.js", import.meta.url), "utf8");

/** What the page's scripts can leave for a test to see. */
interface Seen {
  seen: { step: string; readyState: number }[];
}

/** Notes readyState of the sockets to /live at each step, below whatever the page puts around WebSocket. */
async function noteReadyStates(): Promise<void> {
  await page.addInitScript(() => {
    const seen: Seen["seen"] = [];
    (window as unknown as Seen).seen = seen;
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols ?? []);
        if (!String(url).endsWith("/live")) return;
        const note = (step: string) => seen.push({ step, readyState: this.readyState });
        note("new");
        for (const step of ["open", "message", "close"]) this.addEventListener(step, () => note(step), { once: true });
        this.close = (code?: number, reason?: string) => {
          super.close(code, reason);
          note("close()");
        };
      }
    };
  });
}

/** A page of the server's origin that only has what guide.js looks for. */
async function openBarePage(): Promise<void> {
  await page.goto(`${server.url}/guide.js`);
  await page.evaluate(() => {
    for (const id of ["ping", "close"]) {
      const button = document.createElement("button");
      button.id = id;
      document.body.append(button);
    }
  });
}

async function runGuideOnBarePage(): Promise<void> {
  await page.evaluate('import("/guide.js").then(() => undefined)');
}

test("the page shows the very file that it runs, and the server serves it unedited", async () => {
  await page.goto(server.url);
  await expect.poll(() => page.locator("#code").textContent()).toBe(guide.trimEnd());
  expect(await page.evaluate(() => fetch("/guide.js").then((answer) => answer.text()))).toBe(guide);
});

test("readyState goes 0, 1, 2, 3, in the script and on the lamps", async () => {
  await noteReadyStates();
  await page.goto(server.url);
  await page.locator("#lamps li:nth-child(2)[data-lit]").waitFor();
  await expect.poll(() => page.locator("#console").textContent()).toContain('"type":"subscribed"');
  await page.locator("#close").click();
  await page.locator("#lamps li:nth-child(4)[data-lit]").waitFor();

  const seen = await page.evaluate(() => (window as unknown as Seen).seen);
  expect(seen).toEqual([
    { step: "new", readyState: 0 },
    { step: "open", readyState: 1 },
    { step: "message", readyState: 1 },
    { step: "close()", readyState: 2 },
    { step: "close", readyState: 3 },
  ]);
  const trail = await page.locator("#trail li").evaluateAll((entries) => entries.map((li) => li.dataset["state"]));
  expect(trail).toEqual(["0", "1", "2", "3"]);
  expect(await page.locator("#lamps li[data-lit]").count()).toBe(1);
});

test("an order that is published by HTTP reaches the guide's console", async () => {
  await page.goto(server.url);
  await expect.poll(() => page.locator("#console").textContent()).toContain('"type":"subscribed"');
  const { position } = await publish(server.url, "orders", { item: "coffee", nonce: 17 });
  await expect.poll(() => page.locator("#console").textContent()).toContain('"data":{"item":"coffee","nonce":17}');
  expect(await page.locator("#console").textContent()).toContain(position);
});

test("close(1000, 'User navigated away') reaches the server with code and reason", async () => {
  await page.goto(server.url);
  await page.locator("#lamps li:nth-child(2)[data-lit]").waitFor();
  await page.locator("#close").click();
  await expect.poll(() => page.locator("#closed-code").textContent()).toBe("1000");
  expect(await page.locator("#closed-why").textContent()).toBe("User navigated away · clean, by the client");
  await expect.poll(() => page.locator("#console").textContent()).toContain("Disconnected 1000");
});

test("the inspector shows the handshake, the frames and a round trip", async () => {
  await page.goto(server.url);
  await expect.poll(() => page.locator("#verdict").textContent()).toBe("This page reckoned it too: both agree.");
  expect(await page.locator("#request").textContent()).toContain("GET /live HTTP/1.1");
  expect(await page.locator("#response").textContent()).toContain("101");

  const subscribe = page.locator("#frames li", { hasText: '{"type":"subscribe","channel":"orders"}' });
  await subscribe.click();
  await expect.poll(() => page.locator("#frame-cost").textContent()).toBe("6 bytes of framing for 39 of payload");
  await expect.poll(() => page.locator("#frame-bytes .header").textContent()).toBe("81 a7");
  await expect.poll(() => page.locator("#frame-bytes .mask").textContent()).toMatch(/^([0-9a-f]{2} ?){4}$/);

  await page.locator("#ping").click();
  await page.locator("#frames li", { hasText: '{"type":"pong"}' }).waitFor();
  await expect.poll(() => page.locator("#rtt").textContent(), { timeout: 40_000 }).toMatch(/ ms$/);
});

test("Run closes the earlier socket by the guide's own line and runs the file afresh", async () => {
  await page.goto(server.url);
  for (let run = 0; run < 3; run++) {
    await page.locator("#lamps li:nth-child(2)[data-lit]").waitFor();
    await page.locator("#run").click();
    await expect.poll(() => page.locator("#run").isEnabled()).toBe(true);
  }
  await page.locator("#lamps li:nth-child(2)[data-lit]").waitFor();
  expect(await page.locator("#trail li").count()).toBe(2);
});

test("on a page that watches nothing, leaving it closes with the guide's code and reason", async () => {
  const id = randomBytes(16).toString("base64url");
  const told: ServerSentEvent[] = [];
  const inspector = events(`${server.url}/inspect/${id}`, (event) => told.push(event));
  const closed = () => told.filter((event) => event.event === "closed").map((event) => JSON.parse(event.data) as object);
  try {
    await expect.poll(() => told.map((event) => event.event)).toContain("ready");
    await openBarePage();
    await page.evaluate((cookie) => (document.cookie = cookie), `carillon_inspect=${id}; SameSite=Strict; path=/`);
    await runGuideOnBarePage();
    await expect.poll(() => told.some(({ data }) => data.includes(Buffer.from('"subscribed"').toString("hex")))).toBe(true);
    await page.goto("about:blank");
    await expect.poll(closed).toHaveLength(1);
    expect(closed()[0]).toMatchObject({ code: 1000, reason: "User navigated away", clean: true, by: "client" });
  } finally {
    inspector.close();
  }
});
