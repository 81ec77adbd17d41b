// The network panel on every app's page: a fault, and what comes of it. Each page is live again by itself, and has lost, doubled
// and reordered nothing; the panel is closed until it is asked for, can be used by keyboard, and shuts nobody out.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { newRoom, Person } from "./support/chat.js";
import { launchChromium } from "./support/chromium.js";
import { judgedOn, openNetwork, sufferOn } from "./support/network-panel.js";
import { LabPage, panes } from "./support/notifications.js";
import { startServer, type Server } from "./support/server.js";
import { Customer, Phone, placeOrder } from "./support/tracking.js";

let server: Server;
let chromium: Browser;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

async function expectAccessible(page: Page): Promise<void> {
  await openNetwork(page);
  await page.evaluate(axe);
  const results = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const serious = results.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

const pill = (page: Page) => page.locator("#pill-text").textContent();

/** Live again, and nothing lost, doubled or reordered. */
async function expectWhole(page: Page): Promise<void> {
  await expect.poll(() => pill(page)).toMatch(/^Live/);
  await expect.poll(() => judgedOn(page)).toMatchObject({ lost: 0, duplicate: 0, reordered: 0 });
}

test("the chat: the server's side dies while somebody writes", async () => {
  const room = await newRoom(server.url, "pulled");
  const ada = await Person.comeIn(chromium, server.url, "ada", { room });
  expect(await ada.page.locator("#network").isVisible()).toBe(false);
  await ada.suffer("kill");
  await ada.say("said to nobody");
  await expect.poll(async () => (await ada.lines()).map(({ text, state }) => [text, state])).toEqual([["said to nobody", "sent"]]);
  await expectWhole(ada.page);
  await expect.poll(() => ada.figures()).toMatchObject({ sent: 1, confirmed: 1, seen: 1 });
  // The connection was another one, and the fault is over by itself.
  await expect.poll(() => ada.page.locator("#network .lane").textContent()).toMatch(/of ([2-9]|\d\d+) connections/);
  await expect.poll(() => ada.page.locator('#network [data-fault="kill"]').getAttribute("aria-pressed")).toBe("false");
  expect(ada.errors).toEqual([]);
  await ada.close();
});

test("notifications: all panes are cut while 200 are published", async () => {
  const lab = await LabPage.open(chromium, server.url, { colorScheme: "dark" });
  await lab.live();
  await sufferOn(lab.page, "cut");
  for (const id of panes) await expect.poll(() => lab.state(id)).toMatch(/^Cut · /);
  await expectAccessible(lab.page);
  await lab.page.keyboard.press("Escape");
  await expect.poll(() => lab.page.evaluate(() => document.activeElement?.id)).toBe("network-toggle");
  await expect.poll(() => lab.page.locator("#network-toggle").getAttribute("aria-label")).toBe("Network: Cut");
  await lab.click("burst");
  await sufferOn(lab.page, "none");
  await lab.whole(200);
  await expect.poll(() => judgedOn(lab.page)).toMatchObject({ seen: 200 * panes.length });
  await expectWhole(lab.page);
  await lab.close();
});

test("delivery tracking: the page is cut while the courier rides, by keyboard alone", async () => {
  const order = await placeOrder(server.url, { shop: 1, courier: "Rig" });
  const phone = await Phone.of(server.url, "Rig");
  const customer = await Customer.of(chromium, `${server.url}/tracking#/${order.id}`, { colorScheme: "dark" });
  const { page } = customer;
  const fix = (n: number) => ({ t: Date.now(), n, lon: order.from[0], lat: order.from[1] });
  await phone.say(fix(1));
  await expect.poll(async () => (await customer.trail()).length).toBe(1);
  await page.locator("#network-toggle").focus();
  await page.keyboard.press("Enter");
  await page.locator("#network").waitFor();
  await expectAccessible(page);
  await page.locator('[data-fault="cut"]').focus();
  await page.keyboard.press("Space");
  await expect.poll(() => pill(page)).not.toMatch(/^Live/);
  for (let n = 2; n <= 6; n++) await phone.say(fix(n));
  await sufferOn(page, "none");
  await expect.poll(async () => (await customer.trail()).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6]);
  await expectWhole(page);
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator("#network").isVisible()).toBe(false);
  await customer.leave();
});

test("documents: one window hangs while the other writes", async () => {
  const contexts = [await chromium.newContext(), await chromium.newContext()] as const;
  const open = async (at: 0 | 1): Promise<Page> => {
    const page = await contexts[at].newPage();
    page.on("pageerror", (error) => expect.fail(String(error)));
    await page.goto(`${server.url}/documents#pulled`);
    await expect.poll(() => page.locator(".saved").first().textContent()).toBe("Saved");
    return page;
  };
  const [a, b] = [await open(0), await open(1)];
  await expect.poll(() => a.locator(".person").count()).toBe(2);
  await sufferOn(a, "hang");
  await b.locator("[contenteditable=true]").first().click();
  await b.keyboard.type("Written while nobody listens.");
  await expect.poll(() => b.locator(".saved").first().textContent()).toBe("Saved");
  await expectAccessible(a);
  await sufferOn(a, "cut");
  await expect.poll(() => pill(a)).not.toMatch(/^Live/);
  await sufferOn(a, "none");
  await expect.poll(() => a.locator("[contenteditable=true]").first().textContent()).toContain("Written while nobody listens.");
  await expectWhole(a);
  for (const context of contexts) await context.close();
});
