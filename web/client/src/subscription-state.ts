// The state machine of one subscription. Pure, like the others.

/** What a subscription is doing. */
export type SubscriptionState =
  /** There is no connection, or it is not this subscription's turn. */
  | { readonly kind: "waiting" }
  /** Asked for; whatever comes before the answer belongs to an earlier subscription of that name. */
  | { readonly kind: "subscribing" }
  /** Receiving what it missed; `head` is the answer to the question where the head is. */
  | { readonly kind: "catching-up"; readonly head?: number }
  | { readonly kind: "live" }
  /** Its reader is behind, so the server was told to stop; goes on from its position when the reader has caught up. */
  | { readonly kind: "parked" }
  | { readonly kind: "ended" };

export type SubscriptionEvent =
  | { readonly kind: "ask" }
  /** `mayBeOwed`: more than what is new may follow, so that the head is asked for. */
  | { readonly kind: "subscribed"; readonly mayBeOwed: boolean }
  /** Of a map: what is held is to be forgotten. */
  | { readonly kind: "reset" }
  /** The answer about the head, or none that helps; of a map that it was reached. */
  | { readonly kind: "current"; readonly offset?: number | undefined }
  /** The reader's place is now after `offset`. */
  | { readonly kind: "reached" }
  | { readonly kind: "full" }
  /** The reader has caught up with what was held for it. */
  | { readonly kind: "drained" }
  | { readonly kind: "detach" }
  | { readonly kind: "end" };

/** The one place where a subscription's state is decided. `offset`: of the last publication received. */
export function nextSubscriptionState(
  state: SubscriptionState,
  event: SubscriptionEvent,
  offset: number,
): SubscriptionState {
  if (state.kind === "ended") return state;
  switch (event.kind) {
    case "ask":
      return state.kind === "waiting" ? { kind: "subscribing" } : state;
    case "subscribed":
      if (state.kind !== "subscribing") return state;
      return { kind: event.mayBeOwed ? "catching-up" : "live" };
    case "reset":
      return state.kind === "live" ? { kind: "catching-up" } : state;
    case "current":
      if (state.kind !== "catching-up") return state;
      if (event.offset === undefined || offset >= event.offset) return { kind: "live" };
      return { kind: "catching-up", head: event.offset };
    case "reached":
      return state.kind === "catching-up" && offset >= (state.head ?? Infinity) ? { kind: "live" } : state;
    case "full":
      return state.kind === "live" || state.kind === "catching-up" ? { kind: "parked" } : state;
    case "drained":
      return state.kind === "parked" ? { kind: "waiting" } : state;
    case "detach":
      // A parked one stays so: it is its reader that it waits for, not the connection.
      return state.kind === "parked" || state.kind === "waiting" ? state : { kind: "waiting" };
    case "end":
      return { kind: "ended" };
  }
}
