// What stands below each other in a room's list. Pure: the same room gives the same rows.

import type { Gap } from "@carillon/protocol";
import { compare, type Message, type Place } from "./fold.js";
import { withChanges, type Outgoing } from "./outgoing.js";

/** What a room says about the time before its oldest message. */
export type Above = "unknown" | "more" | "loading" | "beginning" | "trimmed" | "limit" | "failed";

export interface GapMark {
  readonly id: string;
  /** What came before it; undefined where nothing did. */
  readonly after: Place | undefined;
  readonly cause: Gap["cause"];
}

export interface RowsOf {
  readonly user: string;
  readonly messages: readonly Message[];
  readonly outgoing: readonly Outgoing[];
  readonly gaps: readonly GapMark[];
  readonly above: Above;
  /** Messages above which a page of history began: they keep their looks when what comes before them is paged in. */
  readonly seams: ReadonlySet<string>;
  /** The message that "New" stands above. */
  readonly newFrom: string | undefined;
  /** A time's day, in the reader's time zone. */
  readonly day: (at: number) => string;
}

export type Row =
  | { readonly kind: "above"; readonly id: "above"; readonly above: Above }
  | { readonly kind: "day"; readonly id: string; readonly day: string }
  | { readonly kind: "new"; readonly id: "new" }
  | { readonly kind: "gap"; readonly id: string; readonly cause: Gap["cause"] }
  | MessageRow;

export interface MessageRow {
  readonly kind: "message";
  readonly id: string;
  readonly message: Message;
  /** Said by the same as the one before it, shortly after: its name need not stand there again. */
  readonly isContinued: boolean;
  readonly isOwn: boolean;
  /** Of a message that is not confirmed yet, which keeps its row when it is; undefined for others. */
  readonly sending: Outgoing | undefined;
  /** What is on its way for it, or failed. */
  readonly changes: readonly Outgoing[];
}

/** So long after the last one, a message of the same sender has its name above it again. */
const CONTINUED_MILLIS = 5 * 60_000;

export function rowsOf(room: RowsOf): readonly Row[] {
  const rows: Row[] = [{ kind: "above", id: "above", above: room.above }];
  const gaps = [...room.gaps];
  // Whether a day begins with the first message held is known only where nothing comes before it.
  const isComplete = room.above === "beginning" || room.above === "trimmed";
  let before: MessageRow | undefined;
  let day = "";

  function add(row: Omit<MessageRow, "kind" | "isContinued">): void {
    const { message } = row;
    const breaks = rows.length;
    if (room.day(message.at) !== day) {
      const isKnown = day !== "" || isComplete;
      day = room.day(message.at);
      if (isKnown) rows.push({ kind: "day", id: `day ${message.id}`, day });
    }
    if (message.id === room.newFrom) rows.push({ kind: "new", id: "new" });
    const isAttached = breaks === rows.length && !room.seams.has(message.id);
    const isContinued = isAttached && before !== undefined && continues(before.message, message);
    before = { kind: "message", isContinued, ...row };
    rows.push(before);
  }

  function addGapsBefore(place: Place | undefined): void {
    while (gaps[0] !== undefined && (place === undefined || gaps[0].after === undefined || compare(gaps[0].after, place) < 0)) {
      const { id, cause } = gaps.shift() as GapMark;
      rows.push({ kind: "gap", id, cause });
      before = undefined;
    }
  }

  for (const { message, changes } of withChanges(room.messages, room.outgoing, room.user)) {
    addGapsBefore(message.place);
    // One that was deleted is not shown at all: what was said about it may still be on its way.
    if (message.isDeleted) continue;
    add({ id: message.id, message, isOwn: message.from === room.user, sending: undefined, changes });
  }
  addGapsBefore(undefined);
  for (const one of room.outgoing) {
    if (one.payload.kind !== "message") continue;
    add({ id: one.key, message: ownMessage(one, room.user), isOwn: true, sending: one, changes: [] });
  }
  return rows;
}

function continues(before: Message, message: Message): boolean {
  const isOneLife = message.place === NOWHERE || before.place.life === message.place.life;
  return before.from === message.from && isOneLife && message.at - before.at < CONTINUED_MILLIS;
}

/** Of what is on its way. */
const NOWHERE: Place = { life: Number.MAX_SAFE_INTEGER, offset: 0 };

function ownMessage({ key, payload, at }: Outgoing, user: string): Message {
  return {
    id: key,
    key: undefined,
    place: NOWHERE,
    position: "",
    at,
    from: user,
    text: payload.kind === "message" ? payload.text : "",
    isEdited: false,
    isDeleted: false,
    reactions: [],
  };
}
