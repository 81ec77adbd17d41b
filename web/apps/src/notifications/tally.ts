// What arrived at one reader, judged by the numbers that the publisher put into its messages, not by what the server says.

/** More numbers than these are not remembered as missing, only counted. */
const MISSING_MAX = 10_000;

export class Tally {
  received = 0;
  duplicate = 0;
  reordered = 0;
  /** The greatest number so far; undefined before the first. */
  #greatest: number | undefined;
  /** Numbers up to this one belong to an earlier count. */
  #from = 0;
  readonly #missing = new Set<number>();
  #uncounted = 0;

  /** Numbers that were skipped and have not come since. */
  get lost(): number {
    return this.#missing.size + this.#uncounted;
  }

  /** The first number is wherever the reader joined. Answers whether it is a new one, of this count. */
  see(n: number): boolean {
    if (n <= this.#from) return false;
    if (this.#greatest === undefined || n === this.#greatest + 1) {
      this.#greatest = n;
    } else if (n > this.#greatest) {
      for (let skipped = this.#greatest + 1; skipped < n; skipped++) this.#miss(skipped);
      this.#greatest = n;
    } else if (this.#missing.delete(n)) {
      this.reordered++;
    } else {
      this.duplicate++;
      return false;
    }
    this.received++;
    return true;
  }

  /** The reader was told that some are gone, or that the stream began anew: what follows is judged by itself. */
  resync(): void {
    this.#greatest = undefined;
  }

  /** Counts anew what comes after this number, whether what comes before it is here already or still on its way. */
  reset(from: number): void {
    this.#from = this.#greatest = from;
    this.received = this.duplicate = this.reordered = this.#uncounted = 0;
    this.#missing.clear();
  }

  #miss(n: number): void {
    if (this.#missing.size < MISSING_MAX) this.#missing.add(n);
    else this.#uncounted++;
  }
}
