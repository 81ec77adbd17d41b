// Which of a room's rows stand in the page: each costs its share of every frame, and nobody looks at a thousand.

import type { Row } from "./rows.js";

/** The newest so many, while these are looked at. */
const NEWEST = 150;
/** So many more with each step upwards. */
const STEP = 100;
/** So many above a row that is to be shown. */
const AROUND = 20;

export class RowWindow {
  /** How many rows are held above those that stand in the page. */
  hidden = 0;
  #first: string | undefined;
  #count = 0;
  #growth = 0;

  /** The next cut begins a step further up. */
  grow(): void {
    this.#growth = STEP;
  }

  /**
   * The rows to be shown. While the newest are looked at it goes along with them; else it begins where it began, and grows at
   * its end. With a row of the kind `towards`, that is among them.
   */
  cut(rows: readonly Row[], isAtNewest: boolean, towards?: Row["kind"]): readonly Row[] {
    const from = isAtNewest ? rows.length - NEWEST : this.#begin(rows);
    const target = towards === undefined ? -1 : rows.findIndex(({ kind }) => kind === towards);
    const wanted = target < 0 ? from : Math.min(from, target - AROUND);
    this.hidden = Math.max(0, wanted - this.#growth);
    this.#growth = 0;
    const shown = rows.slice(this.hidden);
    // Other rows come and go with what stands around them.
    this.#first = shown.find(({ kind }) => kind === "message")?.id;
    this.#count = shown.length;
    return shown;
  }

  /** Where the message stands with which it began, and what belongs to it; it may have been deleted. */
  #begin(rows: readonly Row[]): number {
    let at = rows.findIndex(({ id }) => id === this.#first);
    if (at < 0) return rows.length - this.#count;
    while (at > 0 && rows[at - 1]?.kind !== "message") at--;
    return at;
  }
}
