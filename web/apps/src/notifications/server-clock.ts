// How far the server's clock is from this page's: of the last eight questions about it, the one that was answered fastest
// knows best (RFC 5905 §8 calls it the clock filter).

const PROBES = 8;

/** All in milliseconds since 1970, by the clock of whoever is named. */
export interface Probe {
  readonly asked: number;
  readonly server: number;
  readonly answered: number;
}

export interface Offset {
  /** To be added to this page's time for the server's. */
  readonly millis: number;
  /** The server's clock is at most this far from what `millis` says. */
  readonly plusMinus: number;
}

export class ServerClock {
  readonly #probes: Probe[] = [];

  take(probe: Probe): void {
    this.#probes.push(probe);
    if (this.#probes.length > PROBES) this.#probes.shift();
  }

  /** Undefined before the first answer. */
  get offset(): Offset | undefined {
    const [best] = this.#probes.toSorted((a, b) => tripOf(a) - tripOf(b));
    return best && { millis: best.server - (best.asked + best.answered) / 2, plusMinus: tripOf(best) / 2 };
  }
}

function tripOf({ asked, answered }: Probe): number {
  return answered - asked;
}

/** This page's clock, with fractions of a millisecond; it goes on evenly where the system's is set. */
export function pageNow(): number {
  return performance.timeOrigin + performance.now();
}
