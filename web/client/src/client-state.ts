// The one honest state for the page.

import type { LinkState } from "./link-state.js";
import type { SubscriptionState } from "./subscription-state.js";
import type { Connection, TransportName } from "./transport.js";

/** What carries the messages, and why it is not a better one, in words for the page. */
export interface Carrier {
  readonly transport: TransportName;
  readonly note?: string;
}

/** `queued`: publishes that have no outcome yet. */
export type ClientState = { readonly queued: number } & (
  /** Not connected, and not about to be. */
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  /** Connected, but some channel is not up to date yet. */
  | ({ readonly kind: "catching-up" } & Carrier)
  | ({ readonly kind: "live" } & Carrier)
  /** Tries again at `retryAt`, in milliseconds by the environment's clock (the browser's: `Date.now`). */
  | { readonly kind: "waiting"; readonly retryAt: number; readonly code: number; readonly reason: string }
  /** There has been no connection for 2 minutes (`suspendMillis`); it is still tried about every 30 s. */
  | { readonly kind: "suspended" }
  /** The browser says that there is no network. */
  | { readonly kind: "offline" }
  /** The server said not to come again, and why. `connect` tries again, and so does `setToken` where a token was missing. */
  | { readonly kind: "failed"; readonly code: number; readonly reason: string }
  | { readonly kind: "closed" }
);

export interface StateContext {
  readonly connection: Connection | undefined;
  readonly subscriptions: Iterable<{ readonly state: SubscriptionState }>;
  readonly queued: number;
  readonly isOnline: boolean;
  /** Since when there must have been a connection, by the clock of the link's state. */
  readonly suspendsBefore: number;
}

export function clientState(link: LinkState, context: StateContext): ClientState {
  const { connection, subscriptions, queued, isOnline, suspendsBefore } = context;
  switch (link.kind) {
    case "idle":
      return { kind: "idle", queued };
    case "failed":
      return { kind: "failed", code: link.code, reason: link.reason, queued };
    case "connected": {
      const { name: transport = "websocket", note } = connection ?? {};
      const isBehind = [...subscriptions].some(({ state }) => state.kind !== "live");
      return { kind: isBehind ? "catching-up" : "live", transport, ...(note && { note }), queued };
    }
    case "paused":
      return { kind: "connecting", queued };
    case "connecting":
    case "waiting":
      if (!isOnline) return { kind: "offline", queued };
      if (link.lostAt <= suspendsBefore) return { kind: "suspended", queued };
      if (link.kind === "connecting") return { kind: "connecting", queued };
      return { kind: "waiting", retryAt: link.retryAt, code: link.code, reason: link.reason, queued };
  }
}

const carriers: { readonly [T in TransportName]: string } = {
  websocket: "",
  "event-stream": " (event stream)",
  "long-poll": " (polling)",
};

/** In a few words of English. `now` by the same clock as `retryAt`. Publishes in flight while live are not worth a word. */
export function stateText(state: ClientState, now: number): string {
  const queued = state.queued > 0 ? `, ${state.queued} queued` : "";
  switch (state.kind) {
    case "idle":
      return `Not connected${queued}`;
    case "connecting":
      return `Connecting${queued}`;
    case "catching-up":
      return `Catching up${carriers[state.transport]}`;
    case "live":
      return `Live${carriers[state.transport]}`;
    case "waiting":
      return `Reconnecting in ${Math.max(1, Math.ceil((state.retryAt - now) / 1000))} s${queued}`;
    case "suspended":
    case "offline":
      return `Offline${queued}`;
    case "failed":
      return `Refused: ${state.reason || state.code}`;
    case "closed":
      return "Closed";
  }
}
