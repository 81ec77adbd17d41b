// Times, kept as they are up to a number, so that any percentile of them is exact.

const KEPT = 5_000;

export class Samples {
  #values: number[] = [];
  #next = 0;
  /** Undefined where something was added since. */
  #sorted: number[] | undefined;
  /** How many there were; the percentiles are of the newest 5 000. */
  count = 0;

  add(value: number): void {
    this.count++;
    this.#sorted = undefined;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** The value that so much of all is not above (nearest rank), such as 0.99; undefined where there is none. */
  quantile(share: number): number | undefined {
    const sorted = (this.#sorted ??= this.#values.toSorted((a, b) => a - b));
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  }

  reset(): void {
    this.#values = [];
    this.#sorted = undefined;
    this.#next = this.count = 0;
  }
}
