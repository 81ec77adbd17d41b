// What this page has handed over to be published in a room and has not seen kept yet.

import { CarillonError } from "@carillon/client";
import type { Fold, Message } from "./fold.js";
import type { RoomPayload } from "./payload.js";

export type OutgoingState =
  | { readonly kind: "sending" }
  /** The server said no, or nothing was sent: it is surely not there, and may be tried again. */
  | { readonly kind: "failed"; readonly why: string }
  /** It was sent, and nobody will ever tell whether it was kept. */
  | { readonly kind: "uncertain"; readonly why: string };

export interface Outgoing {
  /** Its idempotency key. */
  readonly key: string;
  readonly payload: RoomPayload;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly at: number;
  readonly state: OutgoingState;
}

/** What became of a publish that failed, in words for its sender. */
export function failure(error: unknown): OutgoingState {
  if (!(error instanceof CarillonError)) return { kind: "failed", why: String(error) };
  switch (error.kind) {
    case "queue_full":
      return { kind: "failed", why: "Too much is waiting to be sent already." };
    case "uncertain":
      return { kind: "uncertain", why: "It was sent, but nobody can tell any more whether it arrived." };
    default:
      return { kind: error.maybeAccepted ? "uncertain" : "failed", why: error.message };
  }
}

/** A message as it will stand once what is on its way has arrived. */
export interface Shown {
  readonly message: Message;
  /** What is on its way, or failed, and changes this message. */
  readonly changes: readonly Outgoing[];
}

/** The messages with what is on its way for them. Messages on their way themselves are not among them. */
export function withChanges(messages: readonly Message[], outgoing: readonly Outgoing[], user: string): readonly Shown[] {
  const changes = new Map<string, Outgoing[]>();
  for (const change of outgoing) {
    if (change.payload.kind === "message") continue;
    const { of } = change.payload;
    changes.set(of, [...(changes.get(of) ?? []), change]);
  }
  return messages.map((message) => {
    const mine = message.key === undefined ? undefined : changes.get(message.key);
    return mine === undefined ? { message, changes: [] } : { message: mine.reduce(changed(user), message), changes: mine };
  });
}

/** One that failed changes nothing: what is there is shown as it is. */
function changed(user: string): (message: Message, change: Outgoing) => Message {
  return (message, { payload, state }) => {
    if (state.kind !== "sending") return message;
    switch (payload.kind) {
      case "edit":
        return { ...message, text: payload.text, isEdited: true };
      case "delete":
        return { ...message, isDeleted: true };
      case "reaction":
        return { ...message, reactions: reacted(message, payload.emoji, payload.on, user) };
      case "message":
        return message;
    }
  };
}

function reacted(message: Message, emoji: string, on: boolean, user: string): Message["reactions"] {
  const there = message.reactions.find((reaction) => reaction.emoji === emoji);
  if (there === undefined) return on ? [...message.reactions, { emoji, users: [user] }] : message.reactions;
  const users = there.users.filter((name) => name !== user);
  const next = { emoji, users: on ? [...users, user] : users };
  return message.reactions.map((reaction) => (reaction === there ? next : reaction)).filter((one) => one.users.length > 0);
}

/** Those that have not come back from the room yet. */
export function stillOut(outgoing: readonly Outgoing[], fold: Fold): readonly Outgoing[] {
  return outgoing.filter(({ key, payload }) => payload.kind !== "message" || !fold.has(key));
}
