// The page at "/": what it looks like, whom it talks to, and whether everyone can use it.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { publish } from "./support/http.js";
import { startProxy } from "./support/proxy.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Visit {
  readonly page: Page;
  /** Console errors and exceptions. */
  readonly errors: string[];
  readonly foreign: string[];
  close(): Promise<void>;
}

async function visit(options: BrowserContextOptions = {}, base = server.url): Promise<Visit> {
  const context = await chromium.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
  page.on("pageerror", (error) => errors.push(String(error)));
  const note = (url: string) => void (new URL(url).host !== new URL(base).host && foreign.push(url));
  page.on("request", (request) => note(request.url()));
  page.on("websocket", (socket) => note(socket.url()));
  await page.goto(base);
  await page.locator("#lamps li:nth-child(2)[data-lit]").waitFor();
  await expect.poll(() => page.locator("#verdict").textContent()).toContain("agree");
  await expect.poll(() => page.locator("#pill").textContent()).toBe("Live");
  // An open socket hears of nothing yet: the guide subscribes then, and until it is answered an order may pass it by.
  await page.locator("#frames li", { hasText: '"subscribed"' }).waitFor();
  return { page, errors, foreign, close: () => context.close() };
}

async function counts(page: Page): Promise<string[]> {
  return page.locator(".delivery .count").allTextContents();
}

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test("nobody is shut out, nothing goes to another host, no error is logged", async () => {
    const { page, errors, foreign, close } = await visit({ colorScheme });
    await page.locator("#publish").click();
    await expect.poll(() => counts(page)).toEqual(["1", "1", "1", "0"]);
    await page.locator("#frames li", { hasText: '"publication"' }).first().waitFor();

    await page.evaluate(axe);
    const results = await page.evaluate(() => {
      const run = (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run;
      return run();
    });
    const found = results.violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => node.html) }));
    expect(found.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
    await close();
  });

  test.each([360, 768, 1440])("a picture %i wide, with nothing beside the screen", async (width) => {
    const { page, close } = await visit({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    await page.locator("#publish").click();
    // The plain request answers what the log holds when it comes, so it is not to overtake the order.
    await expect.poll(() => page.locator("#published").textContent()).toContain("201");
    await page.locator("#bell-get button").click();
    await expect.poll(() => counts(page)).toEqual(["1", "1", "1", "1"]);
    await page.locator("#frames li", { hasText: '"publication"' }).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    mkdirSync(screenshots, { recursive: true });
    await page.evaluate(() => scrollTo(0, 0));
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)).then(() => {}));
    await page.screenshot({ path: `${screenshots}home-${colorScheme}-${width}-first.png` });
    // A bar that sticks would lie across a picture of the whole page.
    await page.locator(".bar").evaluate((bar) => (bar.style.position = "static"));
    await page.screenshot({ path: `${screenshots}home-${colorScheme}-${width}.png`, fullPage: true });
    await close();
  });
});

test("a bell that was paused is given what it missed", async () => {
  const { page, close } = await visit();
  const before = (await counts(page)).map(Number);
  for (const bell of ["websocket", "eventsource", "longpoll"]) {
    await page.locator(`#bell-${bell} button`).click();
    await expect.poll(() => page.locator(`#bell-${bell} .state`).textContent()).toBe("Paused");
  }
  for (let n = 1; n <= 3; n++) await publish(server.url, "orders", { n });
  for (const bell of ["websocket", "eventsource", "longpoll", "get"]) await page.locator(`#bell-${bell} button`).click();
  await expect.poll(() => counts(page)).toEqual(before.map((count) => String(count + 3)));
  await expect.poll(async () => new Set(await page.locator(".delivery .position").allTextContents()).size).toBe(1);
  await close();
});

test("the curl line publishes what the button publishes", async () => {
  const { page, close } = await visit();
  const line = (await page.locator("#curl").textContent()) ?? "";
  expect(line).toContain(`${server.url}/channels/orders`);
  const body = /-d '(.*)'$/.exec(line)?.[1] ?? expect.fail(line);
  const { offset } = await publish(server.url, "orders", JSON.parse(body));
  await page.locator("#publish").click();
  await expect.poll(() => page.locator("#published").textContent()).toContain(`201: offset ${offset + 1}, position 1`);
  await expect.poll(async () => (await page.locator("#console").textContent())?.split(`"data":${body}`).length).toBe(3);
  await close();
});

test("everything is reached and worked by keyboard alone", async () => {
  const { page, close } = await visit();
  const reached: string[] = [];
  for (let tabs = 0; tabs < 60; tabs++) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => document.activeElement?.id || document.activeElement?.parentElement?.id || "");
    if (id === "publish") await page.keyboard.press("Enter");
    reached.push(id);
    if (id === "frames") break;
  }
  for (const id of ["theme", "publish", "copy", "run", "ping", "close", "console", "frames"]) expect(reached).toContain(id);
  await page.keyboard.press("Home");
  await expect.poll(() => page.locator("#frames li").first().getAttribute("aria-selected")).toBe("true");
  await expect.poll(() => page.locator("#frame-text").textContent()).toContain('"hello"');
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => page.locator("#frames li").nth(1).getAttribute("aria-selected")).toBe("true");
  await close();
});

test("who presses again before the answer is there publishes once more, after the first", async () => {
  const { page, close } = await visit();
  const bodies: (string | null)[] = [];
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/channels/orders", async (route) => {
    if (route.request().method() === "POST") {
      bodies.push(route.request().postData());
      await held;
    }
    await route.continue();
  });
  for (let n = 0; n < 2; n++) await page.locator("#publish").click();
  await expect.poll(() => bodies.length).toBe(1);
  answer();
  await expect.poll(() => counts(page)).toEqual(["2", "2", "2", "0"]);
  expect(bodies).toEqual(['{"item":"coffee","table":7}', '{"item":"tart","table":2}']);
  await close();
});

test("a late answer to a publish takes the focus from nobody", async () => {
  const { page, close } = await visit();
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/channels/orders", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  await page.locator("#publish").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  answer();
  await expect.poll(() => page.locator("#published").textContent()).toContain("201");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("copy");
  await close();
});

test("the chosen colours are there before the first paint of the next visit", async () => {
  const { page, close } = await visit({ colorScheme: "light" });
  await page.locator("#theme").click();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe("dark");
  // While the body's parser stands still, theme.js has run.
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.body === null) return;
      observer.disconnect();
      (window as unknown as { themeAtBody: string | undefined }).themeAtBody = document.documentElement.dataset["theme"];
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  expect(await page.evaluate(() => (window as unknown as { themeAtBody?: string }).themeAtBody)).toBe("dark");
  await close();
});

test("the pill tells when the server is out of reach, and the bells lose nothing when it is back", async () => {
  const proxy = await startProxy(server.port);
  const { page, close } = await visit({}, proxy.url);
  proxy.cut();
  await expect.poll(() => page.locator("#pill").textContent()).toMatch(/^Reconnecting in \d s$/);
  await publish(server.url, "orders", { while: "away" });
  proxy.mend();
  await expect.poll(() => page.locator("#pill").textContent()).toBe("Live");
  await expect.poll(() => counts(page)).toEqual(["1", "1", "1", "0"]);
  await close();
  await proxy.close();
});
