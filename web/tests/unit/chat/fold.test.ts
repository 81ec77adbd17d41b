// What a room's publications come to.

import { describe, expect, test } from "vitest";
import { Fold, type Message, type Publication } from "../../../apps/src/chat/fold.js";
import type { RoomPayload } from "../../../apps/src/chat/payload.js";
import { seeded } from "../client/support/clock.js";

let nextOffset = 1;

function publication(from: string, payload: RoomPayload, key?: string, life = 0): Publication {
  const offset = nextOffset++;
  return { place: { life, offset }, position: `p${offset}`, at: offset * 1_000, from, key, payload };
}

const say = (from: string, text: string, key: string, life = 0) =>
  publication(from, { kind: "message", text, tab: "t", n: 1 }, key, life);
const edit = (from: string, of: string, text: string) => publication(from, { kind: "edit", of, text });
const remove = (from: string, of: string) => publication(from, { kind: "delete", of });
const react = (from: string, of: string, emoji: string, on = true) => publication(from, { kind: "reaction", of, emoji, on });

function fold(...publications: Publication[]): Fold {
  const into = new Fold();
  for (const one of publications) into.apply(one);
  return into;
}

const texts = (messages: readonly Message[]) => messages.filter(({ isDeleted }) => !isDeleted).map(({ text }) => text);

describe("a room", () => {
  test("has its messages in the order of their places, with their newest texts", () => {
    const room = fold(say("ada", "one", "a"), say("bo", "two", "b"), edit("ada", "a", "ONE"), edit("ada", "a", "One"));
    expect(room.messages()).toMatchObject([
      { id: "a", text: "One", isEdited: true, from: "ada" },
      { id: "b", text: "two", isEdited: false },
    ]);
  });

  test("takes a message back for its author only, and believes only the author's edits", () => {
    const room = fold(say("ada", "one", "a"), edit("bo", "a", "forged"), remove("bo", "a"));
    expect(texts(room.messages())).toEqual(["one"]);
    room.apply(remove("ada", "a"));
    expect(texts(room.messages())).toEqual([]);
  });

  test("counts each user once per emoji, in the order in which they reacted, and lets them take it back", () => {
    const room = fold(
      say("ada", "one", "a"),
      react("bo", "a", "👍"),
      react("cy", "a", "🎉"),
      react("cy", "a", "👍"),
      react("bo", "a", "👍"),
      react("cy", "a", "🎉", false),
    );
    expect(room.messages()[0]?.reactions).toEqual([{ emoji: "👍", users: ["cy", "bo"] }]);
  });

  test("keeps what is said about a message until the message itself is paged in", () => {
    const message = say("ada", "one", "a");
    const room = fold(edit("bo", "a", "forged"), edit("ada", "a", "better"), react("bo", "a", "👍"));
    expect(room.messages()).toEqual([]);
    room.apply(message);
    expect(room.messages()).toMatchObject([{ text: "better", reactions: [{ emoji: "👍", users: ["bo"] }] }]);
  });

  test("gives a key to whoever used it first, whichever of the two comes first", () => {
    const [mine, stolen] = [say("ada", "mine", "a"), say("bo", "stolen", "a")];
    for (const room of [fold(mine, stolen), fold(stolen, mine)]) {
      room.apply(edit("bo", "a", "forged"));
      room.apply(edit("ada", "a", "better"));
      expect(room.messages()).toMatchObject([
        { text: "better", key: "a", from: "ada" },
        { text: "stolen", key: undefined, from: "bo" },
      ]);
    }
  });

  test("puts another life of the stream after all before it", () => {
    const old = say("ada", "old", "a");
    nextOffset = 1;
    expect(texts(fold(say("ada", "new", "b", 1), old).messages())).toEqual(["old", "new"]);
  });

  test("makes a message anew only if something about it has changed", () => {
    const room = fold(say("ada", "one", "a"), say("ada", "two", "b"));
    const before = room.messages();
    room.apply(react("bo", "b", "👍"));
    const after = room.messages();
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });

  test("lets go of its oldest messages, and knows what was said about them when they come again", () => {
    const all = Array.from({ length: 10 }, (_, i) => say("ada", `m${i}`, `k${i}`));
    const room = fold(...all, edit("ada", "k1", "better"));
    room.keepNewest(4);
    expect(texts(room.messages())).toEqual(["m6", "m7", "m8", "m9"]);
    for (const one of all.slice(0, 3)) room.apply(one);
    expect(texts(room.messages()).slice(0, 3)).toEqual(["m0", "better", "m2"]);
  });
});

describe("whatever order they are folded in, and however often", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i", (seed) => {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const users = ["ada", "bo", "cy"];
    const keys: string[] = [];
    const script = Array.from({ length: 200 }, (_, i) => {
      const what = random();
      if (keys.length === 0 || what < 0.4) {
        // Now and then a key that was used before, by whoever it is.
        const key = random() < 0.1 && keys.length > 0 ? pick(keys) : `key-${i}`;
        keys.push(key);
        return say(pick(users), `text ${i}`, key);
      }
      if (what < 0.6) return edit(pick(users), pick(keys), `edit ${i}`);
      if (what < 0.7) return remove(pick(users), pick(keys));
      return react(pick(users), pick(keys), pick(["👍", "🎉"]), random() < 0.7);
    });
    const wanted = fold(...script).messages();
    expect(wanted.length).toBeGreaterThan(40);

    for (let round = 0; round < 5; round++) {
      const shuffled = [...script, ...script.slice(0, 60)];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [shuffled[i], shuffled[j]] = [shuffled[j] as Publication, shuffled[i] as Publication];
      }
      const room = new Fold();
      for (const one of shuffled) {
        room.apply(one);
        if (random() < 0.1) room.messages();
      }
      expect(room.messages()).toEqual(wanted);
    }
  });
});
