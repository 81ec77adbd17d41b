import { expect, test } from "vitest";
import { candidates, complete, completionAt, mentions, segments } from "../../../apps/src/chat/mentions.js";

test("a name stands at the beginning, in brackets and before a full stop", () => {
  for (const text of ["@ada hello", "hello @ada", "(@ada)", "thank you @ada.", "@ada, @bo!", "line\n@ada"]) {
    expect(mentions(text, "ada"), text).toBe(true);
  }
});

test("an address, a longer name and a doubled sign name nobody", () => {
  for (const text of ["ada", "to ada@ada", "@adam", "@@ada", "@ada-b", "@Ada", "@"]) {
    expect(mentions(text, "ada"), text).toBe(false);
  }
});

test("the parts of a text put together are the text", () => {
  for (const text of ["@ada and @bo.", "", "no names", "@a@b @c..d @", "<b>@ada</b>"]) {
    expect(segments(text).map((segment) => segment.text).join("")).toBe(text);
  }
  expect(segments("hi @bo.c-d.")).toEqual([{ text: "hi " }, { text: "@bo.c-d", user: "bo.c-d" }, { text: "." }]);
});

test("a completion is offered right behind the sign, at the caret", () => {
  expect(completionAt("hi @a", 5)).toEqual({ from: 3, to: 5, prefix: "a" });
  expect(completionAt("@", 1)).toEqual({ from: 0, to: 1, prefix: "" });
  expect(completionAt("hi @ada there", 13)).toBeUndefined();
  expect(completionAt("mail ada@a", 10)).toBeUndefined();
});

test("those who begin so come first, and no more than wanted", () => {
  const users = ["bo", "ada", "Adam", "rada", "ada"];
  expect(candidates("ad", users, 9)).toEqual(["ada", "Adam", "rada"]);
  expect(candidates("", users, 2)).toEqual(["ada", "Adam"]);
});

test("what is completed stands there with one space behind it", () => {
  const at = completionAt("hi @a", 5) ?? expect.fail();
  expect(complete("hi @a", at, "ada")).toEqual({ text: "hi @ada ", caret: 8 });
  expect(complete("hi @a there", at, "ada")).toEqual({ text: "hi @ada there", caret: 8 });
});
