// What is going on in each app while its picture is taken: a bakery, its people, its orders and its couriers.

import { expect } from "vitest";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { newRoom, Person, post, tokenOf } from "../browser/support/chat.js";
import { ask, publish } from "../browser/support/http.js";
import { LabPage } from "../browser/support/notifications.js";
import { Customer, pass, Phone, placeOrder, sayAll, type Fix, type Order } from "../browser/support/tracking.js";

/** An app, and how a visitor comes to see it at its best. */
export interface Scene {
  readonly app: string;
  /** What goes on is begun once, before the first picture. */
  begin(chromium: Browser, server: string): Promise<void>;
  /** Answers the page once it shows what it is to show. */
  open(chromium: Browser, server: string, options: BrowserContextOptions): Promise<Page>;
  /** Of pictures of others. */
  end(): Promise<void>;
}

type LonLat = readonly [number, number];

const METRES_A_DEGREE = 111_320;

function metresBetween([lon, lat]: LonLat, [toLon, toLat]: LonLat): number {
  return Math.hypot((toLon - lon) * Math.cos((lat * Math.PI) / 180), toLat - lat) * METRES_A_DEGREE;
}

/** Places along a line, so many metres apart, with its end. */
export function placesAlong(line: readonly LonLat[], metres: number): LonLat[] {
  const places: LonLat[] = [];
  let due = 0;
  for (let i = 1; i < line.length; i++) {
    const [from, to] = [line[i - 1] as LonLat, line[i] as LonLat];
    const length = metresBetween(from, to);
    for (; due < length; due += metres) places.push([from[0] + ((to[0] - from[0]) * due) / length, from[1] + ((to[1] - from[1]) * due) / length]);
    due -= length;
  }
  const last = line.at(-1);
  if (last !== undefined) places.push(last);
  return places;
}

const home: Scene = {
  app: "home",
  async begin(chromium, server) {
    // Somebody has played before, and the town has ordered.
    const page = await (await chromium.newContext({ reducedMotion: "reduce" })).newPage();
    await page.goto(server);
    await page.locator("#board").scrollIntoViewIfNeeded();
    await page.locator("#board").focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight"]) {
      const before = await page.locator(".cell[data-mine]").count();
      await page.keyboard.press(key);
      await expect.poll(() => page.locator(".cell[data-mine]").count()).toBeGreaterThan(before);
    }
    await page.context().close();
  },
  async open(chromium, server, options) {
    const page = await (await chromium.newContext(options)).newPage();
    await page.goto(server);
    await expect.poll(() => page.locator("#pill").textContent()).toBe("Live");
    await page.locator("#frames li", { hasText: '"subscribed"' }).waitFor();
    for (const item of ["rye", "coffee", "twelve rolls"]) await publish(server, "orders", { item, table: item.length });
    await expect.poll(async () => (await page.locator(".delivery .count").allTextContents()).slice(0, 3)).toEqual(["3", "3", "3"]);
    await page.locator("#bell-get button").click();
    await expect.poll(async () => Number((await page.locator(".delivery .count").allTextContents())[3])).toBeGreaterThan(0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)).then(() => {}));
    return page;
  },
  end: async () => {},
};

const said: readonly (readonly [string, string])[] = [
  ["bo.the-baker", "Morning! The ovens are on, first loaves at seven."],
  ["bo.the-baker", "Rye is late again. The starter had a cold night."],
  ["cyd", "Good for the crumb, bad for the courier. I have two orders with rye in them, for the school and for the ferry."],
  ["ada", "The ferry leaves at 8:10. @cyd can you make it by then, or should I tell them to wait?"],
  ["cyd", "8:05 at the pier, if the bridge stays down."],
  ["mira_k", "The bridge goes up at 7:40 for the sand barge. After that it is down until noon."],
  ["bo.the-baker", "Then the rye goes out at half past seven, whatever it looks like."],
  ["ada", "Half past seven it is. I will tell the ferry."],
  ["bo.the-baker", "@ada you are a star"],
];

class ChatScene implements Scene {
  readonly app = "chat";
  readonly #others: Person[] = [];

  async begin(chromium: Browser, server: string): Promise<void> {
    for (const room of ["deliveries", "ovens"]) await newRoom(server, room);
    const tokens = new Map<string, string>();
    const keyOf = (n: number) => `said-${String(n).padStart(12, "0")}`;
    for (const [n, [name, text]] of said.entries()) {
      const token = tokens.get(name) ?? (await tokenOf(server, name));
      tokens.set(name, token);
      expect(await post(server, token, "general", { kind: "message", text, tab: name.replace(".", "-"), n: n + 1 }, keyOf(n))).toBe(201);
    }
    for (const [name, n, emoji] of [["cyd", 0, "☕"], ["ada", 0, "☕"], ["mira_k", 0, "👍"], ["bo.the-baker", 4, "🎉"], ["ada", 4, "🚲"]] as const) {
      expect(await post(server, tokens.get(name) ?? "", "general", { kind: "reaction", of: keyOf(n), emoji, on: true })).toBe(201);
    }
    // To somebody who was never there, nothing is news.
    const ada = await Person.comeIn(chromium, server, "ada");
    await ada.open("deliveries");
    await ada.close();
    for (const [n, [room, text]] of [["deliveries", "Twelve rolls for @ada, when there is time"], ["ovens", "The second oven is hot"], ["ovens", "Seeded loaves in ten minutes"]].entries()) {
      expect(await post(server, tokens.get("mira_k") ?? "", room ?? "", { kind: "message", text, tab: "mira", n: n + 1 })).toBe(201);
    }
    for (const name of ["bo.the-baker", "cyd"]) this.#others.push(await Person.comeIn(chromium, server, name));
  }

  async open(chromium: Browser, server: string, options: BrowserContextOptions): Promise<Page> {
    const ada = await Person.comeIn(chromium, server, "ada", options);
    const { page } = ada;
    if (await page.locator("#room").isHidden()) await page.locator("#room-list button", { hasText: "general" }).click();
    await expect.poll(() => ada.texts()).toContain("@ada you are a star");
    await expect.poll(() => page.locator("#people-count").textContent()).toBe("3");
    // On a phone the rooms are behind the room.
    if (await page.locator("#room-list").isVisible()) {
      await expect.poll(() => page.locator("#room-list button", { hasText: "ovens" }).textContent()).toContain("unread");
    }
    await page.locator("#text").fill("And I owe you one");
    return page;
  }

  async end(): Promise<void> {
    for (const other of this.#others) await other.close();
  }
}

const notifications: Scene = {
  app: "notifications",
  begin: async () => {},
  async open(chromium, server, options) {
    const lab = await LabPage.open(chromium, server, { query: "", ...options });
    await lab.live();
    await lab.set("rate", 6); // 10 a second
    await expect.poll(() => lab.all("received").then((all) => Math.min(...all))).toBeGreaterThan(40);
    return lab.page;
  },
  end: async () => {},
};

/** In seconds between the fixes of a phone, and in metres a second. */
const EVERY = 5;
const SPEED = 7;

class TrackingScene implements Scene {
  readonly app = "tracking";
  #order: Order | undefined;
  #riding: ReturnType<typeof setInterval> | undefined;

  /** Comes to the shop along its way, takes the order, and rides on. */
  async begin(_: Browser, server: string): Promise<void> {
    const order = (this.#order = await placeOrder(server, { shop: 1, home: [3.4962, 56.4985], courier: "Asha" }));
    const phone = await Phone.of(server, "Asha");
    const begin = Date.now() - 400_000;
    await phone.say({ t: begin, lon: order.from[0] + 0.004, lat: order.from[1] + 0.001 });
    const toShop = placesAlong(await this.#way(server, order.id, "shop"), EVERY * SPEED);
    await phone.say(...fixesOf(toShop, begin + 10_000), ...Array.from({ length: 4 }, (_, i) => ({ t: begin + 200_000 + i * 5_000, lon: order.from[0], lat: order.from[1] })));
    const toHome = placesAlong(await this.#way(server, order.id, "home"), SPEED);
    // So many seconds of it are over, and the rest is ridden while pictures are taken, slowly.
    const ridden = Math.min(110, Math.floor(toHome.length * 0.45));
    const fast = toHome.slice(0, ridden).filter((_, i) => i % EVERY === 0);
    await phone.say(...fixesOf(fast, Date.now() - fast.length * EVERY * 1_000));
    let at = ridden;
    this.#riding = setInterval(() => {
      const place = toHome[Math.min(Math.floor(at), Math.floor(toHome.length * 0.6))];
      at += 0.5;
      if (place !== undefined) void phone.say({ t: Date.now(), lon: place[0], lat: place[1] }).catch(() => {});
    }, 1_000);
  }

  /** The way that the server has found for the courier. */
  async #way(server: string, id: string, to: "shop" | "home"): Promise<readonly LonLat[]> {
    const headers = { Authorization: `Bearer ${await pass(server, { as: "customer", order: id })}` };
    let line: readonly LonLat[] = [];
    await expect
      .poll(async () => {
        const { text } = await ask(`${server}/channels/tracking:place:${id}`, { headers });
        const { publications } = JSON.parse(text) as { readonly publications: readonly { readonly key?: string; readonly data?: { readonly to: string; readonly line: readonly LonLat[] } }[] };
        const route = publications.filter(({ key }) => key === "route").at(-1)?.data;
        line = route?.to === to ? route.line : [];
        return line.length;
      })
      .toBeGreaterThan(1);
    return line;
  }

  async open(chromium: Browser, server: string, options: BrowserContextOptions): Promise<Page> {
    const { page } = await Customer.of(chromium, `${server}/tracking#/${this.#order?.id}`, options);
    await expect.poll(() => page.locator("#headline").textContent()).toBe("On its way to you");
    await expect.poll(() => page.locator("#fresh-text").textContent()).toBe("Live position");
    await expect.poll(() => page.locator("#eta").textContent()).toMatch(/min$/);
    if ((options.viewport?.width ?? 0) > 1_000) await page.locator("summary", { hasText: "The way of a fix" }).click();
    await expect.poll(() => page.locator("#journey-sum").textContent()).toMatch(/^From phone/);
    return page;
  }

  async end(): Promise<void> {
    clearInterval(this.#riding);
  }
}

function fixesOf(places: readonly LonLat[], from: number): Fix[] {
  return places.map(([lon, lat], i) => ({ t: from + i * EVERY * 1_000, lon, lat }));
}

const NAMES = ["Asha", "Bruno", "Chen", "Dara", "Elif", "Farid", "Gita", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Milo", "Nora", "Otto", "Pia", "Quinn", "Rosa", "Sami", "Tove"];

/** Nobody begins where others do. */
function phaseOf(courier: string): number {
  return [...courier].reduce((sum, letter) => sum * 7 + letter.charCodeAt(0), 0) % 400;
}

interface Courier {
  readonly courier: string;
  readonly duty: string;
  readonly from: LonLat;
  readonly to: LonLat;
}

class FleetScene implements Scene {
  readonly app = "fleet";
  #riding: ReturnType<typeof setInterval> | undefined;

  /** Two couriers on each of the roads about the middle of the town, going along it and back. */
  async begin(_: Browser, server: string): Promise<void> {
    const { text } = await ask(`${server}/dispatch/town`);
    const { middle, crossings, roads } = JSON.parse(text) as { readonly middle: LonLat; readonly crossings: readonly LonLat[]; readonly roads: readonly number[] };
    const couriers: Courier[] = [];
    for (let i = 0; i + 3 < roads.length && couriers.length < 600; i += 4) {
      const [from, to] = [crossings[roads[i] ?? -1], crossings[roads[i + 1] ?? -1]];
      if (from === undefined || to === undefined || metresBetween(from, middle) > 1_400) continue;
      for (const [start, end] of [[from, to], [to, from]] as const) {
        const n = couriers.length;
        const duty = ["free", "to_shop", "to_home", "to_home", "on_break"][(n * 7 + (n >> 4)) % 5] as string;
        couriers.push({ courier: `${NAMES[n % NAMES.length]}-${Math.floor(n / NAMES.length) + 1}`, duty, from: start, to: end });
      }
    }
    const begin = Date.now();
    const say = () =>
      sayAll(
        server,
        couriers.map(({ courier, duty, from, to }) => {
          const length = Math.max(1, metresBetween(from, to));
          const along = (((Date.now() - begin) / 1_000) * SPEED + phaseOf(courier)) % (2 * length);
          const share = (along < length ? along : 2 * length - along) / length;
          const heading = (Math.atan2((to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180), to[1] - from[1]) * 180) / Math.PI + (along < length ? 0 : 180);
          return { courier, duty, fixes: [{ t: Date.now(), lon: from[0] + (to[0] - from[0]) * share, lat: from[1] + (to[1] - from[1]) * share, heading: (heading + 360) % 360 }] };
        }) as Parameters<typeof sayAll>[1],
      );
    await say();
    this.#riding = setInterval(() => void say().catch(() => {}), 2_000);
  }

  async open(chromium: Browser, server: string, options: BrowserContextOptions): Promise<Page> {
    const { page } = await Customer.of(chromium, `${server}/fleet`, options);
    await expect.poll(() => page.locator(".courier").count()).toBeGreaterThan(2);
    await expect.poll(() => page.locator("#values").textContent()).toMatch(/^[1-9]/);
    await expect.poll(() => page.locator("#p99").textContent()).toMatch(/ms$/);
    return page;
  }

  async end(): Promise<void> {
    clearInterval(this.#riding);
  }
}

const TEXT = ["The bakery's spring menu", "", "Rye, sourdough and a seeded loaf, each from seven.", "New: cardamom buns on Saturdays. Bo bakes, Ada tastes.", "Rolls for the ferry leave at half past seven."];

class DocumentsScene implements Scene {
  readonly app = "documents";
  #others: BrowserContext[] = [];

  async begin(chromium: Browser, server: string): Promise<void> {
    const ada = await this.#join(chromium, server, "Ada", {});
    const box = ada.locator("[contenteditable=true]").first();
    await box.click();
    for (const [n, line] of TEXT.entries()) {
      if (n > 0) await ada.keyboard.press("Enter");
      await ada.keyboard.type(line);
    }
    for (let n = 0; n < 3; n++) {
      await ada.getByRole("button", { name: "Add a shape" }).click();
      await ada.locator(".shape").nth(n).focus();
      for (let step = 0; step < 6 * n; step++) await ada.keyboard.press(n === 1 ? "ArrowRight" : "ArrowDown");
    }
    await box.click();
    await saved(ada);
    const grace = await this.#join(chromium, server, "Grace", {});
    await grace.locator("[contenteditable=true]").first().click();
    this.#others = [ada.context(), grace.context()];
  }

  async #join(chromium: Browser, server: string, user: string, options: BrowserContextOptions): Promise<Page> {
    const context = await chromium.newContext(options);
    await context.addInitScript((name) => sessionStorage.setItem("documents.user", name), user);
    const page = await context.newPage();
    await page.goto(`${server}/documents#spring-menu`);
    await saved(page);
    return page;
  }

  async open(chromium: Browser, server: string, options: BrowserContextOptions): Promise<Page> {
    const page = await this.#join(chromium, server, "Alan", options);
    await expect.poll(() => page.locator(".person").count()).toBeGreaterThanOrEqual(3);
    await expect.poll(() => page.locator(".shape").count()).toBe(3);
    return page;
  }

  async end(): Promise<void> {
    for (const context of this.#others) await context.close();
  }
}

async function saved(page: Page): Promise<void> {
  await expect.poll(() => page.locator(".saved").first().textContent()).toBe("Saved");
}

export const scenes: readonly Scene[] = [home, new ChatScene(), notifications, new TrackingScene(), new FleetScene(), new DocumentsScene()];
