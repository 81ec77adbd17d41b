// What is unread, and how the tabs of one user agree about it.

import { beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../../apps/src/chat/fold.js";
import { ReadState, SETTLE_MILLIS, unreadOf } from "../../../apps/src/chat/unread.js";
import { FakeClock } from "../client/support/clock.js";

function message(offset: number, from: string, text = "hello", more: Partial<Message> = {}): Message {
  const place = { life: 0, offset };
  const rest = { key: `k${offset}`, position: "", at: 0, isEdited: false, isDeleted: false, reactions: [] };
  return { id: `k${offset}`, place, from, text, ...rest, ...more };
}

describe("unread", () => {
  const messages = [message(3, "bo"), message(4, "ada"), message(6, "bo", "@ada?"), message(9, "bo", "", { isDeleted: true })];

  test("counts what others said since, and what names the reader", () => {
    const reader = { user: "ada", life: 0, hasOlder: false };
    expect(unreadOf(messages, { ...reader, read: 3 })).toEqual({ count: 1, mentions: 1, isMore: false, first: "k6" });
    expect(unreadOf(messages, { ...reader, read: undefined })).toMatchObject({ count: 2, first: "k3" });
    expect(unreadOf(messages, { ...reader, read: 9 })).toMatchObject({ count: 0, first: undefined });
  });

  test("says that there may be more where it reaches beyond what is held", () => {
    const reader = { user: "ada", life: 0, hasOlder: true };
    expect(unreadOf(messages, { ...reader, read: 1 }).isMore).toBe(true);
    expect(unreadOf(messages, { ...reader, read: 2 }).isMore).toBe(false);
    expect(unreadOf(messages, { ...reader, read: 1, hasOlder: false }).isMore).toBe(false);
  });

  test("leaves an earlier life of the room alone", () => {
    expect(unreadOf(messages, { user: "ada", life: 1, read: undefined, hasOlder: false }).count).toBe(0);
  });
});

describe("the tabs of one user", () => {
  type Told = Readonly<Record<string, number>>;
  let clock: FakeClock;
  let channel: Told[];
  let tabs: ReadState[];

  beforeEach(() => {
    clock = new FakeClock();
    channel = [];
    const tell = (rooms: Told) => {
      channel.push(rooms);
      for (const tab of tabs) tab.merge(new Map(Object.entries(rooms)));
      return Promise.resolve();
    };
    tabs = [new ReadState(clock, tell), new ReadState(clock, tell)];
  });

  test("are told once after a while, with the whole map", async () => {
    const [a, b] = tabs as [ReadState, ReadState];
    for (let offset = 1; offset <= 20; offset++) a.advance("general", offset);
    a.advance("random", 3);
    await clock.advance(SETTLE_MILLIS);
    expect(channel).toEqual([{ general: 20, random: 3 }]);
    expect([b.of("general"), b.of("random")]).toEqual([20, 3]);
    await clock.advance(60_000);
    expect(channel.length).toBe(1);
  });

  test("never go back", async () => {
    const [a, b] = tabs as [ReadState, ReadState];
    a.advance("general", 20);
    await clock.advance(SETTLE_MILLIS);
    expect(b.advance("general", 7)).toBe(false);
    expect(b.merge(new Map([["general", 7]]))).toBe(false);
    expect(b.of("general")).toBe(20);
  });

  test("agree when both went on at once, and the last word is the whole truth", async () => {
    const [a, b] = tabs as [ReadState, ReadState];
    a.advance("general", 20);
    b.advance("random", 7);
    await clock.advance(10 * SETTLE_MILLIS);
    for (const tab of tabs) expect([tab.of("general"), tab.of("random")]).toEqual([20, 7]);
    expect(channel.at(-1)).toEqual({ general: 20, random: 7 });
    const spoken = channel.length;
    await clock.advance(60_000);
    expect(channel.length).toBe(spoken);
  });

  test("tell later what could not be told now", async () => {
    let isConnected = false;
    const kept: Told[] = [];
    const tab = new ReadState(clock, (rooms) => {
      if (!isConnected) return Promise.reject(new Error("no connection"));
      kept.push(rooms);
      return Promise.resolve();
    });
    tab.advance("general", 5);
    await clock.advance(60_000);
    isConnected = true;
    tab.retry();
    await clock.advance(SETTLE_MILLIS);
    expect(kept).toEqual([{ general: 5 }]);
    tab.retry();
    await clock.advance(60_000);
    expect(kept.length).toBe(1);
  });
});
