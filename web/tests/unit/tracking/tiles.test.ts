// Which tiles a view needs.

import { expect, test } from "vitest";
import { covers, middleOf, ringed, tagsOf, tilesIn } from "../../../apps/src/tracking/tiles.js";
import { etaText } from "../../../apps/src/tracking/words.js";
import { Journeys } from "../../../apps/src/tracking/journeys.js";

test("tiles are named as the server names them", () => {
  const view = { west: 3.5, south: 56.5, east: 3.5, north: 56.5 };
  expect(tagsOf(tilesIn(view, 16), 16)).toEqual(["16/33405/20243"]);
});

test("a ring spares small moves, and the middle of a tile lies in it", () => {
  const view = { west: 3.49, south: 56.495, east: 3.51, north: 56.505 };
  const seen = tilesIn(view, 16);
  expect(covers(ringed(seen), seen)).toBe(true);
  expect(covers(seen, ringed(seen))).toBe(false);
  for (const tag of tagsOf(seen, 16)) {
    const [lon, lat] = middleOf(tag);
    expect(tagsOf(tilesIn({ west: lon, south: lat, east: lon, north: lat }, 16), 16)).toEqual([tag]);
  }
});

test("when somebody comes is said in whole minutes, and less as time passes", () => {
  const eta = { low: 240, high: 350, metres: 900, street: "Oak Street", to: "home", t: 0 } as const;
  expect(etaText(eta, 0)).toBe("4–6 min");
  expect(etaText(eta, 130_000)).toBe("1–4 min");
  expect(etaText(eta, 240_000)).toBe("less than 2 min");
  expect(etaText(eta, 900_000)).toBe("less than 1 min");
});

test("of the ways of fixes it is known how long most of them took", () => {
  const journeys = new Journeys();
  expect(journeys.quantile(0.5)).toBeUndefined();
  for (let millis = 1; millis <= 100; millis++) journeys.came({ made: 0, judged: 1, kept: 2, here: millis });
  expect(journeys.quantile(0.5)).toBe(50);
  expect(journeys.quantile(0.99)).toBe(99);
  expect(journeys.count).toBe(100);
});
