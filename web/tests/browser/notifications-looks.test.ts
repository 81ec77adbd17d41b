// What the notifications lab looks like, in both themes and at three widths; whether everyone can use it; whether the keyboard does.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { LabPage } from "./support/notifications.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

async function shutOut(page: Page): Promise<unknown[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const found = results.violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => node.html) }));
  return found.filter(({ impact }) => impact === "serious" || impact === "critical");
}

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test("pictures at three widths, with nothing beside the screen and nobody shut out", async () => {
    const lab = await LabPage.open(chromium, server.url, { query: "", colorScheme, viewport: { width: 1440, height: 900 } });
    const { page } = lab;
    await lab.live();
    await lab.set("rate", 6); // 10 a second
    await expect.poll(() => lab.all("received").then((all) => Math.min(...all))).toBeGreaterThan(30);
    expect(await shutOut(page)).toEqual([]);
    for (const width of [1440, 768, 360]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), String(width)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: `${screenshots}notifications-${colorScheme}-${width}-first.png` });
      await page.locator(".bar").evaluate((bar) => (bar.style.position = "static"));
      await page.screenshot({ path: `${screenshots}notifications-${colorScheme}-${width}.png`, fullPage: true });
      await page.locator(".bar").evaluate((bar) => (bar.style.position = ""));
    }
    await page.locator("#bell").click();
    await page.locator("#send-note").click();
    await page.locator("#send-note").click();
    await expect.poll(() => page.locator(".note-row").count()).toBe(2);
    await page.screenshot({ path: `${screenshots}notifications-${colorScheme}-inbox.png` });
    expect(await shutOut(page)).toEqual([]);
    await lab.close();
  });

  test("the page of one of seven tabs", async () => {
    const page = await (await chromium.newContext({ colorScheme, reducedMotion: "reduce", viewport: { width: 360, height: 800 } })).newPage();
    await page.goto(`${server.url}/notifications-tab`);
    await expect.poll(() => page.locator("#why").textContent()).toMatch(/^Live/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.screenshot({ path: `${screenshots}notifications-tab-${colorScheme}-360.png` });
    expect(await shutOut(page)).toEqual([]);
    await page.context().close();
  });
});

test("everything is reached and worked by keyboard alone", async () => {
  const lab = await LabPage.open(chromium, server.url);
  const { page } = lab;
  await lab.live();
  const reached = new Set<string>();
  for (let tabs = 0; tabs < 40; tabs++) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute("aria-label") || "");
    if (id === "rate" && !reached.has(id)) for (let step = 0; step < 4; step++) await page.keyboard.press("ArrowRight");
    reached.add(id);
  }
  for (const id of ["bell", "theme", "rate", "size", "poll-every", "run", "burst", "cut-all", "reset", "export", "Cut: WebSocket", "tokens"]) {
    expect(reached).toContain(id);
  }
  await expect.poll(() => page.locator("#rate-text").textContent()).toBe("20 a second");
  // Each step began a window.
  await page.locator('#panes[data-window="5"]').waitFor();
  await page.locator("#burst").focus();
  await page.keyboard.press("Enter");
  await lab.whole(200);
  await page.locator("#bell").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("inbox-title");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("bell");
  await lab.close();
});
