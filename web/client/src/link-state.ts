// The state machine of one link: a run of connections to one address, at most one at a time. Pure: time and chance
// come in with the event's context, and nothing is done here but deciding.

import { actionOf } from "@carillon/protocol";

/** What a link is doing. */
export type LinkState =
  /** Not wanted. No timer runs, nothing is listened to. */
  | { readonly kind: "idle" }
  /** An attempt is on its way, after so many failures in a row; without a connection since `lostAt`. */
  | { readonly kind: "connecting"; readonly failures: number; readonly lostAt: number }
  /** Usable since this time. `failures` is forgotten only when the connection proves stable. */
  | { readonly kind: "connected"; readonly failures: number; readonly since: number }
  /** Tries again at `retryAt`; a hint that the network is back may bring that forward, but not before `notBefore`. */
  | {
      readonly kind: "waiting";
      readonly failures: number;
      readonly lostAt: number;
      readonly retryAt: number;
      readonly notBefore: number;
      readonly code: number;
      readonly reason: string;
    }
  /** The page was left and may be kept for "back": closed until it is shown again. */
  | { readonly kind: "paused" }
  /** The server said *stop* (PROTOCOL.md §9). Only the app starts it again. */
  | { readonly kind: "failed"; readonly code: number; readonly reason: string };

export type LinkEvent =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  /** The wait is over. */
  | { readonly kind: "timer" }
  /** Something suggests that an attempt would succeed now: `online`, the page is visible, it is shown again. */
  | { readonly kind: "hint" }
  /** The attempt led to a usable connection. */
  | { readonly kind: "ready" }
  /** The attempt failed or the connection ended. `after`: the server asks to wait so many milliseconds at least. */
  | { readonly kind: "down"; readonly code: number; readonly reason: string; readonly after?: number | undefined }
  /** This connection is of no more use, but a new one can be had at once: a better transport is open, or a new token held. */
  | { readonly kind: "again"; readonly code: number; readonly reason: string }
  | { readonly kind: "pagehide" }
  | { readonly kind: "pageshow" };

export interface LinkContext {
  readonly now: number;
  /** A connection that lasted so many milliseconds was a good one: the next failure is the first. */
  readonly stableMillis: number;
  /**
   * The wait after so many failures in a row, in milliseconds; or, where the server gives one, what is added to that: it has
   * spread its clients already (PROTOCOL.md §2).
   */
  wait(failures: number, after: number): number;
}

/** The one place where a link's state is decided. Answers the same object where nothing changes. */
export function nextLinkState(state: LinkState, event: LinkEvent, context: LinkContext): LinkState {
  const { now } = context;
  switch (event.kind) {
    case "start":
      return state.kind === "idle" || state.kind === "failed" ? { kind: "connecting", failures: 0, lostAt: now } : state;
    case "stop":
      return state.kind === "idle" ? state : { kind: "idle" };
    case "timer":
    case "hint":
      return state.kind === "waiting" && now >= (event.kind === "hint" ? state.notBefore : 0)
        ? { kind: "connecting", failures: state.failures, lostAt: state.lostAt }
        : state;
    case "ready":
      return state.kind === "connecting" ? { kind: "connected", failures: state.failures, since: now } : state;
    case "down":
      return state.kind === "connecting" || state.kind === "connected" ? afterLoss(state, event, context) : state;
    case "again":
      return state.kind === "connecting" || state.kind === "connected"
        ? { kind: "connecting", failures: state.failures, lostAt: lostAt(state, now) }
        : state;
    case "pagehide":
      return state.kind === "connecting" || state.kind === "connected" || state.kind === "waiting"
        ? { kind: "paused" }
        : state;
    case "pageshow":
      return state.kind === "paused" ? { kind: "connecting", failures: 0, lostAt: now } : state;
  }
}

type Trying = LinkState & { readonly kind: "connecting" | "connected" };

function lostAt(state: Trying, now: number): number {
  return state.kind === "connecting" ? state.lostAt : now;
}

function afterLoss(
  state: Trying,
  { code, reason, after = 0 }: LinkEvent & { readonly kind: "down" },
  { now, stableMillis, wait }: LinkContext,
): LinkState {
  if (actionOf(code) === "stop") return { kind: "failed", code, reason };
  const wasStable = state.kind === "connected" && now - state.since >= stableMillis;
  const failures = wasStable ? 1 : state.failures + 1;
  return {
    kind: "waiting",
    failures,
    lostAt: lostAt(state, now),
    retryAt: now + after + wait(failures, after),
    notBefore: now + after,
    code,
    reason,
  };
}
