// What the chat looks like, in both themes and at three widths; whether everyone can use it; and whether the keyboard does.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type Coming, Company, Person, post, tokenOf } from "./support/chat.js";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
const company = new Company();
/** They stay throughout. */
let others: { readonly bo: Person; readonly cyd: Person } | undefined;

async function both(): Promise<{ readonly bo: Person; readonly cyd: Person }> {
  others ??= {
    bo: await Person.comeIn(chromium, server.url, "bo.the-baker"),
    cyd: await Person.comeIn(chromium, server.url, "cyd"),
  };
  return others;
}

const screenshots = fileURLToPath(new URL("../screenshots/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  server = await startServer();
  chromium = await launchChromium();
  await someConversation();
});
afterEach(() => company.leave());
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

function comeIn(name: string, options: Coming = {}): Promise<Person> {
  return company.comeIn(chromium, server.url, name, { reducedMotion: "reduce", ...options });
}

/** In general: two bakers and a courier. */
async function someConversation(): Promise<void> {
  const said: readonly (readonly [string, string])[] = [
    ["bo.the-baker", "Morning! The ovens are on, first loaves at seven."],
    ["bo.the-baker", "Rye is late again. The starter had a cold night."],
    ["cyd", "Good for the crumb, bad for the courier. I have two orders with rye in them, for the school and for the ferry."],
    ["ada", "The ferry leaves at 8:10. @cyd can you make it by then, or should I tell them to wait?"],
    ["cyd", "8:05 at the pier, if the bridge stays down."],
    ["mira_k", "The bridge goes up at 7:40 for the sand barge.\nAfter that it is down until noon."],
    ["bo.the-baker", "Then the rye goes out at half past seven, whatever it looks like. https://example.com/a-very-long-address-without-any-place-to-break-it-that-anybody-would-choose"],
  ];
  const tokens = new Map<string, string>();
  for (const [n, [name, text]] of said.entries()) {
    const token = tokens.get(name) ?? (await tokenOf(server.url, name));
    tokens.set(name, token);
    const key = `said-${String(n).padStart(12, "0")}`;
    expect(await post(server.url, token, "general", { kind: "message", text, tab: name.replace(".", "-"), n: n + 1 }, key)).toBe(201);
  }
  const react = (name: string, n: number, emoji: string) => {
    const of = `said-${String(n).padStart(12, "0")}`;
    return post(server.url, tokens.get(name) ?? "", "general", { kind: "reaction", of, emoji, on: true });
  };
  await react("cyd", 0, "☕");
  await react("ada", 0, "☕");
  await react("mira_k", 0, "👍");
  await react("bo.the-baker", 4, "🎉");
  await react("ada", 4, "🚲");
}

/** What goes on while the picture is taken: some are there, one types, one has answered. */
async function busy(options: BrowserContextOptions): Promise<Person> {
  const { bo, cyd } = await both();
  // Whatever an earlier test had them do.
  for (const other of [bo, cyd]) await other.open("general");
  const ada = await comeIn("ada", { ...options, hasClock: true });
  if (await ada.page.locator("#room").isHidden()) await ada.page.locator("#room-list button", { hasText: "general" }).click();
  await expect.poll(async () => (await ada.texts()).length).toBeGreaterThan(0);
  if (!(await ada.texts()).includes("@ada you are a star")) {
    await ada.say("Half past seven it is. I will tell the ferry.");
    await expect.poll(async () => (await ada.lines()).at(-1)?.state).toBe("sent");
    await bo.say("@ada you are a star");
    await bo.open("orders");
    await bo.say("Twelve rolls for @ada, when there is time");
    await bo.open("general");
    await expect.poll(() => ada.texts()).toContain("@ada you are a star");
  }
  await ada.page.locator("#text").fill("And I owe you one");
  await expect.poll(() => ada.page.locator("#people-count").textContent()).toBe("3");
  await expect.poll(() => ada.page.locator("#room-list button", { hasText: "orders" }).textContent()).toContain("unread");
  await cyd.page.locator("#text").fill("");
  // Whoever rests for a few seconds has stopped.
  await expect
    .poll(async () => {
      await cyd.page.locator("#text").press("o");
      return ada.page.locator("#typing").textContent();
    })
    .toBe("cyd is typing");
  await ada.page.mouse.move(0, 0);
  return ada;
}

/** It takes a while until a connection does. */
async function countsAsLost(person: Person): Promise<void> {
  await person.timePasses(5_000);
  await person.page.locator("#lost").waitFor();
}

async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const results = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const found = results.violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => node.html) }));
  expect(found.filter(({ impact }) => impact === "serious" || impact === "critical"), what).toEqual([]);
}

/** Nothing stands beside the screen. */
async function expectNoOverflow(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test.each([360, 768, 1440])("pictures %i wide", async (width) => {
    const context = await chromium.newContext({ colorScheme, viewport: { width, height: width < 500 ? 740 : 900 } });
    const login = await context.newPage();
    await login.goto(`${server.url}/chat`);
    await login.locator("#name").fill("ada");
    await login.evaluate(() => document.fonts.ready.then(() => {}));
    const picture = (page: Page, name: string) => page.screenshot({ path: `${screenshots}chat-${colorScheme}-${width}-${name}.png` });
    await picture(login, "login");
    await expectNoOverflow(login);
    await context.close();

    const ada = await busy({ colorScheme, viewport: { width, height: width < 500 ? 740 : 900 } });
    await picture(ada.page, "room");
    await expectNoOverflow(ada.page);
    if (width < 500) {
      await ada.page.locator("#to-rooms").click();
      await picture(ada.page, "rooms");
      await expectNoOverflow(ada.page);
      await ada.page.locator("#room-list button", { hasText: "general" }).click();
    }
    await ada.act("The ovens are on", "More reactions");
    await picture(ada.page, "picker");
    await ada.page.keyboard.press("Escape");
    await ada.suffer("cut");
    await ada.page.locator('[data-act="burst"]').hover();
    await expect.poll(() => ada.pill()).toMatch(/^Reconnecting|^Connecting/);
    await picture(ada.page, "network");
    await expectNoOverflow(ada.page);
    await ada.page.locator("#network .pane-head button").click();
    await ada.say("Nobody hears this yet");
    await countsAsLost(ada);
    await picture(ada.page, "offline");
    await expectNoOverflow(ada.page);
  });

  test("nobody is shut out", async () => {
    const context = await chromium.newContext({ colorScheme });
    const login = await context.newPage();
    await login.goto(`${server.url}/chat`);
    await login.locator("#login-form button").click();
    await expect.poll(() => login.locator("#name-error").textContent()).not.toBe("");
    await expectAccessible(login, "coming in");
    await context.close();

    const ada = await busy({ colorScheme, viewport: { width: 1440, height: 900 } });
    await expectAccessible(ada.page, "the room");
    await ada.act("The ovens are on", "More reactions");
    await expectAccessible(ada.page, "the picker");
    await ada.page.keyboard.press("Escape");
    await ada.act("Half past seven it is", "Edit");
    await ada.page.locator("#text").fill("hello @c");
    await ada.page.locator("#completions li").first().waitFor();
    await expectAccessible(ada.page, "editing, with names to choose from");
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("Escape");
    await ada.page.locator("#new-room").click();
    await expectAccessible(ada.page, "making a room");
    await ada.suffer("cut");
    await expect.poll(() => ada.pill()).toMatch(/^Reconnecting|^Connecting/);
    await ada.say("Nobody hears this yet");
    await countsAsLost(ada);
    await expectAccessible(ada.page, "the network panel, without a network");
    await ada.page.locator("#help").click();
    await expectAccessible(ada.page, "the sheet");
  });
});

test("everything is reached and done by keyboard alone", async () => {
  const { bo } = await both();
  await bo.open("help");
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/chat#/help`);
  const press = (...keys: string[]) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const text = () => page.locator("#text").inputValue();
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute("aria-label") || "");

  await expect.poll(focused).toBe("name");
  await page.keyboard.type("dee");
  await press("Enter");
  await expect.poll(() => page.locator("#room-title").textContent()).toBe("# help");
  await expect.poll(focused).toBe("text");
  await page.keyboard.type("hello @bo");
  await page.locator("#completions li").first().waitFor();
  await press("Enter");
  await expect.poll(text).toBe("hello @bo.the-baker ");
  await press("Shift+Enter");
  await page.keyboard.type("second line");
  await press("Enter");
  await expect.poll(() => bo.texts()).toEqual(["hello @bo.the-baker \nsecond line"]);

  // What is still on its way can't be edited.
  await page.locator(".message .sent").waitFor();
  await press("ArrowUp");
  await page.locator("#editing").waitFor();
  await press("Escape");
  await expect.poll(text).toBe("");
  await press("ArrowUp");
  await page.locator("#editing").waitFor();
  await press("Control+a");
  await page.keyboard.type("hello all");
  await press("Enter");
  await expect.poll(() => bo.texts()).toEqual(["hello all"]);
  await bo.say("hello dee");
  await expect.poll(() => page.locator(".message").count()).toBe(2);

  // Into the messages: one stop of the Tab key, arrows inside.
  const focusedText = () => page.evaluate(() => document.activeElement?.querySelector(".text")?.textContent);
  await press("Shift+Tab");
  await expect.poll(focusedText).toBe("hello dee");
  await press("ArrowUp");
  await expect.poll(focusedText).toContain("hello all");
  await press("End", "ArrowRight", "ArrowRight");
  await expect.poll(focused).toBe("React with heart");
  await press("Enter");
  await expect.poll(async () => (await bo.lines())[1]?.reactions).toEqual(["❤️1"]);
  await expect.poll(() => page.locator(".message .reaction").count()).toBe(1);
  await expect.poll(focused).toBe("React with heart");
  await press("ArrowRight", "ArrowRight");
  await expect.poll(focused).toBe("More reactions");
  await press("Enter", "ArrowRight", "ArrowRight", "ArrowRight", "Enter");
  await expect.poll(async () => (await bo.lines())[1]?.reactions).toEqual(["❤️1", "🎉1"]);
  await press("Escape");
  await expect.poll(focused).toBe("text");

  await press("Alt+ArrowDown");
  await expect.poll(() => page.locator("#room-title").textContent()).toBe("# orders");
  await press("Alt+ArrowUp");
  await expect.poll(() => page.locator("#room-title").textContent()).toBe("# help");

  // Around the page, once: everything is a stop.
  const reached = new Set<string>();
  for (let tabs = 0; tabs < 30; tabs++) {
    await press("Tab");
    reached.add(await focused());
  }
  for (const stop of ["text", "Chat on Carillon, to the home page", "network-toggle", "help", "theme", "new-room", "leave", "people-toggle"]) {
    expect([...reached]).toContain(stop);
  }
  await page.locator("#network-toggle").focus();
  await press("Enter");
  await expect.poll(() => page.locator("#network").isVisible()).toBe(true);
  await press("Escape");
  await expect.poll(focused).toBe("network-toggle");
  await press("?");
  await expect.poll(() => page.locator("#sheet").isVisible()).toBe(true);
  await press("Escape");
  await expect.poll(() => page.locator("#sheet").isVisible()).toBe(false);
  await context.close();
});

test("nothing moves for those who don't want it to", async () => {
  const ada = await busy({ reducedMotion: "reduce" });
  expect(await ada.page.evaluate(() => document.getAnimations().length)).toBe(0);
});
