// A server with a certificate of its own making: https, wss and event streams in a browser that was told to trust it.

import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let plainPages: HttpServer;
let chromium: Browser;
let context: BrowserContext;

beforeAll(async () => {
  server = await startServer({ args: ["--tls", "self-signed"] });
  plainPages = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><title>A page</title>");
  });
  plainPages.listen(0, "127.0.0.1");
  await once(plainPages, "listening");
  chromium = await launchChromium();
  context = await chromium.newContext({ ignoreHTTPSErrors: true });
});
afterAll(async () => {
  await chromium?.close();
  plainPages?.close();
  await server?.stop();
});

/** The types of the messages that a WebSocket hears until its own publication comes back. */
function conversation(page: Page, base: string, channel: string): Promise<string[]> {
  return page.evaluate(
    ({ url, name }) =>
      new Promise<string[]>((resolve, reject) => {
        const heard: string[] = [];
        const socket = new WebSocket(`${url.replace(/^http/, "ws")}/channels/${name}`);
        socket.onmessage = (event: MessageEvent<string>) => {
          const { type } = JSON.parse(event.data) as { type: string };
          heard.push(type);
          if (type === "subscribed") {
            socket.send(JSON.stringify({ type: "publish", channel: name, data: "by wss", id: 1 }));
          }
          if (heard.includes("publication") && heard.includes("published")) {
            resolve(heard.sort());
            socket.close(1000);
          }
        };
        socket.onclose = (event) => reject(new Error(`closed with ${event.code} after ${heard.join()}`));
      }),
    { url: base, name: channel },
  );
}

test("without trust it is not spoken to", async () => {
  const strict = await chromium.newContext();
  const page = await strict.newPage();
  await expect(page.goto(server.url)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
  await strict.close();
});

test("the home page lives on https, and talks to nobody by http", async () => {
  expect(server.url).toMatch(/^https:/);
  const page = await context.newPage();
  const insecure: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => void (/^(https|data):/.test(request.url()) || insecure.push(request.url())));
  page.on("websocket", (socket) => void (socket.url().startsWith("wss:") || insecure.push(socket.url())));
  page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
  await page.goto(server.url);
  await page.locator("#lamps li:nth-child(2)[data-lit]").waitFor();
  await expect.poll(() => page.locator("#derivation").textContent()).toContain("RFC 8441");
  await expect.poll(() => page.locator("#pill").textContent()).toBe("Live");
  expect(insecure).toEqual([]);
  expect(errors).toEqual([]);
  await page.close();
});

test.each(["127.0.0.1", "localhost"])("wss, fetch and EventSource work on %s", async (host) => {
  const base = `https://${host}:${server.port}`;
  const page = await context.newPage();
  await page.goto(`${base}/guide.js`);
  const channel = `sealed-${host}`;
  expect(await conversation(page, base, channel)).toEqual(["hello", "publication", "published", "subscribed"]);
  const read = await page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const source = new EventSource(`${url}?after=0`);
        source.onmessage = (event: MessageEvent<string>) => {
          resolve((JSON.parse(event.data) as { data: string }).data);
          source.close();
        };
      }),
    `${base}/channels/${channel}`,
  );
  expect(read).toBe("by wss");
  await page.close();
});

test("a plain page of this machine may use it from another port", async () => {
  const page = await context.newPage();
  await page.goto(`http://localhost:${(plainPages.address() as AddressInfo).port}/`);
  expect(await conversation(page, server.url, "from-plain")).toContain("published");
  await page.close();
});
