// The board as a game: who holds which bell, and the way of a pointer over it. Pure.

export const COLUMNS = 12;
export const ROWS = 6;
export const TONES = 8;

/** Who rang a bell last. */
export interface Rung {
  readonly by: string;
  readonly tone: number;
}

/** A signal: where somebody points, in thousandths of the board. */
export interface Pointing extends Rung {
  readonly x: number;
  readonly y: number;
}

export interface Holder extends Rung {
  readonly bells: number;
}

export function keyOf(column: number, row: number): string {
  return `bell-${row * COLUMNS + column}`;
}

/** The bell at a place, in thousandths. */
export function bellAt(x: number, y: number): { readonly column: number; readonly row: number } {
  const at = (thousandths: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor((thousandths / 1_000) * count)));
  return { column: at(x, COLUMNS), row: at(y, ROWS) };
}

/** Those who hold bells, the one with the most first. */
export function standing(board: Iterable<readonly [string, Rung]>): Holder[] {
  const holders = new Map<string, Holder>();
  for (const [, { by, tone }] of board) holders.set(by, { by, tone, bells: (holders.get(by)?.bells ?? 0) + 1 });
  return [...holders.values()].sort((a, b) => b.bells - a.bells || a.by.localeCompare(b.by));
}

/** What another tab or program sent; undefined where it is none. */
export function readPointing(data: unknown): Pointing | undefined {
  const { by, tone, x, y } = (data ?? {}) as Partial<Pointing>;
  const isPlace = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1_000;
  const isSomebody = typeof by === "string" && by.length > 0 && by.length <= 40 && Number.isInteger(tone);
  return isSomebody && isPlace(x) && isPlace(y) ? { by, tone: Math.abs(tone ?? 0) % TONES, x, y } : undefined;
}
