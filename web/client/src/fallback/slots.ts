// How many connections the pages of one browser hold open to one server. Over HTTP/1.1 a browser opens six at most, for all
// its pages together: with six streams open, not even a POST would leave it. So a page takes a slot, by a Web Lock.

import type { Environment } from "../environment.js";

/** Of the six: three streams, two polls that wait, one for all else. */
const STREAMS = ["1", "2", "3"];
const WAITS = ["4", "5"];

/** Gives the slot back. */
export type Release = () => void;

/** Undefined where all are taken by other pages. Where nobody can count, or nobody need, there is always one. */
export async function takeSlot(env: Environment, origin: string, kind: "stream" | "wait"): Promise<Release | undefined> {
  const locks = env.locks ?? (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks === undefined || isMultiplexed(env, origin)) return () => {};
  for (const slot of kind === "stream" ? STREAMS : WAITS) {
    const release = await take(locks, `carillon slot ${slot} ${origin}`);
    if (release !== undefined) return release;
  }
  return undefined;
}

function take(locks: Pick<LockManager, "request">, name: string): Promise<Release | undefined> {
  return new Promise((resolve) => {
    const held = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
    // In a frame without an origin there are none to be had, and nobody to share with.
    held.catch(() => resolve(() => {}));
  });
}

/** HTTP/2 and later carry all requests over one connection. */
function isMultiplexed(env: Environment, origin: string): boolean {
  const entries: readonly { readonly name: string }[] = env.requestEntries?.() ?? globalThis.performance.getEntries();
  return entries.some((entry) => {
    const { nextHopProtocol = "" } = entry as { readonly nextHopProtocol?: string };
    return entry.name.startsWith(`${origin}/`) && /^h[23]/.test(nextHopProtocol);
  });
}
