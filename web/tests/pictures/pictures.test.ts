// Takes the pictures of docs/images, by `scripts/screenshots`: each app at three widths in both themes, as WebP. Not one of the
// suites: a picture is looked at by people. CARILLON_PICTURES names the apps, if not all of them are wanted.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../browser/support/chromium.js";
import { startServer, type Server } from "../browser/support/server.js";
import { scenes } from "./scenes.js";

/** Each picture's, in bytes: all of them together stay below 4 MB. */
const BYTES_MAX = 110_000;
const QUALITY = 80;
const sizes = [
  { width: 360, height: 740 },
  { width: 768, height: 1_024 },
  { width: 1_440, height: 960 },
];
const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const wanted = (process.env["CARILLON_PICTURES"] ?? "").split(/\s+/).filter((app) => app !== "");

let server: Server;
let chromium: Browser;

beforeAll(async () => {
  mkdirSync(images, { recursive: true });
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  // Nothing is pointed at.
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name}: what stands beside the screen`).toBeLessThanOrEqual(0);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  const picture = Buffer.from(data, "base64");
  expect(picture.length, `${name}, in bytes`).toBeLessThan(BYTES_MAX);
  writeFileSync(`${images}${name}.webp`, picture);
}

describe.each(scenes.filter(({ app }) => wanted.length === 0 || wanted.includes(app)))("$app", (scene) => {
  afterAll(() => scene.end());

  test("something goes on", () => scene.begin(chromium, server.url));

  test.each(sizes)("$width wide", async (viewport) => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await scene.open(chromium, server.url, { viewport, colorScheme, reducedMotion: "reduce" });
      await take(page, `${scene.app}-${viewport.width}-${colorScheme}`);
      await page.context().close();
    }
  });
});
