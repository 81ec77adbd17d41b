// Delivery tracking in Chromium: apps.md T1 to T10, with phones that are these tests.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";
import { ask } from "./support/http.js";
import { Customer, moved, pass, Phone, placeOrder, sayAll, type Fix, type Order } from "./support/tracking.js";

let server: Server;
let chromium: Browser;
const outskirts = [3.53, 56.512] as const;

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
  // For T9: nothing is heard of it while the others have their turns.
  await (await Phone.of(server.url, "silent")).say({ t: Date.now(), lon: outskirts[0], lat: outskirts[1] });
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

/** An order, its courier's phone, and its customer's page. */
async function scene(courier: string, options: object = {}): Promise<{ readonly order: Order; readonly phone: Phone; readonly customer: Customer }> {
  const order = await placeOrder(server.url, { shop: 2, courier });
  const phone = await Phone.of(server.url, courier);
  const customer = await Customer.of(chromium, `${server.url}/tracking#/${order.id}`, options);
  return { order, phone, customer };
}

/** Far from the shop, so that no stage changes. */
const start = ({ from }: Order) => moved(from, 500, 0);

function fixOn(order: Order, t: number, north: number, more: Partial<Fix> = {}): Fix {
  const [lon, lat] = moved(start(order), 0, north);
  return { t, lon, lat, ...more };
}

/** Metres north of where the order's courier began. */
const northOf = (order: Order, lat: number) => (lat - start(order)[1]) * 111_320;

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

/** A courier's ride in little time: fixes 5 s apart, the last one now. */
function ride(from: readonly [number, number], to: readonly [number, number], endsAt: number): Fix[] {
  const fixes: Fix[] = [];
  for (let i = 0; i <= 24; i++) {
    const share = Math.min(1, i / 20);
    fixes.push({ t: endsAt - (24 - i) * 5_000, lon: from[0] + (to[0] - from[0]) * share, lat: from[1] + (to[1] - from[1]) * share });
  }
  return fixes;
}

describe("on the road", () => {
  test("T1: on a straight road the marker moves evenly, and never back", async () => {
    const { order, phone, customer } = await scene("even");
    let watched: ReturnType<Customer["watch"]> | undefined;
    for (let second = 0; second < 8; second++) {
      await phone.say(fixOn(order, Date.now(), second * 8));
      if (second === 2) watched = customer.watch(5_000);
      await pause(1_000);
    }
    const seen = (await watched) ?? [];
    expect(seen.length).toBeGreaterThan(20);
    for (let i = 1; i < seen.length; i++) {
      const step = northOf(order, seen[i]?.lat ?? NaN) - northOf(order, seen[i - 1]?.lat ?? NaN);
      const seconds = ((seen[i]?.at ?? NaN) - (seen[i - 1]?.at ?? NaN)) / 1_000;
      expect(step).toBeGreaterThan(-0.05);
      expect(step).toBeLessThanOrEqual(2 * 8 * seconds + 0.5);
    }
    expect(northOf(order, seen.at(-1)?.lat ?? NaN)).toBeGreaterThan(northOf(order, seen[0]?.lat ?? NaN) + 10);
    await customer.leave();
  });

  test("T2, T7: fixes out of order and twice make one path, and a turn goes the shorter way", async () => {
    const { order, phone, customer } = await scene("turner");
    const t = Date.now() - 4_000;
    const fix = (n: number, heading: number) => fixOn(order, t + n * 1_000, n * 8, { n, heading });
    await phone.say(fix(0, 350));
    const watched = customer.watch(3_500);
    for (const n of [3, 1, 2, 2, 1]) await phone.say(fix(n, n < 2 ? 350 : 10));
    const seen = await watched;
    const places = seen.map(({ lat }) => northOf(order, lat));
    for (let i = 1; i < places.length; i++) expect(places[i]).toBeGreaterThan((places[i - 1] ?? NaN) - 0.05);
    await expect.poll(async () => (await customer.trail()).map(({ n }) => n)).toEqual([0, 1, 2, 3]);
    for (const { heading } of seen) expect(Math.min(heading, 360 - heading)).toBeLessThanOrEqual(10.1);
    await expect.poll(async () => northOf(order, (await customer.drawn())?.lat ?? NaN)).toBeCloseTo(24, 0);
    await customer.leave();
  });

  test("T3: who is silent is said to be, does not move, and is at the right place with the whole trail afterwards", async () => {
    const { order, phone, customer } = await scene("tunneller");
    for (let n = 0; n < 3; n++) {
      await phone.say(fixOn(order, Date.now(), n * 8, { n }));
      await pause(1_000);
    }
    const begin = Date.now();
    const fresh = customer.page.locator("#fresh");
    await expect.poll(() => fresh.getAttribute("data-state")).toBe("stale");
    const silent = await customer.drawn();
    expect(silent?.age).toBeGreaterThanOrEqual(5_000);
    expect(await fresh.textContent()).toMatch(/^Last seen \d+ s ago$/);
    await pause(1_500);
    const still = await customer.drawn();
    expect([still?.lon, still?.lat]).toEqual([silent?.lon, silent?.lat]);
    const held = Array.from({ length: 15 }, (_, i) => fixOn(order, begin + Math.round((i * (Date.now() - begin)) / 14), (i + 3) * 8, { n: i + 3 }));
    await phone.say(...held);
    await expect.poll(async () => (await customer.trail()).map(({ n }) => n)).toEqual(Array.from({ length: 18 }, (_, n) => n));
    await expect.poll(async () => northOf(order, (await customer.drawn())?.lat ?? NaN)).toBeCloseTo(17 * 8, 0);
    // A position is live for some seconds only, and the marker took some of them to come here.
    let n = held.length + 3;
    await expect
      .poll(
        async () => {
          await phone.say(fixOn(order, Date.now(), 17 * 8, { n: n++ }));
          return fresh.textContent();
        },
        { interval: 500 },
      )
      .toBe("Live position");
    await customer.leave();
  });

  test("T4: stages that came while the customer was cut off are all there, in order, and told of once", async () => {
    const { order, phone, customer } = await scene("stager");
    const now = Date.now();
    await phone.say(...ride(start(order), order.from, now - 150_000));
    await expect.poll(() => customer.stages()).toEqual(["placed", "accepted", "preparing", "picked_up"]);
    // The last of them is told when it has been there for a moment: until then nothing of the next ride is to come.
    await expect.poll(() => customer.page.locator(".toast", { hasText: "On its way to you." }).count()).toBe(1);
    await customer.page.evaluate(() => {
      const told: string[] = ((window as unknown as { told: string[] }).told = []);
      const note = (records: MutationRecord[]) => records.forEach(({ addedNodes }) => addedNodes.forEach((node) => told.push(node.textContent ?? "")));
      new MutationObserver(note).observe(document.getElementById("toasts") as Node, { childList: true });
    });
    await customer.suffer("cut");
    await expect.poll(() => customer.page.locator("#pill-text").textContent()).not.toMatch(/^Live/);
    await phone.say(...ride(order.from, order.to, now));
    // Both are there to be caught up with, and neither comes by itself.
    const headers = { Authorization: `Bearer ${await pass(server.url, { as: "customer", order: order.id })}` };
    await expect.poll(async () => (await ask(`${server.url}/channels/tracking:order:${order.id}`, { headers })).text).toContain('"delivered"');
    expect((await customer.stages()).at(-1)).toBe("picked_up");
    await customer.suffer("none");
    await expect.poll(() => customer.stages()).toEqual(["placed", "accepted", "preparing", "picked_up", "nearby", "delivered"]);
    await expect.poll(() => customer.page.locator(".step.done").count()).toBe(6);
    await expect.poll(() => customer.page.locator("#headline").textContent()).toBe("Delivered");
    await expect.poll(() => customer.page.evaluate(() => (window as unknown as { told: string[] }).told)).toEqual(["Delivered."]);
    expect(await customer.page.evaluate(() => (window as unknown as { __track: { gaps(): number } }).__track.gaps())).toBe(0);
    await customer.leave();
  });

  test("T10: without motion the marker does not glide, and a line says where the courier is", async () => {
    const { order, phone, customer } = await scene("Asha", { reducedMotion: "reduce" });
    const said = customer.page.locator("#said");
    for (let n = 0; n < 3; n++) {
      const fix = fixOn(order, Date.now(), n * 8, { n });
      await phone.say(fix);
      await expect.poll(async () => (await customer.drawn())?.lat).toBeCloseTo(fix.lat, 5);
    }
    const places = new Set((await customer.watch(700)).map(({ lat }) => lat));
    expect(places.size).toBe(1);
    expect(await said.getAttribute("aria-live")).toBe("polite");
    await customer.page.reload();
    await expect.poll(() => said.textContent(), { timeout: 60_000 }).toMatch(/^Asha, .*min away, on [A-Z][a-z]+ (Street|Avenue|Row|Road|Lane|Way)\.$|^Asha, .*as last seen\.$/);
    await customer.leave();
  });
});

interface Fleet {
  readonly __track: {
    view(lon: number, lat: number, zoom: number): void;
    keys(): string[];
    tracked(): { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number } | undefined;
    total(): Record<string, number>;
  };
}

function tileOf(lon: number, lat: number): { readonly x: number; readonly y: number } {
  const sine = Math.sin((lat * Math.PI) / 180);
  return { x: Math.floor(((lon + 180) / 360) * 65_536), y: Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 65_536) };
}

test("T8: of 5,000 couriers the page is given those in its tiles, and others when it looks elsewhere", async () => {
  const couriers = Array.from({ length: 5_000 }, (_, i) => ({
    courier: `c${i}`,
    fixes: [{ t: 0, lon: 3.465 + (i % 100) * 0.0007, lat: 56.485 + Math.floor(i / 100) * 0.0006 }],
  }));
  // They would be gone from the map after a while without a fix.
  const sayThem = () => sayAll(server.url, couriers.map(({ courier, fixes }) => ({ courier, fixes: fixes.map((fix) => ({ ...fix, t: Date.now() })) })));
  await sayThem();
  let isOver = false;
  const riding = (async () => {
    while (!isOver) {
      for (let second = 0; second < 10 && !isOver; second++) await pause(1_000);
      if (!isOver) await sayThem();
    }
  })();
  const dispatcher = await Customer.of(chromium, `${server.url}/fleet`);
  const { page } = dispatcher;
  const look = (lon: number, lat: number, zoom: number) => page.evaluate(([lon, lat, zoom]) => (window as unknown as Fleet).__track.view(lon, lat, zoom), [lon, lat, zoom] as const);
  const state = () => page.evaluate(() => ({ keys: (window as unknown as Fleet).__track.keys(), tracked: (window as unknown as Fleet).__track.tracked() }));
  /** Exactly those whose tiles the page asked for. */
  const expected = (tracked: Awaited<ReturnType<typeof state>>["tracked"]) =>
    couriers
      .filter(({ fixes: [fix] }) => {
        const { x, y } = tileOf(fix?.lon ?? 0, fix?.lat ?? 0);
        return tracked !== undefined && x >= tracked.left && x <= tracked.right && y >= tracked.top && y <= tracked.bottom;
      })
      .map(({ courier }) => courier)
      .sort();
  const isExact = async () => {
    const { keys, tracked } = await state();
    const mine = keys.filter((key) => /^c\d+$/.test(key)).sort();
    return tracked !== undefined && mine.length > 0 && JSON.stringify(mine) === JSON.stringify(expected(tracked));
  };
  await look(3.49, 56.495, 18);
  await expect.poll(isExact).toBe(true);
  const first = await state();
  expect(first.keys.length).toBeLessThan(1_000);
  await look(3.52, 56.505, 18);
  await expect.poll(async () => JSON.stringify((await state()).tracked) !== JSON.stringify(first.tracked) && (await isExact())).toBe(true);
  // The list has a row for whoever is in sight of it, and not for everybody.
  await expect.poll(() => page.locator(".courier").count()).toBeGreaterThan(3);
  expect(await page.locator(".courier").count()).toBeLessThan(60);
  await look(3.5, 56.5, 14);
  await expect.poll(async () => (await state()).keys.length).toBe(0);
  await expect.poll(() => page.locator("#count").textContent()).toMatch(/^5,\d{3} couriers; come closer/);
  isOver = true;
  await riding;
  await dispatcher.leave();
});

test("T9: a courier that is silent goes from the fleet, and comes back with its next fix", async () => {
  const dispatcher = await Customer.of(chromium, `${server.url}/fleet`);
  await dispatcher.page.evaluate(([lon, lat]) => (window as unknown as Fleet).__track.view(lon, lat, 17), outskirts);
  const keys = () => dispatcher.page.evaluate(() => (window as unknown as Fleet).__track.keys());
  const near = async () => (JSON.parse((await ask(`${server.url}/dispatch/near?lon=${outskirts[0]}&lat=${outskirts[1]}&radius=50`)).text) as { couriers: { courier: string }[] }).couriers.filter(({ courier }) => courier === "silent").length;
  // It was heard of when this file began.
  await expect.poll(keys, { timeout: 60_000 }).not.toContain("silent");
  await expect.poll(near, { timeout: 60_000 }).toBe(0);
  const phone = await Phone.of(server.url, "silent");
  await phone.say({ t: Date.now(), lon: outskirts[0], lat: outskirts[1] });
  await expect.poll(keys).toContain("silent");
  await expect.poll(near).toBe(1);
  await dispatcher.leave();
});

test("a server that is killed under way loses no stage, and the page goes on by itself", async () => {
  const { order, phone, customer } = await scene("survivor");
  const now = Date.now();
  await phone.say(...ride(start(order), order.from, now - 150_000));
  await expect.poll(() => customer.stages()).toEqual(["placed", "accepted", "preparing", "picked_up"]);
  await server.kill();
  await server.restart();
  await phone.say(...ride(order.from, order.to, now));
  await expect.poll(() => customer.stages()).toEqual(["placed", "accepted", "preparing", "picked_up", "nearby", "delivered"]);
  await expect.poll(() => customer.page.locator("#headline").textContent()).toBe("Delivered");
  await customer.leave();
});

test("an order that the page places is brought by a courier of the house", async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/tracking`);
  await page.locator("#shops button", { hasText: "Clapper Coffee" }).click();
  await expect.poll(() => page.locator("#headline").textContent()).toBe("A courier is coming");
  await expect.poll(() => page.locator("#eta").textContent()).toMatch(/min$/);
  await expect.poll(() => page.locator("#fresh-text").textContent()).toBe("Live position");
  await page.locator("summary", { hasText: "The way of a fix" }).click();
  await expect.poll(() => page.locator("#journey-sum").textContent()).toMatch(/^From phone to page: \d+ ms/);
  await page.locator("#cancel").click();
  await expect.poll(() => page.locator("#headline").textContent()).toBe("Cancelled");
  await expect.poll(() => page.locator("#again").isVisible()).toBe(true);
  await context.close();
});
