// Behaviours 1 to 7, 15 and 19: when to come back, when to doubt, and one connection at a time.

import { describe, expect, test } from "vitest";
import { stateText, transitionText, type ClientState, type Transition } from "@carillon/client";
import { nextLinkState, type LinkEvent, type LinkState } from "../../../client/src/link-state.js";
import { nextPulseState } from "../../../client/src/pulse.js";
import { seeded } from "./support/clock.js";
import { World } from "./support/world.js";

function transitions(world: World, options = {}): { client: ReturnType<World["client"]>; seen: Transition[] } {
  const client = world.client(options);
  const seen: Transition[] = [];
  client.on("transition", (transition) => seen.push(transition));
  return { client, seen };
}

function waits(seen: readonly Transition[]): number[] {
  return seen.flatMap(({ to, retryAt }) => (to === "waiting" && retryAt !== undefined ? [retryAt] : []));
}

describe("1: full jitter", () => {
  test("of 1000 clients dropped at once, no tenth of a second sees more than 5 % come back", async () => {
    const world = new World(seeded(7));
    const retries: number[] = [];
    for (let i = 0; i < 1_000; i++) {
      world.client().on("transition", ({ retryAt }) => retryAt !== undefined && retries.push(retryAt));
    }
    await world.advance(10);
    const droppedAt = world.clock.now();
    world.network.cut();
    expect(retries).toHaveLength(1_000);
    const buckets = new Map<number, number>();
    for (const at of retries) {
      const bucket = Math.floor((at - droppedAt) / 100);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    expect(Math.max(...buckets.values())).toBeLessThanOrEqual(50);
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(droppedAt + 500);
    expect(Math.max(...retries)).toBeLessThanOrEqual(droppedAt + 4_000);
  });
});

describe("2: the counter is reset after stable uptime only", () => {
  /** Each wait as long as its range allows. */
  async function waitsWithUptime(upMillis: number): Promise<number[]> {
    const world = new World(() => 0.999_999);
    const { seen } = transitions(world);
    const lengths: number[] = [];
    for (let i = 0; i < 5; i++) {
      await world.advance(10 + upMillis);
      const at = world.clock.now();
      world.network.cut();
      lengths.push((waits(seen).at(-1) ?? 0) - at);
      await world.advance(lengths.at(-1) ?? 0);
    }
    return lengths;
  }

  test("a server that accepts and then closes is asked more and more rarely", async () => {
    expect(await waitsWithUptime(100)).toEqual([4_000, 8_000, 16_000, 20_000, 20_000]);
  });

  test("a connection of 5 s was a good one", async () => {
    expect(await waitsWithUptime(5_000)).toEqual([4_000, 4_000, 4_000, 4_000, 4_000]);
  });
});

describe("3: what the browser says about the network is a hint", () => {
  test("offline: the link is tested by a ping, and stays if it answers", async () => {
    const world = new World();
    const { client, seen } = transitions(world);
    await world.advance(10);
    world.page.fire("offline");
    await world.advance(10_000);
    expect(world.server.heard).toEqual([expect.objectContaining({ type: "ping" })]);
    expect(client.state.kind).toBe("live");
    expect(seen.map(({ to }) => to)).toEqual(["connected"]);
  });

  test("offline: the link is given up if it does not answer within 4 s", async () => {
    const world = new World();
    const { client, seen } = transitions(world);
    await world.advance(10);
    world.network.blackhole = true;
    world.page.fire("offline");
    await world.advance(3_999);
    expect(seen.map(({ to }) => to)).toEqual(["connected"]);
    await world.advance(1);
    expect(seen.at(-1)).toMatchObject({ to: "waiting", code: 1006, reason: "a ping was not answered" });
    expect(client.state.kind).toBe("offline");
  });

  test("online: the next attempt is made now, not after the timer", async () => {
    const world = new World(() => 0.9);
    const { client } = transitions(world);
    await world.advance(10);
    world.network.cut();
    await world.advance(100);
    expect(client.state.kind).toBe("waiting");
    world.page.fire("online");
    await world.advance(10);
    expect(client.state.kind).toBe("live");
  });

  test("online: a server that asked to wait is not asked before", async () => {
    const world = new World();
    const { client } = transitions(world);
    await world.advance(10);
    for (const peer of world.server.sessions.keys()) peer.send('{"type":"reconnect","after":9000}');
    await world.advance(10);
    world.page.fire("online");
    await world.advance(8_000);
    expect(client.state.kind).toBe("waiting");
    expect(world.network.sockets).toHaveLength(1);
    await world.advance(6_000);
    expect(client.state.kind).toBe("live");
  });
});

describe("a server that says when to come back", () => {
  /** When each of so many clients comes back that is told its own wait, in milliseconds after it was told. */
  async function comeBack(
    tell: (peer: { send(text: string): void }, wait: number) => void,
    waits: readonly number[],
    before: (world: World) => Promise<void> = () => Promise.resolve(),
  ): Promise<number[]> {
    const back: number[] = [];
    for (const [index, wait] of waits.entries()) {
      let seed = index;
      const world = new World(() => (seed = (seed * 16_807 + 11) % 2_147_483_647) / 2_147_483_647);
      const { client } = transitions(world);
      await world.advance(10);
      await before(world);
      const sockets = world.network.sockets.length;
      for (const peer of world.server.sessions.keys()) tell(peer, wait);
      let millis = 0;
      for (; client.state.kind !== "live" || world.network.sockets.length === sockets; millis += 10) await world.advance(10);
      back.push(millis);
    }
    return back;
  }

  const waits = Array.from({ length: 20 }, (_, index) => 7_000 + index * 250);

  const reconnect = (peer: { send(text: string): void }, wait: number) => peer.send(`{"type":"reconnect","after":${wait}}`);

  /** A step of the clock, and half a second. */
  function expectThere(back: readonly number[]): void {
    back.forEach((millis, index) => {
      expect(millis).toBeGreaterThanOrEqual(waits[index] ?? 0);
      expect(millis).toBeLessThanOrEqual((waits[index] ?? 0) + 520);
    });
  }

  test("finds each client there at its own time, and at most half a second later", async () => {
    expectThere(await comeBack(reconnect, waits));
  });

  test("may say so in a refusal", async () => {
    const full = (wait: number) => `{"type":"error","code":4302,"name":"node_full","message":"full","retry":${wait}}`;
    expectThere(await comeBack((peer, wait) => peer.send(full(wait)), waits));
  });

  test("finds those there, too, whose page nobody sees, and who were away for long", async () => {
    const hide = (world: World) => {
      world.page.hidden = true;
      return Promise.resolve();
    };
    expectThere(await comeBack(reconnect, waits, hide));
    const away = async (world: World) => {
      world.network.mode = "refuse";
      world.network.cut();
      await world.advance(300_000);
      world.network.mode = "accept";
      while (world.server.sessions.size === 0) await world.advance(10);
    };
    expectThere(await comeBack(reconnect, waits, away));
  });
});

describe("4: the heartbeat goes by evidence", () => {
  test("after silence of the announced length there is a ping; anything heard puts it off", async () => {
    const world = new World(() => 0);
    const client = world.client();
    void client.subscribe("room").each(() => {});
    await world.advance(10);
    const pings = () => world.server.heard.filter(({ type }) => type === "ping").length;
    await world.advance(24_000);
    world.server.accept("room", "a sign of life");
    await world.advance(24_000);
    expect(pings()).toBe(0);
    await world.advance(2_000);
    expect(pings()).toBe(1);
    await world.advance(60_000);
    expect(client.state.kind).toBe("live");
    expect(world.network.sockets).toHaveLength(1);
  });

  test("dead is what was asked and did not answer in time", async () => {
    const world = new World(() => 0);
    const { seen } = transitions(world);
    await world.advance(10);
    world.network.blackhole = true;
    await world.advance(34_900);
    expect(seen.map(({ to }) => to)).toEqual(["connected"]);
    await world.advance(200);
    expect(seen.at(-1)).toMatchObject({ to: "waiting", reason: "a ping was not answered" });
  });

  test("timers held back by a hidden tab are no evidence: it asks, and stays connected", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    for (let minute = 0; minute < 10; minute++) {
      world.clock.sleep(60_000);
      await world.advance(5);
    }
    expect(client.state.kind).toBe("live");
    expect(world.network.sockets).toHaveLength(1);
  });

  test("an answer that could not be read in time is asked for again, and only then missed", () => {
    const asked = { kind: "asked", due: 100, millis: 10 } as const;
    const at = (now: number) => nextPulseState(asked, { kind: "timer", silence: now }, { now, interval: 25, timeout: 10 });
    expect(at(99)).toBe(asked);
    expect(at(100)).toBe("dead");
    expect(at(111)).toEqual({ kind: "asked", due: 121, millis: 10 });
  });

  test("clients that heard the same broadcast do not ask in the same moment", async () => {
    const world = new World();
    for (let i = 0; i < 100; i++) world.client();
    await world.advance(18_700);
    const early = world.server.heard.length;
    await world.advance(3_000);
    expect(early).toBeLessThan(20);
    expect(world.server.heard.length).toBeGreaterThan(early + 20);
    expect(world.server.heard.length).toBeLessThan(80);
  });
});

describe("5: waking from sleep", () => {
  test("after ten minutes, a publish goes out on a new connection, once", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.clock.sleep(600_000);
    world.network.blackhole = true;
    const receipt = client.publish("room", "good morning");
    await world.advance(1_000);
    world.network.blackhole = false;
    await world.advance(30_000);
    expect(await receipt).toMatchObject({ duplicate: false, offset: 1 });
    const publishes = world.server.heard.filter(({ type }) => type === "publish");
    expect(publishes).toHaveLength(1);
    expect(world.network.sockets.length).toBe(2);
  });

  test("if the connection survived, it goes out there once a ping was answered", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    world.clock.sleep(600_000);
    const receipt = client.publish("room", "good morning");
    await world.advance(10);
    expect(await receipt).toMatchObject({ duplicate: false });
    expect(world.server.heard.map(({ type }) => type)).toEqual(["ping", "publish"]);
    expect(world.network.sockets).toHaveLength(1);
  });
});

describe("6: pages that are left and come back", () => {
  test("pagehide closes, pageshow opens again and recovers", async () => {
    const world = new World();
    const client = world.client();
    const list = world.read(client, "room");
    await world.advance(10);
    world.page.fire("pagehide");
    await world.advance(100);
    expect(world.network.open).toBe(0);
    expect(world.network.closeCodes).toEqual([4300]);
    world.server.accept("room", "missed");
    await world.advance(600_000);
    expect(world.network.sockets).toHaveLength(1);
    world.page.fire("pageshow");
    await world.advance(10);
    expect(list).toEqual(["missed"]);
  });

  test("a page that nobody sees takes its time, and comes back at once when it is seen", async () => {
    const world = new World();
    const { client, seen } = transitions(world);
    await world.advance(10);
    world.page.hidden = true;
    const at = world.clock.now();
    world.network.cut();
    expect(waits(seen).at(-1)).toBeGreaterThanOrEqual(at + 10_000);
    world.page.hidden = false;
    world.page.fire("visibilitychange");
    await world.advance(10);
    expect(client.state.kind).toBe("live");
  });

  test("visibility is read again on focus and resume: a hidden that stuck does no harm", async () => {
    for (const event of ["focus", "resume"] as const) {
      const world = new World();
      const client = world.client();
      await world.advance(10);
      world.page.hidden = true;
      world.page.fire("visibilitychange");
      world.network.cut();
      world.page.hidden = false;
      world.page.fire(event);
      await world.advance(10);
      expect(client.state.kind).toBe("live");
    }
  });
});

describe("7: an attempt has a timeout", () => {
  test("a server that takes the connection and never answers is given up after 8 s, and the next is tried", async () => {
    const world = new World();
    const { client, seen } = transitions(world);
    world.network.mode = "hang";
    await world.advance(8_000);
    expect(seen.at(-1)).toMatchObject({ to: "waiting", reason: "no answer in time" });
    world.network.mode = "accept";
    await world.advance(4_000);
    expect(client.state.kind).toBe("live");
  });

  test("so is one that opens and never says hello", async () => {
    const world = new World();
    const { seen } = transitions(world);
    world.server.answers = false;
    await world.advance(8_000);
    expect(seen.at(-1)).toMatchObject({ from: "connecting", to: "waiting" });
    expect(world.network.open).toBe(0);
  });
});

describe("15: no double sockets", () => {
  test("connect() twice, mount and unmount and mount, close while connecting", async () => {
    const world = new World();
    const first = world.client();
    first.connect();
    first.connect();
    first.close();
    const second = world.client();
    second.connect();
    await world.advance(5);
    second.disconnect();
    second.connect();
    await world.advance(100);
    expect(world.network.mostOpenAtOnce).toBe(1);
    expect(world.network.open).toBe(1);
    expect(second.state.kind).toBe("live");
  });

  test("whatever the page and the network do, the server sees one", async () => {
    const random = seeded(15);
    const world = new World(random);
    const client = world.client();
    const list = world.read(client, "room", { after: "0" });
    const events = ["online", "offline", "pagehide", "pageshow", "focus", "resume", "visibilitychange"] as const;
    for (let step = 0; step < 400; step++) {
      const event = events[Math.floor(random() * 12)];
      if (event === undefined) world.network.cut();
      else world.page.fire(event);
      world.server.accept("room", step);
      await world.advance(random() * 700);
    }
    world.page.fire("pageshow");
    await world.advance(60_000);
    expect(world.network.mostOpenAtOnce).toBe(1);
    expect(list).toEqual(Array.from({ length: 400 }, (_, i) => i));
  });

  test("late events of a socket that was given up are not heard", async () => {
    const world = new World();
    const client = world.client();
    const list = world.read(client, "room");
    await world.advance(10);
    const old = world.network.sockets[0];
    client.disconnect();
    client.connect();
    await world.advance(10);
    old?.onmessage?.({ data: JSON.stringify(world.server.accept("elsewhere", "late")).replace("elsewhere", "room") });
    old?.onclose?.({ code: 4600, reason: "late", wasClean: true });
    await world.advance(10);
    expect(list).toEqual([]);
    expect(client.state.kind).toBe("live");
  });
});

describe("19: everything can be seen", () => {
  test("each transition has cause, code, reason, attempt and next try; the log has no address and no token", async () => {
    const world = new World(() => 0.5);
    const lines: string[] = [];
    const { client, seen } = transitions(world, { url: "ws://server/live?token=secret" });
    client.on("transition", (transition) => lines.push(transitionText(transition)));
    await world.advance(10);
    for (const peer of world.server.sessions.keys()) peer.close(4300, "moving");
    await world.advance(5);
    const retryAt = (client.state as ClientState & { kind: "waiting" }).retryAt;
    expect(seen.at(-1)).toEqual({ from: "connected", to: "waiting", cause: "down", code: 4300, reason: "moving", attempt: 2, retryAt });
    expect(lines.at(-1)).toBe("connected → waiting by down (4300 moving), attempt 2");
    expect(lines.join()).not.toMatch(/secret|server/);
    expect(client.stats()).toMatchObject({ connections: 1, attempts: 1 });
  });

  test("a lost connection is told after 5 s, not at once, and not if it is back", async () => {
    const world = new World(() => 0.999);
    const client = world.client();
    let lost = 0;
    client.on("lost", () => lost++);
    await world.advance(10);
    world.network.cut();
    await world.advance(4_500);
    expect(lost).toBe(0);
    expect(client.state.kind).toBe("live");
    world.network.mode = "refuse";
    world.network.cut();
    await world.advance(4_990);
    expect(lost).toBe(0);
    await world.advance(60_000);
    expect(lost).toBe(1);
  });

  test("the page has one honest state, in words", async () => {
    const world = new World(() => 0.9);
    const client = world.client();
    const texts: string[] = [];
    client.on("state", (state) => texts.push(stateText(state, world.clock.now())));
    world.read(client, "room", { after: "0" });
    await world.advance(10);
    world.network.cut();
    void client.publish("room", 1);
    void client.publish("room", 2);
    world.page.fire("offline");
    expect(client.state).toEqual({ kind: "offline", queued: 2 });
    await world.advance(10_000);
    expect(texts.filter((text, i) => text !== texts[i - 1])).toEqual([
      "Catching up",
      "Live",
      "Reconnecting in 4 s",
      "Reconnecting in 4 s, 1 queued",
      "Reconnecting in 4 s, 2 queued",
      "Offline, 2 queued",
      "Catching up",
      "Live",
    ]);
  });

  test("a code of range stop is not retried, and said", async () => {
    const world = new World();
    const client = world.client();
    await world.advance(10);
    for (const peer of world.server.sessions.keys()) peer.close(4604, "not_permitted");
    await world.advance(600_000);
    expect(world.network.sockets).toHaveLength(1);
    expect(stateText(client.state, 0)).toBe("Refused: not_permitted");
    expect(world.page.listeners).toBe(0);
    client.connect();
    await world.advance(10);
    expect(client.state.kind).toBe("live");
  });
});

test("the link's transition table", () => {
  const states: Record<LinkState["kind"], LinkState> = {
    idle: { kind: "idle" },
    connecting: { kind: "connecting", failures: 0, lostAt: 0 },
    connected: { kind: "connected", failures: 0, since: 0 },
    waiting: { kind: "waiting", failures: 1, lostAt: 0, retryAt: 5, notBefore: 0, code: 1006, reason: "" },
    paused: { kind: "paused" },
    failed: { kind: "failed", code: 4600, reason: "" },
  };
  const stop: LinkEvent = { kind: "down", code: 4600, reason: "" };
  const down: LinkEvent = { kind: "down", code: 1006, reason: "" };
  const table: [LinkEvent, Partial<Record<LinkState["kind"], LinkState["kind"]>>][] = [
    [{ kind: "start" }, { idle: "connecting", failed: "connecting" }],
    [{ kind: "stop" }, { connecting: "idle", connected: "idle", waiting: "idle", paused: "idle", failed: "idle" }],
    [{ kind: "timer" }, { waiting: "connecting" }],
    [{ kind: "hint" }, { waiting: "connecting" }],
    [{ kind: "ready" }, { connecting: "connected" }],
    [down, { connecting: "waiting", connected: "waiting" }],
    [stop, { connecting: "failed", connected: "failed" }],
    [{ kind: "again", code: 1006, reason: "" }, { connecting: "connecting", connected: "connecting" }],
    [{ kind: "pagehide" }, { connecting: "paused", connected: "paused", waiting: "paused" }],
    [{ kind: "pageshow" }, { paused: "connecting" }],
  ];
  for (const [event, moves] of table) {
    for (const state of Object.values(states)) {
      const next = nextLinkState(state, event, { now: 1, stableMillis: 5_000, wait: () => 1 });
      expect(next.kind, `${state.kind} by ${event.kind}`).toBe(moves[state.kind] ?? state.kind);
      if (moves[state.kind] === undefined) expect(next).toBe(state);
    }
  }
});
