// Plays docs/tours.md: each step is done as it is written there, and what it says to stand on the page is looked for. The page and
// this file name the same steps in the same order, so that neither can change without the other.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { sufferOn } from "./support/network-panel.js";
import { startServer, type Server } from "./support/server.js";
import { tours, type TourStep } from "./support/tour-page.js";
import { sayAll } from "./support/tracking.js";

/** Six tours at once on a busy machine: what comes, comes late. */
const eventually: typeof expect.poll = (look, options) => expect.poll(look, { timeout: 90_000, ...options });

let server: Server;
let chromium: Browser;
const written = tours();

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

/** One visitor's windows, of which the first is looked at. */
class Visit {
  readonly pages: Page[] = [];
  /** Couriers that say where they are for as long as the visit lasts. */
  riding: ReturnType<typeof setInterval> | undefined;
  readonly #contexts: BrowserContext[] = [];

  get page(): Page {
    return this.pages[0] ?? expect.fail("the tour has opened no page yet");
  }

  get other(): Page {
    return this.pages[1] ?? expect.fail("the tour has opened no second window yet");
  }

  /** A window that shares nothing with the others. */
  async open(path: string): Promise<Page> {
    const context = await chromium.newContext({ reducedMotion: "reduce" });
    this.#contexts.push(context);
    return this.tab(path, context);
  }

  async tab(path: string, context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    this.pages.push(page);
    page.on("pageerror", (error) => expect.fail(String(error)));
    await page.goto(`${server.url}${path}`);
    return page;
  }

  async close(): Promise<void> {
    clearInterval(this.riding);
    for (const context of this.#contexts) await context.close();
  }
}

/** Does what a step says, until it is done. */
type Play = (visit: Visit) => Promise<unknown>;

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const text = (page: Page, selector: string) => page.locator(selector).first().textContent();

async function comeIn(page: Page, name: string): Promise<void> {
  await page.locator("#name").fill(name);
  await page.locator("#name").press("Enter");
  await eventually(() => text(page, "#room-title")).toBe("# general");
  await eventually(() => text(page, "#pill-text")).toBe("Live");
}

async function say(page: Page, words: string): Promise<void> {
  await page.locator("#text").fill(words);
  await page.locator("#text").press("Enter");
  await page.locator(".message .text", { hasText: words }).waitFor();
}

async function write(page: Page, words: string): Promise<void> {
  await page.locator("[contenteditable=true]").first().click();
  await page.keyboard.press("ControlOrMeta+End");
  // At once: the caret of another window would stand between its letters.
  await page.keyboard.insertText(words);
}

const offsets = (page: Page) => page.locator(".delivery .offset").allTextContents();

const home: Readonly<Record<string, Play>> = {
  "Open the page": async (visit) => {
    const page = await visit.open("/");
    await page.locator("#frames li", { hasText: '"subscribed"' }).waitFor();
    await eventually(async () => (await page.locator(".delivery .state").allTextContents()).slice(0, 3)).toEqual(["Live", "Live", "Live"]);
  },
  "Press “Publish an order”": ({ page }) => press(page, "Publish an order"),
  "Press “Ask now” below the fourth bell": async ({ page }) => {
    await page.locator("#bell-get button").click();
    await eventually(() => offsets(page)).toEqual(Array(4).fill("offset 1"));
  },
  "Pause the first bell, and publish twice more": async ({ page }) => {
    await page.locator("#bell-websocket button").click();
    await eventually(() => text(page, "#bell-websocket .state")).toBe("Paused");
    for (const offset of ["offset 2", "offset 3"]) {
      await press(page, "Publish an order");
      await eventually(async () => (await offsets(page)).slice(1, 3)).toEqual([offset, offset]);
    }
  },
  "Resume it": async ({ page }) => {
    await page.locator("#bell-websocket button").click();
    await eventually(() => text(page, "#bell-websocket .offset")).toBe("offset 3");
    expect(await text(page, "#bell-websocket .count")).toBe("3");
  },
  "Go to the board, and move with the arrow keys": async ({ page }) => {
    // Whoever doesn't look at it does not take part.
    await page.locator("#board").scrollIntoViewIfNeeded();
    await eventually(() => text(page, "#player")).not.toBe("–");
    await page.locator("#board").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator(".cell[data-mine]").first().waitFor();
  },
  "Look at “What went over the wire”": ({ page }) => page.locator("#inspector").scrollIntoViewIfNeeded(),
};

const chat: Readonly<Record<string, Play>> = {
  "Come in as ada": async (visit) => comeIn(await visit.open("/chat"), "ada"),
  "Open a private window, and come in as bo": async (visit) => {
    await comeIn(await visit.open("/chat"), "bo");
    await eventually(() => text(visit.page, "#people-count")).toBe("2");
  },
  "As bo, write “The rye is out”": ({ other }) => say(other, "The rye is out"),
  "As ada, open “Network”, and press “Cut”": ({ page }) => sufferOn(page, "cut"),
  "Write “Keep me two” while the network is cut": ({ page }) => say(page, "Keep me two"),
  "As bo, write “Who wants a bun?”, and as ada press “Restore”": async ({ page, other }) => {
    await say(other, "Who wants a bun?");
    await eventually(() => other.locator(".message .sent").count()).toBe(2);
    await sufferOn(page, "none");
    for (const one of [page, other]) {
      await eventually(async () => (await one.locator(".message .text").allTextContents()).slice(-2)).toEqual(["Who wants a bun?", "Keep me two"]);
    }
  },
  "Press “Kill”, and “Send a burst of 50”": async ({ page }) => {
    await sufferOn(page, "kill");
    await press(page, "Send a burst of 50");
    await eventually(() => text(page, '[data-figure="confirmed"]')).toBe("51");
  },
  "Look at the counters": async ({ page, other }) => {
    await eventually(() => text(page, '[data-figure="seen"]')).toBe("53");
    await eventually(() => other.locator(".message .text", { hasText: "50 of a burst of 50" }).count()).toBe(1);
  },
};

const paneStates = (page: Page) => page.locator(".pane .state").allTextContents();
const every = (states: readonly string[], how: RegExp) => states.length === 5 && states.every((state) => how.test(state));

const notifications: Readonly<Record<string, Play>> = {
  "Open the page, and let it run": async (visit) => {
    const page = await visit.open("/notifications");
    await page.locator("#panes[data-window]").waitFor();
    await eventually(async () => every(await paneStates(page), /^Live by /)).toBe(true);
  },
  "Press “Publish 200 at once”": async ({ page }) => {
    await press(page, "Publish 200 at once");
    const received = () => page.locator('.pane [data-figure="received"]').allTextContents();
    await eventually(async () => Math.min(...(await received()).map((count) => Number(count.replace(/\D/g, ""))))).toBeGreaterThanOrEqual(200);
    for (const figure of ["lost", "duplicate", "reordered"]) expect(await page.locator(`.pane [data-figure="${figure}"]`).allTextContents()).toEqual(Array(5).fill("0"));
  },
  "Press “Cut all”": async ({ page }) => {
    await press(page, "Cut all");
    await eventually(async () => every(await paneStates(page), /^Cut · /)).toBe(true);
  },
  "Press “Restore all”": async ({ page }) => {
    await press(page, "Restore all");
    await eventually(async () => every(await paneStates(page), /^Live by /)).toBe(true);
  },
  "Drag “Rate” to the right": ({ page }) => page.locator("#rate").fill("10"),
  "Press the bell, and “Send me one”": async ({ page }) => {
    await page.locator("#bell").click();
    await press(page, "Send me one");
    await eventually(() => page.locator("#bell").getAttribute("aria-label")).toBe("Inbox, 1 unread");
  },
  "Press “Open seven tabs”, and open the page six times more": async (visit) => {
    const context = visit.page.context();
    await visit.page.close();
    visit.pages.splice(0);
    const tabs: Page[] = [];
    for (let n = 0; n < 7; n++) tabs.push(await visit.tab("/notifications-tab", context));
    await eventually(async () => (await Promise.all(tabs.map((tab) => text(tab, "#why")))).filter((why) => why?.startsWith("Pending")).length).toBe(1);
    // The one that waits is the one to look at.
    for (const tab of tabs) if ((await text(tab, "#why"))?.startsWith("Pending")) visit.pages.unshift(tab);
  },
  "Choose “all by one stream”": async (visit) => {
    await press(visit.page, "all by one stream");
    const tabs = [...new Set(visit.pages)];
    const live = async () => (await Promise.all(tabs.map((tab) => text(tab, "#why")))).filter((why) => why?.startsWith("Live"));
    await eventually(async () => (await live()).length).toBe(7);
    expect((await live()).filter((why) => why?.includes("This tab reads")).length).toBe(1);
  },
};

const delivery: Readonly<Record<string, Play>> = {
  "Open the page, and order somewhere": async (visit) => {
    const page = await visit.open("/tracking");
    await page.locator("#shops button").first().click();
    await page.locator("#sheet").waitFor();
    await eventually(() => text(page, "#pill-text")).toBe("Live");
  },
  "Watch the courier": ({ page }) => eventually(() => text(page, "#eta")).toMatch(/\d min$/),
  "Open “The way of a fix”": ({ page }) => page.locator("summary", { hasText: "The way of a fix" }).click(),
  "Press “Tunnel for 15 s”": ({ page }) => press(page, "Tunnel for 15 s"),
  "Open “Network”, and press “Cut”": async ({ page }) => {
    await sufferOn(page, "cut");
    await eventually(() => text(page, "#pill-text")).not.toMatch(/^Live/);
  },
  "Press “Restore”": ({ page }) => sufferOn(page, "none"),
};

const fleet: Readonly<Record<string, Play>> = {
  "Open the page": async (visit) => {
    const duties = ["free", "to_shop", "to_home", "on_break"];
    const couriers = () =>
      Array.from({ length: 80 }, (_, i) => ({
        courier: `c${String(i).padStart(2, "0")}`,
        duty: duties[i % 4],
        fixes: [{ t: Date.now(), lon: 3.4975 + (i % 10) * 0.0006, lat: 56.4985 + Math.floor(i / 10) * 0.0004 }],
      }));
    await sayAll(server.url, couriers());
    // Whoever is silent for half a minute is gone.
    visit.riding = setInterval(() => void sayAll(server.url, couriers()).catch(() => {}), 5_000);
    const page = await visit.open("/fleet");
    await page.locator(".courier").first().waitFor();
  },
  "Press “free”": async ({ page }) => {
    await page.locator('.filter[data-duty="free"]').click();
    await eventually(async () => (await page.locator(".courier .hint:not(.age)").allTextContents()).includes("free")).toBe(false);
    await eventually(async () => Number(await text(page, '.filter[data-duty="free"] b'))).toBeGreaterThanOrEqual(20);
  },
  "Find a courier by name": async ({ page }) => {
    await page.locator("#search").fill("c41");
    await eventually(() => page.locator(".courier b").allTextContents()).toEqual(["c41"]);
  },
  "Choose it, and go far out with the minus of the map": async ({ page }) => {
    await page.locator(".courier").first().click();
    await page.locator('.courier[aria-selected="true"]').waitFor();
    const away = async () => (await text(page, "#count"))?.includes("come closer") === true;
    for (let step = 0; step < 6 && !(await away()); step++) {
      const tiles = await text(page, "#count");
      await page.locator(".leaflet-control-zoom-out").click();
      await eventually(async () => (await text(page, "#count")) !== tiles || step < 5).toBe(true);
    }
  },
};

const documents: Readonly<Record<string, Play>> = {
  "Open the page, and write “Spring menu”": async (visit) => {
    const page = await visit.open("/documents#tour");
    await eventually(() => text(page, ".saved")).toBe("Saved");
    await write(page, "Spring menu");
  },
  "Open a second window, and write “rye” there": async (visit) => {
    const other = await visit.open("/documents#tour");
    await eventually(() => text(other, "[contenteditable=true]")).toContain("Spring menu");
    await write(other, " rye");
    for (const page of visit.pages) await eventually(() => text(page, "[contenteditable=true]")).toContain("rye");
  },
  "Press “Add a shape”, and move it with the arrow keys": async ({ page, other }) => {
    await press(page, "Add a shape");
    await page.locator(".shape").first().focus();
    await page.keyboard.press("ArrowRight");
    const place = await page.locator(".shape").getAttribute("transform");
    await eventually(() => other.locator(".shape").getAttribute("transform")).toBe(place);
  },
  "Press “Fork test”": async ({ page }) => {
    await eventually(() => text(page, ".saved")).toBe("Saved");
    await press(page, "Fork test");
    await eventually(() => page.locator("#verdict").getAttribute("data-verdict")).toBe("forked");
  },
  "Press “Restore all”": ({ page }) => press(page, "Restore all"),
};

const plays: Readonly<Record<string, Readonly<Record<string, Play>>>> = {
  Home: home,
  Chat: chat,
  Notifications: notifications,
  Delivery: delivery,
  Fleet: fleet,
  Documents: documents,
};

/** All that can be read on a page; a figure and its name as they stand, the name below. */
function readable(page: Page): Promise<string> {
  return page.evaluate(() => {
    const figures = [...document.querySelectorAll<HTMLElement>("dl > div")].map((one) => `${one.querySelector("dd")?.textContent} ${one.querySelector("dt")?.textContent}`);
    return [document.body.innerText, ...figures].join("\n");
  });
}

async function expectSeen(page: Page, { act, seen }: TourStep): Promise<void> {
  for (const words of seen) await eventually(() => readable(page), { message: act }).toMatch(words);
}

test("every tour of the page is played, step by step", () => {
  const steps = Object.fromEntries([...written].map(([app, all]) => [app, all.map(({ act }) => act)]));
  expect(Object.fromEntries(Object.entries(plays).map(([app, all]) => [app, Object.keys(all)]))).toEqual(steps);
});

async function play(app: string): Promise<void> {
  const visit = new Visit();
  try {
    for (const step of written.get(app) ?? []) {
      try {
        await plays[app]?.[step.act]?.(visit);
        await expectSeen(visit.page, step);
      } catch (cause) {
        throw new Error(`${app}: ${step.act}`, { cause });
      }
    }
  } finally {
    await visit.close();
  }
}

// Beside each other: most of a tour is waiting.
test("all of them, as they are written", { timeout: 600_000 }, async () => {
  const played = await Promise.allSettled(Object.keys(plays).map(play));
  const failures = played.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as Error] : []));
  expect(failures.map(({ message, cause }) => `${message}: ${String(cause).slice(0, 300)}`)).toEqual([]);
});
