// Signals, presence and history; behaviour 18; and what becomes of a client that finds no connection for long.

import { describe, expect, test } from "vitest";
import type { CarillonError, Client, ReceivedSignal } from "@carillon/client";
import { createClient, stateText } from "@carillon/client";
import { FakeClock } from "./support/clock.js";
import { FakeNetwork, type Peer, type Service } from "./support/network.js";
import { range, World } from "./support/world.js";

/** Of a user, as the server knows it by its token. */
function clientOf(world: World, user: string): Client {
  world.server.tokens.set(`${user}'s`, { user });
  return world.client({ getToken: () => `${user}'s` });
}

describe("signals", () => {
  test("go to the others who are there, with who sent them, and are not stored", async () => {
    const world = new World();
    const [ada, bob] = [clientOf(world, "ada"), clientOf(world, "bob")];
    const heard: ReceivedSignal[] = [];
    ada.subscribe("room").on("signal", () => expect.fail("her own"));
    bob.subscribe("room").on("signal", (signal) => heard.push(signal));
    await world.advance(20);
    expect(ada.signal("room", { typing: true })).toBe(true);
    expect(ada.signal("room", Uint8Array.of(1, 2))).toBe(true);
    await world.advance(10);
    expect(heard).toEqual([
      { channel: "room", from: "ada", dropped: 0, data: { typing: true } },
      { channel: "room", from: "ada", dropped: 0, data: Uint8Array.of(1, 2) },
    ]);
    expect(world.server.log).toEqual([]);
    expect(bob.stats()).toMatchObject({ signals: 2, signalsMissed: 0, publications: 0 });
  });

  test("are never queued: without a connection they are dropped, counted, and not sent later", async () => {
    const world = new World();
    const client = world.client();
    expect(client.signal("room", "connecting")).toBe(false);
    await world.advance(10);
    world.network.cut();
    expect(client.signal("room", "cut")).toBe(false);
    await world.advance(30_000);
    world.clock.sleep(600_000);
    expect(client.signal("room", "just awake")).toBe(false);
    await world.advance(30_000);
    expect(world.server.heard.filter(({ type }) => type === "signal")).toEqual([]);
    expect(client.stats().signalsDropped).toBe(3);
  });

  test("beyond the server's limit are an error at once; what the server refuses is told", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    expect(() => client.signal("room", "é".repeat(2_100))).toThrow("at most 4096 bytes");
    const errors: unknown[] = [];
    client.on("error", (event) => errors.push(event));
    const refusal = { type: "error", code: 4604, name: "not_permitted", channel: "room", message: "no" };
    for (const peer of world.server.sessions.keys()) peer.send(JSON.stringify(refusal));
    await world.advance(10);
    expect(errors).toEqual([{ channel: "room", error: expect.objectContaining({ kind: "refused", code: 4604 }) }]);
    expect(client.state.kind).toBe("live");
  });

  test("that the server had to leave out are counted, and told with the next", async () => {
    const world = new World();
    const client = world.client();
    const heard: unknown[] = [];
    client.subscribe("room").on("signal", ({ dropped, data }) => heard.push([data, dropped]));
    await world.advance(10);
    for (const peer of world.server.sessions.keys()) {
      peer.send('{"type":"signal","channel":"room","data":"x","dropped":7}');
      peer.send('{"type":"signal","channel":"elsewhere","data":"not ours"}');
    }
    await world.advance(10);
    expect(heard).toEqual([["x", 7]]);
    expect(client.stats()).toMatchObject({ signals: 1, signalsMissed: 7 });
  });
});

describe("presence", () => {
  function watch(client: Client): { events: string[]; names: () => string[] } {
    const subscription = client.subscribe("room", { presence: true });
    const events: string[] = [];
    subscription.on("join", ({ user }) => events.push(`+${user}`));
    subscription.on("leave", ({ user }) => events.push(`-${user}`));
    subscription.on("presence", (users) => events.push(users.map(({ user }) => user).join()));
    return { events, names: () => subscription.presence.map(({ user }) => user) };
  }

  test("is a list, then who comes and goes", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    const bob = clientOf(world, "bob");
    const bobs = watch(bob);
    await world.advance(20);
    expect(ada.events).toEqual(["ada", "+bob", "ada,bob"]);
    expect(bobs.events).toEqual(["ada,bob"]);
    bob.close();
    await world.advance(20);
    expect(ada.events.slice(3)).toEqual(["-bob", "ada"]);
    expect(ada.names()).toEqual(["ada"]);
  });

  test("is not asked for unless wanted", async () => {
    const world = new World();
    const subscription = clientOf(world, "ada").subscribe("room");
    await world.advance(20);
    expect(subscription.presence).toEqual([]);
    expect(world.server.heard).toContainEqual(expect.objectContaining({ type: "subscribe", presence: undefined }));
    expect(world.server.presence.list("room")).toMatchObject({ users: [] });
  });

  test("survives a reconnection by the version held: only what was missed is sent, and a reload is no leave", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    const bob = watch(clientOf(world, "bob"));
    await world.advance(20);
    const [before] = [ada.events.length, bob.events.length];
    world.server.presence.count("room", "eve", 1);
    await world.advance(20);
    world.network.cut();
    world.server.presence.count("room", "carol", 1);
    world.server.presence.count("room", "eve", -1);
    await world.advance(6_000);
    expect(world.server.heard.findLast(({ type }) => type === "subscribe")).toMatchObject({ presence: 1_003 });
    expect(ada.events.slice(before)).toEqual(["+eve", "ada,bob,eve", "+carol", "ada,bob,eve,carol", "-eve", "ada,bob,carol"]);
    await world.advance(60_000);
    expect(ada.names()).toEqual(["ada", "bob", "carol"]);
    expect(bob.names()).toEqual(["ada", "bob", "carol"]);
  });

  test("a version that the server has forgotten is answered with the whole list, and the difference is told", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    world.server.presence.count("room", "bob", 1);
    await world.advance(20);
    world.network.cut();
    world.server.presence.remembers = -1;
    world.server.presence.count("room", "bob", -1);
    world.server.presence.count("room", "carol", 1);
    await world.advance(10_000);
    expect(ada.events).toEqual(["ada", "+bob", "ada,bob", "-bob", "+carol", "ada,carol"]);
  });

  test("a hole in the versions asks for the whole list, once, and ends in the truth", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    world.server.presence.loseOne("room", "bob");
    world.server.presence.count("room", "carol", 1);
    world.server.presence.count("room", "dan", 1);
    await world.advance(20);
    expect(world.server.heard.filter(({ type }) => type === "presence")).toHaveLength(1);
    expect(ada.names()).toEqual(["ada", "bob", "carol", "dan"]);
    expect(ada.events).toEqual(["ada", "+bob", "+carol", "+dan", "ada,bob,carol,dan"]);
    world.server.presence.loseOne("room", "eve");
    world.server.presence.count("room", "bob", -1);
    await world.advance(20);
    expect(ada.names()).toEqual(["ada", "carol", "dan", "eve"]);
  });

  test("a long list comes in pages, and a hole is filled by pages too", async () => {
    const world = new World();
    world.server.presence.page = 2;
    for (const n of range(1, 5)) world.server.presence.count("room", `u${n}`, 1);
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    expect(ada.events).toEqual(["u1,u2,u3,u4,u5,ada"]);
    world.server.presence.loseOne("room", "bob");
    world.server.presence.count("room", "u1", -1);
    await world.advance(50);
    expect(ada.names()).toEqual(["u2", "u3", "u4", "u5", "ada", "bob"]);
    expect(world.server.heard.filter(({ type }) => type === "presence").length).toBeGreaterThan(1);
  });

  test("a list of which a connection ended between pages is begun anew by the next", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    const { users } = { users: [{ user: "eve", connections: 1 }] };
    for (const peer of world.server.sessions.keys()) {
      peer.send(JSON.stringify({ type: "presence", channel: "room", version: 9_000, users, next: "1" }));
    }
    await world.advance(20);
    expect(ada.names()).toEqual(["ada"]);
    world.network.cut();
    await world.advance(10_000);
    expect(ada.names()).toEqual(["ada"]);
    expect(world.server.heard.findLast(({ type }) => type === "subscribe")).toMatchObject({ presence: 1_001 });
  });

  test("versions that begin anew with a new server are taken from it", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    world.network.cut();
    world.server.presence.remembers = -1;
    world.server.presence.room("room").version = 10;
    world.server.presence.count("room", "bob", 1);
    await world.advance(10_000);
    expect(ada.names()).toEqual(["ada", "bob"]);
    world.server.presence.count("room", "bob", -1);
    await world.advance(20);
    expect(ada.names()).toEqual(["ada"]);
  });

  test("who is only slow stays, and whoever ends while slow leaves", async () => {
    const world = new World();
    const ada = clientOf(world, "ada");
    const subscription = ada.subscribe("room", { presence: true, buffer: 2 });
    await world.advance(20);
    for (const n of range(1, 5)) world.server.accept("room", n);
    await world.advance(20);
    expect(subscription.state.kind).toBe("parked");
    expect(world.server.heard.findLast(({ type }) => type === "unsubscribe")).toMatchObject({ presence: true });
    expect(world.server.presence.list("room")).toMatchObject({ users: [{ user: "ada" }] });
    subscription.unsubscribe();
    await world.advance(20);
    expect(world.server.heard.at(-1)).toMatchObject({ type: "unsubscribe", presence: false });
  });

  test("a hole whose question was lost with its connection is asked for by the next", async () => {
    const world = new World();
    const ada = watch(clientOf(world, "ada"));
    await world.advance(20);
    world.server.presence.loseOne("room", "bob");
    world.server.presence.count("room", "carol", 1);
    await world.advance(1);
    world.network.cut();
    world.server.presence.remembers = 0;
    await world.advance(10_000);
    expect(ada.names()).toEqual(["ada", "bob", "carol"]);
    world.server.presence.loseOne("room", "dan");
    world.server.presence.count("room", "eve", 1);
    await world.advance(20);
    expect(ada.names()).toEqual(["ada", "bob", "carol", "dan", "eve"]);
  });
});

describe("history", () => {
  test("pages upwards from the newest to the oldest, each once", async () => {
    const world = new World();
    for (const n of range(1, 25)) world.server.accept("room", n);
    const client = world.client();
    const seen: unknown[] = [];
    let before: string | undefined;
    for (let more = true; more; ) {
      const asked = client.history("room", { before, limit: 10 });
      await world.advance(20);
      const page = await asked;
      seen.unshift(...page.publications.map(({ data }) => data));
      before = page.publications[0]?.position;
      ({ more } = page);
    }
    expect(seen).toEqual(range(1, 25));
  });

  test("waits for a connection, and is asked again over the next one", async () => {
    const world = new World();
    world.server.accept("room", 1);
    world.network.mode = "refuse";
    const client = world.client();
    const asked = client.history("room");
    await world.advance(10_000);
    world.network.mode = "accept";
    world.network.latency = 100;
    await world.advance(20_000);
    expect((await asked).publications.map(({ data }) => data)).toEqual([1]);

    const again = client.history("room");
    await world.advance(50);
    world.network.cut();
    await world.advance(20_000);
    expect((await again).publications).toHaveLength(1);
  });

  test("more questions than can be meant are refused, and so are those of a closed client", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const client = world.client();
    const kinds = range(1, 101).map(() => client.history("room").catch(({ kind }: CarillonError) => kind));
    expect(await kinds.at(-1)).toBe("queue_full");
    client.close();
    expect(await kinds[0]).toBe("closed");
    await expect(client.history("room")).rejects.toMatchObject({ kind: "closed" });
    await expect(world.client().history("no name")).rejects.toThrow("no name of a channel");
  });
});

/** A server that sends its one channel as fast as it can, from wherever it is asked to, until it is told to stop. */
class Flood implements Service {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork(this.clock, this);
  /** Counts subscriptions; one that has ended is sent nothing. */
  #wanted = 0;

  constructor(private readonly total: number) {}

  client(): Client {
    const { now, setTimeout, clearTimeout } = this.clock;
    const environment = { WebSocket: this.network.WebSocket, now, setTimeout, clearTimeout, random: () => 0.5, page: undefined };
    return createClient({ url: "ws://server/live", environment });
  }

  opened(peer: Peer): void {
    const limits = { messageBytes: 1e5, signalBytes: 1e4, subscriptions: 1, idempotencyMillis: 1e6, idempotencyCount: 1e3, presenceMillis: 1e4 };
    peer.send(JSON.stringify({ type: "hello", session: "s", heartbeat: 25_000, limits }));
  }

  closed(): void {
    this.#wanted++;
  }

  message(peer: Peer, text: string): void {
    const { type, id, after = "0" } = JSON.parse(text) as { type: string; id: number; after?: string };
    const { total } = this;
    if (type === "unsubscribe") this.#wanted++;
    if (type === "history") {
      const head = { channel: "room", position: place(total), offset: total, more: false, publications: [] };
      peer.send(JSON.stringify({ type: "history", id, ...head }));
    }
    if (type !== "subscribe") return;
    const offset = after === "0" ? 0 : Number(after.slice(18));
    peer.send(JSON.stringify({ type: "subscribed", id, channel: "room", position: after, offset, recovered: true }));
    this.#page(peer, offset, ++this.#wanted);
  }

  #page(peer: Peer, from: number, wanted: number): void {
    if (wanted !== this.#wanted) return;
    const end = Math.min(this.total, from + 200);
    for (const offset of range(from + 1, end)) {
      peer.send(JSON.stringify({ type: "publication", channel: "room", position: place(offset), offset, at: 0, data: offset }));
    }
    if (end < this.total) this.clock.setTimeout(() => this.#page(peer, end, wanted), 2);
  }
}

function place(offset: number): string {
  return offset === 0 ? "0" : `1${"A".repeat(17)}${offset}`;
}

describe("18: a connection that does not keep up, and a reader that does not", () => {
  test("while too much is unsent, publishes wait and signals are dropped; then they go on", async () => {
    const world = new World();
    const client = world.client({ sendBufferBytes: 1_000 });
    await world.advance(10);
    world.network.buffered = 1_001;
    const receipt = client.publish("room", 1);
    expect(client.signal("room", "dropped")).toBe(false);
    await world.advance(1_000);
    expect(world.server.heard).toEqual([]);
    expect(client.stats()).toMatchObject({ queued: 1, signalsDropped: 1 });
    world.network.buffered = 1_000;
    await world.advance(100);
    expect(await receipt).toMatchObject({ offset: 1 });
    expect(client.signal("room", "sent")).toBe(true);
  });

  test("a subscription that ends meanwhile is ended at the server, too", async () => {
    const world = new World();
    const client = world.client();
    const first = client.subscribe("room");
    await world.advance(10);
    world.network.buffered = 1e9;
    first.unsubscribe();
    const list = world.read(client, "room", { after: "0" });
    await world.advance(10);
    world.network.buffered = 0;
    await world.advance(100);
    world.server.accept("room", 1);
    await world.advance(10);
    expect(list).toEqual([1]);
  });

  test("of 100 000 publications never more than its bound wait for a slow handler, and it sees each", async () => {
    const total = 100_000;
    const world = new Flood(total);
    const client = world.client();
    let seen = 0;
    let inOrder = true;
    void client.subscribe("room", { after: "0", buffer: 100 }).each(async (delivery) => {
      if (seen % 50 === 0) await new Promise<void>((resolve) => world.clock.setTimeout(resolve, 1));
      inOrder &&= delivery.kind === "publication" && delivery.offset === ++seen;
    });
    let most = 0;
    while (seen < total && inOrder) {
      await world.clock.advance(3);
      most = Math.max(most, client.stats().publications - seen);
    }
    expect(inOrder).toBe(true);
    expect(seen).toBe(total);
    expect(most).toBeLessThanOrEqual(101);
    expect(client.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0 });
  }, 60_000);
});

describe("without a connection for long", () => {
  test("after 2 minutes it is suspended, and tries about every 30 s, and says offline", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.network.mode = "refuse";
    world.network.cut();
    void client.publish("room", 1);
    await world.advance(115_000);
    expect(["waiting", "connecting"]).toContain(client.state.kind);
    await world.advance(30_000);
    expect(client.state).toEqual({ kind: "suspended", queued: 1 });
    expect(stateText(client.state, 0)).toBe("Offline, 1 queued");
    const attempts = client.stats().attempts;
    const states = new Set<string>();
    client.on("state", ({ kind }) => states.add(kind));
    await world.advance(600_000);
    expect(client.stats().attempts - attempts).toBeGreaterThanOrEqual(15);
    expect(client.stats().attempts - attempts).toBeLessThanOrEqual(30);
    expect([...states]).toEqual([]);
    world.network.mode = "accept";
    await world.advance(40_010);
    expect(client.state).toMatchObject({ kind: "live", queued: 0 });
  });

  test("a hint that the network is back ends it at once", async () => {
    const world = new World();
    const client = world.client();
    world.network.mode = "refuse";
    await world.advance(200_000);
    expect(client.state.kind).toBe("suspended");
    world.network.mode = "accept";
    world.page.fire("online");
    await world.advance(10);
    expect(client.state.kind).toBe("live");
  });
});

describe("a session of many channels", () => {
  test("goes on by one message", async () => {
    const world = new World();
    const client = world.client();
    const lists = range(1, 20).map((n) => world.read(client, `room${n}`, { after: "0" }));
    await world.advance(20);
    expect(world.server.heard.filter(({ type }) => type === "resume")).toHaveLength(1);
    world.network.cut();
    for (const n of range(1, 20)) world.server.accept(`room${n}`, n);
    const { messagesOut } = client.stats();
    await world.advance(10_000);
    expect(lists).toEqual(range(1, 20).map((n) => [n]));
    const resumes = world.server.heard.filter(({ type }) => type === "resume");
    expect(resumes).toHaveLength(2);
    expect(resumes[1]).toMatchObject({ channels: range(1, 20).map((n) => ({ channel: `room${n}` })) });
    expect(client.stats().messagesOut - messagesOut).toBeGreaterThan(0);
  });

  test("goes on by one for each where one for all is longer than the server takes", async () => {
    const world = new World();
    world.server.messageBytes = 500;
    const client = world.client();
    for (const n of range(1, 20)) client.subscribe(`room${n}`);
    await world.advance(20);
    expect(world.server.heard.filter(({ type }) => type === "resume")).toHaveLength(0);
    expect(world.server.heard.filter(({ type }) => type === "subscribe")).toHaveLength(20);
    expect(client.state.kind).toBe("live");
  });
});
