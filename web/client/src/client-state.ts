// The one honest state for the page.

import type { LinkState } from "./link-state.js";
import type { SubscriptionState } from "./subscription-state.js";

/** `queued`: publishes that have no outcome yet. */
export type ClientState = { readonly queued: number } & (
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  /** Connected, but some channel is not up to date yet. */
  | { readonly kind: "catching-up" }
  | { readonly kind: "live" }
  /** Tries again at `retryAt`, in milliseconds by the environment's clock (the browser's: `Date.now`). */
  | { readonly kind: "waiting"; readonly retryAt: number; readonly code: number; readonly reason: string }
  /** The browser says that there is no network. */
  | { readonly kind: "offline" }
  /** The server said not to come again, and why. */
  | { readonly kind: "failed"; readonly code: number; readonly reason: string }
  | { readonly kind: "closed" }
);

export function clientState(
  link: LinkState,
  subscriptions: Iterable<SubscriptionState>,
  queued: number,
  isOnline: boolean,
): ClientState {
  switch (link.kind) {
    case "idle":
      return { kind: "idle", queued };
    case "failed":
      return { kind: "failed", code: link.code, reason: link.reason, queued };
    case "connected": {
      const isBehind = [...subscriptions].some(({ kind }) => kind !== "live");
      return { kind: isBehind ? "catching-up" : "live", queued };
    }
    case "connecting":
    case "paused":
      return { kind: isOnline ? "connecting" : "offline", queued };
    case "waiting":
      if (!isOnline) return { kind: "offline", queued };
      return { kind: "waiting", retryAt: link.retryAt, code: link.code, reason: link.reason, queued };
  }
}

/** In a few words of English. `now` by the same clock as `retryAt`. Publishes in flight while live are not worth a word. */
export function stateText(state: ClientState, now: number): string {
  const queued = state.queued > 0 ? `, ${state.queued} queued` : "";
  switch (state.kind) {
    case "idle":
      return `Not connected${queued}`;
    case "connecting":
      return `Connecting${queued}`;
    case "catching-up":
      return "Catching up";
    case "live":
      return "Live";
    case "waiting":
      return `Reconnecting in ${Math.max(1, Math.ceil((state.retryAt - now) / 1000))} s${queued}`;
    case "offline":
      return `Offline${queued}`;
    case "failed":
      return `Refused: ${state.reason || state.code}`;
    case "closed":
      return "Closed";
  }
}
