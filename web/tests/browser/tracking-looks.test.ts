// What delivery tracking looks like, in both themes and at three widths; whether everyone can use it; and whether the keyboard does.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";
import { Customer, moved, Phone, placeOrder, sayAll, type Order } from "./support/tracking.js";

let server: Server;
let chromium: Browser;
let order: Order;
let riding: ReturnType<typeof setInterval>;

const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Some hundred couriers that stand about the middle of the town. */
const fleet = () =>
  Array.from({ length: 400 }, (_, i) => ({
    courier: `c${String(i).padStart(3, "0")}`,
    duty: ["free", "to_shop", "to_home", "on_break"][(i * 7) % 4],
    fixes: [{ t: Date.now(), lon: 3.4915 + (i % 20) * 0.00095, lat: 56.4955 + Math.floor(i / 20) * 0.0005, heading: (i * 47) % 360 }],
  }));

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  server = await startServer();
  chromium = await launchChromium();
  order = await placeOrder(server.url, { shop: 1, home: [3.5105, 56.5075], courier: "Asha" });
  const phone = await Phone.of(server.url, "Asha");
  // Comes to the shop, has the order, and is on its way.
  const t = Date.now() - 200_000;
  const toShop = Array.from({ length: 20 }, (_, i) => ({ t: t + i * 5_000, lon: moved(order.from, Math.max(0, 200 - i * 14), 0)[0], lat: order.from[1] }));
  const onWay = (share: number) => ({ lon: order.from[0] + (order.to[0] - order.from[0]) * share, lat: order.from[1] + (order.to[1] - order.from[1]) * share });
  const toHome = Array.from({ length: 18 }, (_, i) => ({ t: t + 100_000 + i * 5_000, ...onWay(i * 0.012) }));
  await phone.say(...toShop, ...toHome);
  let share = 0.22;
  riding = setInterval(() => {
    share = Math.min(0.3, share + 0.002);
    void phone.say({ t: Date.now(), ...onWay(share) }).catch(() => {});
  }, 1_000);
});
afterAll(async () => {
  clearInterval(riding);
  await chromium?.close();
  await server?.stop();
});

async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const results = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const found = results.violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => node.html) }));
  expect(found.filter(({ impact }) => impact === "serious" || impact === "critical"), what).toEqual([]);
}

async function expectNoOverflow(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test("pictures at three widths, and nobody is shut out", async () => {
    for (const width of [360, 768, 1440]) {
      const options = { colorScheme, viewport: { width, height: width < 500 ? 740 : 900 }, reducedMotion: "reduce" as const };
      const picture = async (page: Page, name: string) => {
        await page.evaluate(() => document.fonts.ready.then(() => {}));
        await page.screenshot({ path: `${screenshots}tracking-${colorScheme}-${width}-${name}.png` });
        await expectNoOverflow(page);
        if (width !== 768) await expectAccessible(page, `${name} at ${width}`);
      };
      const offer = await chromium.newPage(options);
      await offer.goto(`${server.url}/tracking`);
      await expect.poll(() => offer.locator("#shops li").count()).toBe(8);
      await picture(offer, "offer");
      await offer.close();

      const customer = await Customer.of(chromium, `${server.url}/tracking#/${order.id}`, options);
      await expect.poll(() => customer.page.locator("#headline").textContent()).toBe("On its way to you");
      await expect.poll(() => customer.page.locator("#fresh-text").textContent()).toBe("Live position");
      await expect.poll(() => customer.page.locator("#eta").textContent()).toMatch(/min$/);
      if (width > 500) await customer.page.locator("summary", { hasText: "The way of a fix" }).click();
      await expect.poll(() => customer.page.locator("#journey-sum").textContent()).toMatch(/^From phone/);
      await picture(customer.page, "order");
      await customer.leave();

      await sayAll(server.url, fleet());
      const dispatcher = await Customer.of(chromium, `${server.url}/fleet`, options);
      await expect.poll(() => dispatcher.page.locator(".courier").count()).toBeGreaterThan(2);
      await picture(dispatcher.page, "fleet");
      await dispatcher.leave();
    }
  });
});

test("the fleet's list and its filters work by keyboard alone", async () => {
  await sayAll(server.url, fleet());
  const dispatcher = await Customer.of(chromium, `${server.url}/fleet`);
  const { page } = dispatcher;
  const active = () => page.evaluate(() => document.getElementById(document.activeElement?.getAttribute("aria-activedescendant") ?? "")?.dataset["id"]);
  await expect.poll(() => page.locator(".courier").count()).toBeGreaterThan(2);
  await page.locator("#search").focus();
  await page.keyboard.type("c1");
  const isFound = (names: readonly string[]) => names.length > 0 && names.every((name) => name.startsWith("c1"));
  await expect.poll(async () => isFound(await page.locator(".courier b").allTextContents())).toBe(true);
  await page.keyboard.press("Tab");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("couriers");
  await expect.poll(active).toMatch(/^c1/);
  const first = await active();
  await page.keyboard.press("ArrowDown");
  await expect.poll(active).not.toBe(first);
  const next = await active();
  await page.keyboard.press("End");
  await expect.poll(active).not.toBe(next);
  const last = await active();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator('.courier[aria-selected="true"]').getAttribute("data-id")).toBe(last);
  await page.locator('.filter[data-duty="free"]').focus();
  await page.keyboard.press("Space");
  await expect.poll(() => page.locator('.filter[data-duty="free"]').getAttribute("aria-pressed")).toBe("false");
  await expect.poll(async () => (await page.locator(".courier .hint:not(.age)").allTextContents()).includes("free")).toBe(false);
  await dispatcher.leave();
});
