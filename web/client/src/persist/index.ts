// @carillon/client/persist: a queue that survives a reload.

import { environment } from "../environment.js";
import type { QueueStore } from "../queue-store.js";
import { KeptQueue } from "./kept-queue.js";
import { indexedDbShelf } from "./shelf.js";

/**
 * Keeps what waits for a connection in IndexedDB, for `createClient({ persist: persistedQueue(name) })`. `name` says whose
 * queue it is: give each user one of their own, such as `chat:ada`. What a page leaves, the next page of that name sends: in
 * its order, under its idempotency keys, and past the server's idempotency time not at all (error `uncertain`). Of two open
 * tabs each sends its own. Needs Web Locks, so a secure page; elsewhere the client tells an `error` and goes on without.
 */
export function persistedQueue(name: string): QueueStore {
  const { newKey, now, setTimeout, clearTimeout } = environment();
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  return new KeptQueue(name, { shelf: indexedDbShelf(), locks, page: newKey(), now, setTimeout, clearTimeout });
}
