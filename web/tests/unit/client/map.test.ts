// A map: the newest value of each key, never an older one after a newer, over connections, resets and changed tracking.

import { describe, expect, test } from "vitest";
import type { Client } from "@carillon/client";
import { eventStream, longPoll } from "@carillon/client/fallback";
import { map, type LiveMap, type MapOptions } from "@carillon/client/map";
import { Wants } from "../../../client/src/fallback/wants.js";
import { seeded } from "./support/clock.js";
import { range, socketTransport, World } from "./support/world.js";

/** A world with a map `fleet`, and pictures that are drawn when told. */
class Fleet extends World {
  readonly frames: (() => void)[] = [];

  constructor(seed?: number) {
    super(seeded(seed ?? 1));
    this.server.maps.names.add("fleet");
  }

  open(client: Client, options: MapOptions = {}): LiveMap {
    return map(client, "fleet", { frame: (run) => void this.frames.push(run), ...options });
  }

  draw(): void {
    for (const run of this.frames.splice(0)) run();
  }
}

const content = (of: Iterable<[string, unknown]>) => Object.fromEntries(of);

/** What a page is told, picture by picture. */
function watch(of: LiveMap): string[][] {
  const told: string[][] = [];
  of.onChange((keys) => told.push([...keys].sort()));
  return told;
}

describe("reading", () => {
  test("a snapshot is shown at once, then each change; a page is told once a picture", async () => {
    const fleet = new Fleet();
    fleet.server.change("fleet", "a", 1);
    fleet.server.change("fleet", "b", 1, "tile:1");
    fleet.server.change("fleet", "c", 1);
    fleet.server.change("fleet", "c");
    const couriers = fleet.open(fleet.client());
    const told = watch(couriers);
    expect([couriers.size, couriers.get("a"), couriers.save()]).toEqual([0, undefined, undefined]);
    await fleet.advance(10);
    await couriers.ready;
    expect(content(couriers)).toEqual({ a: 1, b: 1 });
    expect([couriers.size, couriers.has("b"), couriers.has("c"), [...couriers.keys()], [...couriers.values()]]).toEqual([2, true, false, ["a", "b"], [1, 1]]);
    expect(couriers.entry("b")).toMatchObject({ kind: "publication", key: "b", tag: "tile:1", offset: 2, data: 1 });
    fleet.draw();
    for (const n of range(2, 9)) fleet.server.change("fleet", "a", n);
    fleet.server.change("fleet", "b");
    await fleet.advance(10);
    expect(content(couriers)).toEqual({ a: 9 });
    expect(told).toEqual([["a", "b"]]);
    fleet.draw();
    fleet.draw();
    expect(told).toEqual([["a", "b"], ["a", "b"]]);
    expect(couriers.state.kind).toBe("live");
  });

  test("an empty map is ready too, and so is one of whose keys none is tracked", async () => {
    const fleet = new Fleet();
    const client = fleet.client();
    const couriers = fleet.open(client);
    await fleet.advance(10);
    await couriers.ready;
    expect([couriers.size, client.state.kind]).toEqual([0, "live"]);
    fleet.server.change("fleet", "a", 1);
    const other = fleet.client();
    const none = fleet.open(other, { track: { keys: [] } });
    await fleet.advance(10);
    await none.ready;
    expect([none.size, other.state.kind, couriers.size]).toEqual([0, "live", 1]);
  });

  test("bytes are values, and signals of the channel are told", async () => {
    const fleet = new Fleet();
    const couriers = fleet.open(fleet.client());
    const signals: unknown[] = [];
    couriers.onSignal(({ data }) => signals.push(data));
    await fleet.advance(10);
    void couriers.set("a", Uint8Array.of(0, 255));
    await fleet.advance(10);
    fleet.server.signal("fleet", { data: "wave" });
    await fleet.advance(10);
    expect(couriers.get("a")).toEqual(Uint8Array.of(0, 255));
    expect(signals).toEqual(["wave"]);
  });

  test("the head is not asked for: that would be the whole map again", async () => {
    const fleet = new Fleet();
    fleet.open(fleet.client());
    await fleet.advance(10);
    fleet.network.cut();
    await fleet.advance(10_000);
    expect(new Set(fleet.server.heard.map(({ type }) => type))).toEqual(new Set(["subscribe"]));
  });
});

describe("a reset", () => {
  test("changes nothing that is shown before the snapshot is whole, and then all of it in one step", async () => {
    const fleet = new Fleet();
    for (const key of ["a", "b", "c", "d"]) fleet.server.change("fleet", key, `${key}1`);
    const client = fleet.client();
    const couriers = fleet.open(client);
    const told = watch(couriers);
    await fleet.advance(10);
    fleet.draw();
    const before = couriers.entry("b");

    fleet.server.maps.isHeld = true;
    for (const [key, data] of [["a", "a2"], ["d", undefined], ["e", "e2"]] as const) fleet.server.change("fleet", key, data);
    const rest = fleet.server.maps.reset("fleet", 2);
    await fleet.advance(10);
    expect(content(couriers)).toEqual({ a: "a1", b: "b1", c: "c1", d: "d1" });
    expect(client.state.kind).toBe("catching-up");
    rest();
    await fleet.advance(10);
    expect(content(couriers)).toEqual({ a: "a2", b: "b1", c: "c1", e: "e2" });
    fleet.draw();
    expect(told).toEqual([["a", "b", "c", "d"], ["a", "d", "e"]]);
    expect(couriers.entry("b")).toBe(before);
    expect(client.state.kind).toBe("live");
    expect(client.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0, unreadable: 0 });
  });

  test("whose snapshot was cut in the middle is gone on with from there", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 6)) fleet.server.change("fleet", `k${n}`, n);
    const couriers = fleet.open(fleet.client());
    await fleet.advance(10);
    fleet.server.maps.reset("fleet", 3);
    await fleet.advance(10);
    fleet.network.cut();
    fleet.server.change("fleet", "k1");
    fleet.server.change("fleet", "k5", 50);
    await fleet.advance(10_000);
    expect(content(couriers)).toEqual({ k2: 2, k3: 3, k4: 4, k5: 50, k6: 6 });
    expect(fleet.server.heard.findLast(({ type }) => type === "subscribe")).toMatchObject({ after: fleet.server.position(3) });
  });

  test("of a purge empties it, and a later life of the channel begins at 1", async () => {
    const fleet = new Fleet();
    const couriers = fleet.open(fleet.client());
    for (const n of range(1, 5)) fleet.server.change("fleet", "a", n);
    await fleet.advance(10);
    fleet.server.maps.purge("fleet");
    await fleet.advance(10);
    expect(content(couriers)).toEqual({});
    fleet.server.change("fleet", "a", "new");
    await fleet.advance(10);
    expect([couriers.get("a"), couriers.entry("a")?.offset]).toEqual(["new", 1]);
  });
});

test("a reader that is slow is given the newest value of each key, and no more", async () => {
  const fleet = new Fleet();
  const client = fleet.client();
  const couriers = fleet.open(client);
  await fleet.advance(10);
  fleet.server.maps.isHeld = true;
  for (const n of range(1, 1_000)) fleet.server.change("fleet", `k${n % 7}`, n);
  await fleet.advance(10);
  expect(couriers.size).toBe(0);
  fleet.server.maps.release();
  await fleet.advance(10);
  expect(content(couriers)).toEqual(fleet.server.maps.valuesOf("fleet"));
  expect(client.stats()).toMatchObject({ publications: 7, duplicates: 0, missing: 0 });
});

describe("setting", () => {
  test("resolves when it is kept; a removal has no value any more, on whatever reader", async () => {
    const fleet = new Fleet();
    const [writer, reader] = [fleet.open(fleet.client()), fleet.open(fleet.client())];
    await fleet.advance(10);
    const receipts = [writer.set("a", { x: 1 }, { tag: "tile:1" }), writer.set("é", null), writer.remove("a"), writer.remove("never")];
    await fleet.advance(10);
    expect((await Promise.all(receipts)).map(({ offset }) => offset)).toEqual([1, 2, 3, 4]);
    expect(fleet.server.log).toMatchObject([{ key: "a", tag: "tile:1", data: { x: 1 } }, { key: "é", data: null }, { key: "a", removed: true }, { key: "never", removed: true }]);
    expect([content(writer), content(reader)]).toEqual([{ é: null }, { é: null }]);
    expect(reader.has("é")).toBe(true);
  });

  test("goes over as many connections as it takes, once", async () => {
    const fleet = new Fleet();
    const couriers = fleet.open(fleet.client());
    await fleet.advance(10);
    fleet.server.acknowledges = false;
    const receipt = couriers.set("a", 1);
    await fleet.advance(10);
    fleet.network.cut();
    fleet.server.acknowledges = true;
    await fleet.advance(10_000);
    expect(await receipt).toMatchObject({ offset: 1, duplicate: true });
    expect(fleet.server.log).toHaveLength(1);
  });

  test("fails for what is no key, for what has no form in JSON, and for what the server refuses", async () => {
    const fleet = new Fleet();
    const couriers = fleet.open(fleet.client());
    await fleet.advance(10);
    for (const key of ["", "k".repeat(257), "é".repeat(129), "\ud800"]) {
      await expect(couriers.set(key, 1), key).rejects.toThrow("no key or tag of a map");
      await expect(couriers.remove(key), key).rejects.toThrow("no key or tag of a map");
    }
    await expect(couriers.set("a", 1, { tag: "" })).rejects.toThrow("no key or tag of a map");
    await expect(couriers.set("a", (() => {}) as never)).rejects.toThrow("JSON");
    fleet.server.refuseOnce.set("too much", "map_full");
    const refused = expect(couriers.set("a", "too much")).rejects.toMatchObject({ kind: "refused", code: 4626 });
    await fleet.advance(10);
    await refused;
  });
});

describe("tracking", () => {
  test("keys: nothing of others is sent", async () => {
    const fleet = new Fleet();
    const client = fleet.client();
    const couriers = fleet.open(client, { track: { keys: ["a", "z"] } });
    await fleet.advance(10);
    for (const key of ["a", "b", "a", "c"]) fleet.server.change("fleet", key, key);
    await fleet.advance(10);
    expect(content(couriers)).toEqual({ a: "a" });
    expect(client.stats()).toMatchObject({ publications: 2, missing: 0 });
  });

  test("tags: a value that leaves them is gone, one that comes to them is there", async () => {
    const fleet = new Fleet();
    fleet.server.change("fleet", "a", 1, "tile:1");
    fleet.server.change("fleet", "b", 1, "tile:2");
    const couriers = fleet.open(fleet.client(), { track: { tags: ["tile:1"] } });
    const told = watch(couriers);
    await fleet.advance(10);
    fleet.draw();
    expect(content(couriers)).toEqual({ a: 1 });
    fleet.server.change("fleet", "a", 2, "tile:2");
    fleet.server.change("fleet", "b", 2, "tile:1");
    await fleet.advance(10);
    fleet.draw();
    expect(content(couriers)).toEqual({ b: 2 });
    expect(told).toEqual([["a"], ["a", "b"]]);
  });

  test("something else is shown in one step, and what was on its way for the former is nobody's", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 4)) fleet.server.change("fleet", `k${n}`, n, `tile:${n}`);
    const couriers = fleet.open(fleet.client(), { track: { tags: ["tile:1"] } });
    await fleet.advance(10);
    couriers.track({ tags: ["tile:2", "tile:3"] });
    fleet.server.change("fleet", "k1", "late", "tile:1");
    expect(content(couriers)).toEqual({ k1: 1 });
    couriers.track({ tags: ["tile:3", "tile:4"] });
    await fleet.advance(10);
    expect(content(couriers)).toEqual({ k3: 3, k4: 4 });
    couriers.track({});
    await fleet.advance(10);
    expect(content(couriers)).toEqual({ k1: "late", k2: 2, k3: 3, k4: 4 });
    const { length } = fleet.server.heard;
    couriers.track({});
    expect(fleet.server.heard).toHaveLength(length);
  });

  test("a change of it without a connection counts for the next one, which presents no position", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 3)) fleet.server.change("fleet", `k${n}`, n);
    const couriers = fleet.open(fleet.client(), { track: { keys: ["k1"] } });
    await fleet.advance(10);
    fleet.network.cut();
    couriers.track({ keys: ["k2"] });
    await fleet.advance(10_000);
    expect(content(couriers)).toEqual({ k2: 2 });
    expect(fleet.server.heard.findLast(({ type }) => type === "subscribe")).toMatchObject({ after: undefined, track: { keys: ["k2"] } });
  });
});

describe("saved", () => {
  test("it is shown at once on the next page, and only what has changed is sent", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 50)) fleet.server.change("fleet", `k${n}`, n);
    const before = fleet.open(fleet.client());
    await fleet.advance(10);
    const saved = JSON.parse(JSON.stringify(before.save())) as NonNullable<ReturnType<LiveMap["save"]>>;
    fleet.server.change("fleet", "k7");
    fleet.server.change("fleet", "k8", 80);
    const client = fleet.client();
    const couriers = fleet.open(client, { from: saved });
    expect(couriers.size).toBe(50);
    await fleet.advance(10);
    await couriers.ready;
    expect(content(couriers)).toEqual(fleet.server.maps.valuesOf("fleet"));
    expect(client.stats().publications).toBe(2);
  });

  test("with something else tracked it counts for nothing; one that is too old gives way to a snapshot", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 9)) fleet.server.change("fleet", `k${n}`, n);
    const before = fleet.open(fleet.client());
    await fleet.advance(10);
    const from = before.save();
    expect(fleet.open(fleet.client(), { from, track: { keys: ["k1"] } }).size).toBe(0);
    fleet.server.change("fleet", "k1");
    fleet.server.maps.oldest = 10;
    const couriers = fleet.open(fleet.client(), { from });
    await fleet.advance(10);
    expect(content(couriers)).toEqual(fleet.server.maps.valuesOf("fleet"));
  });

  test("in the middle of changed tracking it is what is shown, with what that was tracked by", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 3)) fleet.server.change("fleet", `k${n}`, n);
    const couriers = fleet.open(fleet.client(), { track: { keys: ["k1"] } });
    await fleet.advance(10);
    couriers.track({ keys: ["k2"] });
    expect(couriers.save()).toMatchObject({ track: { keys: ["k1"] }, publications: [{ key: "k1" }] });
    await fleet.advance(10);
    expect(couriers.save()).toMatchObject({ track: { keys: ["k2"] }, publications: [{ key: "k2" }] });
  });
});

describe("the end", () => {
  test("of a channel that is no map is told, and the rest of the client goes on", async () => {
    const fleet = new Fleet();
    const client = fleet.client();
    const nothing = map(client, "room", {});
    await fleet.advance(10);
    fleet.server.accept("room", "words");
    await fleet.advance(10);
    await expect(nothing.ended).rejects.toThrow('"room" is no map.');
    await expect(nothing.ready).rejects.toThrow('"room" is no map.');
    expect(client.state.kind).toBe("live");
  });

  test("by the server is told with its code, by the app it is none, and a channel is read once", async () => {
    const fleet = new Fleet();
    const client = fleet.client();
    const couriers = fleet.open(client);
    await fleet.advance(10);
    fleet.server.change("fleet", "a", 1);
    await fleet.advance(10);
    expect(() => fleet.open(client)).toThrow("fleet");
    for (const peer of fleet.server.sessions.keys()) peer.send('{"type":"unsubscribed","channel":"fleet","code":4604}');
    await fleet.advance(10);
    await expect(couriers.ended).rejects.toMatchObject({ kind: "refused", code: 4604 });
    expect(couriers.get("a")).toBe(1);
    couriers.track({ keys: ["b"] });
    expect(couriers.state.kind).toBe("ended");
    const again = fleet.open(client);
    await fleet.advance(10);
    again.close();
    await again.ended;
    await again.ready;
    await fleet.advance(10);
    expect(fleet.server.heard.at(-1)).toMatchObject({ type: "unsubscribe" });
    client.close();
    expect(() => fleet.open(client)).toThrow("closed");
  });
});

test("what a request brought for the former tracking is not for the one that no request has asked for yet", () => {
  const wants = new Wants();
  const position = "1AAAAAAAAAAAAAAAAA7";
  wants.add({ id: 1, channel: "fleet", track: { keys: ["a"] } });
  expect(wants.ask()).toMatchObject([{ id: 1, track: { keys: ["a"] } }]);
  expect(wants.take({ type: "subscribed", channel: "fleet", position: "0", offset: 0, recovered: false })).toMatchObject({ id: 1 });
  wants.remove("fleet");
  wants.add({ id: 2, channel: "fleet", track: { keys: ["b"] } });
  expect(wants.take({ type: "publication", channel: "fleet", position, offset: 7, key: "a", data: 1 })).toBeUndefined();
  expect(wants.take({ type: "subscribed", channel: "fleet", position, offset: 7, recovered: true })).toBeUndefined();
  expect(wants.ask()).toEqual([{ id: 2, channel: "fleet", track: { keys: ["b"] } }]);
  expect(wants.take({ type: "subscribed", channel: "fleet", position: "0", offset: 0, recovered: false })).toMatchObject({ id: 2 });
  wants.take({ type: "reset", channel: "fleet" });
  expect(wants.ask()).toMatchObject([{ after: "0" }]);
  wants.take({ type: "current", channel: "fleet", position, offset: 7 });
  expect(wants.ask()).toMatchObject([{ after: position }]);
});

describe.each([
  ["socket", socketTransport],
  ["event stream", eventStream],
  ["long poll", longPoll],
] as const)("over a %s", (_, transport) => {
  test("wherever the connection is cut, readers end with what the model has, and see nothing older after newer", async () => {
    for (let cutAfter = 1; cutAfter <= 60; cutAfter += transport === socketTransport ? 1 : 3) {
      const fleet = new Fleet();
      fleet.network.cutAfter = cutAfter;
      const couriers = fleet.open(fleet.client({ transport: transport() }));
      const seen = new Map<string, number>();
      for (const n of range(1, 30)) {
        const key = `k${n % 4}`;
        void (n % 5 === 0 ? couriers.remove(key) : couriers.set(key, n));
        await fleet.advance(1);
        for (const name of couriers.keys()) {
          const { offset = 0 } = couriers.entry(name) ?? {};
          expect(offset, `cut after ${cutAfter}`).toBeGreaterThanOrEqual(seen.get(name) ?? 0);
          seen.set(name, offset);
        }
      }
      await fleet.advance(40_000);
      expect(content(couriers), `cut after ${cutAfter}`).toEqual(fleet.server.maps.valuesOf("fleet"));
      expect(fleet.server.log, `cut after ${cutAfter}`).toHaveLength(30);
    }
  }, 120_000);

  test("what arrives for the former tracking while it is changed does not count for the new one", async () => {
    const fleet = new Fleet();
    for (const n of range(1, 3)) fleet.server.change("fleet", `k${n}`, n);
    const couriers = fleet.open(fleet.client({ transport: transport() }), { track: { keys: ["k1"] } });
    await fleet.advance(1_000);
    await couriers.ready;
    // It is on its way, and arrives in the moment in which something else is tracked.
    for (const millis of range(0, 3)) fleet.clock.setTimeout(() => couriers.track({ keys: [millis % 2 === 0 ? "k2" : "k3"] }), millis);
    fleet.server.change("fleet", "k1", "late");
    await fleet.advance(5_000);
    expect(content(couriers)).toEqual({ k3: 3 });
  });

  test("an empty map costs no more requests than an empty stream, and tracking can change", async () => {
    const fleet = new Fleet();
    const client = fleet.client({ transport: transport() });
    const couriers = fleet.open(client, { track: { keys: ["a"] } });
    await fleet.advance(1_000);
    await couriers.ready;
    const { length } = fleet.http.requests;
    await fleet.advance(60_000);
    expect(fleet.http.requests.length - length).toBeLessThan(6);
    fleet.server.change("fleet", "b", 1);
    couriers.track({ keys: ["b"] });
    await fleet.advance(2_000);
    expect(content(couriers)).toEqual({ b: 1 });
    expect(client.state.kind).toBe("live");
  });
});

test("chance: whatever is set, cut, held, purged, reset and tracked, the map ends as the model, and goes back to nothing older", async () => {
  for (const seed of range(1, 60)) {
    const fleet = new Fleet(seed);
    const { random, server } = fleet;
    const roll = (sides: number) => Math.floor(random() * sides);
    const writer = fleet.open(fleet.client());
    const reader = fleet.open(fleet.client());
    const newest = new Map<string, readonly [epoch: string, offset: number]>();
    const look = () => {
      for (const key of reader.keys()) {
        const { position = "", offset = 0 } = reader.entry(key) ?? {};
        const before = newest.get(key);
        if (before?.[0] === position[1]) expect(offset, `seed ${seed}: ${key}`).toBeGreaterThanOrEqual(before?.[1] ?? 0);
        newest.set(key, [position[1] ?? "", offset]);
      }
    };
    let tracked: string[] | undefined;
    for (let step = 0; step < 120; step++) {
      const key = `k${roll(6)}`;
      const dice = roll(40);
      if (dice < 24) void writer.set(key, step);
      else if (dice < 30) void writer.remove(key);
      else if (dice < 32) fleet.network.cut();
      else if (dice < 34) server.maps.isHeld = true;
      else if (dice < 36) server.maps.release();
      else if (dice < 37) server.maps.reset("fleet")();
      else if (dice < 38) server.maps.purge("fleet");
      else {
        tracked = roll(2) === 0 ? undefined : range(0, roll(5)).map((n) => `k${n}`);
        reader.track({ keys: tracked });
      }
      await fleet.advance(roll(5) === 0 ? 2_000 : roll(4));
      look();
      fleet.draw();
    }
    server.maps.release();
    await fleet.advance(60_000);
    look();
    const model = server.maps.valuesOf("fleet");
    expect(content(writer), `seed ${seed}`).toEqual(model);
    const wanted = Object.entries(model).filter(([key]) => tracked?.includes(key) ?? true);
    expect(content(reader), `seed ${seed}`).toEqual(Object.fromEntries(wanted));
  }
}, 120_000);
