// What somebody has not read yet, and how far the tabs of one user agree to have read: only ever forward.

import type { Message } from "./fold.js";
import { mentions } from "./mentions.js";
import type { Clock } from "./typing.js";

export interface Unread {
  readonly count: number;
  readonly mentions: number;
  /** There may be more of them above what is held. */
  readonly isMore: boolean;
  /** The oldest of them. */
  readonly first: string | undefined;
}

export interface Reader {
  readonly user: string;
  /** The offset read up to; undefined where nothing was read yet. */
  readonly read: number | undefined;
  /** The life of the stream that `read` belongs to. What lies before it is over. */
  readonly life: number;
  /** Whether the room keeps more than is held here. */
  readonly hasOlder: boolean;
}

export function unreadOf(messages: readonly Message[], { user, read = 0, life, hasOlder }: Reader): Unread {
  const held = messages[0];
  let count = 0;
  let mentioned = 0;
  let first: string | undefined;
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (message === undefined || message.place.life < life || message.place.offset <= read) break;
    if (message.isDeleted || message.from === user) continue;
    count++;
    first = message.id;
    if (mentions(message.text, user)) mentioned++;
  }
  const isMore = count > 0 && hasOlder && held !== undefined && held.place.life === life && held.place.offset > read + 1;
  return { count, mentions: mentioned, isMore, first };
}

/** So long after the last step forward it is told to the other tabs, in milliseconds. */
export const SETTLE_MILLIS = 500;

export class ReadState {
  readonly #read = new Map<string, number>();
  #told = "";
  #timer: unknown;
  #isTelling = false;

  /** `tell` publishes the whole map, and resolves when that was kept. */
  constructor(
    private readonly clock: Clock,
    private readonly tell: (rooms: Readonly<Record<string, number>>) => Promise<unknown>,
  ) {}

  of(room: string): number | undefined {
    return this.#read.get(room);
  }

  /** What a tab of this user has told, perhaps this one. Answers whether that is news. */
  merge(rooms: ReadonlyMap<string, number>): boolean {
    let isNews = false;
    for (const [room, offset] of rooms) isNews = this.#forward(room, offset) || isNews;
    const isAll = [...this.#read].every(([room, offset]) => (rooms.get(room) ?? -1) >= offset);
    // The newest publication must be the whole truth, for a page that reads nothing else.
    if (isAll) this.#told = this.#text();
    else this.#tellSoon();
    return isNews;
  }

  /** This tab has read so far. Answers whether that is news. */
  advance(room: string, offset: number): boolean {
    if (!this.#forward(room, offset)) return false;
    this.#tellSoon();
    return true;
  }

  /** The room began anew: what was read of it is over, and its offsets count from 1 again. */
  forget(room: string): void {
    this.#read.delete(room);
  }

  /** There is a connection again: what could not be told is told now. */
  retry(): void {
    if (this.#text() !== this.#told) this.#tellSoon();
  }

  #forward(room: string, offset: number): boolean {
    const known = this.#read.get(room);
    if (known !== undefined && known >= offset) return false;
    this.#read.set(room, offset);
    return true;
  }

  #tellSoon(): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => void this.#tellNow(), SETTLE_MILLIS);
  }

  /** One at a time: what comes meanwhile goes with the next. */
  async #tellNow(): Promise<void> {
    const text = this.#text();
    if (this.#isTelling || text === this.#told || this.#read.size === 0) return;
    this.#isTelling = true;
    try {
      await this.tell(Object.fromEntries(this.#read));
      this.#told = text;
      if (this.#text() !== text) this.#tellSoon();
    } catch {
      // Told again by `retry`, or with the next step.
    } finally {
      this.#isTelling = false;
    }
  }

  #text(): string {
    return JSON.stringify([...this.#read].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
