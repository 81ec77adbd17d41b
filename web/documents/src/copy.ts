// A copy of a document on this machine, in IndexedDB: what was written offline is there after a reload.

const DATABASE = "carillon.documents";
const UPDATES = "updates";
const DOCUMENTS = "documents";
const BY_DOCUMENT = "document";

/** What is kept of one document. */
export interface Kept {
  /** In any order they are the document. */
  readonly updates: readonly Uint8Array[];
  /** Which of the documents that have had this name; absent where nobody has said. */
  readonly epoch?: string;
}

/** Where a copy is kept; what it says is kept has reached the disk. Calls are made one after the other. */
export interface LocalCopy {
  read(): Promise<Kept>;
  add(update: Uint8Array): Promise<void>;
  setEpoch(epoch: string): Promise<void>;
  /** Has one update take the place of all: `merge` is given those, other tabs' too, and may not wait. */
  squash(merge: (updates: readonly Uint8Array[]) => Uint8Array): Promise<void>;
  forget(): Promise<void>;
  close(): void;
}

interface Row {
  readonly document: string;
  readonly update: Uint8Array;
}

/** A copy of the document of this address. Several tabs may have the same. */
export class IndexedCopy implements LocalCopy {
  readonly #document: string;
  readonly #factory: IDBFactory;
  #opening: Promise<IDBDatabase> | undefined;

  constructor(document: string, factory: IDBFactory = indexedDB) {
    this.#document = document;
    this.#factory = factory;
  }

  #open(): Promise<IDBDatabase> {
    return (this.#opening ??= new Promise((resolve, reject) => {
      const asked = this.#factory.open(DATABASE, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore(UPDATES, { autoIncrement: true }).createIndex(BY_DOCUMENT, "document");
        asked.result.createObjectStore(DOCUMENTS);
      };
      asked.onsuccess = () => {
        // A page of a later version wants to change the database: it waits for nobody.
        asked.result.onversionchange = () => asked.result.close();
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error ?? new Error("there is no database"));
    }));
  }

  async #act<T>(mode: IDBTransactionMode, act: (transaction: IDBTransaction, done: (value: T) => void) => void): Promise<T> {
    const transaction = (await this.#open()).transaction([UPDATES, DOCUMENTS], mode, { durability: "strict" });
    return new Promise((resolve, reject) => {
      let result: T;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
      act(transaction, (value) => (result = value));
    });
  }

  read(): Promise<Kept> {
    return this.#act<Kept>("readonly", (transaction, done) => {
      const rows = transaction.objectStore(UPDATES).index(BY_DOCUMENT).getAll(this.#document) as IDBRequest<Row[]>;
      const epoch = transaction.objectStore(DOCUMENTS).get(this.#document) as IDBRequest<string | undefined>;
      epoch.onsuccess = () =>
        done({ updates: rows.result.map(({ update }) => update), ...(epoch.result === undefined ? {} : { epoch: epoch.result }) });
    });
  }

  add(update: Uint8Array): Promise<void> {
    return this.#act("readwrite", (transaction) => {
      transaction.objectStore(UPDATES).add({ document: this.#document, update } satisfies Row);
    });
  }

  setEpoch(epoch: string): Promise<void> {
    return this.#act("readwrite", (transaction) => {
      transaction.objectStore(DOCUMENTS).put(epoch, this.#document);
    });
  }

  squash(merge: (updates: readonly Uint8Array[]) => Uint8Array): Promise<void> {
    return this.#act("readwrite", (transaction) => {
      const store = transaction.objectStore(UPDATES);
      const keys = store.index(BY_DOCUMENT).getAllKeys(this.#document);
      const rows = store.index(BY_DOCUMENT).getAll(this.#document) as IDBRequest<Row[]>;
      rows.onsuccess = () => {
        const update = merge(rows.result.map((row) => row.update));
        for (const key of keys.result) store.delete(key);
        store.add({ document: this.#document, update } satisfies Row);
      };
    });
  }

  forget(): Promise<void> {
    return this.#act("readwrite", (transaction) => {
      const store = transaction.objectStore(UPDATES);
      const keys = store.index(BY_DOCUMENT).getAllKeys(this.#document);
      keys.onsuccess = () => {
        for (const key of keys.result) store.delete(key);
      };
      transaction.objectStore(DOCUMENTS).delete(this.#document);
    });
  }

  close(): void {
    void this.#opening?.then((database) => database.close()).catch(() => {});
  }
}
