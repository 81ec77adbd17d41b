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
  readonly isOnline: boolean;
  /** There has been no connection for long. */
  readonly isSuspended: boolean;
}

/** All but `queued`, which every state has. */
export function clientState(link: LinkState, context: StateContext): DistributiveOmit<ClientState, "queued"> {
  const { connection, subscriptions, isOnline, isSuspended } = context;
  switch (link.kind) {
    case "idle":
    case "failed":
      return link;
    case "connected": {
      const { name: transport = "websocket", note } = connection ?? {};
      const isBehind = [...subscriptions].some(({ state }) => state.kind !== "live");
      return { kind: isBehind ? "catching-up" : "live", transport, ...(note && { note }) };
    }
    case "paused":
      return { kind: "connecting" };
    case "connecting":
    case "waiting":
      if (!isOnline) return { kind: "offline" };
      if (isSuspended) return { kind: "suspended" };
      if (link.kind === "connecting") return { kind: "connecting" };
      return { kind: "waiting", retryAt: link.retryAt, code: link.code, reason: link.reason };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

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
