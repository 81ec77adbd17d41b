// What the network panel counts of delivery tracking. It believes neither the server's offsets nor the client: a stage carries
// its number, counted by the app; a fix the phone's clock and count. A trail has each fix once, in any order; of a place only the
// newest counts, so none may be followed by an older one.

import { Judge, type Verdict } from "../network/judge.js";
import { isAfter, type Fix } from "./motion.js";

/** Fixes of a trail that are remembered, to know those that come again. */
const FIXES_MAX = 10_000;

/** Of places of which only the newest counts: one for each key. */
export class NewestJudge {
  seen = 0;
  reordered = 0;
  readonly #newest = new Map<string, Fix>();

  came(key: string, fix: Fix): void {
    const before = this.#newest.get(key);
    if (before !== undefined && isAfter(before, fix)) this.reordered++;
    else this.#newest.set(key, fix);
    this.seen++;
  }

  /** It is no longer shown; a later one is judged by itself. */
  gone(key: string): void {
    this.#newest.delete(key);
  }

  reset(): void {
    this.seen = this.reordered = 0;
  }
}

/** Of one order. */
export class OrderJudge {
  readonly #stages = new Judge();
  readonly #places = new NewestJudge();
  readonly #fixes = new Set<string>();
  #trailed = 0;
  #twice = 0;
  #gaps = 0;

  get verdict(): Verdict {
    const { seen, lost, duplicate, reordered } = this.#stages.verdict;
    return {
      seen: seen + this.#trailed + this.#places.seen,
      lost,
      duplicate: duplicate + this.#twice,
      reordered: reordered + this.#places.reordered,
      gaps: this.#gaps,
    };
  }

  stage(version: number): void {
    this.#stages.seen("stages", "app", version);
  }

  trailed(fix: Fix): void {
    const id = `${fix.t} ${fix.n ?? ""}`;
    if (this.#fixes.has(id)) {
      this.#twice++;
      return;
    }
    this.#trailed++;
    this.#fixes.add(id);
    const [oldest] = this.#fixes;
    if (this.#fixes.size > FIXES_MAX && oldest !== undefined) this.#fixes.delete(oldest);
  }

  placed(fix: Fix): void {
    this.#places.came("courier", fix);
  }

  /** A stream told honestly that something is gone. */
  gap(): void {
    this.#gaps++;
    this.#stages.gap("stages");
  }

  /** Counts anew; the fixes that were there are still known. */
  reset(): void {
    this.#stages.reset();
    this.#places.reset();
    this.#trailed = this.#twice = this.#gaps = 0;
  }
}
