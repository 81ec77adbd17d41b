// What sharing takes from the browser, so that tests can give it others.

import { environment } from "../environment.js";
import type { Word } from "./words.js";

/** The other tabs under the same name. Whoever tells is not told. */
export interface OtherTabs {
  tell(word: Word): void;
  close(): void;
}

/** Where tabs meet. */
export interface TabsHost {
  /** Absent where a tab can't hear of others: then each is by itself. */
  readonly join: ((name: string, heard: (word: Word) => void) => OtherTabs) | undefined;
  /** Absent where there are no Web Locks, as on pages that came by plain HTTP from another machine. */
  readonly locks: Pick<LockManager, "request"> | undefined;
  /** An id, and an idempotency key. */
  newKey(): string;
  setTimeout(run: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
}

export function browserTabsHost(): TabsHost {
  const { newKey, setTimeout, clearTimeout } = environment();
  return {
    join: typeof BroadcastChannel === "undefined" ? undefined : joinByBroadcast,
    locks: (globalThis.navigator as { readonly locks?: LockManager } | undefined)?.locks,
    newKey,
    setTimeout,
    clearTimeout,
  };
}

function joinByBroadcast(name: string, heard: (word: Word) => void): OtherTabs {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<Word>) => heard(data);
  return { tell: (word) => channel.postMessage(word), close: () => channel.close() };
}

/** The lock of the tab that leads, and those by which it notices that another has gone. */
export const leaderLock = (name: string) => `carillon tabs ${name}`;
export const tabLock = (name: string, tab: string) => `carillon tabs ${name} ${tab}`;
