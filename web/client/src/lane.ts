// The publishes to one channel that have no outcome yet, in the order in which they were asked for. That order is kept
// over refusals and reconnections (PROTOCOL.md §6).

/** The state machine of one publish. */
export type PublishState =
  /** To be sent. */
  | { readonly kind: "queued" }
  /** On its way over the present connection. */
  | { readonly kind: "sent" }
  /** Refused with *retry*: the server refuses all later ones of this lane until it comes again or is abandoned. */
  | { readonly kind: "holding" }
  /** On its way, but nobody waits for it any more: its promise is settled. */
  | { readonly kind: "given-up" }
  | { readonly kind: "done" };

export type PublishEvent =
  | { readonly kind: "send" }
  /** Refused with *retry*; `behind`: only because an earlier one was. */
  | { readonly kind: "refused"; readonly behind: boolean }
  /** The connection is gone; whether it was accepted is unknown. */
  | { readonly kind: "detach" }
  | { readonly kind: "give-up" }
  | { readonly kind: "settle" };

/** The one place where a publish's state is decided. */
export function nextPublishState(state: PublishState, event: PublishEvent): PublishState {
  switch (event.kind) {
    case "send":
      return state.kind === "queued" || state.kind === "holding" ? { kind: "sent" } : state;
    case "refused":
      if (state.kind === "given-up") return { kind: "done" };
      return state.kind === "sent" ? { kind: event.behind ? "queued" : "holding" } : state;
    case "detach":
      if (state.kind === "given-up") return { kind: "done" };
      return state.kind === "done" ? state : { kind: "queued" };
    case "give-up":
      return state.kind === "sent" ? { kind: "given-up" } : { kind: "done" };
    case "settle":
      return { kind: "done" };
  }
}

/** The server has kept a publish. */
export interface Receipt {
  readonly channel: string;
  /** The place after it. */
  readonly position: string;
  /** Comparable within one epoch of the channel. */
  readonly offset: number;
  /** True where an earlier try had been accepted already. */
  readonly duplicate: boolean;
}

export interface Entry {
  readonly channel: string;
  readonly key: string;
  /** `"data":…` or `"data64":…`, made once: a change to the object later must not change what a retry says. */
  readonly payload: string;
  /** Of the payload, in UTF-8. */
  readonly bytes: number;
  state: PublishState;
  /** When it was first sent and may have been accepted, by the wall clock; undefined where it surely was not. */
  sentAt: number | undefined;
  /** Whether a try of it was never answered. */
  isOpen: boolean;
  /** What must be written down before it may be sent has been (queue-store.ts). */
  isKept: boolean;
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
  /** Ends the timer and the listening to the signal. */
  release(): void;
}

export class Lane {
  readonly entries: Entry[] = [];
  /** Nothing is sent before this time; undefined while nothing is held. By the wall clock. */
  heldUntil: number | undefined;
  /** Refusals in a row, for the growing wait. */
  refusals = 0;

  /** While replies to earlier ones are out, nothing is sent again: it would overtake them. */
  get isAnswered(): boolean {
    return this.entries.every(({ state }) => state.kind !== "sent" && state.kind !== "given-up");
  }

  get sendable(): Entry[] {
    return this.entries.filter(({ state }) => state.kind === "queued" || state.kind === "holding");
  }

  remove(entry: Entry): void {
    const index = this.entries.indexOf(entry);
    if (index >= 0) this.entries.splice(index, 1);
  }
}
