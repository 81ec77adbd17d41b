// Keeps a document's local copy up with it: one write at a time, and what waits for it is one.

import * as Y from "yjs";
import type { LocalCopy } from "./copy.js";

/** So many updates are worth being made one. */
const UPDATES_MAX = 200;

/** What is applied to the document from the copy has this origin's keeper. */
export class Keeper {
  readonly #doc: Y.Doc;
  readonly #copy: LocalCopy;
  readonly #changed: () => void;
  #waiting: Uint8Array[] = [];
  #epoch: string | undefined;
  #isWriting = false;
  #hasFailed = false;
  #isOver = false;
  #updates = 0;

  /** @param changed is told whenever {@link isKept} may have changed */
  constructor(doc: Y.Doc, copy: LocalCopy, changed: () => void) {
    this.#doc = doc;
    this.#copy = copy;
    this.#changed = changed;
    if (Y.encodeStateVector(doc).length > 1) this.#waiting.push(Y.encodeStateAsUpdate(doc));
    doc.on("update", this.#onUpdate);
  }

  /** True exactly when all that the document holds is in the copy; undefined where there can be no copy. */
  get isKept(): boolean | undefined {
    return this.#hasFailed ? undefined : !this.#isWriting && this.#waiting.length === 0;
  }

  /** Brings what is kept into the document; answers which document it is of. */
  async load(): Promise<string | undefined> {
    this.#isWriting = true;
    try {
      const { updates, epoch } = await this.#copy.read();
      this.#updates = updates.length;
      this.#doc.transact(() => {
        for (const update of updates) Y.applyUpdate(this.#doc, update, this);
      }, this);
      this.#isWriting = false;
      this.#write();
      return epoch;
    } catch {
      this.#fail();
      return undefined;
    }
  }

  setEpoch(epoch: string): void {
    this.#epoch = epoch;
    this.#write();
  }

  /** Keeps what waits, and nothing more. */
  close(): void {
    this.#doc.off("update", this.#onUpdate);
    this.#isOver = true;
    if (!this.#isWriting) this.#copy.close();
  }

  /** Nothing is kept any more. */
  async forget(): Promise<void> {
    this.#doc.off("update", this.#onUpdate);
    this.#isOver = true;
    this.#waiting = [];
    await this.#copy.forget();
    this.#copy.close();
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.#waiting.push(update);
    this.#write();
  };

  #write(): void {
    if (this.#isWriting || this.#hasFailed) return;
    const epoch = this.#epoch;
    if (this.#waiting.length > 0) {
      const update = Y.mergeUpdates(this.#waiting);
      this.#waiting = [];
      this.#do(this.#updates++ < UPDATES_MAX ? this.#copy.add(update) : this.#squash(update));
    } else if (epoch !== undefined) {
      this.#epoch = undefined;
      this.#do(this.#copy.setEpoch(epoch));
    } else if (this.#isOver) {
      this.#copy.close();
    }
    this.#changed();
  }

  /** What another tab has kept comes into this document too: what takes its place must have it. */
  #squash(update: Uint8Array): Promise<void> {
    this.#updates = 1;
    return this.#copy.squash((updates) => {
      this.#doc.transact(() => {
        for (const kept of [...updates, update]) Y.applyUpdate(this.#doc, kept, this);
      }, this);
      return Y.encodeStateAsUpdate(this.#doc);
    });
  }

  #do(writing: Promise<void>): void {
    this.#isWriting = true;
    writing.then(
      () => {
        this.#isWriting = false;
        this.#write();
      },
      () => this.#fail(),
    );
  }

  #fail(): void {
    this.#isWriting = false;
    this.#hasFailed = true;
    this.#waiting = [];
    this.#copy.close();
    this.#changed();
  }
}
