// The page at /documents in Chromium: two windows that write together, the word "saved", undo, shapes, the fork test, and whether everyone can use it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
const contexts: BrowserContext[] = [];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

/** A window in a context of its own, so that nothing reaches another one but through the server. */
async function open(name: string, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const context = await chromium.newContext({ colorScheme, reducedMotion: "reduce" });
  contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => expect.fail(String(error)));
  await page.goto(`${server.url}/documents#${name}`);
  await saved(page);
  return page;
}

const editor = (page: Page) => page.locator(".cm-content").first();
/** What is written, without what is only shown between it. */
const text = (page: Page) =>
  editor(page)
    .locator(".cm-line")
    .evaluateAll((lines) =>
      lines
        .map((line) => {
          const copy = line.cloneNode(true) as Element;
          for (const shown of copy.querySelectorAll(".caret, .cm-placeholder")) shown.remove();
          return copy.textContent;
        })
        .join("\n"),
    );
const word = (page: Page) => page.locator(".hash").first().textContent();

async function saved(page: Page): Promise<void> {
  // The word is drawn with the next picture: until then it is about what was there before.
  await page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
  await expect.poll(() => page.locator(".saved").first().textContent()).toBe("Saved");
}

async function type(page: Page, what: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type(what);
}

test("what one types the other sees, both see who is there, and the words for the whole agree", async () => {
  const a = await open("together");
  const b = await open("together");
  await expect.poll(() => a.locator(".person").count()).toBe(2);
  await type(a, "Ada was here 😀");
  await expect.poll(() => text(b)).toContain("Ada was here 😀");
  await expect.poll(() => b.locator(".caret-name").count()).toBe(1);
  await saved(a);
  await expect.poll(async () => (await word(b)) === (await word(a))).toBe(true);
});

test("undo takes back one's own and nobody else's", async () => {
  const a = await open("undo");
  const b = await open("undo");
  await type(a, "mine ");
  await expect.poll(() => text(b)).toContain("mine");
  await type(b, "theirs");
  await expect.poll(() => text(a)).toContain("theirs");
  await a.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => text(b)).not.toContain("mine");
  expect(await text(b)).toContain("theirs");
});

test("a shape is added, moved by its keys, and is where it is for the other, too", async () => {
  const a = await open("shapes");
  const b = await open("shapes");
  await a.getByRole("button", { name: "Add a shape" }).click();
  await expect.poll(() => b.locator(".shape").count()).toBe(1);
  await a.locator(".shape").focus();
  await a.keyboard.press("ArrowRight");
  await a.keyboard.press("ArrowDown");
  const place = (page: Page) => page.locator(".shape").getAttribute("transform");
  await expect.poll(async () => (await place(b)) === (await place(a))).toBe(true);
  await expect.poll(() => b.locator(".shape.held").count()).toBe(1);
});

test("what the page calls saved is there after kill -9, and what it writes meanwhile comes later", async () => {
  const a = await open("killed");
  await type(a, "before ");
  await saved(a);
  await server.kill();
  await expect.poll(() => a.locator(".saved").first().textContent()).toContain("Offline");
  await type(a, "meanwhile");
  await expect.poll(() => a.locator(".saved").first().getAttribute("data-saved")).toBe("false");
  await server.restart();
  await saved(a);
  const b = await open("killed");
  await expect.poll(() => text(b)).toBe("before meanwhile");
});

test("the fork test ends with three windows that hold the same", async () => {
  const a = await open("fork");
  await type(a, "A sentence that three will change at once.");
  await a.getByRole("button", { name: "Add a shape" }).click();
  await saved(a);
  await a.getByRole("button", { name: "Fork test" }).click();
  await expect.poll(() => a.locator("#verdict").getAttribute("data-verdict")).toBe("forked");
  await expect.poll(async () => new Set(await a.locator(".hash").allTextContents()).size).toBe(3);
  await a.getByRole("button", { name: "Restore all" }).click();
  await expect.poll(() => a.locator("#verdict").getAttribute("data-verdict")).toBe("alike");
  await expect.poll(async () => new Set(await a.locator(".hash").allTextContents()).size).toBe(1);
});

test.each(["light", "dark"] as const)("everyone can use it, in %s", async (scheme) => {
  const a = await open(`use-${scheme}`, scheme);
  await type(a, "words");
  await a.getByRole("button", { name: "Add a shape" }).click();
  await a.evaluate(axe);
  const results = await a.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const serious = results.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
