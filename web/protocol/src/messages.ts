// What client and server say to each other (PROTOCOL.md §4), as discriminated unions. The Java twins are ClientMessage
// and ServerMessage; protocol/vectors keeps the two alike.

import type { JsonValue } from "./json.js";

/** Pairs a command with its reply, which gives it back: at most 64 characters, or a whole number. */
export type RequestId = string | number;

/** Opaque: a place in a channel's stream, given out by every delivery and taken back by every other. */
export type Position = string;

/** What a publisher gave: a JSON value, or bytes in base64. */
export type Payload = { readonly data: JsonValue } | { readonly data64: string };

/** In place of data: the key has no value any more (kind map). */
export type Removed = { readonly removed: true };

/** In place of data: somebody took it out. */
export type RedactedData = { readonly redacted: true };

/**
 * What a reader of a map wants: some keys, or the values with some tags, not both; neither is everything, and an empty list
 * is nothing. Keys and tags have 1 to 256 bytes of UTF-8.
 */
export interface Tracking {
  readonly keys?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

interface Command {
  readonly id?: RequestId | undefined;
}

interface ChannelCommand extends Command {
  readonly channel: string;
}

export interface Subscribe extends ChannelCommand {
  readonly type: "subscribe";
  /** Go on from here; absent: start at the head, or `last` before it. */
  readonly after?: Position | undefined;
  /** Without `after`: the newest so many first. */
  readonly last?: number | undefined;
  /** True, or the version held: be told who is here, and be listed. `"count"`: be told only how many, and be listed. */
  readonly presence?: boolean | number | "count" | undefined;
  /** Of a map; absent: everything. A position goes with what was tracked when it was given. */
  readonly track?: Tracking | undefined;
}

/** Goes on with all that a session was subscribed to; each is answered by itself, as a `subscribe` is. */
export interface Resume extends Command {
  readonly type: "resume";
  readonly channels: readonly Omit<Subscribe, "type">[];
}

export interface Unsubscribe extends ChannelCommand {
  readonly type: "unsubscribe";
  /** True: only to catch up; the place in the channel's presence is kept as long as the session. */
  readonly presence?: boolean | undefined;
}

export type Publish = ChannelCommand & {
  readonly type: "publish";
  /** Makes it safe to send the same again. */
  readonly idempotencyKey?: string | undefined;
  /** Of a map: the key whose value this is. */
  readonly key?: string | undefined;
  /** Of a map: what its readers may track it by. */
  readonly tag?: string | undefined;
} & (Payload | Removed);

/** From now on, be told of these only: a reset and their snapshot follow the reply (kind map). */
export interface Track extends ChannelCommand, Tracking {
  readonly type: "track";
}

/** Gives up a publish that was refused with *retry*, so that later ones may pass. */
export interface Abandon extends ChannelCommand {
  readonly type: "abandon";
  readonly idempotencyKey: string;
}

export type Signal = ChannelCommand & { readonly type: "signal" } & Payload;

export interface History extends ChannelCommand {
  readonly type: "history";
  readonly after?: Position | undefined;
  /** Not together with `after`. */
  readonly before?: Position | undefined;
  readonly limit?: number | undefined;
}

export interface Presence extends ChannelCommand {
  readonly type: "presence";
  /** The `next` of the page that is to be continued. */
  readonly after?: string | undefined;
  /** At most so many users. */
  readonly limit?: number | undefined;
  /** True: only how many are here. */
  readonly count?: boolean | undefined;
}

export interface Authenticate extends Command {
  readonly type: "authenticate";
  readonly token: string;
}

export interface Ping extends Command {
  readonly type: "ping";
}

export type ClientMessage =
  | Subscribe
  | Resume
  | Unsubscribe
  | Publish
  | Track
  | Abandon
  | Signal
  | History
  | Presence
  | Authenticate
  | Ping;

export interface Hello {
  readonly type: "hello";
  readonly session: string;
  /** Who the client has proven to be; absent for nobody yet. */
  readonly user?: string | undefined;
  /** For how many milliseconds that holds; absent: as long as the session. */
  readonly expires?: number | undefined;
  /** In milliseconds: a peer that is silent for so long is taken for dead. */
  readonly heartbeat: number;
  readonly limits: Limits;
}

export interface Limits {
  readonly messageBytes: number;
  /** The most bytes of data in a signal. */
  readonly signalBytes: number;
  readonly subscriptions: number;
  readonly idempotencyMillis: number;
  readonly idempotencyCount: number;
  /** A user whose connections ended without a goodbye counts as present for so long. */
  readonly presenceMillis: number;
}

/** Why a reader cannot be given all that it is owed. A newer server may have causes that this list has not. */
export type GapCause = "trimmed" | "epoch" | "rewritten" | "ahead" | "unreadable" | (string & {});

export interface Gap {
  readonly cause: GapCause;
  /** What the reader presented or had reached; absent where it had nothing that can be shown. */
  readonly after?: string | undefined;
  /** Everything that is still kept after this position follows. */
  readonly next: Position;
}

interface Reply {
  readonly id?: RequestId | undefined;
}

export interface Subscribed extends Reply {
  readonly type: "subscribed";
  readonly channel: string;
  readonly position: Position;
  readonly offset: number;
  /** True where the position presented was continued. */
  readonly recovered: boolean;
  readonly gap?: Gap | undefined;
}

/** One payload accepted into a channel; the same object on every delivery. */
export type Publication = {
  readonly type: "publication";
  readonly channel: string;
  readonly position: Position;
  readonly offset: number;
  /** Milliseconds since 1970 by the clock of the node that accepted it; absent where the channel is set not to tell. */
  readonly at?: number | undefined;
  readonly from?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Of a map: whose value it is. */
  readonly key?: string | undefined;
  /** Of a map. */
  readonly tag?: string | undefined;
} & (Payload | Removed | RedactedData);

export interface Gapped extends Gap {
  readonly type: "gap";
  readonly channel: string;
}

/** Forget what you hold of this channel; a snapshot follows (kind map). */
export interface Reset {
  readonly type: "reset";
  readonly channel: string;
}

/** You hold all that you track, up to here (kind map). */
export interface Current {
  readonly type: "current";
  readonly channel: string;
  readonly position: Position;
  readonly offset: number;
}

export interface Tracked extends Reply {
  readonly type: "tracked";
  readonly channel: string;
}

/** The data of a publication that you were given has been taken out. */
export interface Redacted {
  readonly type: "redacted";
  readonly channel: string;
  readonly position: Position;
  readonly offset: number;
}

/** Who is here, or a page of it; each join and leave counts the version up by one. */
export interface PresenceList extends Reply {
  readonly type: "presence";
  readonly channel: string;
  readonly version: number;
  /** The `next` of the page that this one continues; absent for the first. All pages of a list have its version. */
  readonly after?: string | undefined;
  readonly users: readonly Present[];
  /** Absent for the last page. */
  readonly next?: string | undefined;
}

/** How many users are here, over how many sessions. */
export interface PresenceCount extends Reply {
  readonly type: "count";
  readonly channel: string;
  readonly users: number;
  readonly connections: number;
}

/** One who is here, over so many sessions at this moment. */
export interface Present {
  readonly user: string;
  readonly connections: number;
}

export interface Join {
  readonly type: "join";
  readonly channel: string;
  readonly user: string;
  readonly version: number;
}

export interface Leave {
  readonly type: "leave";
  readonly channel: string;
  readonly user: string;
  readonly version: number;
}

export type Signalled = {
  readonly type: "signal";
  readonly channel: string;
  readonly from?: string | undefined;
  /** How many signals of the channel this reader was not given since the one before; absent for none. */
  readonly dropped?: number | undefined;
} & Payload;

export interface Published extends Reply {
  readonly type: "published";
  readonly channel: string;
  readonly position: Position;
  readonly offset: number;
  readonly duplicate: boolean;
}

export interface Abandoned extends Reply {
  readonly type: "abandoned";
  readonly channel: string;
}

export interface Unsubscribed extends Reply {
  readonly type: "unsubscribed";
  readonly channel: string;
  /** Why the server ended it; absent where the client asked for it. */
  readonly code?: number | undefined;
}

export interface HistoryPage extends Reply {
  readonly type: "history";
  readonly channel: string;
  /** Where to read on. */
  readonly position: Position;
  readonly offset: number;
  /** Whether more is kept in the direction that was read. */
  readonly more: boolean;
  /** Of a map: true for its snapshot, false for what has changed since the position presented. */
  readonly reset?: boolean | undefined;
  readonly gap?: Gap | undefined;
  readonly publications: readonly Publication[];
}

export interface Authenticated extends Reply {
  readonly type: "authenticated";
  readonly user?: string | undefined;
  /** For how many milliseconds; absent: as long as the session. */
  readonly expires?: number | undefined;
}

export interface Refusal extends Reply {
  readonly type: "error";
  /** Known or not, `actionOf` says what to do about it. */
  readonly code: number;
  readonly name: string;
  readonly channel?: string | undefined;
  readonly message: string;
  /** In milliseconds: not before so long. */
  readonly retry?: number | undefined;
}

export interface Pong extends Reply {
  readonly type: "pong";
}

/** Come back on a new connection, not before `after` milliseconds. */
export interface Reconnect {
  readonly type: "reconnect";
  readonly after: number;
}

export type ServerMessage =
  | Hello
  | Subscribed
  | Publication
  | Gapped
  | Reset
  | Current
  | Tracked
  | Redacted
  | PresenceList
  | PresenceCount
  | Join
  | Leave
  | Signalled
  | Published
  | Abandoned
  | Unsubscribed
  | HistoryPage
  | Authenticated
  | Refusal
  | Pong
  | Reconnect;
