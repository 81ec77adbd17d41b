// A queue that outlives its page. Each page writes its own part, and holds a Web Lock in whose name the part is written: as
// long as the lock is held the page lives, and its part is its own affair. A part whose lock comes free is taken over by
// whichever page gets the lock, so that no two pages ever send the same part. Locks are given in the order in which they were
// asked for; a page without a connection could not send what it took over, so it goes to the end of that line, once.

import type { KeptPublish, QueueStore } from "../queue-store.js";
import type { Kept, KeptId, Shelf } from "./shelf.js";

export interface KeptQueueSurroundings {
  readonly shelf: Shelf;
  /** Undefined where the browser has none (pages over plain HTTP). */
  readonly locks: Pick<LockManager, "request"> | undefined;
  /** Nobody guesses it, and no other page has it. */
  readonly page: string;
  now(): number;
  setTimeout(run: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** A page that was just reloaded may still hold its lock for a moment: so long is waited, in milliseconds. */
const PREDECESSOR_MILLIS = 500;
/** Beyond this a write is no longer waited for: what was published is worth more than that it is kept. */
const WRITE_MILLIS = 3_000;
/** How often it is looked for parts of other pages. */
const LOOK_MILLIS = 30_000;
/** This page keeps no more than so many when it takes over others'. */
const KEPT_MAX = 1_000;

export class KeptQueue implements QueueStore {
  /** Where each of this page's publishes lies. */
  readonly #places = new Map<string, KeptId>();
  /** Pages whose end is waited for. */
  readonly #others = new Set<string>();
  readonly #abort = new AbortController();
  /** Nothing is written before this page holds its lock. */
  #ready: Promise<boolean> = Promise.resolve(false);
  #take: (left: readonly KeptPublish[]) => void = () => {};
  #failed: (error: unknown) => void = () => {};
  #canSend: () => boolean = () => false;
  #lastPlace = 0;
  /** What was found before `take` was called for the first time; undefined afterwards. */
  #found: Kept[] | undefined = [];
  /** Counts how often all was forgotten: what was read before that is not taken over after it. */
  #clears = 0;
  #timer: unknown;
  #isClosed = false;

  constructor(
    private readonly queue: string,
    private readonly around: KeptQueueSurroundings,
  ) {}

  open(take: (left: readonly KeptPublish[]) => void, failed: (error: unknown) => void, canSend: () => boolean): void {
    this.#failed = failed;
    this.#take = take;
    this.#canSend = canSend;
    const begin = () => {
      const found = this.#found;
      this.#found = undefined;
      if (found !== undefined) this.#give(found);
    };
    this.#ready = this.#hold();
    void this.#ready.then((isHeld) => (isHeld ? this.#look() : undefined)).then(begin);
    this.around.setTimeout(begin, PREDECESSOR_MILLIS);
  }

  async put(publish: KeptPublish): Promise<void> {
    const id = this.#place(publish.idempotencyKey);
    const { setTimeout, clearTimeout, shelf } = this.around;
    let timer: unknown;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, WRITE_MILLIS)));
    await Promise.race([late, this.#write(() => shelf.write([{ id, publish }], []))]);
    clearTimeout(timer);
  }

  remove(idempotencyKey: string): void {
    if (this.#isClosed) return;
    const id = this.#place(idempotencyKey);
    this.#places.delete(idempotencyKey);
    void this.#write(() => this.around.shelf.write([], [id]));
  }

  clear(): void {
    if (this.#isClosed) return;
    this.#clears++;
    if (this.#found !== undefined) this.#found = [];
    this.#places.clear();
    void this.#write(() => this.around.shelf.clear(this.queue));
  }

  close(): void {
    this.#isClosed = true;
    this.around.clearTimeout(this.#timer);
    // After what is being written.
    void this.#ready.then(() => this.#abort.abort());
  }

  async #write(write: () => Promise<void>): Promise<void> {
    if (!(await this.#ready)) return;
    try {
      await write();
    } catch (error) {
      this.#failed(error);
    }
  }

  #place(key: string): KeptId {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#lastPlace = Math.max(this.#lastPlace + 1, this.around.now() * 1_000);
    const id: KeptId = [this.queue, this.around.page, this.#lastPlace, key];
    this.#places.set(key, id);
    return id;
  }

  #give(kept: readonly Kept[]): void {
    this.#take([...kept].sort((a, b) => a.id[2] - b.id[2]).map(({ publish }) => publish));
  }

  #lockOf(page: string): string {
    return `carillon queue ${this.queue} ${page}`;
  }

  /** Takes this page's lock, for as long as it lives. False where that is not to be had, and nothing is kept. */
  #hold(): Promise<boolean> {
    const { locks, page } = this.around;
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      const hold = () => {
        resolve(true);
        return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
      };
      const none = () => Promise.reject(new Error("There are no Web Locks here, so the queue is not kept."));
      (locks?.request(this.#lockOf(page), hold) ?? none()).catch((error: unknown) => {
        resolve(false);
        if (!signal.aborted) this.#failed(error);
      });
    });
  }

  /** Looks for parts of other pages, now and then; resolves when those that can be had at once have been. */
  async #look(): Promise<void> {
    if (this.#isClosed) return;
    this.#timer = this.around.setTimeout(() => void this.#look(), LOOK_MILLIS);
    try {
      const kept = await this.around.shelf.read(this.queue);
      const pages = new Set(kept.map(({ id: [, page] }) => page));
      pages.delete(this.around.page);
      await Promise.all([...pages].filter((page) => !this.#others.has(page)).map((page) => this.#inherit(page)));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Waits for the other page's end, and takes over what it left. */
  async #inherit(page: string): Promise<void> {
    this.#others.add(page);
    try {
      if (!(await this.#inTurn(page, true))) await this.#inTurn(page, false);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#failed(error);
    } finally {
      this.#others.delete(page);
    }
  }

  /** Answers false where this page let others go first. What is there when a page begins it shows, connected or not. */
  async #inTurn(page: string, isPolite: boolean): Promise<boolean> {
    return (await this.around.locks?.request(this.#lockOf(page), { signal: this.#abort.signal }, async () => {
      if (isPolite && this.#found === undefined && !this.#canSend()) return false;
      await this.#takeOver(page);
      return true;
    })) ?? true;
  }

  /** To be called with that page's lock. */
  async #takeOver(page: string): Promise<void> {
    const { shelf } = this.around;
    const clears = this.#clears;
    const kept = await shelf.read(this.queue);
    const left = kept.filter(({ id }) => id[1] === page).slice(0, Math.max(0, KEPT_MAX - this.#places.size));
    const mine = left.map(({ id: [queue, , place, key], publish }): Kept => ({ id: [queue, this.around.page, place, key], publish }));
    if (this.#isClosed || clears !== this.#clears || left.length === 0) return;
    await shelf.write(mine, left.map(({ id }) => id));
    for (const { id } of mine) this.#places.set(id[3], id);
    // What is found at once is given in one piece, and in order.
    if (clears !== this.#clears) await shelf.write([], mine.map(({ id }) => id));
    else if (this.#found !== undefined) this.#found.push(...mine);
    else this.#give(mine);
  }
}
