// Behaviour 16, and all the others where no WebSocket gets through: an event stream and long polls are as good.

import { describe, expect, test } from "vitest";
import { stateText, type CarillonError, type Client, type ClientOptions } from "@carillon/client";
import { eventStream, longPoll, withFallback } from "@carillon/client/fallback";
import { range, socketTransport, World } from "./support/world.js";

const transports = { "event-stream": eventStream, "long-poll": longPoll } as const;

function accepted(world: World): unknown[] {
  return world.server.log.map((publication) => "data" in publication && publication.data);
}

function fallbackClient(world: World, options: Partial<ClientOptions> = {}): Client {
  return world.client({ transport: withFallback({ webSocket: socketTransport() }), ...options });
}

describe("16: where WebSockets do not get through", () => {
  const ways: [string, (world: World) => void, string, string][] = [
    ["are refused", (world) => (world.network.mode = "refuse"), "event-stream", "WebSockets do not get through"],
    ["are swallowed", (world) => (world.network.mode = "hang"), "event-stream", "WebSockets do not get through"],
    [
      "are swallowed and event streams held back",
      (world) => {
        world.network.mode = "hang";
        world.http.holdsStreams = true;
      },
      "long-poll",
      "event streams do not get through",
    ],
  ];
  test.each(ways)("they %s: the page is usable within 3 s", async (_, block, transport, note) => {
    const world = new World();
    block(world);
    world.network.latency = 50;
    const client = fallbackClient(world);
    const list = world.read(client, "room", { after: "0" });
    const receipt = client.publish("room", 1);
    await world.advance(3_000);
    expect(await receipt).toMatchObject({ offset: 1 });
    expect(list).toEqual([1]);
    expect(client.state).toEqual({ kind: "live", transport, note, queued: 0 });
  });

  test("where they do, no request is made but that of the WebSocket", async () => {
    const world = new World();
    const client = fallbackClient(world);
    await world.advance(60_000);
    expect(client.state).toMatchObject({ kind: "live", transport: "websocket" });
    expect(stateText(client.state, 0)).toBe("Live");
    expect(world.http.requests).toEqual([]);
    expect(world.network.sockets).toHaveLength(1);
  });

  test("what worked is remembered for the browser session: the next page begins with it, and tries a WebSocket soon", async () => {
    const world = new World();
    world.network.mode = "hang";
    fallbackClient(world).close();
    const first = fallbackClient(world);
    await world.advance(3_000);
    first.close();
    const tried = world.network.sockets.length;
    const second = fallbackClient(world);
    await world.advance(20);
    expect(second.state).toMatchObject({ kind: "live", transport: "event-stream" });
    expect(world.network.sockets).toHaveLength(tried);
    world.network.mode = "accept";
    await world.advance(4_000);
    expect(second.state).toMatchObject({ kind: "live", transport: "websocket" });
    expect([...world.sessionStorage.items.keys()]).toEqual(["carillon transport ws://server/live"]);
    await world.advance(30_000);
    expect(world.sessionStorage.items.size).toBe(0);
  });

  test("a WebSocket is tried in the background ever more rarely, and the stream is not disturbed by it", async () => {
    const world = new World();
    world.network.mode = "hang";
    const client = fallbackClient(world);
    await world.advance(3_000);
    const states: string[] = [];
    client.on("state", ({ kind }) => states.push(kind));
    const times: number[] = [];
    for (let seen = world.network.sockets.length, minute = 0; minute < 60; minute++) {
      await world.advance(60_000);
      times.push(world.network.sockets.length - seen);
      seen = world.network.sockets.length;
    }
    expect(times.reduce((sum, count) => sum + count)).toBeGreaterThan(10);
    expect(times.slice(30).reduce((sum, count) => sum + count)).toBeLessThanOrEqual(10);
    expect(states).toEqual([]);
    expect(world.network.open).toBe(0);
    expect(world.http.requests).toHaveLength(1);
  });

  test("the switch to a WebSocket loses and repeats nothing, in the midst of traffic", async () => {
    const world = new World();
    world.network.mode = "hang";
    world.network.latency = 7;
    const client = fallbackClient(world);
    const list = world.read(client, "room", { after: "0" });
    await world.advance(3_000);
    expect(client.state).toMatchObject({ transport: "event-stream" });
    world.network.mode = "accept";
    const receipts: number[] = [];
    for (const n of range(1, 400)) {
      void client.publish("room", n).then(({ offset }) => receipts.push(offset));
      await world.advance(150);
    }
    expect(client.state).toMatchObject({ kind: "live", transport: "websocket" });
    expect(list).toEqual(range(1, 400));
    expect(receipts).toEqual(range(1, 400));
    expect(accepted(world)).toEqual(range(1, 400));
    expect(client.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0, connections: 2 });
    expect(world.http.streams).toBe(0);
    expect(world.network.mostOpenAtOnce).toBe(1);
  });

  test("a WebSocket that is cut short each time is left for the fallback, which stays remembered", async () => {
    const world = new World();
    world.network.mode = "hang";
    const client = fallbackClient(world, { backoff: { min: 10, first: 20, max: 20 } });
    await world.advance(3_000);
    world.network.mode = "accept";
    let lives = 0;
    client.on("transition", ({ to }) => {
      if (to === "connected" && world.network.open > 0) {
        lives++;
        world.clock.setTimeout(() => world.network.cut(), 2_000);
      }
    });
    await world.advance(600_000);
    expect(lives).toBeGreaterThanOrEqual(2);
    expect(lives).toBeLessThanOrEqual(12);
    expect([...world.sessionStorage.items.values()]).toEqual(["event-stream"]);
  });

  test("a server that is down is not asked in three ways at a time, and is found again", async () => {
    const world = new World();
    const client = fallbackClient(world);
    await world.advance(10);
    world.network.mode = "refuse";
    world.http.mode = "refuse";
    world.network.cut();
    await world.advance(60_000);
    expect(client.state.kind).toBe("waiting");
    const { attempts } = client.stats();
    expect(world.http.requests.length).toBeLessThanOrEqual(attempts);
    world.network.mode = "accept";
    world.http.mode = "accept";
    await world.advance(25_000);
    expect(client.state).toMatchObject({ kind: "live", transport: "websocket" });
  });

  test("what a server says itself is no reason for another transport", async () => {
    const world = new World();
    const opened = world.server.opened;
    world.server.opened = (peer) => peer.close(4604, "not_permitted");
    const client = fallbackClient(world);
    await world.advance(10_000);
    expect(client.state).toMatchObject({ kind: "failed", code: 4604 });
    expect(world.http.requests).toEqual([]);
    world.server.opened = opened;
  });

  test("a page that is left closes its stream; shown again, it goes on where it was", async () => {
    const world = new World();
    world.network.mode = "hang";
    const client = fallbackClient(world);
    const list = world.read(client, "room", { after: "0" });
    await world.advance(3_000);
    world.page.fire("pagehide");
    await world.advance(10);
    expect([world.http.streams, world.locks.names]).toEqual([0, []]);
    world.server.accept("room", "missed");
    await world.advance(600_000);
    expect(world.network.sockets.length).toBeLessThanOrEqual(2);
    world.page.fire("pageshow");
    await world.advance(100);
    expect(list).toEqual(["missed"]);
  });

  test("one withFallback() serves one client: what it has learnt is that client's", async () => {
    const world = new World();
    const transport = withFallback({ webSocket: socketTransport() });
    const [one, two] = [world.client({ transport }), world.client({ transport })];
    await world.advance(100);
    world.network.cut();
    await world.advance(100);
    expect(one.stats().connections).toBe(1);
    expect(two.state).toMatchObject({ kind: "waiting", reason: expect.stringContaining("another client") });
  });

  test("closed while it looks for a connection, it leaves nothing behind", async () => {
    for (const millis of [0, 1, 2, 1_500, 1_501, 1_502, 2_600, 33_000, 40_000]) {
      const world = new World();
      world.network.mode = "hang";
      world.http.holdsStreams = millis > 2_000;
      const client = fallbackClient(world);
      await world.advance(millis);
      client.close();
      await world.advance(60_000);
      expect([world.network.open, world.http.streams, world.http.waiting, world.http.open.size]).toEqual([0, 0, 0, 0]);
      expect(world.locks.names).toEqual([]);
      expect(world.clock.timers, `after ${millis} ms`).toBe(0);
    }
  });
});

describe("the connections of one browser", () => {
  test("three pages stream, two wait, further ones ask now and then, and say so", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const clients = range(1, 7).map(() => fallbackClient(world));
    const lists = clients.map((client) => world.read(client, "room", { after: "0" }));
    await world.advance(5_000);
    expect(clients.map(({ state }) => ("transport" in state ? [state.transport, state.note] : state))).toEqual([
      ...range(1, 3).map(() => ["event-stream", "WebSockets do not get through"]),
      ...range(4, 5).map(() => ["long-poll", "other tabs of this browser hold all event streams"]),
      ...range(6, 7).map(() => ["long-poll", "asks every 3 s: other tabs of this browser hold its connections"]),
    ]);
    expect(stateText(clients[6]!.state, 0)).toBe("Live (polling)");
    expect(world.http.mostStreams).toBe(3);
    world.server.accept("room", "to all");
    await world.advance(4_000);
    expect(lists).toEqual(range(1, 7).map(() => ["to all"]));
    let most = 0;
    for (let i = 0; i < 200; i++) {
      await world.advance(100);
      most = Math.max(most, world.http.streams + world.http.waiting);
    }
    expect(most).toBeLessThanOrEqual(6);

    clients[0]!.close();
    const next = fallbackClient(world);
    await world.advance(100);
    expect(next.state).toMatchObject({ transport: "event-stream" });
  });

  // The answer of a lock runs a script, which evicts a page that was left meanwhile from the browser's cache for "back".
  test("a page that polls has its answer about a slot before it hears anything, and asks for none once it has one", async () => {
    const world = new World();
    const asked: string[] = [];
    const { locks, fetch } = world.environment;
    const environment = {
      ...world.environment,
      locks: { request: ((name: string, ...rest: [LockOptions, LockGrantedCallback<unknown>]) => (asked.push(name), locks?.request(name, ...rest))) as LockManager["request"] },
      fetch: ((url, init) => (asked.push(String(url)), fetch?.(url, init))) as typeof globalThis.fetch,
    };
    const client = world.client({ transport: longPoll(), environment });
    const list = world.read(client, "room", { after: "0" });
    world.server.accept("room", "first");
    await world.advance(60_000);
    expect(list).toEqual(["first"]);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.map((what) => what.startsWith("carillon slot"))).toEqual(asked.map((_, i) => i === 0));
  });

  test("over HTTP/2 there is no such limit", async () => {
    const world = new World();
    world.network.mode = "refuse";
    const environment = { ...world.environment, requestEntries: () => [{ name: "http://server/app.js", nextHopProtocol: "h2" }] };
    const clients = range(1, 7).map(() => fallbackClient(world, { environment }));
    await world.advance(1_000);
    expect(clients.map(({ state }) => "transport" in state && state.transport)).toEqual(range(1, 7).map(() => "event-stream"));
  });
});

describe.each(Object.entries(transports))("%s", (name, transport) => {
  function client(world: World, options: Partial<ClientOptions> = {}): Client {
    return world.client({ transport: transport(), ...options });
  }

  test("subscribing and leaving while it runs moves nothing that is read already", async () => {
    const world = new World();
    const one = client(world);
    const a = world.read(one, "a", { after: "0" });
    await world.advance(100);
    world.server.accept("a", 1);
    await world.advance(100);
    const subscription = one.subscribe("b", { last: 1 });
    const b: unknown[] = [];
    void subscription.each((delivery) => void b.push(delivery.kind === "publication" ? delivery.data : delivery));
    world.server.accept("b", "old");
    world.server.accept("a", 2);
    await world.advance(100);
    subscription.unsubscribe();
    world.server.accept("a", 3);
    world.server.accept("b", "unwanted");
    await world.advance(100);
    expect([a, b]).toEqual([[1, 2, 3], ["old"]]);
    expect(one.state).toMatchObject({ kind: "live", transport: name });
    expect(one.stats()).toMatchObject({ connections: 1, duplicates: 0, missing: 0, gaps: 0, unreadable: 0 });
  });

  test("a server that says when to come back is asked then, and not before, and what was missed comes", async () => {
    const world = new World();
    const one = client(world);
    const list = world.read(one, "room", { after: "0" });
    await world.advance(100);
    world.server.accept("room", 1);
    await world.advance(100);
    const requests = () => world.http.requests.length;
    for (const peer of world.server.sessions.keys()) peer.send('{"type":"reconnect","after":7000}');
    await world.advance(100);
    expect(one.state.kind).toBe("waiting");
    const before = requests();
    world.server.accept("room", 2);
    await world.advance(6_800);
    expect(requests()).toBe(before);
    await world.advance(700);
    expect(one.state).toMatchObject({ kind: "live", transport: name });
    expect(list).toEqual([1, 2]);
    expect(one.stats()).toMatchObject({ duplicates: 0, missing: 0, gaps: 0 });
  });

  test("one that refuses for now, with the time that is left, is not asked before", async () => {
    const world = new World();
    const moving = { type: "error", code: 4300, name: "moving", message: "", retry: 9_000 };
    world.http.inTheWay = { status: 503, type: "application/json", body: JSON.stringify(moving) };
    const one = client(world);
    await world.advance(100);
    expect(one.state).toMatchObject({ kind: "waiting", code: 4300 });
    world.http.inTheWay = undefined;
    const before = world.http.requests.length;
    await world.advance(8_800);
    expect(world.http.requests).toHaveLength(before);
    await world.advance(800);
    expect(one.state).toMatchObject({ kind: "live", transport: name });
  });

  test("many channels asked for in one moment are one request", async () => {
    const world = new World();
    const one = client(world);
    for (const n of range(1, 30)) world.read(one, `room:${n}`, { after: "0" });
    await world.advance(100);
    const live = world.http.requests.filter(({ url }) => url.endsWith("/live"));
    expect(live.length).toBeLessThanOrEqual(name === "long-poll" ? 3 : 2);
    expect(one.state.kind).toBe("live");
  });

  test("publishes go one after the other and keep their order over refusals", async () => {
    const world = new World();
    const one = client(world);
    await world.advance(10);
    world.network.latency = 20;
    world.server.refuseOnce.set(3, "overloaded");
    world.server.refuseOnce.set(5, "not_permitted");
    const kinds: unknown[] = [];
    for (const n of range(1, 8)) void one.publish("room", n).then(() => kinds.push(n), ({ kind }: CarillonError) => kinds.push(kind));
    await world.advance(10_000);
    expect(accepted(world)).toEqual([1, 2, 3, 4, 6, 7, 8]);
    expect(kinds).toEqual([1, 2, 3, 4, "refused", 6, 7, 8]);
  });

  test("a publish that holds others back and is given up lets them pass", async () => {
    const world = new World();
    const one = client(world);
    await world.advance(10);
    world.server.refuseOnce.set(1, "storage_full");
    const abort = new AbortController();
    const outcomes = [one.publish("room", 1, { signal: abort.signal }), one.publish("room", 2)].map((outcome) =>
      outcome.then(() => "accepted", ({ kind }: CarillonError) => kind),
    );
    await world.advance(20);
    abort.abort();
    await world.advance(1_000);
    expect(await Promise.all(outcomes)).toEqual(["aborted", "accepted"]);
    expect(accepted(world)).toEqual([2]);
  });

  test("an answer that never comes ends the connection, and the publish is made once", async () => {
    const world = new World();
    const one = client(world);
    const list = world.read(one, "room", { after: "0" });
    await world.advance(100);
    world.server.acknowledges = false;
    const receipt = one.publish("room", "once");
    await world.advance(10);
    world.server.acknowledges = true;
    await world.advance(30_000);
    expect(await receipt).toMatchObject({ offset: 1, duplicate: true });
    expect(list).toEqual(["once"]);
  });

  test("bytes, signals, presence and history are as over a WebSocket", async () => {
    const world = new World();
    for (const user of ["ada", "bob"]) world.server.tokens.set(`${user}'s`, { user });
    const ada = client(world, { getToken: () => "ada's" });
    const bob = client(world, { getToken: () => "bob's" });
    const heard: unknown[] = [];
    const rooms = [ada.subscribe("room", { presence: true }), bob.subscribe("room", { presence: true })] as const;
    rooms[0].on("signal", () => expect.fail("her own"));
    rooms[1].on("signal", (signal) => heard.push(signal));
    const received: unknown[] = [];
    void rooms[1].each((delivery) => void received.push(delivery.kind === "publication" && delivery.data));
    await world.advance(200);
    expect(rooms.map(({ presence }) => presence.map(({ user }) => user))).toEqual([["ada", "bob"], ["ada", "bob"]]);
    expect([ada.user, bob.user]).toEqual(["ada", "bob"]);
    expect(ada.signal("room", { typing: true })).toBe(true);
    await world.advance(100);
    expect(heard).toEqual([{ channel: "room", from: "ada", dropped: 0, data: { typing: true } }]);
    void ada.publish("room", Uint8Array.of(0, 255));
    await world.advance(100);
    const page = ada.history("room", { limit: 5 });
    await world.advance(100);
    expect(received).toEqual([Uint8Array.of(0, 255)]);
    expect((await page).publications.map(({ data }) => data)).toEqual([Uint8Array.of(0, 255)]);
    ada.close();
    await world.advance(20_000);
    expect(rooms[1].presence.map(({ user }) => user)).toEqual(["bob"]);
    expect(world.http.requests.every(({ headers }) => /^Bearer (ada|bob)'s$/.test(headers["Authorization"] ?? ""))).toBe(true);
    expect(world.http.requests.every(({ url }) => !url.includes("'s"))).toBe(true);
  });

  test("signals that cannot go out soon are dropped and counted", async () => {
    const world = new World();
    const one = client(world);
    await world.advance(10);
    world.network.latency = 1_000;
    const sent = range(1, 30).filter((n) => one.signal("room", n));
    expect(sent).toEqual(range(1, 20));
    expect(one.stats().signalsDropped).toBe(10);
    await world.advance(100_000);
    expect(world.server.heard.filter(({ type }) => type === "signal")).toHaveLength(20);
  });

  test("a token is renewed before it ends, without a gap; expired, it is asked for anew; refused for good, it fails", async () => {
    const world = new World();
    const reasons: string[] = [];
    let count = 0;
    let isGood = true;
    const one = client(world, {
      getToken: ({ reason }) => {
        reasons.push(reason);
        const token = `token-${++count}`;
        if (isGood) world.server.tokens.set(token, { user: "ada", until: world.clock.now() + 120_000 });
        return token;
      },
    });
    world.server.tokens.set("another", { user: "bob" });
    const list = world.read(one, "room", { after: "0" });
    for (const n of range(1, 60)) {
      await world.advance(10_000);
      world.server.accept("room", n);
    }
    await world.advance(1_000);
    expect(list).toEqual(range(1, 60));
    expect(reasons.slice(0, 2)).toEqual(["connect", "expiring"]);
    expect(new Set(reasons.slice(1))).toEqual(new Set(["expiring"]));
    expect(one.stats()).toMatchObject({ connections: 1, gaps: 0 });

    world.network.cut();
    world.clock.sleep(600_000);
    world.server.accept("room", 61);
    await world.advance(10_000);
    expect(reasons.at(-1)).toBe("expired");
    expect(list.at(-1)).toBe(61);

    isGood = false;
    await world.advance(600_000);
    expect(one.state).toMatchObject({ kind: "failed", code: 4624 });
  });

  test("another user's token begins with that user's name", async () => {
    const world = new World();
    for (const user of ["ada", "bob"]) world.server.tokens.set(`${user}'s`, { user });
    const one = client(world);
    one.setToken("ada's");
    await world.advance(100);
    expect(one.user).toBe("ada");
    one.setToken("bob's");
    await world.advance(100);
    expect(one.user).toBe("bob");
  });

  test("a line that died in silence is noticed, and what was missed comes", async () => {
    const world = new World();
    const one = client(world);
    const list = world.read(one, "room", { after: "0" });
    await world.advance(1_000);
    world.network.blackhole = true;
    world.server.accept("room", 1);
    await world.advance(70_000);
    world.network.blackhole = false;
    await world.advance(30_000);
    expect(list).toEqual([1]);
    expect(one.state).toMatchObject({ kind: "live", transport: name });
  });

  test("in quiet it stays connected, for hours", async () => {
    const world = new World();
    const one = client(world);
    world.read(one, "room", { after: "0" });
    await world.advance(4 * 3_600_000);
    expect(one.stats().connections).toBe(1);
    expect(one.state.kind).toBe("live");
  });

  test("after sleep, a publish goes out once the line was found to live", async () => {
    const world = new World();
    const one = client(world);
    await world.advance(100);
    world.clock.sleep(600_000);
    const receipt = one.publish("room", "good morning");
    await world.advance(30_000);
    expect(await receipt).toMatchObject({ offset: 1 });
    expect(accepted(world)).toEqual(["good morning"]);
  });

  test("a channel that is refused ends, one that is refused for now comes again, and others go on", async () => {
    const world = new World();
    const one = client(world);
    const open = world.read(one, "open", { after: "0" });
    await world.advance(50);
    const subscribe = world.server.subscribe;
    const codes: Record<string, number> = { secret: 4604, busy: 4000 };
    world.server.subscribe = function (peer, session, message) {
      const code = codes[message.channel];
      if (code === undefined) return subscribe.call(this, peer, session, message);
      peer.send(JSON.stringify({ type: "error", id: message.id, code, name: "refused", channel: message.channel, message: "no" }));
    };
    const secret = world.read(one, "secret");
    const busy = world.read(one, "busy", { after: "0" });
    await world.advance(500);
    expect(secret).toEqual([expect.objectContaining({ kind: "refused", code: 4604 })]);
    delete codes["busy"];
    for (const channel of ["busy", "open"]) world.server.accept(channel, 1);
    await world.advance(5_000);
    expect([busy, open]).toEqual([[1], [1]]);
    // Later it is taken away from one who had it.
    codes["open"] = 4604;
    one.subscribe("another");
    await world.advance(1_000);
    expect(open.at(-1)).toMatchObject({ kind: "refused", code: 4604 });
  });

  test("that its channel is stale every answer may say, and it is told once", async () => {
    const world = new World();
    const subscribe = world.server.subscribe;
    const code = 4008;
    world.server.subscribe = function (peer, session, message) {
      subscribe.call(this, peer, session, message);
      peer.send(JSON.stringify({ type: "error", code, name: "notice", channel: message.channel, message: "The log." }));
    };
    const one = client(world);
    const errors: unknown[] = [];
    one.on("error", ({ error }) => errors.push((error as CarillonError).code));
    const list = world.read(one, "room", { after: "0" });
    await world.advance(20_000);
    for (const n of range(1, 3)) {
      world.server.accept("room", n);
      await world.advance(5_000);
    }
    expect(list).toEqual(range(1, 3));
    expect(errors).toEqual([code]);
  });

  test("a subscription whose presence is refused stands, is told so once, and asks no faster", async () => {
    for (const code of [4604, 4007]) {
      const world = new World();
      const subscribe = world.server.subscribe;
      world.server.subscribe = function (peer, session, message) {
        subscribe.call(this, peer, session, { ...message, presence: undefined });
        if (message.presence === undefined) return;
        peer.send(JSON.stringify({ type: "error", code, name: "refused", channel: message.channel, message: "not listed" }));
      };
      const one = client(world);
      const errors: unknown[] = [];
      one.on("error", ({ error }) => errors.push((error as CarillonError).code));
      const list = world.read(one, "room", { after: "0", presence: true });
      await world.advance(20_000);
      const asked = world.http.requests.length;
      await world.advance(20_000);
      expect(world.http.requests.length - asked).toBeLessThanOrEqual(20);
      world.server.accept("room", 1);
      await world.advance(2_000);
      expect(list).toEqual([1]);
      expect(errors).toEqual([code]);
    }
  });

  test("what is gone while a request is made anew is told as a gap, once", async () => {
    const world = new World();
    const one = client(world);
    const list = world.read(one, "room", { after: "0" });
    await world.advance(50);
    world.server.accept("room", "old");
    await world.advance(50);
    world.server.log.length = 0;
    world.server.epoch = "B";
    one.subscribe("another");
    await world.advance(50);
    world.server.accept("room", "new");
    await world.advance(50);
    expect(list).toEqual(["old", "gap: epoch", "new"]);
    expect(one.stats().gaps).toBe(1);
  });

  test("strangers on the way, who answer with a page of their own, are no server", async () => {
    const world = new World();
    world.http.inTheWay = { status: 502, body: "<h1>Bad Gateway</h1>" };
    const one = client(world);
    await world.advance(1_000);
    expect(one.state).toMatchObject({ kind: "waiting", reason: "HTTP 502" });
    world.http.inTheWay = { status: 200, body: "<h1>Welcome to this café</h1>" };
    await world.advance(20_000);
    expect(["waiting", "connecting"]).toContain(one.state.kind);
    world.http.inTheWay = undefined;
    await world.advance(30_000);
    expect(one.state.kind).toBe("live");
    world.http.inTheWay = { status: 413, body: "too much for this proxy" };
    const outcome = one.publish("room", "x").catch((error: unknown) => error);
    await world.advance(100);
    expect(await outcome).toMatchObject({ kind: "refused", code: 4620 });
  });

  test("a name that is a step in an address is refused instead of going elsewhere", async () => {
    const world = new World();
    const one = client(world);
    await world.advance(50);
    await expect(one.publish("..", 1)).rejects.toMatchObject({ kind: "refused", code: 4613 });
  });
});

describe("8: a connection that drops at any boundary changes nothing", () => {
  const wanted = range(1, 80);

  async function run(cutAfter: number, options: Partial<ClientOptions>, during?: (world: World, n: number) => void): Promise<World> {
    const world = new World();
    world.network.cutAfter = cutAfter;
    const client = world.client(options);
    const list = world.read(client, "room", { after: "0" });
    const receipts: number[] = [];
    for (const n of wanted) {
      void client.publish("room", n).then(({ offset }) => receipts.push(offset));
      during?.(world, n);
      await world.advance(2);
    }
    await world.advance(45_000);
    const told = `cut after ${cutAfter}`;
    expect(list, told).toEqual(wanted);
    expect(receipts, told).toEqual(wanted);
    expect(accepted(world), told).toEqual(wanted);
    expect(client.stats(), told).toMatchObject({ duplicates: 0, missing: 0, gaps: 0, queued: 0, unreadable: 0 });
    expect(client.state.kind, told).toBe("live");
    client.close();
    return world;
  }

  test.each(Object.entries(transports))("over %s: the same list for each", async (_, transport) => {
    expect((await run(Infinity, { transport: transport() })).network.frames).toBeGreaterThanOrEqual(220);
    for (let cutAfter = 1; cutAfter <= 200; cutAfter++) await run(cutAfter, { transport: transport() });
  }, 120_000);

  test("across a switch from an event stream to a WebSocket: the same list for each", async () => {
    const options = () => ({ transport: withFallback({ probeMillis: 40, webSocketMillis: 5, webSocket: socketTransport() }) });
    const during = (world: World, n: number) => (world.network.mode = n < 15 ? "hang" : "accept");
    const whole = await run(Infinity, options(), during);
    expect(whole.network.sockets.length).toBeGreaterThanOrEqual(2);
    expect(whole.network.frames).toBeGreaterThanOrEqual(220);
    for (let cutAfter = 1; cutAfter <= 200; cutAfter++) await run(cutAfter, options(), during);
  }, 120_000);
});
