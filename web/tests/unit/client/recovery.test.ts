// Behaviours 8 to 10: what a reader is owed, it gets once and in order.

import { codes } from "@carillon/protocol";
import { describe, expect, test } from "vitest";
import { range, World } from "./support/world.js";

describe("8: a connection that drops at any frame boundary changes nothing", () => {
  const wanted = range(1, 66);

  async function run(cutAfter: number): Promise<World> {
    const world = new World();
    world.network.cutAfter = cutAfter;
    const client = world.client();
    const list = world.read(client, "room", { after: "0" });
    const receipts: number[] = [];
    for (const n of wanted) {
      void client.publish("room", n).then(({ offset }) => receipts.push(offset));
      await world.advance(1);
    }
    await world.advance(30_000);
    expect(list, `cut after frame ${cutAfter}`).toEqual(wanted);
    expect(receipts, `cut after frame ${cutAfter}`).toEqual(wanted);
    expect(world.server.log.map((publication) => "data" in publication && publication.data)).toEqual(wanted);
    expect(client.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0, queued: 0, unreadable: 0 });
    expect(client.state).toEqual({ kind: "live", transport: "websocket", queued: 0 });
    return world;
  }

  test("the script has 200 frames and more", async () => {
    expect((await run(Infinity)).network.frames).toBeGreaterThanOrEqual(200);
  });

  test("the same final list for each of them", async () => {
    for (let cutAfter = 1; cutAfter <= 200; cutAfter++) {
      const world = await run(cutAfter);
      expect(world.network.sockets.length).toBe(2);
    }
  }, 60_000);
});

test("what was asked for by an earlier subscription of the same name is not for the next one", async () => {
  const world = new World();
  const client = world.client();
  for (const n of range(1, 3)) world.server.accept("room", n);
  await world.advance(10);
  const first = client.subscribe("room", { after: "0" });
  first.unsubscribe();
  const list = world.read(client, "room");
  await world.advance(10);
  world.server.accept("room", 4);
  await world.advance(10);
  expect(list).toEqual([4]);
  expect(client.stats().publications).toBe(1);
});

test("a reader is told that its channel is stale, and that it is no more, and stays subscribed", async () => {
  const world = new World();
  const client = world.client();
  const errors: unknown[] = [];
  client.on("error", ({ error, channel }) => errors.push([channel, (error as { code?: number }).code]));
  const list = world.read(client, "room", { after: "0" });
  await world.advance(10);
  const tell = (code: number, name: string) => {
    const notice = { type: "error", code, name, channel: "room", message: "The log.", retry: 1_000 };
    for (const peer of world.server.sessions.keys()) peer.send(JSON.stringify(notice));
  };
  tell(codes.broker_away, "broker_away");
  await world.advance(5_000);
  tell(codes.broker_back, "broker_back");
  world.server.accept("room", 1);
  await world.advance(5_000);
  expect(errors).toEqual([
    ["room", codes.broker_away],
    ["room", codes.broker_back],
  ]);
  expect(list).toEqual([1]);
  expect(world.server.heard.filter(({ type }) => type === "subscribe")).toHaveLength(1);
  expect(client.state.kind).toBe("live");
});

test("a subscription that is refused for good fails, one that is refused for now comes again", async () => {
  const world = new World();
  const client = world.client();
  await world.advance(10);
  const refuse = (code: number) => {
    const id = world.server.heard.findLast(({ type }) => type === "subscribe")?.id;
    const error = { type: "error", id, code, name: "refused", message: "no" };
    for (const peer of world.server.sessions.keys()) peer.send(JSON.stringify(error));
  };
  const answer = world.server.message;
  world.server.message = function (peer, text) {
    if (text.includes("secret")) refuse((this.heard.push(JSON.parse(text)), 4604));
    else if (text.includes("busy")) refuse((this.heard.push(JSON.parse(text)), 4000));
    else answer.call(this, peer, text);
  };
  const secret = world.read(client, "secret");
  const busy = world.read(client, "busy", { after: "0" });
  await world.advance(10);
  expect(secret).toEqual([expect.objectContaining({ kind: "refused", code: 4604 })]);
  world.server.message = answer;
  world.server.accept("busy", "now");
  await world.advance(2_000);
  expect(busy).toEqual(["now"]);
  expect(client.state.kind).toBe("live");
});

describe("9: what cannot be recovered is told once", () => {
  test("another epoch is one gap, load() is called once, what comes meanwhile waits and is merged by offset", async () => {
    const world = new World();
    const client = world.client();
    const loads: (() => void)[] = [];
    const load = () => new Promise<{ offset: number }>((resolve) => loads.push(() => resolve({ offset: 2 })));
    const list = world.read(client, "room", { load });
    await world.advance(10);
    world.server.accept("room", "old");
    await world.advance(10);

    world.network.cut();
    world.server.log.length = 0;
    world.server.epoch = "B";
    for (const data of ["loaded 1", "loaded 2", "after 3"]) world.server.accept("room", data);
    await world.advance(10_000);
    world.server.accept("room", "after 4");
    await world.advance(10);
    expect(list).toEqual(["old"]);
    expect(loads).toHaveLength(1);

    loads[0]?.();
    await world.advance(0);
    expect(list).toEqual(["old", "gap: epoch", "after 3", "after 4"]);

    world.network.cut();
    await world.advance(10_000);
    expect(list).toHaveLength(4);
    expect(loads).toHaveLength(1);
    expect(client.stats()).toMatchObject({ gaps: 1, duplicates: 0, missing: 0 });
  });

  test("a history that was cut is one gap, and everything still kept follows", async () => {
    const world = new World();
    const client = world.client();
    const list = world.read(client, "room", { after: "0" });
    await world.advance(10);
    world.network.cut();
    for (let n = 1; n <= 5; n++) world.server.accept("room", n);
    world.server.oldest = 4;
    await world.advance(10_000);
    expect(list).toEqual(["gap: trimmed", 4, 5]);
  });
});

describe("redaction", () => {
  test("is told in its turn to who was given it, and stands in its place for whoever comes later", async () => {
    const world = new World();
    const client = world.client();
    const list = world.read(client, "room", { after: "0" });
    for (const n of range(1, 3)) world.server.accept("room", n);
    await world.advance(10);
    world.server.redact("room", 2);
    await world.advance(10);
    world.server.accept("room", 4);
    await world.advance(10);
    expect(list).toEqual([1, 2, 3, "redacted: 2", 4]);

    const later = world.client();
    const again = world.read(later, "room", { after: "0" });
    const asked = later.history("room");
    await world.advance(10);
    expect(again).toEqual([1, "redacted: 2", 3, 4]);
    const { publications } = await asked;
    expect(publications.map(({ kind, data }) => [kind, data])).toEqual([["publication", 1], ["redacted", undefined], ["publication", 3], ["publication", 4]]);
    expect(later.state.kind).toBe("live");
    for (const one of [client, later]) expect(one.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0, unreadable: 0 });
  });

  test("of what a slow reader has not been given yet comes behind it", async () => {
    const world = new World();
    const client = world.client();
    const reader = client.subscribe("room", { after: "0" })[Symbol.asyncIterator]();
    world.server.accept("room", "secret");
    await world.advance(10);
    world.server.redact("room", 1);
    await world.advance(10);
    const given = [await reader.next(), await reader.next()];
    expect(given.map(({ value }) => value?.kind)).toEqual(["publication", "redacted"]);
    expect(given[1]?.value).toMatchObject({ offset: 1, position: world.server.position(1) });
  });
});

describe("10: delivery is serial", () => {
  test("a handler of 50 ms sees 20 events in order, one at a time, and its errors stop nothing", async () => {
    const world = new World();
    const client = world.client();
    const errors: unknown[] = [];
    client.on("error", ({ error }) => errors.push(error));
    const done: unknown[] = [];
    let running = 0;
    let most = 0;
    void client.subscribe("room", { after: "0" }).each(async (delivery) => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => world.clock.setTimeout(resolve, 50));
      running--;
      if (delivery.kind === "publication") done.push(delivery.data);
      if (done.length === 7) throw new Error("the seventh");
    });
    for (const n of range(1, 20)) world.server.accept("room", n);
    await world.advance(2_000);
    expect(done).toEqual(range(1, 20));
    expect(most).toBe(1);
    expect(errors).toEqual([new Error("the seventh")]);
  });

  test("a reader that is far behind is held for within its bound, and gets the rest from the server", async () => {
    const world = new World();
    const client = world.client();
    const reader = client.subscribe("room", { after: "0", buffer: 10 })[Symbol.asyncIterator]();
    for (const n of range(1, 100)) world.server.accept("room", n);
    await world.advance(100);
    expect(client.stats().publications).toBe(10);
    expect(client.state.kind).toBe("catching-up");

    const taken: unknown[] = [];
    while (taken.length < 100) {
      void reader.next().then(({ value }) => taken.push(value?.kind === "publication" ? value.data : value));
      await world.advance(10);
    }
    expect(taken).toEqual(range(1, 100));
    expect(client.state.kind).toBe("live");
    expect(client.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0 });
  });
});
