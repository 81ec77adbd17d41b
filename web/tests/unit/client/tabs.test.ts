// Behaviour 17: one connection for all tabs of an origin. Whoever leads may go at any moment; nothing is lost and nothing comes twice.

import { describe, expect, test } from "vitest";
import { createClient, type CarillonError, type Client } from "@carillon/client";
import type { SharedSubscribeOptions } from "@carillon/client/tabs";
// The shell around it is the browser's; what is tested takes its surroundings.
import type { OtherTabs, TabsHost } from "../../../client/src/tabs/host.js";
import { SharedClient } from "../../../client/src/tabs/shared.js";
import type { Word } from "../../../client/src/tabs/words.js";
import { range, World } from "./support/world.js";

/** What a word takes from tab to tab, in milliseconds. */
const WORD_MILLIS = 1;

class Tab {
  readonly shared: SharedClient;
  readonly page;
  readonly #clients: Client[] = [];
  #others: OtherTabs | undefined;
  #isDead = false;

  constructor(
    readonly world: World,
    { alone = false, questions }: { readonly alone?: boolean; readonly questions?: number } = {},
  ) {
    this.page = world.locks.page();
    const { clock, environment } = world;
    const host: TabsHost = {
      join: (name, heard) => this.#join(name, heard),
      locks: alone ? undefined : this.page.locks,
      newKey: environment.newKey,
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
    };
    this.shared = new SharedClient({ name: "town", open: () => this.#open(), questions }, host);
  }

  #open(): Client {
    const client = createClient({ url: "ws://server/live", environment: this.world.environment });
    this.#clients.push(client);
    return client;
  }

  /** As a BroadcastChannel, by which a word takes its time. */
  #join(name: string, heard: (word: Word) => void): OtherTabs {
    const others = this.world.tabs.join(name, (word) => {
      this.world.clock.setTimeout(() => !this.#isDead && heard(structuredClone(word) as Word), WORD_MILLIS);
    });
    return (this.#others = { tell: (word) => !this.#isDead && others.tell(word as never), close: others.close });
  }

  read(channel: string, options: SharedSubscribeOptions = {}): unknown[] {
    const list: unknown[] = [];
    void this.shared
      .subscribe(channel, options)
      .each((delivery) => void list.push(delivery.kind === "publication" ? delivery.data : delivery.kind === "gap" ? `gap: ${delivery.cause}` : `redacted: ${delivery.offset}`))
      .catch((error: CarillonError) => void list.push(error.kind));
    return list;
  }

  /** It is closed as by the kernel: it says nothing any more, and what it holds is free. */
  die(): void {
    this.#isDead = true;
    this.#others?.close();
    for (const client of this.#clients) client.close();
    this.page.end();
  }
}

async function tabsOf(world: World, count: number): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let n = 0; n < count; n++) {
    tabs.push(new Tab(world));
    await world.advance(20);
  }
  return tabs;
}

const leads = (tabs: readonly Tab[]) => tabs.map(({ shared }) => shared.isLeader);

describe("reading", () => {
  test("three tabs have one connection, and each is told everything once", async () => {
    const world = new World();
    const tabs = await tabsOf(world, 3);
    expect(leads(tabs)).toEqual([true, false, false]);
    const read = tabs.map((tab) => tab.read("room"));
    await world.advance(50);
    for (const n of range(1, 20)) world.server.accept("room", n);
    await world.advance(50);
    expect(read).toEqual([range(1, 20), range(1, 20), range(1, 20)]);
    expect([world.network.open, world.network.mostOpenAtOnce]).toEqual([1, 1]);
    expect(tabs.map(({ shared }) => shared.state.kind)).toEqual(["live", "live", "live"]);
    expect(world.server.heard.filter(({ type }) => type === "subscribe")).toHaveLength(1);
  });

  test("a tab that comes later begins where it wants to, while others read on", async () => {
    const world = new World();
    const [first, second, third, fourth] = (await tabsOf(world, 4)) as [Tab, Tab, Tab, Tab];
    world.server.pageLimit = 2;
    for (const n of range(1, 3)) world.server.accept("room", n);
    const live = first.read("room");
    await world.advance(50);
    for (const n of range(4, 6)) world.server.accept("room", n);
    const all = second.read("room", { after: "0" });
    const newest = third.read("room", { last: 2 });
    const next = fourth.read("room", { after: world.server.position(6) });
    for (const n of range(7, 20)) {
      await world.advance(1);
      world.server.accept("room", n);
    }
    await world.advance(100);
    expect(live).toEqual(range(4, 20));
    expect(all).toEqual(range(1, 20));
    expect(newest).toEqual(range(Number(newest[0]), 20));
    expect(newest.length).toBeGreaterThanOrEqual(2);
    expect(next).toEqual(range(7, 20));
  });

  test("one whose handler is slow keeps few, keeps nobody waiting, and has everything in the end", async () => {
    const world = new World();
    const [quick, slow] = (await tabsOf(world, 2)) as [Tab, Tab];
    world.server.pageLimit = 5;
    const read = quick.read("room");
    const taken: unknown[] = [];
    let go = () => {};
    void slow.shared.subscribe("room", { buffer: 4 }).each(async (delivery) => {
      taken.push(delivery.kind === "publication" && delivery.data);
      await new Promise<void>((resolve) => (go = resolve));
    });
    await world.advance(50);
    for (const n of range(1, 60)) world.server.accept("room", n);
    await world.advance(100);
    expect(read).toEqual(range(1, 60));
    expect(taken).toEqual([1]);
    for (let n = 0; n < 60; n++) {
      go();
      await world.advance(20);
    }
    expect(taken).toEqual(range(1, 60));
  });

  test("what is gone is told to each tab once, and so is what was taken out", async () => {
    const world = new World();
    const tabs = await tabsOf(world, 2);
    const read = tabs.map((tab) => tab.read("room"));
    await world.advance(50);
    for (const n of range(1, 3)) world.server.accept("room", n);
    await world.advance(50);
    world.server.redact("room", 2);
    await world.advance(50);
    world.network.cut();
    world.server.log.splice(0);
    world.server.epoch = "B";
    await world.advance(10_000);
    for (const n of range(1, 2)) world.server.accept("room", `new ${n}`);
    await world.advance(50);
    const expected = [1, 2, 3, "redacted: 2", "gap: epoch", "new 1", "new 2"];
    expect(read).toEqual([expected, expected]);
  });

  test("a channel that nobody wants any more is left, also where a tab has died", async () => {
    const world = new World();
    const [first, second, third] = (await tabsOf(world, 3)) as [Tab, Tab, Tab];
    first.read("a");
    const subscription = second.shared.subscribe("b");
    third.read("c");
    await world.advance(50);
    const left = () => world.server.heard.filter(({ type }) => type === "unsubscribe").map((message) => (message as { readonly channel: string }).channel);
    subscription.unsubscribe();
    await world.advance(50);
    expect(left()).toEqual(["b"]);
    third.die();
    await world.advance(50);
    expect(left()).toEqual(["b", "c"]);
  });

  test("a name that is none is refused at once, and a channel that is being read", async () => {
    const [tab] = (await tabsOf(new World(), 1)) as [Tab];
    expect(() => tab.shared.subscribe("no name")).toThrow("no name of a channel");
    tab.read("room");
    expect(() => tab.shared.subscribe("room")).toThrow("being read already");
  });
});

describe("whoever leads goes", () => {
  // At each moment of a burst: while words are under way, while some tabs have heard and others have not.
  test.each(["closed", "dies"] as const)("it %s, at any moment, and the others go on", async (how) => {
    for (const moment of range(0, 40)) {
      const world = new World();
      const tabs = await tabsOf(world, 3);
      const read = tabs.map((tab) => tab.read("room", { after: "0" }));
      await world.advance(30);
      for (const n of range(1, 40)) {
        world.server.accept("room", n);
        if (n === moment) {
          if (how === "dies") tabs[0]?.die();
          else tabs[0]?.shared.close();
        }
        await world.advance(n % 3 === 0 ? 1 : 0);
      }
      await world.advance(5_000);
      expect([read[1], read[2]], `at ${moment}`).toEqual([range(1, 40), range(1, 40)]);
      expect(world.network.mostOpenAtOnce, `at ${moment}`).toBeLessThanOrEqual(1);
      expect(leads(tabs.slice(1))).toEqual(moment === 0 ? [false, false] : [true, false]);
    }
  });

  test("all but one go, one after the other, and the last has all of it", async () => {
    const world = new World();
    const tabs = await tabsOf(world, 4);
    const read = tabs.map((tab) => tab.read("room"));
    await world.advance(50);
    for (const [i, tab] of tabs.slice(0, 3).entries()) {
      world.server.accept("room", 2 * i + 1);
      tab.die();
      world.server.accept("room", 2 * i + 2);
      await world.advance(5_000);
    }
    expect(read[3]).toEqual(range(1, 6));
  });

  test("a tab that has all of it already is told nothing twice by a leader that is behind", async () => {
    const world = new World();
    const [first] = (await tabsOf(world, 1)) as [Tab];
    first.read("room");
    await world.advance(50);
    for (const n of range(1, 3)) world.server.accept("room", n);
    // Comes with a position of its own, while the first three are still on their way to the leader.
    const late = new Tab(world).read("room", { after: world.server.position(3) });
    await world.advance(100);
    world.server.accept("room", 4);
    await world.advance(100);
    expect(late).toEqual([4]);
  });
});

describe("publishing", () => {
  test("goes by the one connection, in order, and each tab has its receipt", async () => {
    const world = new World();
    const [first, second] = (await tabsOf(world, 2)) as [Tab, Tab];
    const receipts = Promise.all([second.shared.publish("room", "a"), second.shared.publish("room", "b"), first.shared.publish("room", new Uint8Array([1]))]);
    await world.advance(50);
    expect((await receipts).map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
    expect(world.server.log.map((one) => "data" in one && one.data).filter((data) => data !== false)).toEqual(["a", "b"]);
    expect(world.network.mostOpenAtOnce).toBe(1);
  });

  test("what had no answer when the leader died is made again, and kept once", async () => {
    const world = new World();
    const [first, second] = (await tabsOf(world, 2)) as [Tab, Tab];
    world.server.acknowledges = false;
    const receipts = Promise.all(range(1, 5).map((n) => second.shared.publish("room", n)));
    await world.advance(50);
    expect(world.server.log).toHaveLength(5);
    first.die();
    world.server.acknowledges = true;
    await world.advance(5_000);
    expect((await receipts).map(({ offset, duplicate }) => [offset, duplicate])).toEqual(range(1, 5).map((offset) => [offset, true]));
    expect(world.server.log.map((one) => "data" in one && one.data)).toEqual(range(1, 5));
  });

  test("more than may wait fails, and so does what has no answer when its tab is closed", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const tab = new Tab(world, { questions: 2 });
    const outcomes = range(1, 3).map((n) => tab.shared.publish("room", n).catch(({ kind }: CarillonError) => kind));
    await world.advance(50);
    expect(await outcomes[2]).toBe("queue_full");
    tab.shared.close();
    expect(await Promise.all(outcomes)).toEqual(["closed", "closed", "queue_full"]);
    expect(tab.shared.state.kind).toBe("closed");
    await expect(tab.shared.publish("room", 4)).rejects.toMatchObject({ kind: "closed" });
  });

  test("what the server refuses fails in the tab that asked, with its code", async () => {
    const world = new World();
    const [, second] = (await tabsOf(world, 2)) as [Tab, Tab];
    world.server.refuseOnce.set("no", "not_permitted");
    const refusal = second.shared.publish("room", "no").catch((error: CarillonError) => [error.kind, error.code]);
    await world.advance(50);
    expect(await refusal).toEqual(["refused", 4604]);
    await expect(second.shared.publish("no name", 1)).rejects.toThrow("no name of a channel");
  });
});

test("where there are no locks, each tab has a connection of its own", async () => {
  const world = new World();
  const tabs = [new Tab(world, { alone: true }), new Tab(world, { alone: true })];
  const read = tabs.map((tab) => tab.read("room"));
  await world.advance(50);
  world.server.accept("room", 1);
  await world.advance(50);
  expect(read).toEqual([[1], [1]]);
  expect(world.network.open).toBe(2);
  expect(leads(tabs)).toEqual([true, true]);
});
