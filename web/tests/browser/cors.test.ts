// Outside development mode: a page of an origin that is allowed uses the API with credentials, and no other page does.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

const SECRET = "a-backends-own-secret";
const REQUESTS_AT_ONCE = 60;

let server: Server;
let pages: HttpServer;
let chromium: Browser;
let folder: string;
let live: string;

function pageOf(host: string): string {
  return `http://${host}:${(pages.address() as AddressInfo).port}/`;
}

beforeAll(async () => {
  pages = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><title>A page</title>");
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  folder = mkdtempSync(join(tmpdir(), "carillon-cors-"));
  const config = join(folder, "carillon.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      hosts: ["live.test"],
      origins: [pageOf("shop.test").replace(/\/$/, "")],
      keys: [{ name: "shop", secret: SECRET, grants: [{ channels: "**", may: ["subscribe", "publish"] }] }],
      grants: [{ channels: "news", may: ["subscribe"] }],
      perAddress: { requests: { perSecond: 1, burst: REQUESTS_AT_ONCE } },
    }),
  );
  server = await startServer({ args: ["--config", config] });
  live = `http://live.test:${server.port}`;
  chromium = await launchChromium({ hosts: ["shop.test", "evil.test", "live.test"] });
});
afterAll(async () => {
  await chromium?.close();
  pages?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function on(host: string): Promise<Page> {
  const page = await chromium.newPage();
  await page.goto(pageOf(host));
  return page;
}

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly etag: string | null;
  readonly retryAfter: string | null;
}

/** What a script of the page sees of an answer; null where the browser shows it nothing. */
function ask(page: Page, path: string, init: RequestInit): Promise<Seen | null> {
  return page.evaluate(
    ({ url, options }) =>
      fetch(url, options).then(
        async (answer) => ({
          status: answer.status,
          text: await answer.text(),
          etag: answer.headers.get("ETag"),
          retryAfter: answer.headers.get("Retry-After"),
        }),
        () => null,
      ),
    { url: `${live}${path}`, options: init },
  );
}

const AUTHORIZED = { Authorization: `Bearer ${SECRET}` };
const PUBLISH = {
  method: "POST",
  body: '{"n":1}',
  headers: { ...AUTHORIZED, "Content-Type": "application/json", "Idempotency-Key": "key-of-the-order-1" },
};

describe("a page of an allowed origin", () => {
  test("publishes with its credential and its key, and reads the position and its ETag", async () => {
    const page = await on("shop.test");
    expect(await ask(page, "/channels/orders", PUBLISH)).toMatchObject({ status: 201 });
    expect(await ask(page, "/channels/orders", PUBLISH)).toMatchObject({ status: 200 });
    const read = await ask(page, "/channels/orders", { headers: AUTHORIZED });
    expect(read).toMatchObject({ status: 200, etag: expect.stringContaining('"') as string });
    const unchanged = { headers: { ...AUTHORIZED, "If-None-Match": read?.etag ?? "" }, cache: "no-store" as const };
    expect(await ask(page, "/channels/orders", unchanged)).toMatchObject({ status: 304 });
    await page.close();
  });

  test("may send cookies, which needs an answer that names it", async () => {
    const page = await on("shop.test");
    expect(await ask(page, "/channels/news", { credentials: "include" })).toMatchObject({ status: 200 });
    await page.close();
  });

  test("reads why it is refused", async () => {
    const page = await on("shop.test");
    const refused = await ask(page, "/channels/orders", {});
    expect(refused?.status).toBeGreaterThanOrEqual(400);
    expect(refused?.text).toContain('"type":"error"');
    await page.close();
  });
});

describe("a page of another origin", () => {
  test.each([
    ["publish", "/channels/orders", PUBLISH],
    ["read with cookies", "/channels/news", { credentials: "include" as const }],
    ["read what anybody may read", "/channels/news", {}],
  ])("cannot %s", async (_, path, init) => {
    const page = await on("evil.test");
    expect(await ask(page, path, init)).toBeNull();
    await page.close();
  });
});

// The last one: the address has asked as often as it may, from then on.
test("a page that asks too often reads when to come back, and its EventSource does come back", async () => {
  const page = await on("shop.test");
  // As many at once as a browser lets through: one after the other, a slow one would be free again before the next.
  let refused: Seen | undefined;
  for (let i = 0; i < 4 && refused === undefined; i++) {
    const seen = await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, () => ask(page, "/channels/news", {})));
    refused = seen.find((one) => one?.status === 429) ?? undefined;
  }
  expect(refused).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^[12]$/) as string });
  const told = await page.evaluate(async (url) => {
    const heard: string[] = [];
    // Others ask on and on, so that no request is free for long; one that the stream had all the same is given back.
    const asking = Array.from({ length: 3 }, async () => {
      while (heard.length === 0) await fetch(url);
    });
    const cameBack = new Promise<void>((resolve) => {
      const open = () => {
        const source = new EventSource(url);
        source.addEventListener("reconnect", () => heard.push("told to come back"));
        source.addEventListener("hello", () => {
          source.close();
          if (heard.length === 0) return open();
          heard.push("came back");
          resolve();
        });
      };
      open();
    });
    await Promise.all([...asking, cameBack]);
    return heard;
  }, `${live}/channels/news`);
  expect(told.at(0)).toBe("told to come back");
  expect(told.at(-1)).toBe("came back");
  await page.close();
});
