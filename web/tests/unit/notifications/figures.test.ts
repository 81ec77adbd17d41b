// What the lab counts, and what it says of it.

import { expect, test } from "vitest";
import { Window, type Account } from "../../../apps/src/notifications/account.js";
import type { PaneFigures } from "../../../apps/src/notifications/figures.js";
import { Inbox } from "../../../apps/src/notifications/inbox.js";
import { Samples } from "../../../apps/src/notifications/samples.js";
import { ServerClock } from "../../../apps/src/notifications/server-clock.js";
import { Tally } from "../../../apps/src/notifications/tally.js";
import { verdict } from "../../../apps/src/notifications/verdict.js";

test("numbers that are skipped are lost until they come, and those that come again are told apart", () => {
  const tally = new Tally();
  for (const n of [7, 8, 11, 9, 9, 12]) tally.see(n);
  expect([tally.received, tally.lost, tally.reordered, tally.duplicate]).toEqual([5, 1, 1, 1]);
});

test("what follows a resync is judged by itself", () => {
  const tally = new Tally();
  tally.see(5);
  tally.resync();
  tally.see(40);
  expect(tally.lost).toBe(0);
});

test("a new count is of the numbers after the one that it began with, whatever is still on its way", () => {
  const tally = new Tally();
  for (const n of [1, 3]) tally.see(n);
  tally.reset(5);
  for (const n of [2, 4, 5, 7]) tally.see(n);
  expect([tally.received, tally.lost, tally.duplicate, tally.reordered]).toEqual([1, 1, 0, 0]);
});

test("percentiles are of the newest samples, by nearest rank", () => {
  const samples = new Samples();
  expect(samples.quantile(0.5)).toBeUndefined();
  for (let i = 1; i <= 5_100; i++) samples.add(i);
  expect(samples.count).toBe(5_100);
  expect(samples.quantile(0.5)).toBe(2_600);
  expect(samples.quantile(1)).toBe(5_100);
});

test("the fastest of the last eight answers sets the clock", () => {
  const clock = new ServerClock();
  expect(clock.offset).toBeUndefined();
  clock.take({ asked: 0, server: 1_001, answered: 2 });
  clock.take({ asked: 100, server: 1_190, answered: 150 });
  expect(clock.offset).toEqual({ millis: 1_000, plusMinus: 1 });
  for (let i = 0; i < 8; i++) clock.take({ asked: 1_000, server: 3_005, answered: 1_010 });
  expect(clock.offset).toEqual({ millis: 2_000, plusMinus: 5 });
});

function account(lane: string, requests: number, bytes: number): Account {
  const parts = { framing: bytes, envelope: 0, data: 0 };
  return { lane, at: 0, requests, webSockets: 0, in: parts, out: parts, proxy: { up: bytes, down: bytes } };
}

test("a window goes on over a server that was started again, whose counts begin anew", () => {
  const window = new Window();
  window.take(account("a", 10, 1_000));
  window.reset();
  window.take(account("a", 12, 1_200));
  window.take(account("b", 1, 50));
  window.take(account("b", 2, 80));
  expect(window.carried.requests).toBe(4);
  expect(window.carried.up.framing).toBe(280);
  expect(window.disagreement).toBe(0);
});

const none = { framing: 0, envelope: 0, data: 0 };

function pane(id: PaneFigures["id"], bytesPerMessage: number | undefined, more: Partial<PaneFigures> = {}): PaneFigures {
  const received = bytesPerMessage === undefined ? 0 : 20;
  const down = { framing: (bytesPerMessage ?? 0) * received - 2_000, envelope: 0, data: 2_000 };
  const zeros = { measured: received, lost: 0, duplicate: 0, reordered: 0, requests: 0, reconnects: 0, samples: received };
  const times = { p50: 2, p95: 3, p99: 4, disagreement: 0, recoveredFrom: undefined, recoveryMillis: undefined };
  return { id, received, ...zeros, bytesPerMessage, up: none, down, ...times, ...more };
}

const load = { rate: 1, size: 100, pollMillis: 1_000 };

test("the verdict names the cheapest and the dearest, by how much, and who asked how often", () => {
  const said = verdict([pane("websocket", 320), pane("sse", 330), pane("longpoll", 1_600, { requests: 20 })], load).join("\n");
  expect(said).toContain("WebSocket takes the fewest bytes: 320 B for a message of 100 B, at 1 a second.");
  expect(said).toContain("Long polling takes the most: 1,600 B, 5.0 times as many. 94 % of what it carried was not data.");
  expect(said).toContain("Long polling asked 20 times for 20 messages");
  expect(said).toContain("Nothing was lost, came twice or out of order.");
});

test("the verdict says nothing before there is enough to say it from, and does not hide harm", () => {
  expect(verdict([pane("websocket", 320), pane("sse", undefined)], load)).toHaveLength(1);
  expect(verdict([pane("websocket", 320, { lost: 2 }), pane("sse", 330)], load).join("\n")).toContain("WebSocket: 2 lost, 0 twice, 0 out of order.");
});

test("an inbox is what its events come to, whoever said them", () => {
  const inbox = new Inbox();
  for (const offset of [1, 2, 3]) inbox.take({ kind: "note", title: `n${offset}`, body: "" }, offset, undefined);
  expect(inbox.unread).toBe(3);
  inbox.take({ kind: "read", upTo: 2 }, 4, undefined);
  inbox.take({ kind: "unread", of: 1 }, 5, undefined);
  inbox.take({ kind: "archive", of: 2 }, 6, undefined);
  expect(inbox.notes.map(({ title, isRead }) => [title, isRead])).toEqual([["n3", false], ["n1", false]]);
  expect(inbox.head).toBe(3);
  inbox.forget();
  expect(inbox.unread).toBe(0);
});
