// The other pages of an origin. As with a BroadcastChannel, whoever tells is not told.

import type { Tabs } from "@carillon/client";

export class FakeTabs {
  readonly #joined = new Map<string, Set<(message: unknown) => void>>();

  readonly join = (name: string, heard: (message: unknown) => void): Tabs => {
    const tabs = this.#joined.get(name) ?? new Set();
    this.#joined.set(name, tabs.add(heard));
    return {
      tell: (message) => tabs.forEach((other) => other !== heard && other(message)),
      close: () => tabs.delete(heard),
    };
  };

  get names(): string[] {
    return [...this.#joined.keys()];
  }
}
