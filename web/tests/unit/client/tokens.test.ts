// Behaviours 13 and 14: a token in time, once, and gone when its user goes.

import { describe, expect, test } from "vitest";
import type { Client, ClientOptions, TokenReason } from "@carillon/client";
import { stateText, transitionText } from "@carillon/client";
import { World } from "./support/world.js";

/** A world whose server wants a token, and an app that has one after so many milliseconds. */
class Door {
  readonly world = new World();
  readonly reasons: TokenReason[] = [];
  asking = 0;
  mostAsking = 0;
  delay = 0;
  /** How long a token lasts, in milliseconds. */
  life = 300_000;
  user = "ada";
  #tokens = 0;

  constructor() {
    this.world.server.tokens.set("nobody's", { refused: "token_invalid" });
  }

  readonly getToken: NonNullable<ClientOptions["getToken"]> = async ({ reason }) => {
    this.reasons.push(reason);
    this.mostAsking = Math.max(this.mostAsking, ++this.asking);
    await new Promise<void>((resolve) => this.world.clock.setTimeout(resolve, this.delay));
    this.asking--;
    return this.issue();
  };

  issue(user = this.user): string {
    const token = `token-${++this.#tokens}`;
    this.world.server.tokens.set(token, { user, until: this.world.clock.now() + this.life });
    return token;
  }

  client(options: Partial<ClientOptions> = {}): Client {
    return this.world.client({ getToken: this.getToken, ...options });
  }

  get said(): string[] {
    return this.world.server.heard.map(({ type }) => type);
  }
}

describe("13: the token", () => {
  test("is the first thing that is said after hello, and never in an address; all else waits until it was accepted", async () => {
    const door = new Door();
    const client = door.client();
    const list = door.world.read(client, "room", { after: "0" });
    const receipt = client.publish("room", 1);
    expect(client.signal("room", "too early")).toBe(false);
    await door.world.advance(20);
    expect(await receipt).toMatchObject({ offset: 1 });
    expect(door.said.slice(0, 3)).toEqual(["authenticate", "subscribe", "publish"]);
    expect(list).toEqual([1]);
    expect(client.user).toBe("ada");
    expect(door.world.network.sockets.map(({ url }) => url)).toEqual([expect.stringMatching(/^ws:\/\/server\/live\?session=[\w-]{22}$/)]);
    expect(door.reasons).toEqual(["connect"]);
  });

  test("is renewed on the live connection before it ends, once, however often the server reminds", async () => {
    const door = new Door();
    const client = door.client();
    const seen: unknown[] = [];
    client.on("expiring", (event) => seen.push(event));
    await door.world.advance(100);
    door.delay = 5_000;
    const reminder = JSON.stringify({ type: "error", code: 4305, name: "token_expiring", message: "soon", retry: 30_000 });
    for (const peer of door.world.server.sessions.keys()) [1, 2, 3].forEach(() => peer.send(reminder));
    await door.world.advance(10_000);
    expect(door.reasons).toEqual(["connect", "expiring"]);
    expect(seen).toHaveLength(3);
    expect(door.said).toEqual(["authenticate", "authenticate"]);

    door.delay = 10;
    await door.world.advance(20 * 60_000);
    expect(door.reasons.slice(2).every((reason) => reason === "expiring")).toBe(true);
    expect(door.reasons.length).toBeGreaterThan(4);
    expect(door.mostAsking).toBe(1);
    expect(door.world.network.sockets).toHaveLength(1);
    expect(client.state.kind).toBe("live");
  });

  test("is asked for once, though the connection was lost while the answer was out", async () => {
    const door = new Door();
    const client = door.client();
    await door.world.advance(100);
    door.delay = 15_000;
    await door.world.advance(270_000);
    expect(door.reasons).toEqual(["connect", "expiring"]);
    door.world.network.cut();
    await door.world.advance(30_000);
    expect(door.reasons).toEqual(["connect", "expiring"]);
    expect(door.mostAsking).toBe(1);
    expect(client.state.kind).toBe("live");
  });

  test("that comes when its connection was lost meanwhile is presented on the next, once", async () => {
    const door = new Door();
    door.delay = 15_000;
    const client = door.client({ attemptMillis: 60_000, backoff: { min: 10, first: 20, max: 20 } });
    for (let second = 0; second < 14; second++) {
      await door.world.advance(1_000);
      if (second % 4 === 1) door.world.network.cut();
    }
    await door.world.advance(5_000);
    expect(door.world.network.sockets).toHaveLength(5);
    expect(door.said).toEqual(["authenticate"]);
    expect(door.reasons).toEqual(["connect"]);
    expect(client.state.kind).toBe("live");
  });

  test("that ended while the machine slept is asked for as expired, and the client connects", async () => {
    const door = new Door();
    const client = door.client();
    const list = door.world.read(client, "room", { after: "0" });
    await door.world.advance(100);
    door.world.network.cut();
    door.world.clock.sleep(600_000);
    door.world.server.accept("room", "missed");
    await door.world.advance(10_000);
    expect(door.reasons).toEqual(["connect", "expired"]);
    expect(client.state.kind).toBe("live");
    expect(list).toEqual(["missed"]);
  });

  test("that ends without a reminder ends the connection, and a new one is made at once", async () => {
    const door = new Door();
    const client = door.client();
    await door.world.advance(100);
    for (const peer of door.world.server.sessions.keys()) peer.close(4621, "token_expired");
    await door.world.advance(100);
    expect(door.reasons).toEqual(["connect", "expired"]);
    expect(client.state.kind).toBe("live");
    expect(door.world.network.sockets).toHaveLength(2);
  });

  test("without a function to ask, its end is a failure that says so, and setToken repairs it", async () => {
    const door = new Door();
    const client = door.world.client();
    client.setToken(door.issue());
    const expiring: unknown[] = [];
    client.on("expiring", (event) => expiring.push(event));
    await door.world.advance(600_000);
    expect(expiring).toEqual([{ millis: 30_000 }]);
    expect(client.state).toMatchObject({ kind: "failed", code: 4621 });
    expect(stateText(client.state, 0)).toBe("Refused: token_expired, and no other token was given");
    expect(door.world.network.sockets).toHaveLength(1);
    client.setToken(door.issue());
    await door.world.advance(100);
    expect(client.state.kind).toBe("live");
  });

  test("a client without any is refused, waits, and starts with the first that it is given", async () => {
    const door = new Door();
    const client = door.world.client();
    const list = door.world.read(client, "room", { after: "0" });
    await door.world.advance(10);
    const receipt = client.publish("room", 0);
    await door.world.advance(600_000);
    expect(client.state).toEqual({ kind: "failed", code: 4605, reason: "unauthenticated, and no other token was given", queued: 1 });
    door.world.server.accept("room", 1);
    client.setToken(door.issue());
    await door.world.advance(100);
    expect(list).toEqual([1, 0]);
    expect(await receipt).toMatchObject({ offset: 2 });
  });

  test("refused again and again, with a new one each time, is refused for good", async () => {
    const door = new Door();
    const client = door.world.client({
      getToken: ({ reason }) => {
        door.reasons.push(reason);
        return "unknown";
      },
    });
    await door.world.advance(600_000);
    expect(door.reasons).toEqual(["connect", "refused", "refused"]);
    expect(client.state).toMatchObject({ kind: "failed", code: 4624 });
    expect(door.world.network.sockets).toHaveLength(3);
    client.setToken(door.issue());
    await door.world.advance(100);
    expect(client.state.kind).toBe("live");
  });

  test("revoked is for good at once: another token of the same kind would not help", async () => {
    const door = new Door();
    const client = door.client();
    await door.world.advance(100);
    for (const peer of door.world.server.sessions.keys()) peer.close(4625, "revoked");
    await door.world.advance(60_000);
    expect(client.state).toMatchObject({ kind: "failed", code: 4625 });
    expect(door.reasons).toEqual(["connect"]);
  });

  test("an app that cannot give one is asked again with the next attempt, and its error is told", async () => {
    const door = new Door();
    const errors: unknown[] = [];
    let fails = true;
    const client = door.client({
      getToken: (request) => {
        if (fails) throw new Error("the shop is closed");
        return door.getToken(request);
      },
    });
    client.on("error", ({ error }) => errors.push(error));
    await door.world.advance(5);
    expect(client.state).toMatchObject({ kind: "waiting", reason: "getToken failed" });
    expect(errors).toEqual([new Error("the shop is closed")]);
    fails = false;
    await door.world.advance(10_000);
    expect(client.state.kind).toBe("live");
  });

  test("an app that never answers is not waited for beyond 30 s, and what it answers then is left aside", async () => {
    const door = new Door();
    door.delay = 300_000;
    const client = door.client();
    await door.world.advance(10_000);
    expect(door.reasons).toEqual(["connect"]);
    door.delay = 0;
    await door.world.advance(60_000);
    expect(client.state.kind).toBe("live");
    const said = door.said.length;
    await door.world.advance(60_000);
    expect(door.said.filter((type) => type === "authenticate")).toHaveLength(1);
    expect(door.said.length).toBeGreaterThanOrEqual(said);
  });

  test("a renewal that is refused is tried once more, and the session goes on meanwhile", async () => {
    const door = new Door();
    let answers = ["unknown"];
    const client = door.client({ getToken: (request) => (request.reason === "expiring" ? (answers.pop() ?? door.issue()) : door.getToken(request)) });
    await door.world.advance(280_000);
    expect(door.reasons).toEqual(["connect", "refused"]);
    answers = [];
    await door.world.advance(600_000);
    expect(client.state.kind).toBe("live");
    expect(door.world.network.sockets).toHaveLength(1);
  });

  test("whose renewal fails is used to its end; then the app is asked again", async () => {
    const door = new Door();
    const errors: unknown[] = [];
    const client = door.client({
      getToken: (request) => {
        if (request.reason === "expiring") throw new Error("the shop is closed");
        return door.getToken(request);
      },
    });
    client.on("error", ({ error }) => errors.push(error));
    await door.world.advance(275_000);
    expect(errors).toEqual([new Error("the shop is closed")]);
    door.world.network.cut();
    await door.world.advance(10_000);
    expect(door.reasons).toEqual(["connect"]);
    expect(client.state.kind).toBe("live");
    await door.world.advance(30_000);
    expect(door.reasons).toEqual(["connect", "expired"]);
    expect(client.state.kind).toBe("live");
  });

  test("that nobody renews is used to its end, too", async () => {
    const door = new Door();
    const client = door.client({ getToken: (request) => (request.reason === "expiring" ? null : door.getToken(request)) });
    await door.world.advance(290_000);
    expect(client.state.kind).toBe("live");
    expect(door.world.network.sockets).toHaveLength(1);
    await door.world.advance(20_000);
    expect(door.reasons).toEqual(["connect", "expired"]);
  });

  test("that came too late for its connection is presented on the next, without another question", async () => {
    const door = new Door();
    const client = door.client();
    await door.world.advance(100);
    door.delay = 29_995;
    await door.world.advance(300_500);
    expect(door.reasons).toEqual(["connect", "expiring"]);
    expect(client.state.kind).toBe("live");
  });

  test("after a failure, connect() tries again with all patience", async () => {
    const door = new Door();
    let isGood = false;
    const client = door.client({ getToken: (request) => (isGood ? door.getToken(request) : (door.reasons.push(request.reason), "unknown")) });
    await door.world.advance(60_000);
    expect(client.state.kind).toBe("failed");
    isGood = true;
    client.connect();
    await door.world.advance(1_000);
    expect(client.state.kind).toBe("live");
  });

  test("of another user begins a new session, and what the first one wrote is not sent in his name", async () => {
    const door = new Door();
    const client = door.client();
    await door.world.advance(100);
    door.world.server.acknowledges = false;
    const outcome = client.publish("room", "by ada").catch((error: unknown) => error);
    client.setToken(door.issue("bob"));
    await door.world.advance(100);
    expect(client.user).toBe("bob");
    expect(await outcome).toMatchObject({ kind: "closed", maybeAccepted: true });
    expect(door.said.filter((type) => type === "publish")).toHaveLength(1);
    expect(door.world.network.sockets).toHaveLength(2);
  });

  test("no transition and no log line has it", async () => {
    const door = new Door();
    const lines: string[] = [];
    const client = door.client();
    client.on("transition", (transition) => lines.push(transitionText(transition), JSON.stringify(transition)));
    await door.world.advance(600_000);
    door.world.network.cut();
    await door.world.advance(60_000);
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join()).not.toContain("token-");
  });
});

describe("14: the user leaves", () => {
  test("the token, the queue and the subscriptions are gone, here and in the user's other tabs", async () => {
    const door = new Door();
    const tabs = [door.client(), door.client()] as const;
    const lists = tabs.map((client) => door.world.read(client, "room"));
    await door.world.advance(100);
    door.world.network.mode = "refuse";
    door.world.network.cut();
    const outcomes = tabs.map((client) => client.publish("room", "unsent").catch((error: unknown) => error));
    tabs[0].logout();
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ kind: "closed", message: "The user has logged out." });
    expect(tabs.map(({ state, user }) => [state, user])).toEqual([
      [{ kind: "idle", queued: 0 }, undefined],
      [{ kind: "idle", queued: 0 }, undefined],
    ]);
    door.world.network.mode = "accept";
    const before = door.reasons.length;
    await door.world.advance(600_000);
    expect(door.reasons).toHaveLength(before);
    door.user = "bob";
    tabs[0].connect();
    await door.world.advance(100);
    expect(tabs[0].user).toBe("bob");
    expect(door.reasons.slice(before)).toEqual(["connect"]);
    expect(door.said.filter((type) => type === "publish")).toEqual([]);
    door.world.server.accept("room", "later");
    await door.world.advance(100);
    expect(lists).toEqual([[], []]);
  });

  test("another user's tab goes on", async () => {
    const door = new Door();
    const ada = door.client();
    await door.world.advance(100);
    door.user = "bob";
    const bob = door.client();
    await door.world.advance(100);
    ada.logout();
    await door.world.advance(100);
    expect([ada.state.kind, bob.state.kind, bob.user]).toEqual(["idle", "live", "bob"]);
  });

  test("a token that comes after the user has left is not used", async () => {
    const door = new Door();
    door.delay = 1_000;
    const client = door.client();
    await door.world.advance(500);
    client.logout();
    await door.world.advance(2_000);
    door.user = "bob";
    client.connect();
    await door.world.advance(2_000);
    expect(client.user).toBe("bob");
    expect(door.reasons).toEqual(["connect", "connect"]);
  });

  test("the name under which tabs find each other has no token in it", () => {
    const door = new Door();
    door.client({ url: "http://server/live?token=secret" });
    expect(door.world.tabs.names).toEqual(["carillon ws://server/live"]);
  });
});
