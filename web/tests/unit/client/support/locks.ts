// Web Locks, as the pages of one browser share them.

export class FakeLocks implements Pick<LockManager, "request"> {
  readonly #held = new Map<string, Promise<unknown>>();

  get names(): string[] {
    return [...this.#held.keys()];
  }

  readonly request = (async (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown): Promise<unknown> => {
    while (this.#held.has(name)) {
      if (options.ifAvailable === true) return callback(null);
      await this.#held.get(name);
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
