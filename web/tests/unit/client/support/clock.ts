// Time that goes on only when told, and a page whose events are fired by hand.

import type { Page, PageEvent } from "@carillon/client";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class FakeClock {
  #now = 1_700_000_000_000;
  #order = 0;
  #timers = new Set<Timer>();

  readonly now = (): number => this.#now;

  readonly setTimeout = (run: () => void, millis: number): unknown => {
    const timer = { at: this.#now + Math.max(0, millis), order: this.#order++, run };
    this.#timers.add(timer);
    return timer;
  };

  readonly clearTimeout = (timer: unknown): void => void this.#timers.delete(timer as Timer);

  get timers(): number {
    return this.#timers.size;
  }

  /** Runs what is due within so many milliseconds, in order, and lets promises settle after each. */
  async advance(millis: number): Promise<void> {
    const end = this.#now + millis;
    await settled();
    for (;;) {
      const next = this.#first();
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }

  /** The machine sleeps: time passes, and no timer runs. */
  sleep(millis: number): void {
    this.#now += millis;
  }
}

/** Until promises that can settle have. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class FakePage implements Page {
  online = true;
  hidden = false;
  #listeners = new Map<PageEvent, Set<() => void>>();

  isOnline(): boolean {
    return this.online;
  }

  isHidden(): boolean {
    return this.hidden;
  }

  listen(type: PageEvent, listener: () => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  fire(type: PageEvent): void {
    if (type === "online" || type === "offline") this.online = type === "online";
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener();
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

/** Numbers from 0 up to 1 that are the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
