// The page at /documents in Chromium: formats, shapes, versions, following, what is kept on the machine, the fork test, and whether everyone can use it. The scenarios E are in a file of their own.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { editor, Windows, type Window } from "./support/documents.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
const windows = new Windows(() => chromium);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
const open = (name: string, options = {}) => windows.open(server.url, name, options);

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterEach(() => windows.close());
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

test("what one types and formats the other sees, both see who is there, and the words for the whole agree", async () => {
  const [a, b] = [await open("together"), await open("together")];
  await expect.poll(() => a.page.locator(".person").count()).toBe(2);
  await a.type("# Plans");
  await a.page.keyboard.press("Enter");
  await a.page.keyboard.type("- first");
  await a.page.keyboard.press("Enter");
  await a.page.keyboard.type("second 😀");
  await a.page.keyboard.press("Shift+Home");
  await a.page.getByRole("button", { name: "Bold" }).click();
  await expect.poll(() => a.page.getByRole("button", { name: "Bold" }).getAttribute("aria-pressed")).toBe("true");
  await expect.poll(() => editor(b.page).locator("ul li strong").textContent()).toContain("second 😀"); // and whose caret is in it
  expect(await editor(b.page).locator("h2").allTextContents()).toEqual(["together", "Plans"]);
  await expect.poll(() => b.page.locator(".caret-name").count()).toBe(1);
  await a.saved();
  await expect.poll(async () => (await b.hash()) === (await a.hash())).toBe(true);
});

test("who comes to the text by keyboard alone and types replaces nothing", async () => {
  const a = await open("keyboard");
  await editor(a.page).focus();
  await a.page.keyboard.type("My ");
  await expect.poll(() => a.text()).toContain("My ");
  expect(await a.text()).toBe("My keyboard\n");
});

test("a link leads where it may, and nowhere else", async () => {
  const a = await open("links");
  await a.type("Carillon");
  await a.page.keyboard.press("Shift+Home");
  await a.page.keyboard.press("ControlOrMeta+k");
  await a.page.getByLabel("Where the link leads").fill("javascript:alert(1)");
  await a.page.keyboard.press("Enter");
  await expect.poll(() => a.page.getByLabel("Where the link leads").getAttribute("aria-invalid")).toBe("true");
  await a.page.getByLabel("Where the link leads").fill("example.com");
  await a.page.keyboard.press("Enter");
  await expect.poll(() => editor(a.page).locator("a").getAttribute("href")).toBe("https://example.com");
});

test("a shape is added, moved by its keys, and is where it is for the other, too", async () => {
  const [a, b] = [await open("shapes"), await open("shapes")];
  await a.page.getByRole("button", { name: "Add a shape" }).click();
  await expect.poll(() => b.page.locator(".shape").count()).toBe(1);
  await a.page.locator(".shape").focus();
  await a.page.keyboard.press("ArrowRight");
  await a.page.keyboard.press("ArrowDown");
  const place = ({ page }: Window) => page.locator(".shape").getAttribute("transform");
  await expect.poll(async () => (await place(b)) === (await place(a))).toBe(true);
  await expect.poll(() => b.page.locator(".shape.held").count()).toBe(1);
});

test("a version is kept, looked at by the slider, and restored as an edit that the others see", async () => {
  const [a, b] = [await open("versions"), await open("versions")];
  await a.type("the first words");
  await a.page.getByRole("button", { name: "Add a shape" }).click();
  await a.saved();
  await a.page.getByRole("button", { name: "Versions" }).click();
  await expect.poll(() => a.page.locator(".version-when").textContent()).toMatch(/^Now/);
  await a.page.getByLabel("Name of the version").fill("First draft");
  await a.page.getByRole("button", { name: "Keep this as a version" }).click();
  await expect.poll(() => a.page.locator(".version-when").textContent()).toMatch(/^First draft, /);
  await expect.poll(() => b.text()).toBe("versions\nthe first words");
  await expect.poll(() => b.page.locator(".shape").count()).toBe(1);
  await b.type(" and others");
  await b.page.locator(".shape").focus();
  await b.page.keyboard.press("Delete");
  await expect.poll(() => a.text()).toContain("and others");
  await expect.poll(() => a.page.locator(".document .shape").count()).toBe(0);
  const slider = a.page.getByRole("slider", { name: "Version" });
  await slider.press("End");
  await expect.poll(() => a.page.locator(".version-view").textContent()).toContain("and others");
  await slider.press("Home");
  await expect.poll(() => a.page.locator(".version-view").textContent()).not.toContain("and others");
  await a.page.getByRole("button", { name: "Restore this version" }).click();
  await expect.poll(() => b.text()).toBe("versions\nthe first words");
  await expect.poll(() => b.page.locator(".shape").count()).toBe(1);
  await a.saved();
  await expect.poll(async () => (await b.hash()) === (await a.hash())).toBe(true);
  await a.page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => b.text()).toContain("and others");
});

test("who asks to be followed is, until the other one scrolls", async () => {
  const viewport = { width: 800, height: 400 };
  const [a, b] = [await open("follow", { viewport }), await open("follow", { viewport })];
  await a.type("line");
  for (let line = 0; line < 30; line++) await a.page.keyboard.press("Enter");
  await a.page.keyboard.type("the last line");
  await expect.poll(() => b.text()).toContain("the last line");
  await a.page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await a.page.getByRole("button", { name: "Follow me" }).click();
  await expect.poll(() => b.page.locator(".follow [role=status]").textContent()).toMatch(/^Following /);
  await a.page.evaluate(() => scrollTo({ top: 600, behavior: "instant" }));
  await expect.poll(() => b.page.evaluate(() => scrollY)).toBeGreaterThan(300);
  await b.page.getByRole("button", { name: "Stop following" }).click();
  await expect.poll(() => b.page.locator(".follow [role=status]").textContent()).toBe("");
  await expect.poll(() => a.page.locator(".follow [role=status]").textContent()).toBe("Others follow you");
});

test("what was written offline is there after a reload, is not called saved, and comes to the others later", async () => {
  const a = await open("offline", { hasNet: true });
  a.net.isDown = true;
  await a.says(/^Offline/);
  await a.type("written in a tunnel");
  await a.says(/kept on this machine$/);
  a.page.once("dialog", (dialog) => void dialog.accept());
  await a.page.reload();
  await expect.poll(() => a.text()).toBe("offline\nwritten in a tunnel");
  await expect.poll(() => a.page.locator(".saved").getAttribute("data-saved")).toBe("false");
  const b = await open("offline");
  expect(await b.text()).not.toContain("tunnel");
  a.net.isDown = false;
  await a.saved();
  await expect.poll(() => b.text()).toBe("offline\nwritten in a tunnel");
});

test("the fork test ends with three windows that hold the same", async () => {
  const { page, type, saved } = await open("fork");
  await type("A sentence that three will change at once.");
  await page.getByRole("button", { name: "Add a shape" }).click();
  await saved();
  await page.getByRole("button", { name: "Fork test" }).click();
  await expect.poll(() => page.locator("#verdict").getAttribute("data-verdict")).toBe("forked");
  await expect.poll(async () => new Set(await page.locator(".hash").allTextContents()).size).toBe(3);
  await page.getByRole("button", { name: "Restore all" }).click();
  await expect.poll(() => page.locator("#verdict").getAttribute("data-verdict")).toBe("alike");
  await expect.poll(async () => new Set(await page.locator(".hash").allTextContents()).size).toBe(1);
  const texts = await page.locator(".ProseMirror").evaluateAll((all) => all.map((each) => [...each.querySelectorAll("strong, em")].map(({ textContent }) => textContent).join("|")));
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).not.toBe("");
});

test.each([
  ["light", 1280],
  ["dark", 1280],
  ["light", 360],
] as const)("everyone can use it, in %s, %i pixels wide", async (colorScheme, width) => {
  const name = `use-${colorScheme}-${width}`;
  const { page, type, saved } = await open(name, { colorScheme, viewport: { width, height: 900 } });
  await type("Words, and ");
  await page.getByRole("button", { name: "Bold" }).click();
  await page.keyboard.type("bold ones");
  await page.getByRole("button", { name: "Add a shape" }).click();
  await saved();
  await page.getByRole("button", { name: "Versions" }).click();
  await expect.poll(() => page.locator(".version-when").textContent()).toMatch(/^Now/);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await page.screenshot({ path: `${screenshots}documents-${colorScheme}-${width}.png`, fullPage: true });
  await page.evaluate(axe);
  const results = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const serious = results.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
