// The page's own lane: kept over a reload, made anew when the server is another one.

import { beforeEach, expect, test } from "vitest";
import type { Connection, ConnectionEvents, TransportContext } from "@carillon/client";
import { PageLane, type Fault } from "../../../apps/src/network/lane.js";
import { FakeClock, settled } from "../client/support/clock.js";

/** A server with lanes, which can be killed and started again. */
class Lanes {
  readonly lanes = new Map<string, Fault>();
  isUp = true;
  refusesWith: number | undefined;
  #made = 0;

  fetch = (path: string, init: RequestInit): Promise<Response> => {
    if (!this.isUp) return Promise.reject(new TypeError("Failed to fetch"));
    if (path === "/network/lanes") {
      if (this.refusesWith !== undefined) return answer(this.refusesWith, {});
      const id = `lane${++this.#made}`;
      this.lanes.set(id, { fault: "none" });
      return answer(201, this.#describe(id));
    }
    const id = path.split("/").at(-1) ?? "";
    if (!this.lanes.has(id)) return answer(404, {});
    if (init.method === "POST") this.lanes.set(id, JSON.parse(String(init.body)) as Fault);
    return answer(200, this.#describe(id));
  };

  #describe(id: string): object {
    const bytes = { up: { passed: 10 }, down: { passed: 20 } };
    return { lane: id, port: 40_000 + Number(id.slice(4)), ...this.lanes.get(id), bytes, connections: { open: 1, total: 2 } };
  }
}

function answer(status: number, body: object): Promise<Response> {
  return Promise.resolve(new Response(JSON.stringify(body), { status }));
}

let clock: FakeClock;
let server: Lanes;
let storage: Map<string, string>;
beforeEach(() => {
  clock = new FakeClock();
  server = new Lanes();
  storage = new Map();
});

function newPage(): PageLane {
  return new PageLane({
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    fetch: server.fetch as unknown as typeof fetch,
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
      removeItem: (key) => void storage.delete(key),
    },
    changed: () => {},
  });
}

/** How often a client is told that the network is back. */
function told(lane: PageLane): { times: number } {
  const count = { times: 0 };
  const browser = { isOnline: () => true, isHidden: () => false, listen: () => () => {} };
  lane.page(browser).listen("online", () => count.times++);
  return count;
}

test("connections go through the lane's port", async () => {
  const lane = newPage();
  expect(lane.through("ws://localhost:8080/live?session=1")).toBe("ws://localhost:8080/live?session=1");
  await lane.open();
  expect(lane.through("ws://localhost:8080/live?session=1")).toBe("ws://localhost:40001/live?session=1");
  expect(lane.state).toMatchObject({ kind: "open", port: 40_001, counts: { up: 10, down: 20, open: 1, total: 2 } });
});

test("a transport is given one context for good, and finds in it the lane that there is by then", async () => {
  const lane = newPage();
  await lane.open();
  const given: TransportContext[] = [];
  const transport = lane.carry((_, context) => {
    given.push(context);
    return {} as Connection;
  });
  const context = { env: {}, url: "ws://localhost:8080/live", session: "s", token: () => Promise.resolve("t") } as TransportContext;
  transport({} as ConnectionEvents, context);
  server.lanes.clear();
  await clock.advance(6_000);
  transport({} as ConnectionEvents, context);
  expect(given[1]).toBe(given[0]);
  expect(given[0]?.url).toBe("ws://localhost:40002/live");
  expect([given[0]?.session, await given[0]?.token()]).toEqual(["s", "t"]);
});

test("a reload goes on with the lane and what it suffers", async () => {
  const lane = newPage();
  await lane.open();
  await lane.suffer({ fault: "cut" });
  const next = newPage();
  await next.open();
  expect(next.state).toMatchObject({ kind: "open", id: "lane1", fault: { fault: "cut" } });
  expect(server.lanes.size).toBe(1);
});

test("when the server was killed and started again there is another lane, and the client is told to try", async () => {
  const lane = newPage();
  const online = told(lane);
  await lane.open();
  server.isUp = false;
  await clock.advance(20_000);
  expect(lane.state).toMatchObject({ kind: "open", id: "lane1" });
  server.lanes.clear();
  server.isUp = true;
  await clock.advance(6_000);
  expect(lane.state).toMatchObject({ kind: "open", id: "lane2" });
  expect(lane.through("ws://localhost:8080/live")).toBe("ws://localhost:40002/live");
  expect(online.times).toBe(1);
});

test("a lane that is whole again is told like a network that is back", async () => {
  const lane = newPage();
  const online = told(lane);
  await lane.open();
  await lane.suffer({ fault: "hang", direction: "both" });
  expect(online.times).toBe(0);
  await lane.suffer({ fault: "none" });
  expect(online.times).toBe(1);
});

test("whatever is asked at once is asked one after the other: what was asked for last is suffered in the end", async () => {
  const { fetch } = server;
  const held: (() => void)[] = [];
  let isSlow = false;
  server.fetch = async (path, init) => {
    if (isSlow) await new Promise<void>((resolve) => held.push(resolve));
    return fetch(path, init);
  };
  const lane = newPage();
  await lane.open();
  isSlow = true;
  const asked = Promise.all([lane.suffer({ fault: "cut" }), lane.suffer({ fault: "refuse" }), lane.suffer({ fault: "none" })]);
  for (let answered = 0; answered < 3; answered++) {
    await settled();
    expect(held.length).toBe(1);
    held.shift()?.();
  }
  await asked;
  expect(lane.state).toMatchObject({ fault: { fault: "none" } });
  expect([...server.lanes.values()]).toEqual([{ fault: "none" }]);
});

test("a page that begins without its server finds a lane when there is one", async () => {
  server.isUp = false;
  const lane = newPage();
  const online = told(lane);
  await lane.open();
  expect(lane.state).toEqual({ kind: "unknown" });
  await clock.advance(3_000);
  server.isUp = true;
  await clock.advance(1_000);
  expect(lane.state).toMatchObject({ kind: "open" });
  expect(online.times).toBe(1);
});

test("without a fault proxy, or with all its lanes taken, the page connects directly and asks no more", async () => {
  for (const status of [404, 405, 503]) {
    server.refusesWith = status;
    const lane = newPage();
    await lane.open();
    expect(lane.state).toMatchObject({ kind: "none" });
    expect(lane.through("ws://localhost:8080/live")).toBe("ws://localhost:8080/live");
    expect(clock.timers).toBe(0);
  }
});

test("a cut with an end is told as what it is, is over by itself, and the client hears of that", async () => {
  const lane = newPage();
  const count = told(lane);
  await lane.open();
  await lane.suffer({ fault: "cut", millis: 2_000 });
  expect(lane.state).toMatchObject({ fault: { fault: "cut", millis: 2_000 } });
  await clock.advance(1_000);
  expect(lane.state).toMatchObject({ fault: { fault: "cut", millis: 2_000 } });
  server.lanes.set("lane1", { fault: "none" });
  await clock.advance(500);
  expect(lane.state).toMatchObject({ fault: { fault: "none" } });
  expect(count.times).toBe(1);
});

test("pages of a tab that have names have lanes of their own, and each finds its own after a reload", async () => {
  const named = (name: string) =>
    new PageLane({
      name,
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
      fetch: server.fetch as unknown as typeof fetch,
      storage: { getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => void storage.set(key, value), removeItem: (key) => void storage.delete(key) },
      changed: () => {},
    });
  const [one, other] = [named("tracking"), named("fleet")];
  await one.open();
  await other.open();
  await one.suffer({ fault: "cut" });
  expect(other.state).toMatchObject({ id: "lane2", fault: { fault: "none" } });
  const again = named("tracking");
  await again.open();
  expect(again.state).toMatchObject({ id: "lane1", fault: { fault: "cut" } });
});
