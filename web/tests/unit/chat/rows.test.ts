// What stands below each other in a room's list.

import { describe, expect, test } from "vitest";
import type { Message } from "../../../apps/src/chat/fold.js";
import { failure, withChanges, type Outgoing } from "../../../apps/src/chat/outgoing.js";
import { RowWindow } from "../../../apps/src/chat/row-window.js";
import { rowsOf, type Row, type RowsOf } from "../../../apps/src/chat/rows.js";
import { CarillonError } from "@carillon/client";

const MINUTE = 60_000;

function message(offset: number, from: string, more: Partial<Message> = {}): Message {
  const place = { life: 0, offset };
  const rest = { key: `k${offset}`, position: "", text: `text ${offset}`, isEdited: false, isDeleted: false, reactions: [] };
  return { id: `k${offset}`, place, from, at: offset * 1_000, ...rest, ...more };
}

function outgoing(payload: Outgoing["payload"], state: Outgoing["state"] = { kind: "sending" }): Outgoing {
  return { key: "out", payload, at: 1_000_000, state };
}

function rows(room: Partial<RowsOf>): readonly Row[] {
  const empty = { user: "ada", messages: [], outgoing: [], gaps: [], seams: new Set<string>(), newFrom: undefined };
  return rowsOf({ ...empty, above: "beginning", day: () => "Today", ...room });
}

/** `+` for a message that continues the one before it. */
const shape = (of: readonly Row[]) =>
  of.map((row) => (row.kind === "message" ? `${row.isContinued ? "+" : ""}${row.id}` : row.kind)).join(" ");

describe("the rows of a room", () => {
  test("say a name once for what one says shortly after each other", () => {
    const messages = [message(1, "bo"), message(2, "bo"), message(3, "ada"), message(4, "bo"), message(5, "bo", { at: 10 * MINUTE })];
    expect(shape(rows({ messages }))).toBe("above day k1 +k2 k3 k4 k5");
  });

  test("begin each day with its name", () => {
    const messages = [message(1, "bo"), message(2, "bo"), message(3, "bo")];
    const day = (at: number) => (at < 3_000 ? "Yesterday" : "Today");
    expect(shape(rows({ messages, day }))).toBe("above day k1 +k2 day k3");
  });

  test("do not change for what is above them when more is paged in", () => {
    const below = [message(61, "bo"), message(62, "bo")];
    const before = shape(rows({ messages: below, above: "more" }));
    const after = shape(rows({ messages: [message(60, "bo"), ...below], above: "more", seams: new Set(["k61"]) }));
    expect(before).toBe("above k61 +k62");
    expect(after).toBe("above k60 k61 +k62");
  });

  test("have the divider above the first that is new, and a name below it", () => {
    expect(shape(rows({ messages: [message(1, "bo"), message(2, "bo")], newFrom: "k2" }))).toBe("above day k1 new k2");
  });

  test("have a gap where it was told, and at the end if nothing came since", () => {
    const messages = [message(1, "bo"), message(40, "bo")];
    const gap = (offset: number) => ({ id: `gap ${offset}`, after: { life: 0, offset }, cause: "trimmed" as const });
    expect(shape(rows({ messages, gaps: [gap(1)] }))).toBe("above day k1 gap k40");
    expect(shape(rows({ messages, gaps: [gap(40)] }))).toBe("above day k1 +k40 gap");
    expect(shape(rows({ messages, gaps: [{ ...gap(0), after: undefined }] }))).toBe("above gap day k1 +k40");
  });

  test("end with what is on its way, in the order in which it was said, under the key that it keeps", () => {
    const [one, two] = ["a", "b"].map((key) => ({ ...outgoing({ kind: "message", text: key, tab: "t", n: 1 }), key }));
    const all = rows({ messages: [message(1, "ada")], outgoing: [one, two] as Outgoing[] });
    // At 1 000 s it is too long after the first one to continue it.
    expect(shape(all)).toBe("above day k1 a +b");
    const soon = rows({ messages: [message(999, "ada")], outgoing: [one] as Outgoing[] });
    expect(shape(soon)).toBe("above day k999 +a");
    expect(all.at(-1)).toMatchObject({ id: "b", isOwn: true, sending: two });
  });

  test("leave out what was deleted, also if that is still on its way", () => {
    const messages = [message(1, "ada"), message(2, "ada"), message(3, "ada", { isDeleted: true })];
    expect(shape(rows({ messages, outgoing: [outgoing({ kind: "delete", of: "k2" })] }))).toBe("above day k1");
  });
});

describe("what is on its way for a message", () => {
  const kept = [message(1, "ada", { reactions: [{ emoji: "👍", users: ["bo"] }] })];
  const shown = (payload: Outgoing["payload"], state?: Outgoing["state"]) => withChanges(kept, [outgoing(payload, state)], "ada")[0]?.message;

  test("is shown as if it were there", () => {
    expect(shown({ kind: "edit", of: "k1", text: "better" })).toMatchObject({ text: "better", isEdited: true });
    expect(shown({ kind: "reaction", of: "k1", emoji: "👍", on: true })?.reactions).toEqual([{ emoji: "👍", users: ["bo", "ada"] }]);
    expect(shown({ kind: "reaction", of: "k1", emoji: "🎉", on: true })?.reactions).toHaveLength(2);
    expect(shown({ kind: "reaction", of: "k1", emoji: "🎉", on: false })?.reactions).toHaveLength(1);
  });

  test("is not shown once it has failed", () => {
    expect(shown({ kind: "edit", of: "k1", text: "better" }, { kind: "failed", why: "no" })).toMatchObject({ text: "text 1" });
  });
});

test("a failure says whether it may have arrived", () => {
  expect(failure(new CarillonError("refused", "no", 4604)).kind).toBe("failed");
  expect(failure(new CarillonError("queue_full", "full")).kind).toBe("failed");
  expect(failure(new CarillonError("uncertain", "late", undefined, true)).kind).toBe("uncertain");
  expect(failure(new CarillonError("closed", "bye", undefined, true)).kind).toBe("uncertain");
  expect(failure(new CarillonError("closed", "bye")).kind).toBe("failed");
});

describe("the window on the rows", () => {
  const many = (from: number, to: number): Row[] =>
    rows({ messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i, "bo")), above: "more" }).slice();
  const ends = (shown: readonly Row[]) => [shown[0]?.id, shown.at(-1)?.id];

  test("goes along with the newest, and holds still otherwise", () => {
    const window = new RowWindow();
    expect(ends(window.cut(many(1, 400), true))).toEqual(["k251", "k400"]);
    expect(ends(window.cut(many(1, 410), true))).toEqual(["k261", "k410"]);
    expect(ends(window.cut(many(1, 600), false))).toEqual(["k261", "k600"]);
    window.grow();
    expect(ends(window.cut(many(1, 600), false))).toEqual(["k161", "k600"]);
    expect(ends(window.cut(many(1, 600), true))).toEqual(["k451", "k600"]);
  });

  test("shows what is paged in above when it is asked for", () => {
    const window = new RowWindow();
    expect(ends(window.cut(many(101, 200), true))).toEqual(["above", "k200"]);
    expect(ends(window.cut(many(41, 200), false))).toEqual(["k101", "k200"]);
    expect(window.hidden).toBe(61);
    window.grow();
    expect(ends(window.cut(many(41, 200), false))).toEqual(["above", "k200"]);
    expect(window.hidden).toBe(0);
    expect(ends(window.cut(many(41, 200), false))).toEqual(["above", "k200"]);
  });

  test("reaches up to what is new, and stays there", () => {
    const window = new RowWindow();
    const withNew = rows({ messages: Array.from({ length: 400 }, (_, i) => message(i + 1, "bo")), newFrom: "k100" });
    expect(ends(window.cut(withNew, true, "new"))[0]).toBe("k80");
    expect(ends(window.cut(withNew, false))[0]).toBe("k80");
  });

  test("keeps about its size where the message that it began with is gone", () => {
    const window = new RowWindow();
    window.cut(many(1, 400), true);
    const without = many(1, 400).filter(({ id }) => id !== "k251");
    expect(ends(window.cut(without, false))).toEqual(["k250", "k400"]);
  });
});
