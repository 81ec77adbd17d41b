// Who this tab is: an id, and how many messages it has sent to which room. It outlives a reload, because what was sent before
// counts; but a tab that was duplicated has the other's memory and is somebody else.

const ID = "chat.tab";
const COUNTS = "chat.counts";

/** What browsers hold for one tab; the tests have it in memory. */
export type TabStorage = Pick<Storage, "getItem" | "setItem">;

export class Tab {
  readonly #counts: Map<string, number>;

  private constructor(
    private readonly storage: TabStorage,
    readonly id: string,
    counts: Iterable<readonly [string, number]>,
    /** What the browser keeps for this tab is a copy of another tab's. */
    readonly isDuplicate: boolean,
  ) {
    this.#counts = new Map(counts);
    storage.setItem(ID, id);
    this.#keep();
  }

  /** `claim` answers whether this tab is the only one of that id; it stays so for as long as the page lives. */
  static async open(storage: TabStorage, claim: (id: string) => Promise<boolean>, newId: () => string): Promise<Tab> {
    const kept = storage.getItem(ID);
    const isKept = kept !== null && /^[A-Za-z0-9_-]{1,32}$/.test(kept);
    if (isKept && (await claim(kept))) return new Tab(storage, kept, countsIn(storage.getItem(COUNTS)), false);
    const id = newId();
    await claim(id);
    return new Tab(storage, id, [], isKept);
  }

  /** The number of the next message to this room, from 1. */
  next(room: string): number {
    const n = (this.#counts.get(room) ?? 0) + 1;
    this.#counts.set(room, n);
    this.#keep();
    return n;
  }

  #keep(): void {
    this.storage.setItem(COUNTS, JSON.stringify(Object.fromEntries(this.#counts)));
  }
}

function countsIn(text: string | null): readonly (readonly [string, number])[] {
  try {
    const counts: unknown = JSON.parse(text ?? "{}");
    return Object.entries(counts as object).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]));
  } catch {
    return [];
  }
}

/** Holds a lock of the browser for as long as this page lives. Where there are no locks, every id counts as free. */
export function claimByLock(id: string): Promise<boolean> {
  const locks = (navigator as { readonly locks?: LockManager }).locks;
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    void locks.request(`carillon chat tab ${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });
}
