// The board on the home page: what one visitor does, all others see.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
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

async function visitor(): Promise<Page> {
  const page = await (await chromium.newContext({ reducedMotion: "reduce" })).newPage();
  await page.goto(server.url);
  await page.locator("#board").scrollIntoViewIfNeeded();
  await expect.poll(() => page.locator("#player").textContent()).not.toBe("–");
  return page;
}

const bells = (page: Page) => page.locator(".cell").evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).dataset["tone"] ?? "").join(","));
const name = async (page: Page) => ((await page.locator("#player").textContent()) ?? "").slice(2);

test("whoever comes over a bell holds it, the newest counts, and everybody sees the same board and the others’ pointers", async () => {
  const ada = await visitor();
  const bo = await visitor();
  const box = await ada.locator("#board").boundingBox();
  if (box === null) throw new Error("no board");
  const y = box.y + box.height / 12;
  for (let column = 0; column < 12; column++) {
    await ada.mouse.move(box.x + ((column + 0.5) / 12) * box.width, y);
    await expect.poll(() => ada.locator(".cell").nth(column).getAttribute("data-mine")).toBe("");
  }
  await expect.poll(async () => (await bells(bo)).replaceAll(",", "").length).toBe(12);
  // A pointer that rests is gone from there after a while.
  let step = 0;
  await expect
    .poll(async () => {
      await ada.mouse.move(box.x + (11.5 / 12) * box.width + (step++ % 2), y);
      return (await bo.locator(".visitor").allTextContents()).join();
    })
    .toContain(await name(ada));
  await expect.poll(async () => (await bells(bo)) === (await bells(ada))).toBe(true);

  await bo.locator("#board").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) {
    await bo.keyboard.press(key);
    // A bell is rung with the next twentieth of a second.
    await expect.poll(() => bo.locator("#board-said").textContent()).toMatch(/^Column/);
  }
  await expect.poll(() => bo.locator(".cell[data-mine]").count()).toBe(3);
  await expect.poll(() => bells(ada)).toBe(await bells(bo));
  await expect.poll(() => ada.locator("#holders").textContent()).toContain(`${await name(bo)}3`);
  await expect.poll(() => ada.locator("#holders").textContent()).toContain("(you)10");
  for (const page of [ada, bo]) await page.context().close();
});

test("the inspector goes on showing the guide’s connection while somebody plays", async () => {
  const page = await visitor();
  await page.locator("#frames li", { hasText: '"subscribed"' }).waitFor();
  await page.locator("#board").hover();
  await expect.poll(() => page.locator(".cell[data-mine]").count()).toBeGreaterThan(0);
  expect(await page.locator("#request").textContent()).toContain("GET /live HTTP/1.1");
  expect(await page.locator("#lamps li:nth-child(2)").getAttribute("aria-current")).toBe("step");
  await page.context().close();
});
