// Tokens, presence and signals with the real server, on each transport; and the way around a blocked WebSocket.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import {
  createClient,
  webSocket,
  type Client,
  type ClientOptions,
  type NativeSocketConstructor,
  type Page,
  type PageEvent,
  type TokenReason,
} from "@carillon/client";
import { eventStream, longPoll, withFallback } from "@carillon/client/fallback";
import { startScissors } from "./support/scissors.js";
import { startServer, type Server } from "./support/server.js";
import { configurationWithTokens, token } from "./support/tokens.js";

let server: Server;
const clients: Client[] = [];

beforeAll(async () => {
  server = await startServer({ args: ["--config", configurationWithTokens("limits: {presenceGrace: 10s}\n")] });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await server?.stop();
});

const environment = { WebSocket: WebSocket as unknown as NativeSocketConstructor };
const backoff = { min: 20, first: 60, max: 200 };

function client(user: string, options: Partial<ClientOptions> = {}): Client {
  const made = createClient({ url: `${server.url}/live`, getToken: () => token(user, 60_000), environment, backoff, ...options });
  clients.push(made);
  return made;
}

/** A page that can be left, as by a reload. */
class LeavablePage implements Page {
  readonly isOnline = () => true;
  readonly isHidden = () => false;
  #leave: () => void = () => {};

  listen(type: PageEvent, listener: () => void): () => void {
    if (type === "pagehide") this.#leave = listener;
    return () => {};
  }

  leave(): void {
    this.#leave();
  }
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

// They wait more than they do, so all of them wait at the same time.
describe.concurrent.each(Object.entries({ websocket: webSocket, "event-stream": eventStream, "long-poll": longPoll }))("%s", (name, transport) => {
  test("a token of a few seconds is renewed in time, again and again, and no publication is missed", async ({ expect }) => {
    const reasons: TokenReason[] = [];
    const getToken: ClientOptions["getToken"] = ({ reason }) => {
      reasons.push(reason);
      // Told of its end a quarter of its life before, which is time enough for a machine that is busy with other things.
      return token("ada", 12_000);
    };
    const reader = client("ada", { transport: transport(), getToken });
    const writer = client("bob");
    const channel = `room:renew:${name}`;
    const received: unknown[] = [];
    void reader.subscribe(channel, { after: "0" }).each((delivery) => {
      received.push(delivery.kind === "publication" ? [delivery.from, delivery.data] : delivery);
    });
    const wanted: unknown[] = [];
    for (let n = 1; reasons.length < 3; n++) {
      await writer.publish(channel, n);
      wanted.push(["bob", n]);
      await pause(100);
    }
    await expect.poll(() => received.length).toBe(wanted.length);
    expect(received).toEqual(wanted);
    expect(reasons[0]).toBe("connect");
    expect(new Set(reasons.slice(1))).toEqual(new Set(["expiring"]));
    expect(reader.stats()).toMatchObject({ connections: 1, gaps: 0, duplicates: 0, missing: 0 });
    expect(reader.user).toBe("ada");
  });

  test("an expired token is asked for anew, one that nobody trusts is refused for good with its code", async ({ expect }) => {
    const reasons: TokenReason[] = [];
    const late = client("ada", {
      transport: transport(),
      getToken: ({ reason }) => {
        reasons.push(reason);
        return token("ada", reason === "expired" ? 60_000 : -5_000);
      },
    });
    await expect.poll(() => late.state.kind).toBe("live");
    expect(reasons).toEqual(["connect", "expired"]);
    const forged = client("eve", { transport: transport(), getToken: () => token("eve", 60_000, "a key that the server does not have, at all") });
    await expect.poll(() => forged.state).toMatchObject({ kind: "failed", code: 4624 });
    const nobody = client("nobody", { transport: transport(), getToken: () => null });
    void nobody.subscribe("room:1").each(() => {});
    await expect.poll(() => nobody.state).toMatchObject({ kind: "failed", code: 4605 });
    nobody.setToken(token("nobody", 60_000));
    await expect.poll(() => nobody.state.kind).toBe("live");
  });

  test("two users see each other and each other's signals; a reload is no leave, and who is gone has left", async ({ expect }) => {
    const channel = `room:presence:${name}`;
    const page = new LeavablePage();
    const ada = client("ada", { transport: transport(), environment: { ...environment, page } });
    const bob = client("bob");
    const watched = bob.subscribe(channel, { presence: true });
    const events: string[] = [];
    watched.on("join", ({ user }) => events.push(`+${user}`));
    watched.on("leave", ({ user }) => events.push(`-${user}`));
    const signals: unknown[] = [];
    watched.on("signal", ({ from, data }) => signals.push([from, data]));
    await expect.poll(() => watched.presence.map(({ user }) => user)).toEqual(["bob"]);
    const own = ada.subscribe(channel, { presence: true });
    own.on("signal", ({ from }) => expect(from).toBe("bob"));
    const adas = () => own.presence.map(({ user }) => user).sort();
    await expect.poll(adas).toEqual(["ada", "bob"]);
    await expect.poll(() => events).toEqual(["+ada"]);
    expect(ada.signal(channel, { typing: true })).toBe(true);
    await expect.poll(() => signals).toEqual([["ada", { typing: true }]]);
    const heard = new Promise((resolve) => own.on("signal", resolve));
    bob.signal(channel, "and back");
    expect(await heard).toMatchObject({ from: "bob", data: "and back" });

    // The page is reloaded: another client of the same user comes before the grace is over.
    page.leave();
    const again = client("ada", { transport: transport() });
    again.subscribe(channel, { presence: true });
    await expect.poll(() => again.state.kind).toBe("live");
    await pause(10_500);
    expect(events).toEqual(["+ada"]);
    again.close();
    await expect.poll(() => events).toEqual(["+ada", "-ada"]);
    expect(watched.presence.map(({ user }) => user)).toEqual(["bob"]);
  });

  test("history pages upwards", async ({ expect }) => {
    const channel = `room:history:${name}`;
    const ada = client("ada", { transport: transport() });
    for (let n = 1; n <= 25; n++) await ada.publish(channel, n);
    const seen: unknown[] = [];
    let before: string | undefined;
    for (let more = true; more; ) {
      const page = await ada.history(channel, { before, limit: 10 });
      seen.unshift(...page.publications.map(({ data }) => data));
      ({ more } = page);
      before = page.publications[0]?.position;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    await expect(ada.history("elsewhere")).rejects.toMatchObject({ kind: "refused", code: 4604 });
    await expect(ada.publish("elsewhere", 1)).rejects.toMatchObject({ kind: "refused", code: 4604 });
  });
});

test("where WebSockets are blocked a client is usable all the same, and moves to one when it gets through", async () => {
  const scissors = await startScissors(server.port);
  scissors.blocksWebSockets = true;
  const ada = client("ada", { url: `${scissors.url}/live`, transport: withFallback({ probeMillis: 100, webSocketMillis: 30_000, eventStreamMillis: 30_000 }) });
  expect(await ada.publish("room:blocked", 1)).toMatchObject({ offset: 1 });
  expect(ada.state).toMatchObject({ transport: "event-stream", note: "WebSockets do not get through" });
  scissors.blocksWebSockets = false;
  await expect.poll(() => ada.state).toMatchObject({ kind: "live", transport: "websocket" });
  expect(await ada.publish("room:blocked", 2)).toMatchObject({ offset: 2 });
  ada.close();
  await scissors.close();
});
