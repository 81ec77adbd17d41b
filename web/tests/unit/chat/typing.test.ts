// "… is typing".

import { beforeEach, describe, expect, test } from "vitest";
import {
  EXPIRY_MILLIS,
  IDLE_MILLIS,
  RESEND_MILLIS,
  TypingSender,
  typingText,
  TypingUsers,
} from "../../../apps/src/chat/typing.js";
import { FakeClock } from "../client/support/clock.js";

let clock: FakeClock;
beforeEach(() => void (clock = new FakeClock()));

describe("whoever types", () => {
  let told: boolean[];
  let sender: TypingSender;
  beforeEach(() => {
    told = [];
    sender = new TypingSender(clock, (on) => told.push(on));
  });

  test("says so at once, and again only after a while", async () => {
    for (let key = 0; key < 10; key++) {
      sender.typed();
      await clock.advance(RESEND_MILLIS / 10);
    }
    expect(told).toEqual([true]);
    sender.typed();
    expect(told).toEqual([true, true]);
  });

  test("has stopped after a while without a key", async () => {
    sender.typed();
    await clock.advance(IDLE_MILLIS - 1);
    expect(told).toEqual([true]);
    await clock.advance(1);
    expect(told).toEqual([true, false]);
    await clock.advance(60_000);
    expect(told).toEqual([true, false]);
  });

  test("says nothing more after the message, and nothing where nothing was said", async () => {
    sender.stopped();
    sender.typed();
    sender.sent();
    await clock.advance(60_000);
    expect(told).toEqual([true]);
  });
});

describe("whoever reads", () => {
  let changes: number;
  let typing: TypingUsers;
  beforeEach(() => {
    changes = 0;
    typing = new TypingUsers(clock, () => changes++);
  });

  test("forgets those who were not heard of for a while, each in their time", async () => {
    typing.heard("ada", true);
    await clock.advance(3_000);
    typing.heard("bo", true);
    await clock.advance(EXPIRY_MILLIS - 3_001);
    expect(typing.users).toEqual(["ada", "bo"]);
    await clock.advance(1);
    expect(typing.users).toEqual(["bo"]);
    await clock.advance(3_000);
    expect(typing.users).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test("goes on seeing one who says so again", async () => {
    typing.heard("ada", true);
    await clock.advance(EXPIRY_MILLIS - 1);
    typing.heard("ada", true);
    await clock.advance(EXPIRY_MILLIS - 1);
    expect(typing.users).toEqual(["ada"]);
  });

  test("sees nobody who stopped, left or has sent, and nobody once the connection is gone", () => {
    typing.heard("ada", true);
    typing.heard("ada", false);
    typing.heard("bo", true);
    typing.gone("bo");
    expect(typing.users).toEqual([]);
    typing.heard("cy", true);
    typing.clear();
    expect([typing.users, clock.timers]).toEqual([[], 0]);
    typing.gone("nobody");
    expect(changes).toBe(6);
  });
});

test("names two and counts no further", () => {
  expect(typingText([])).toBe("");
  expect(typingText(["ada"])).toBe("ada is typing");
  expect(typingText(["ada", "bo"])).toBe("ada and bo are typing");
  expect(typingText(["ada", "bo", "cy"])).toBe("Several people are typing");
});
