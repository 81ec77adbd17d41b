// What a client needs of a place where its queue outlives the page. One is made by persistedQueue (persist/).

/** A publish that has no outcome yet. */
export interface KeptPublish {
  readonly channel: string;
  readonly idempotencyKey: string;
  /** `"data":…` or `"data64":…`, as it was first sent. */
  readonly payload: string;
  /** When it was first sent and may have been accepted, by the wall clock in milliseconds. */
  readonly sentAt?: number | undefined;
}

/** A place for one client's queue. */
export interface QueueStore {
  /**
   * Called once, at the beginning. `take` must be called soon, at least once, with what earlier pages left in the order in
   * which they published: nothing is sent before. It may be called again later, when another page has ended. `failed` is
   * told what could not be read or written; the client goes on without. `canSend` says whether there is a connection now:
   * who has none lets other pages take over first.
   */
  open(take: (left: readonly KeptPublish[]) => void, failed: (error: unknown) => void, canSend: () => boolean): void;
  /** Writes it down, or over what was written under its key. Resolves when a reload would find it. Never rejects. */
  put(publish: KeptPublish): Promise<void>;
  /** Its outcome is known. */
  remove(idempotencyKey: string): void;
  /** Forgets everything, of this page and of others: the user has logged out. */
  clear(): void;
  /** The client has ended. What is kept stays for a later page. */
  close(): void;
}
