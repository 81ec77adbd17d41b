// The pill says what is.

import { expect, test } from "vitest";
import { backoffMillis, linkText } from "../../home/src/link.js";

test("the pill counts down to the next try, and never says 0 s", () => {
  const waiting = { kind: "waiting", until: 3_000 } as const;
  expect(linkText(waiting, true, 0)).toBe("Reconnecting in 3 s");
  expect(linkText(waiting, true, 2_001)).toBe("Reconnecting in 1 s");
  expect(linkText(waiting, true, 9_000)).toBe("Reconnecting in 1 s");
});

test("without a network it says so instead of promising a try", () => {
  expect(linkText({ kind: "waiting", until: 3_000 }, false, 0)).toBe("Offline");
});

test("an open connection is live only once it has caught up", () => {
  expect(linkText({ kind: "catching-up" }, true, 0)).toBe("Catching up");
  expect(linkText({ kind: "live" }, true, 0)).toBe("Live");
});

test("waits double up to eight seconds and are spread", () => {
  expect([0, 1, 2, 3, 4, 5].map((failures) => backoffMillis(failures, () => 1))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 8_000,
  ]);
  expect(backoffMillis(2, () => 0)).toBe(1_000);
});
