// Where a courier is drawn, from fixes that come late, in bursts, twice and out of order.

import { expect, test } from "vitest";
import { LOST_MILLIS, Motion, STALE_MILLIS, turned, type Fix } from "../../../apps/src/tracking/motion.js";

const START = 1_000_000;
/** About 8 m a second to the north. */
const STEP = 8 / 111_320;

function fix(second: number, more: Partial<Fix> = {}): Fix {
  return { t: START + second * 1_000, n: second, lon: 3.5, lat: 56.5 + second * STEP, ...more };
}

/** How far north of the beginning, in metres. */
function north(lat: number): number {
  return (lat - 56.5) * 111_320;
}

test("the marker moves evenly and never back, however late each fix is", () => {
  const motion = new Motion();
  const late = [50, 400, 10, 250, 90, 600, 0, 120, 300, 30, 500, 20, 80, 200, 40];
  const arrivals = late.map((millis, second) => ({ at: START + second * 1_000 + millis, fix: fix(second) }));
  let before: number | undefined;
  for (let now = START + 3_000; now < START + 14_000; now += 33) {
    while (arrivals[0] !== undefined && arrivals[0].at <= now) motion.add((arrivals.shift() as { fix: Fix }).fix, now);
    const place = north(motion.at(now)?.lat ?? NaN);
    if (before !== undefined && now > START + 5_000) {
      expect(place).toBeGreaterThanOrEqual(before);
      expect(place - before).toBeLessThanOrEqual(2 * 8 * 0.033 + 0.01);
    }
    before = place;
  }
  expect(before).toBeGreaterThan(75);
});

test("fixes out of order and fixes that come again make the same path", () => {
  const motion = new Motion();
  for (const second of [3, 1, 2, 2, 1, 3]) motion.add(fix(second), START + 3_500);
  const seen: number[] = [];
  for (let now = START + 3_500; now < START + 8_000; now += 50) seen.push(north(motion.at(now)?.lat ?? NaN));
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBeCloseTo(24, 1);
});

test("past the newest fix nobody moves, and it is said how old that is", () => {
  const motion = new Motion();
  for (let second = 0; second <= 5; second++) motion.add(fix(second), START + second * 1_000 + 20);
  for (let now = START + 5_020; now < START + 9_000; now += 33) motion.at(now);
  const place = motion.at(START + 9_000);
  expect(north(place?.lat ?? NaN)).toBeCloseTo(40, 3);
  expect(place?.state).toBe("live");
  for (const [after, state] of [
    [STALE_MILLIS - 100, "live"],
    [STALE_MILLIS, "stale"],
    [LOST_MILLIS - 100, "stale"],
    [LOST_MILLIS, "lost"],
  ] as const) {
    const drawn = motion.at(START + 5_020 + after);
    expect(drawn?.state).toBe(state);
    expect(drawn?.lat).toBe(place?.lat);
  }
});

test("behind a tunnel the marker is at the newest fix, without a ride through the old ones", () => {
  const motion = new Motion();
  for (let second = 0; second <= 5; second++) motion.add(fix(second), START + second * 1_000 + 20);
  for (let now = START + 5_020; now < START + 20_000; now += 33) motion.at(now);
  for (let second = 6; second <= 20; second++) motion.add(fix(second), START + 20_050);
  motion.at(START + 20_100);
  const soon = motion.at(START + 22_000);
  expect(north(soon?.lat ?? NaN)).toBeCloseTo(160, 1);
  expect(soon?.state).toBe("live");
});

test("a page that was hidden shows what is now, and plays nothing again", () => {
  const motion = new Motion();
  for (let second = 0; second <= 40; second++) {
    motion.add(fix(second), START + second * 1_000 + 20);
    if (second <= 5) motion.at(START + second * 1_000 + 30);
  }
  const first = north(motion.at(START + 40_030)?.lat ?? NaN);
  expect(first).toBeGreaterThan(300);
  const next = north(motion.at(START + 40_130)?.lat ?? NaN);
  expect(next - first).toBeLessThan(2);
});

test("between fixes far apart nobody knows the way: the courier jumps", () => {
  const motion = new Motion();
  motion.add(fix(0), START + 20);
  motion.add(fix(30), START + 30_020);
  const places = new Set<number>();
  for (let now = START + 30_030; now < START + 40_000; now += 33) places.add(Math.round(north(motion.at(now)?.lat ?? NaN)));
  expect([...places].sort((a, b) => a - b)).toEqual([0, 240].filter((place) => places.has(place)));
  expect(places.has(240)).toBe(true);
});

test("a turn takes the shorter way around", () => {
  expect(turned(350, 10, 0.5)).toBe(0);
  expect(turned(10, 350, 0.5)).toBe(0);
  expect(turned(90, 180, 0.5)).toBe(135);
  const motion = new Motion();
  motion.add(fix(0, { heading: 350 }), START);
  motion.add(fix(1, { heading: 350 }), START + 1_000);
  motion.add(fix(2, { heading: 10 }), START + 2_000);
  motion.add(fix(3, { heading: 10 }), START + 3_000);
  for (let now = START + 3_000; now < START + 6_000; now += 20) {
    const { heading = NaN } = motion.at(now) ?? {};
    expect(Math.min(heading, 360 - heading)).toBeLessThanOrEqual(10.001);
  }
  expect(motion.at(START + 6_000)?.heading).toBe(10);
});

test("who stands still keeps the direction", () => {
  const motion = new Motion();
  motion.add(fix(0, { heading: 45 }), START);
  for (let second = 1; second < 5; second++) motion.add(fix(0, { t: START + second * 1_000, n: second }), START + second * 1_000);
  for (let now = START + 4_000; now < START + 8_000; now += 100) motion.at(now);
  expect(motion.at(START + 8_000)?.heading).toBe(45);
});

test("a corner is not cut where the way is known", () => {
  const motion = new Motion();
  const east = 20 / 111_320 / Math.cos((56.5 * Math.PI) / 180);
  const up = 20 / 111_320;
  motion.follow([
    [3.5, 56.5],
    [3.5, 56.5 + up],
    [3.5 + east, 56.5 + up],
  ]);
  motion.add({ t: START, lon: 3.5, lat: 56.5 }, START);
  motion.add({ t: START + 4_000, lon: 3.5 + east, lat: 56.5 + up }, START + 4_000);
  let isCorner = false;
  for (let now = START + 4_000; now < START + 12_000; now += 50) {
    const drawn = motion.at(now);
    const x = ((drawn?.lon ?? NaN) - 3.5) / east;
    const y = ((drawn?.lat ?? NaN) - 56.5) / up;
    expect(Math.min(Math.abs(x), Math.abs(1 - y))).toBeLessThan(0.01);
    isCorner ||= x < 0.1 && y > 0.9;
  }
  expect(isCorner).toBe(true);
});

test("without gliding the marker is where the newest fix was", () => {
  const motion = new Motion(() => false);
  for (let second = 0; second <= 5; second++) {
    motion.add(fix(second), START + second * 1_000);
    expect(north(motion.at(START + second * 1_000)?.lat ?? NaN)).toBeCloseTo(8 * second, 3);
  }
});

test("a clock of the phone that is wrong changes nothing", () => {
  const motion = new Motion();
  for (let second = 0; second <= 5; second++) motion.add(fix(second), START + 3_600_000 + second * 1_000);
  expect(motion.at(START + 3_600_000 + 5_500)).toMatchObject({ state: "live", age: 500 });
});
