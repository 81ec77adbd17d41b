// How long fixes took from the phone to the screen, step by step.

/** One fix's way, in milliseconds since 1970 by this page's clock. */
export interface Journey {
  /** The phone made it. */
  readonly made: number;
  /** The server had it, and judged it. */
  readonly judged: number;
  /** It was in the channel. */
  readonly kept: number;
  /** This page had it. */
  readonly here: number;
}

const KEPT = 200;

export class Journeys {
  #last: Journey | undefined;
  readonly #totals: number[] = [];

  /** The newest one. */
  get last(): Journey | undefined {
    return this.#last;
  }

  get count(): number {
    return this.#totals.length;
  }

  came(journey: Journey): void {
    this.#last = journey;
    this.#totals.push(journey.here - journey.made);
    if (this.#totals.length > KEPT) this.#totals.shift();
  }

  /** So much of them took at most so many milliseconds; undefined before the first. */
  quantile(share: number): number | undefined {
    const sorted = [...this.#totals].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  }
}
