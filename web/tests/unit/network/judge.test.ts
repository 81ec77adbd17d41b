// The judge over what a page is given.

import { expect, test } from "vitest";
import { Judge } from "../../../apps/src/network/judge.js";

function judged(...numbers: number[]): Judge {
  const judge = new Judge();
  for (const n of numbers) judge.seen("general", "tab", n);
  return judge;
}

test("numbers one after the other are all seen, from wherever they begin", () => {
  expect(judged(7, 8, 9).verdict).toMatchObject({ seen: 3, lost: 0, duplicate: 0, reordered: 0 });
});

test("a number that was skipped is lost", () => {
  expect(judged(1, 2, 5).verdict).toMatchObject({ seen: 3, lost: 2, duplicate: 0, reordered: 0 });
});

test("a lost number that comes after all was reordered", () => {
  expect(judged(1, 2, 5, 3, 4).verdict).toMatchObject({ seen: 5, lost: 0, duplicate: 0, reordered: 2 });
});

test("a number that comes twice is a duplicate, at once or later", () => {
  expect(judged(1, 2, 2, 3, 1).verdict).toMatchObject({ seen: 3, lost: 0, duplicate: 2, reordered: 0 });
});

test("what was there before counts for nothing, but what follows it is judged by it", () => {
  const judge = new Judge();
  for (const n of [3, 4, 6]) judge.known("general", "tab", n);
  expect(judge.verdict).toMatchObject({ seen: 0, lost: 0, duplicate: 0, reordered: 0 });
  for (const n of [7, 9, 6]) judge.seen("general", "tab", n);
  expect(judge.verdict).toMatchObject({ seen: 2, lost: 1, duplicate: 1, reordered: 0 });
});

test("tabs and rooms are judged apart", () => {
  const judge = judged(1, 2);
  judge.seen("random", "tab", 9);
  judge.seen("general", "other", 4);
  judge.seen("general", "tab", 3);
  expect(judge.verdict).toMatchObject({ seen: 5, lost: 0, duplicate: 0, reordered: 0 });
});

test("what a gap has told is not lost in silence, in that room only", () => {
  const judge = judged(1, 2);
  judge.seen("random", "tab", 1);
  judge.gap("general");
  judge.seen("general", "tab", 50);
  judge.seen("random", "tab", 3);
  expect(judge.verdict).toMatchObject({ gaps: 1, seen: 5, lost: 1, duplicate: 0, reordered: 0 });
});

test("many senders and large holes cost bounded memory and keep their count", () => {
  const judge = judged(1, 1_000_000_001);
  expect(judge.verdict.lost).toBe(999_999_999);
  for (let tab = 0; tab < 5_000; tab++) judge.seen("general", `tab${tab}`, 1);
  expect(judge.verdict).toMatchObject({ seen: 5_002, duplicate: 0 });
});
