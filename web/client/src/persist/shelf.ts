// Where a queue lies while no page is open: IndexedDB.

import type { KeptPublish } from "../queue-store.js";

/** Whose queue, which page wrote it, its place in the order of writing, and the idempotency key. */
export type KeptId = readonly [queue: string, page: string, place: number, key: string];

export interface Kept {
  readonly id: KeptId;
  readonly publish: KeptPublish;
}

export interface Shelf {
  /** All of one queue, of whatever page; the pages' parts in no order among each other, each in its own order. */
  read(queue: string): Promise<readonly Kept[]>;
  /** All of it or nothing; in the order of the calls. Resolves when it is done. */
  write(puts: readonly Kept[], deletes: readonly KeptId[]): Promise<void>;
  /** Removes all of one queue. */
  clear(queue: string): Promise<void>;
}

const STORE = "publishes";

/** Opens the database on first use. Rejects where there is none, such as in some private windows. */
export function indexedDbShelf(name = "carillon"): Shelf {
  let opened: Promise<IDBDatabase> | undefined;
  const database = () => (opened ??= open(name));

  async function run<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T> | undefined): Promise<T | undefined> {
    const transaction = (await database()).transaction(STORE, mode);
    const request = use(transaction.objectStore(STORE));
    // Not when the page comes to hear that it went well: it may be gone by then, and what it wrote with it.
    transaction.commit();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("The database gave up."));
    });
  }

  return {
    read: async (queue) => (await run<Kept[]>("readonly", (store) => store.getAll(ofQueue(queue)))) ?? [],
    write: async (puts, deletes) => {
      await run("readwrite", (store) => {
        for (const id of deletes) store.delete([...id]);
        for (const kept of puts) store.put(kept);
        return undefined;
      });
    },
    clear: async (queue) => {
      await run("readwrite", (store) => store.delete(ofQueue(queue)));
    },
  };
}

/** Arrays sort after everything else. */
function ofQueue(queue: string): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, []]);
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => {
      const database = request.result;
      // A page of a later version wants to change it; this page then goes on without.
      database.onversionchange = () => database.close();
      resolve(database);
    };
    request.onerror = () => reject(request.error ?? new Error("The database does not open."));
  });
}
