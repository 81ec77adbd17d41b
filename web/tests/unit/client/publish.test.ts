// Behaviours 11 and 12, and the order of a publisher (PROTOCOL.md §6).

import { describe, expect, test } from "vitest";
import { codes } from "@carillon/protocol";
import type { CarillonError } from "@carillon/client";
import { range, World } from "./support/world.js";

function outcomes(promises: readonly Promise<unknown>[]): unknown[] {
  const list: unknown[] = promises.map(() => "pending");
  promises.forEach((promise, i) => {
    promise.then(
      () => (list[i] = "accepted"),
      (error: CarillonError) => (list[i] = error.maybeAccepted ? `${error.kind}, maybe accepted` : error.kind),
    );
  });
  return list;
}

function accepted(world: World): unknown[] {
  return world.server.log.map((publication) => "data" in publication && publication.data);
}

describe("11: a publish has one outcome", () => {
  test("an answer that is late is a timeout, and what timed out in the queue is never sent", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const client = world.client();
    const [outcome] = [outcomes([client.publish("room", "late", { timeout: 3_000 })])];
    await world.advance(3_000);
    expect(outcome).toEqual(["timeout"]);
    expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0 });
    world.network.mode = "accept";
    await world.advance(60_000);
    expect(accepted(world)).toEqual([]);
  });

  test("one that timed out on its way says that it may have been accepted, and is not sent again", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.acknowledges = false;
    const outcome = outcomes([client.publish("room", "sent", { timeout: 1_000 })]);
    await world.advance(1_000);
    expect(outcome).toEqual(["timeout, maybe accepted"]);
    world.network.cut();
    await world.advance(30_000);
    expect(world.server.heard.filter(({ type }) => type === "publish")).toHaveLength(1);
  });

  test("an AbortSignal gives it up, before and after the call", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const client = world.client();
    const abort = new AbortController();
    const outcome = outcomes([
      client.publish("room", 1, { signal: abort.signal }),
      client.publish("room", 2, { signal: AbortSignal.abort() }),
    ]);
    await world.advance(10);
    abort.abort();
    world.network.mode = "accept";
    await world.advance(30_000);
    expect(outcome).toEqual(["aborted", "aborted"]);
    expect(accepted(world)).toEqual([]);
  });

  test("a retry has the same key and the same words, though the object has changed since", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.acknowledges = false;
    const order = { cups: 1 };
    const receipt = client.publish("room", order, { idempotencyKey: "order-0000000001" });
    await world.advance(10);
    order.cups = 2;
    world.server.acknowledges = true;
    world.network.cut();
    await world.advance(30_000);
    expect(await receipt).toMatchObject({ offset: 1, duplicate: true });
    const [first, second] = world.server.heard.filter(({ type }) => type === "publish");
    expect(second).toEqual({ ...first, id: expect.any(Number) });
    expect(accepted(world)).toEqual([{ cups: 1 }]);
  });

  test("a retry that is refused for now says nothing of a try that was never answered", async () => {
    const world = new World();
    world.server.idempotencyMillis = 60_000;
    const client = world.client();
    await world.advance(10);
    world.server.acknowledges = false;
    const outcome = outcomes([client.publish("room", "old")]);
    await world.advance(10);
    world.server.isFull = true;
    world.network.cut();
    const publishes = () => world.server.heard.filter(({ type }) => type === "publish");
    while (publishes().length < 2) await world.advance(100);
    world.network.mode = "refuse";
    world.network.cut();
    await world.advance(70_000);
    world.server.isFull = false;
    world.network.mode = "accept";
    await world.advance(30_000);
    expect(outcome).toEqual(["uncertain, maybe accepted"]);
    expect(publishes()).toHaveLength(2);
  });

  test("past the idempotency window it is uncertain, and never sent again", async () => {
    const world = new World();
    world.server.idempotencyMillis = 60_000;
    const client = world.client();
    await world.advance(10);
    world.server.acknowledges = false;
    const outcome = outcomes([client.publish("room", "old")]);
    await world.advance(10);
    world.network.mode = "refuse";
    world.network.cut();
    await world.advance(70_000);
    world.network.mode = "accept";
    await world.advance(30_000);
    expect(outcome).toEqual(["uncertain, maybe accepted"]);
    expect(world.server.heard.filter(({ type }) => type === "publish")).toHaveLength(1);
  });

  test("a refusal for good is told with its code, and a message too large is not even sent", async () => {
    const world = new World();
    const client = world.client();
    world.server.refuseOnce.set("forbidden", "not_permitted");
    await expect(
      Promise.all([client.publish("room", "forbidden"), world.advance(10)]),
    ).rejects.toMatchObject({ kind: "refused", code: codes.not_permitted });
    await expect(client.publish("room", "x".repeat(20_000))).rejects.toMatchObject({ code: codes.too_large });
    expect(world.network.sockets).toHaveLength(1);
  });
});

describe("12: the queue is bounded and first in, first out", () => {
  test("what was published offline goes out in order; one more than the count is an error", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const client = world.client({ queue: { messages: 20 } });
    const outcome = outcomes(range(1, 21).map((n) => client.publish("room", n)));
    await world.advance(10);
    expect(outcome.slice(-2)).toEqual(["pending", "queue_full"]);
    world.network.mode = "accept";
    await world.advance(60_000);
    expect(accepted(world)).toEqual(range(1, 20));
    expect(outcome.slice(0, 20)).toEqual(range(1, 20).map(() => "accepted"));
  });

  test("one byte more than the bytes is an error, and room is made when something is settled", async () => {
    const world = new World();
    const client = world.client({ queue: { bytes: 200 } });
    const outcome = outcomes([client.publish("a", "x".repeat(100)), client.publish("b", "x".repeat(100))]);
    await world.advance(10);
    expect(outcome).toEqual(["accepted", "queue_full"]);
    const again = outcomes([client.publish("b", "x".repeat(100))]);
    await world.advance(10);
    expect(again).toEqual(["accepted"]);
  });

  test("a closed client fails what it has, and takes nothing more", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const client = world.client();
    const outcome = outcomes([client.publish("room", 1)]);
    const reading = client.subscribe("room").each(() => {});
    client.close();
    await reading;
    await expect(client.publish("room", 2)).rejects.toMatchObject({ kind: "closed" });
    expect(outcome).toEqual(["closed"]);
    expect(client.stats().queued).toBe(0);
    await world.advance(60_000);
    expect(world.clock.timers).toBe(0);
  });
});

describe("the order of a publisher", () => {
  test("after a refusal with retry, later ones wait for it, and all are accepted in order", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.refuseOnce.set(2, "overloaded");
    const outcome = outcomes(range(1, 5).map((n) => client.publish("room", n)));
    await world.advance(1);
    outcome.push(...outcomes([client.publish("room", 6)]));
    await world.advance(5_000);
    expect(accepted(world)).toEqual(range(1, 6));
    expect(client.stats().queued).toBe(0);
  });

  test("refused again and again, with new ones coming all the time, it stays in order", async () => {
    const world = new World();
    const client = world.client();
    world.server.refusePublishes(5);
    for (const n of range(1, 60)) {
      void client.publish("room", n);
      await world.advance(100);
    }
    await world.advance(60_000);
    expect(accepted(world)).toEqual(range(1, 60));
  });

  test("nothing is sent again before all that is on its way was answered: it would overtake them", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.network.latency = 400;
    world.server.refuseOnce.set(1, "overloaded");
    for (const n of range(1, 4)) {
      void client.publish("room", n);
      await world.advance(390);
    }
    await world.advance(10_000);
    expect(accepted(world)).toEqual(range(1, 4));
  });

  test("a refusal is waited out as long as it says, but ends with its connection", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.retry = 30_000;
    world.server.refusePublishes(2);
    const outcome = outcomes([client.publish("room", 1)]);
    await world.advance(29_000);
    expect(world.server.heard.filter(({ type }) => type === "publish")).toHaveLength(1);
    await world.advance(2_000);
    expect(world.server.heard.filter(({ type }) => type === "publish")).toHaveLength(2);
    world.network.cut();
    await world.advance(5_000);
    expect(outcome).toEqual(["accepted"]);
  });

  test("one that holds others back and is given up is abandoned, and the others pass", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.refuseOnce.set(1, "storage_full");
    const abort = new AbortController();
    const outcome = outcomes([client.publish("room", 1, { signal: abort.signal }), client.publish("room", 2)]);
    await world.advance(10);
    abort.abort();
    await world.advance(10);
    expect(outcome).toEqual(["aborted", "accepted"]);
    expect(accepted(world)).toEqual([2]);
  });

  test("given up on its way and refused then, it is abandoned too", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.refuseOnce.set(1, "overloaded");
    const abort = new AbortController();
    const outcome = outcomes([client.publish("room", 1, { signal: abort.signal }), client.publish("room", 2)]);
    abort.abort();
    await world.advance(10);
    expect(outcome).toEqual(["aborted, maybe accepted", "accepted"]);
    expect(world.server.heard.map(({ type }) => type)).toContain("abandon");
  });

  test("channels do not wait for each other", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.server.refuseOnce.set("held", "overloaded");
    const outcome = outcomes([client.publish("a", "held"), client.publish("b", "free")]);
    await world.advance(10);
    expect(outcome).toEqual(["pending", "accepted"]);
  });
});
