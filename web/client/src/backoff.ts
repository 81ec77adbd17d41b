// How long to wait before coming back.

/** Waits, in milliseconds. */
export interface Backoff {
  /** No wait is shorter. */
  readonly min: number;
  /** The first wait is drawn from `min` to here; each further failure in a row doubles it. */
  readonly first: number;
  /** No wait is drawn from beyond this. */
  readonly max: number;
}

/**
 * The first range is wide on purpose: when a server goes, all its clients begin to wait in the same moment, and no
 * tenth of a second of the next four should see more than a few percent of them.
 */
export const defaultBackoff: Backoff = { min: 500, first: 4_000, max: 20_000 };

/**
 * The wait after `failures` failures in a row (at least 1), with full jitter. A page that nobody sees takes its time: it
 * draws from the upper half of the longest range, and is asked again at once when it is shown.
 */
export function backoffMillis(backoff: Backoff, failures: number, hidden: boolean, random: number): number {
  const { min, first, max } = backoff;
  const from = hidden ? Math.max(min, max / 2) : min;
  const to = hidden ? max : Math.min(max, first * 2 ** (failures - 1));
  return Math.round(from + random * Math.max(0, to - from));
}
