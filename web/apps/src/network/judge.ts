// Judges what a page is given by numbers that the senders put into their messages: each sender counts what it sends to a
// room, from 1, so a number that is skipped was lost, one that comes twice is a duplicate, one that comes late was reordered. It
// believes nobody: not the server's offsets, not the client's own counters.

export interface Verdict {
  /** Messages that arrived, each once. */
  readonly seen: number;
  /** Numbers that were passed over and have not come since. */
  readonly lost: number;
  readonly duplicate: number;
  /** Numbers that came after a greater one. */
  readonly reordered: number;
  /** Gaps that were told. */
  readonly gaps: number;
}

interface Track {
  /** The greatest number so far. Whoever comes into a room does not know what was before the first one it saw. */
  max: number;
  readonly missing: Set<number>;
}

/** Senders that are followed; the one that was silent longest is forgotten first, and begins anew when it is heard again. */
const TRACKS_MAX = 1_000;

/** Missing numbers of one sender that are remembered; beyond it a late one counts as a duplicate. */
const MISSING_MAX = 10_000;

export class Judge {
  readonly #tracks = new Map<string, Track>();
  #seen = 0;
  #lost = 0;
  #duplicate = 0;
  #reordered = 0;
  #gaps = 0;

  get verdict(): Verdict {
    const [seen, lost, duplicate, reordered, gaps] = [this.#seen, this.#lost, this.#duplicate, this.#reordered, this.#gaps];
    return { seen, lost, duplicate, reordered, gaps };
  }

  seen(room: string, tab: string, n: number): void {
    const id = `${room} ${tab}`;
    const track = this.#tracks.get(id) ?? { max: n - 1, missing: new Set() };
    this.#tracks.delete(id);
    this.#tracks.set(id, track);
    this.#forgetTheSilent();
    if (n > track.max) {
      this.#lost += n - track.max - 1;
      for (let m = track.max + 1; m < n && track.missing.size < MISSING_MAX; m++) track.missing.add(m);
      track.max = n;
      this.#seen++;
    } else if (track.missing.delete(n)) {
      this.#lost--;
      this.#reordered++;
      this.#seen++;
    } else {
      this.#duplicate++;
    }
  }

  /** It was there before this page was: it counts for nothing, but what comes next is to follow it. */
  known(room: string, tab: string, n: number): void {
    const id = `${room} ${tab}`;
    const track = this.#tracks.get(id);
    if (track === undefined) this.#tracks.set(id, { max: n, missing: new Set() });
    else track.max = Math.max(track.max, n);
    this.#forgetTheSilent();
  }

  /** The room told honestly that something is gone: what is missing around it is not lost in silence. */
  gap(room: string): void {
    this.#gaps++;
    for (const id of this.#tracks.keys()) {
      if (id.startsWith(`${room} `)) this.#tracks.delete(id);
    }
  }

  reset(): void {
    this.#tracks.clear();
    this.#seen = this.#lost = this.#duplicate = this.#reordered = this.#gaps = 0;
  }

  #forgetTheSilent(): void {
    const [oldest] = this.#tracks.keys();
    if (this.#tracks.size > TRACKS_MAX && oldest !== undefined) this.#tracks.delete(oldest);
  }
}
