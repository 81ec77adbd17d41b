// Behaviour 12, the part that outlives a page: a queue on a shelf, and pages that come and go.

import { describe, expect, test } from "vitest";
import type { CarillonError, Client, ClientOptions, RestoredPublish } from "@carillon/client";
import { KeptQueue } from "../../../client/src/persist/kept-queue.js";
import type { Kept, KeptId, Shelf } from "../../../client/src/persist/shelf.js";
import { map } from "@carillon/client/map";
import { range, World } from "./support/world.js";

/** As IndexedDB: in the order of the calls, each after a while. */
class MemoryShelf implements Shelf {
  readonly items = new Map<string, Kept>();
  fails = false;

  constructor(private readonly world: World) {}

  async read(queue: string): Promise<readonly Kept[]> {
    await this.#done();
    return structuredClone([...this.items.values()].filter(({ id }) => id[0] === queue));
  }

  async write(puts: readonly Kept[], deletes: readonly KeptId[]): Promise<void> {
    const copies = structuredClone(puts);
    await this.#done();
    for (const id of deletes) this.items.delete(id.join());
    for (const kept of copies) this.items.set(kept.id.join(), kept);
  }

  async clear(queue: string): Promise<void> {
    await this.#done();
    for (const [key, { id }] of this.items) if (id[0] === queue) this.items.delete(key);
  }

  get payloads(): string[] {
    return [...this.items.values()].map(({ publish }) => publish.payload);
  }

  async #done(): Promise<void> {
    await new Promise<void>((resolve) => this.world.clock.setTimeout(resolve, 1));
    if (this.fails) throw new Error("the disk is full");
  }
}

/** A browser whose tabs share a shelf. */
class Browser {
  readonly world = new World();
  readonly shelf = new MemoryShelf(this.world);
  #pages = 0;

  /** Opens a page. `end` is how it goes without a word. */
  page(name = "chat:ada", options: Partial<ClientOptions> = {}): { client: Client; restored: RestoredPublish[]; errors: unknown[]; end(): void } {
    const { world, shelf } = this;
    const { locks, end } = world.locks.page();
    const { now, setTimeout, clearTimeout } = world.clock;
    const persist = new KeptQueue(name, { shelf, locks, page: `page-${++this.#pages}`, now, setTimeout, clearTimeout });
    const client = world.client({ persist, ...options });
    const restored: RestoredPublish[] = [];
    const errors: unknown[] = [];
    client.on("restored", (publishes) => restored.push(...publishes));
    client.on("error", ({ error }) => errors.push(error));
    return {
      client,
      restored,
      errors,
      end: () => {
        end();
        // A page that has gone runs nothing any more; here its connections are all that others could see of it.
        client.disconnect();
      },
    };
  }

  get accepted(): unknown[] {
    return this.world.server.log.map((publication) => "data" in publication && publication.data);
  }

  sent(): number {
    return this.world.server.heard.filter(({ type }) => type === "publish").length;
  }
}

function outcomes(promises: readonly Promise<unknown>[]): unknown[] {
  const list: unknown[] = promises.map(() => "pending");
  promises.forEach((promise, i) => {
    promise.then(
      () => (list[i] = "accepted"),
      ({ kind }: CarillonError) => (list[i] = kind),
    );
  });
  return list;
}

describe("12: a queue that survives a reload", () => {
  test("a map's values and removals are in it, too", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.server.maps.names.add("fleet");
    world.network.mode = "refuse";
    const first = browser.page();
    const couriers = map(first.client, "fleet");
    void couriers.set("a", 1, { tag: "tile:1" });
    void couriers.set("b", 2);
    void couriers.remove("b");
    await world.advance(1_000);
    first.end();
    world.network.mode = "accept";
    const second = browser.page();
    await world.advance(5_000);
    expect(world.server.log).toMatchObject([{ key: "a", tag: "tile:1", data: 1 }, { key: "b", data: 2 }, { key: "b", removed: true }]);
    expect(second.restored.map(({ channel, data }) => [channel, data])).toEqual([["fleet", 1], ["fleet", 2], ["fleet", undefined]]);
    expect(second.errors).toEqual([]);
  });

  test("what was published offline goes out from the next page: in order, once, before what that one publishes", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const first = browser.page();
    for (const n of range(1, 30)) void first.client.publish("room", n);
    void first.client.publish("room", Uint8Array.of(1, 2));
    await world.advance(1_000);
    first.end();
    world.network.mode = "accept";
    const second = browser.page();
    void second.client.publish("room", "new");
    await world.advance(5_000);
    expect(browser.accepted.slice(0, 30)).toEqual(range(1, 30));
    expect(browser.accepted.at(-1)).toBe("new");
    expect(browser.sent()).toBe(32);
    expect(second.restored.map(({ channel, data }) => [channel, data])).toEqual([
      ...range(1, 30).map((n) => ["room", n]),
      ["room", Uint8Array.of(1, 2)],
    ]);
    expect(await second.restored[4]?.receipt).toMatchObject({ offset: 5, duplicate: false });
    expect(browser.shelf.items.size).toBe(0);
    expect(second.client.stats().queued).toBe(0);
  });

  test("sent and not answered before the reload: it comes again under its key, and is accepted once", async () => {
    const browser = new Browser();
    const { world } = browser;
    const first = browser.page();
    await world.advance(1_000);
    world.server.acknowledges = false;
    void first.client.publish("room", "once", { idempotencyKey: "order-0000000001" });
    await world.advance(100);
    first.end();
    world.server.acknowledges = true;
    const second = browser.page();
    await world.advance(5_000);
    expect(browser.accepted).toEqual(["once"]);
    expect(await second.restored[0]?.receipt).toMatchObject({ duplicate: true });
    expect(second.restored[0]?.idempotencyKey).toBe("order-0000000001");
  });

  test("sent so long ago that the server may have forgotten its key, it is uncertain, and not sent; never sent, it is sent", async () => {
    const browser = new Browser();
    const { world } = browser;
    const first = browser.page();
    await world.advance(1_000);
    world.server.acknowledges = false;
    void first.client.publish("a", "sent");
    await world.advance(100);
    world.network.mode = "refuse";
    world.network.cut();
    void first.client.publish("b", "unsent");
    await world.advance(1_000);
    first.end();
    await world.advance(3_600_000);
    world.network.mode = "accept";
    world.server.acknowledges = true;
    const second = browser.page();
    await world.advance(5_000);
    const told = outcomes(second.restored.map(({ receipt }) => receipt));
    await world.advance(1);
    expect(told).toEqual(["uncertain", "accepted"]);
    expect(browser.accepted).toEqual(["sent", "unsent"]);
    expect(browser.shelf.items.size).toBe(0);
  });

  test("it is written down that it is being sent before it is", async () => {
    const browser = new Browser();
    const { world } = browser;
    const { client } = browser.page();
    await world.advance(1_000);
    world.server.acknowledges = false;
    void client.publish("room", 1);
    const heard = browser.sent();
    while (browser.sent() === heard) await world.advance(1);
    expect([...browser.shelf.items.values()].map(({ publish }) => publish.sentAt)).toEqual([expect.any(Number)]);
  });

  test("given up, refused and accepted ones do not come again", async () => {
    const browser = new Browser();
    const { world } = browser;
    const first = browser.page();
    world.server.refuseOnce.set("refused", "not_permitted");
    const told = outcomes([
      first.client.publish("a", "accepted"),
      first.client.publish("b", "refused"),
      first.client.publish("c", "late", { timeout: 1 }),
    ]);
    await world.advance(2_000);
    expect(told).toEqual(["accepted", "refused", "timeout"]);
    first.end();
    const second = browser.page();
    await world.advance(2_000);
    expect(second.restored).toEqual([]);
    expect(browser.shelf.items.size).toBe(0);
  });

  test("a client that is closed leaves its queue to the next page", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const first = browser.page();
    const told = outcomes([first.client.publish("room", 1)]);
    first.client.close();
    await world.advance(1_000);
    expect(told).toEqual(["closed"]);
    expect(browser.shelf.payloads).toEqual(['"data":1']);
    world.network.mode = "accept";
    browser.page();
    await world.advance(2_000);
    expect(browser.accepted).toEqual([1]);
  });

  test("after logout nothing is left, of this tab or another", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const tabs = [browser.page(), browser.page()];
    tabs.forEach(({ client }, i) => void client.publish("room", i).catch(() => {}));
    await world.advance(1_000);
    expect(browser.shelf.items.size).toBe(2);
    tabs[0]?.client.logout();
    await world.advance(1_000);
    expect(browser.shelf.items.size).toBe(0);
    expect(tabs.map(({ client }) => client.stats().queued)).toEqual([0, 0]);
    world.network.mode = "accept";
    browser.page();
    await world.advance(40_000);
    expect(browser.accepted).toEqual([]);
  });

  test("after a logout in the first moment nothing that earlier pages left is sent, whenever it comes", async () => {
    for (let moment = 0; moment <= 12; moment++) {
      const browser = new Browser();
      const { world } = browser;
      world.network.mode = "refuse";
      const first = browser.page();
      void first.client.publish("room", "by ada").catch(() => {});
      await world.advance(1_000);
      first.end();
      world.network.mode = "accept";
      world.server.acknowledges = false;
      const { client } = browser.page();
      world.network.latency = 20;
      await world.advance(moment);
      client.logout();
      await world.advance(2_000);
      client.connect();
      await world.advance(2_000);
      expect(browser.sent(), `after ${moment} ms`).toBe(0);
      expect(client.stats().queued).toBe(0);
      expect(browser.shelf.items.size, `after ${moment} ms`).toBe(0);
    }
  });

  test("overflow is an error, and counts what was taken over", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const first = browser.page("chat:ada", { queue: { messages: 5 } });
    const told = outcomes(range(1, 6).map((n) => first.client.publish("room", n)));
    await world.advance(1_000);
    expect(told.at(-1)).toBe("queue_full");
    first.end();
    const second = browser.page("chat:ada", { queue: { messages: 6 } });
    await world.advance(1_000);
    const more = outcomes([second.client.publish("room", 7), second.client.publish("room", 8)]);
    await world.advance(1);
    expect(more).toEqual(["pending", "queue_full"]);
  });
});

describe("two tabs of one user", () => {
  test("each sends its own, and neither the other's", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const tabs = [browser.page(), browser.page()];
    for (const n of range(1, 10)) for (const [i, { client }] of tabs.entries()) void client.publish(`tab:${i}`, n);
    await world.advance(60_000);
    world.network.mode = "accept";
    await world.advance(60_000);
    expect(browser.sent()).toBe(20);
    for (const i of [0, 1]) {
      expect(world.server.log.filter(({ channel }) => channel === `tab:${i}`).map((one) => "data" in one && one.data)).toEqual(range(1, 10));
    }
    expect(tabs.map(({ restored }) => restored)).toEqual([[], []]);
  });

  test("what a tab left that was closed is sent by one that is open, and by one only", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const gone = browser.page();
    for (const n of range(1, 5)) void gone.client.publish("room", n);
    const others = [browser.page(), browser.page()];
    await world.advance(1_000);
    gone.end();
    await world.advance(35_000);
    world.network.mode = "accept";
    await world.advance(60_000);
    expect(browser.accepted).toEqual(range(1, 5));
    expect(browser.sent()).toBe(5);
    expect(others.map(({ restored }) => restored.length).sort()).toEqual([0, 5]);
    expect(browser.shelf.items.size).toBe(0);
  });

  test.each([
    ["one that has a connection sends it, though one without waited longer", true],
    ["where none has a connection it is taken over all the same", false],
  ])("of what a closed tab left: %s", async (_, isConnected) => {
    const browser = new Browser();
    const { world } = browser;
    const gone = browser.page();
    gone.client.disconnect();
    for (const n of range(1, 5)) void gone.client.publish("room", n);
    await world.advance(1_000);
    const [first, second, third] = [browser.page(), browser.page(), browser.page()];
    for (const { client } of isConnected ? [first, second] : [first, second, third]) client.disconnect();
    await world.advance(1_000);
    gone.end();
    await world.advance(1_000);
    expect(browser.accepted).toEqual(isConnected ? range(1, 5) : []);
    const counts = [first, second, third].map(({ restored }) => restored.length);
    expect(isConnected ? counts : counts.sort()).toEqual([0, 0, 5]);
    for (const { client } of [first, second, third]) client.connect();
    await world.advance(1_000);
    expect(browser.accepted).toEqual(range(1, 5));
    expect(browser.sent()).toBe(5);
  });

  test("another user's queue is not touched", async () => {
    const browser = new Browser();
    const { world } = browser;
    world.network.mode = "refuse";
    const ada = browser.page("chat:ada");
    void ada.client.publish("room", "by ada");
    await world.advance(1_000);
    ada.end();
    world.network.mode = "accept";
    const bob = browser.page("chat:bob");
    await world.advance(60_000);
    expect(bob.restored).toEqual([]);
    expect(browser.accepted).toEqual([]);
    expect(browser.shelf.payloads).toEqual(['"data":"by ada"']);
  });
});

describe("a shelf that does not hold", () => {
  test("what cannot be written is told and sent all the same", async () => {
    const browser = new Browser();
    const { world, shelf } = browser;
    shelf.fails = true;
    const { client, errors } = browser.page();
    const told = outcomes([client.publish("room", 1)]);
    await world.advance(5_000);
    expect(told).toEqual(["accepted"]);
    expect(errors).toContainEqual(new Error("the disk is full"));
  });

  test("without Web Locks nothing is kept, and that is told", async () => {
    const world = new World();
    const shelf = new MemoryShelf(world);
    const { now, setTimeout, clearTimeout } = world.clock;
    const persist = new KeptQueue("chat:ada", { shelf, locks: undefined, page: "page", now, setTimeout, clearTimeout });
    const client = world.client({ persist });
    const errors: unknown[] = [];
    client.on("error", ({ error }) => errors.push(error));
    const told = outcomes([client.publish("room", 1)]);
    await world.advance(1_000);
    expect(told).toEqual(["accepted"]);
    expect(shelf.items.size).toBe(0);
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining("no Web Locks") })]);
  });
});
