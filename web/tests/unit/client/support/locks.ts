// Web Locks, as the pages of one browser share them.

export class FakeLocks implements Pick<LockManager, "request"> {
  readonly #held = new Map<string, Promise<unknown>>();

  /** One page's view of them. When the page ends, so does what it holds and waits for. */
  page(): { readonly locks: Pick<LockManager, "request">; end(): void } {
    const ends = new AbortController();
    const ended = new Promise<void>((resolve) => ends.signal.addEventListener("abort", () => resolve()));
    const request = (name: string, ...rest: unknown[]) => {
      const [options, callback] = (rest.length === 1 ? [{}, rest[0]] : rest) as [LockOptions, (lock: Lock | null) => unknown];
      return this.request(name, options, (lock) => (ends.signal.aborted ? undefined : Promise.race([callback(lock), ended])));
    };
    return { locks: { request: request as LockManager["request"] }, end: () => ends.abort() };
  }

  get names(): string[] {
    return [...this.#held.keys()];
  }

  readonly request = (async (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown): Promise<unknown> => {
    while (this.#held.has(name)) {
      if (options.ifAvailable === true) return callback(null);
      await this.#held.get(name);
      options.signal?.throwIfAborted();
    }
    const held = Promise.resolve(callback({ name, mode: "exclusive" }));
    this.#held.set(name, held);
    try {
      return await held;
    } finally {
      this.#held.delete(name);
    }
  }) as LockManager["request"];
}

export class FakeStorage implements Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  readonly items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}
