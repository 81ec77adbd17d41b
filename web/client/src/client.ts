// What a page sees of a client: its options, its methods, what it tells.

import type { Gap, JsonValue, Position } from "@carillon/protocol";
import type { AnyChannels, ChannelData, ChannelName } from "./channels.js";
import type { ClientState } from "./client-state.js";
import { ClientCore } from "./core.js";
import type { Received, Redaction } from "./delivery.js";
import type { Environment } from "./environment.js";
import type { Receipt } from "./lane.js";
import type { LinkOptions, Transition } from "./link.js";
import type { OutboxLimits, PublishOptions, RestoredPublish } from "./outbox.js";
import type { QueueStore } from "./queue-store.js";
import type { SubscribeOptions, Subscription } from "./subscription.js";
import type { GetToken } from "./identity.js";
import type { Transport } from "./transport.js";

/** What `createClient` is told. Times are in milliseconds. */
export interface ClientOptions extends LinkOptions {
  /** Of the server's `/live`; http and https will do, and so will an address relative to the page. */
  readonly url: string | URL;
  /** Asked for a token when one is needed: at first, before one expires, after one was refused. */
  readonly getToken?: GetToken | undefined;
  /** What may wait for a connection or an answer. */
  readonly queue?: OutboxLimits | undefined;
  /** Keeps what waits for a connection over a reload: `persistedQueue` of `@carillon/client/persist`. */
  readonly persist?: QueueStore | undefined;
  /** What carries the messages: WebSocket unless told, or `withFallback()` of `@carillon/client/fallback`. */
  readonly transport?: Transport | undefined;
  /** A ping must be answered within so many milliseconds; 10 000 unless told. */
  readonly pongMillis?: number | undefined;
  /** `lost` is told after so many milliseconds without a connection; 5 000 unless told. */
  readonly lostMillis?: number | undefined;
  /** While the connection holds so many bytes unsent, publishes wait and signals are dropped; 262 144 unless told. */
  readonly sendBufferBytes?: number | undefined;
  readonly environment?: Partial<Environment> | undefined;
}

/** What a client tells its listeners, by name. */
export interface ClientEvents {
  /** The state for the page has changed. */
  readonly state: ClientState;
  /** The link's state has changed, and why: a line for a log by `transitionText`. No token and no data is in it. */
  readonly transition: Transition;
  /** There has been no connection for a while (`lostMillis`): the time to say so loudly. Told once a loss. */
  readonly lost: ClientState;
  /** The token in use ends in so many milliseconds. `getToken` is asked by itself; without it, call `setToken`. */
  readonly expiring: { readonly millis: number };
  /** Publishes that an earlier page left were taken over (`persist`); they go out now, and each has its outcome. */
  readonly restored: readonly RestoredPublish[];
  /** An app's handler threw, or the server refused what nobody waits for, such as a signal or a place in presence. */
  readonly error: { readonly error: unknown; readonly channel?: string | undefined };
}

/** Counted since the client was made. */
export interface Stats {
  /** Connections that became usable. */
  readonly connections: number;
  readonly attempts: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Messages that this version cannot read; they are passed over. */
  readonly unreadable: number;
  readonly publications: number;
  /** Received again, against the protocol, and left out. */
  readonly duplicates: number;
  /** Skipped by the server without a gap, against the protocol. */
  readonly missing: number;
  readonly gaps: number;
  /** Signals of others that were received. */
  readonly signals: number;
  /** Signals of others that the server could not give us, because we were too slow. */
  readonly signalsMissed: number;
  /** Signals of ours that were not sent, because there was no connection or it was congested. */
  readonly signalsDropped: number;
  /** Publishes without an outcome, now. */
  readonly queued: number;
  readonly queuedBytes: number;
}

/** Which part of a channel's history is read. */
export interface HistoryOptions {
  /** Reads on after this position. */
  readonly after?: Position | undefined;
  /** The newest before this publication's position. Not together with `after`; without either: the newest of all. */
  readonly before?: Position | undefined;
  /** At most so many; the server has a limit of its own, and one that it uses unless told. */
  readonly limit?: number | undefined;
}

/** A page of what a channel keeps. */
export interface HistoryOf<Data = JsonValue> {
  /** Ascending. */
  readonly publications: readonly (Received<Data> | Redaction)[];
  /** The place after the last of them, to read on or subscribe `after`. The next page upwards is `before` the first of them. */
  readonly position: Position;
  /** Whether more is kept in the direction that was read: upwards, unless `after` was given. */
  readonly more: boolean;
  /** Something between the position presented and this page is gone. */
  readonly gap?: Gap | undefined;
}

/**
 * One session with a server. `Channels` maps patterns of names to the data of their publications, such as
 * `{ "room:{id}": Message }`, and `Signals` to the data of their signals.
 */
export interface Client<Channels = AnyChannels, Signals = AnyChannels> {
  /** The one state for the page; `stateText` puts it in words. */
  readonly state: ClientState;
  /** Who the server takes this client for; undefined before it has said so, and for a stranger. */
  readonly user: string | undefined;
  /** Connects, if it is idle or has failed. Done by `createClient`. */
  connect(): void;
  /** Comes to rest: token, subscriptions and queue are kept for the next `connect`. */
  disconnect(): void;
  /**
   * The user leaves: disconnects, and wipes the token and the queue, also what `persist` keeps; its publishes fail with the
   * error `closed`, its subscriptions end. Other tabs with a client of this address and user do the same. `connect` starts
   * afresh.
   */
  logout(): void;
  /** Ends for good: subscriptions end, and publishes without an outcome fail with the error `closed`. */
  close(): void;
  /** Uses this token from now on: on the live connection, if there is one; and starts a client again that lacked one. */
  setToken(token: string): void;
  /**
   * Reads a channel; at most one subscription a channel. Throws a {@link CarillonError} (`closed`) after the end, an
   * `Error` for a name that is none or a channel that is being read.
   */
  subscribe<Name extends ChannelName<Channels>>(
    channel: Name,
    options?: SubscribeOptions,
  ): Subscription<ChannelData<Channels, Name>, ChannelData<Signals, Name>>;
  /**
   * Publishes once: resolves when the server has kept it as the channel promises, however many connections that takes.
   * Publishes to one channel are accepted in the order of these calls. Rejects with a {@link CarillonError}; throws
   * nothing.
   */
  publish<Name extends ChannelName<Channels>>(
    channel: Name,
    data: ChannelData<Channels, Name> | Uint8Array,
    options?: PublishOptions,
  ): Promise<Receipt>;
  /**
   * Sends what is worth nothing later (typing, a cursor) to whoever is subscribed now. Never queued, never sent again:
   * answers false, and counts it in `stats().signalsDropped`, where there is no connection or it is congested. Throws an
   * `Error` for a name that is none, a {@link CarillonError} for data beyond the server's limit.
   */
  signal<Name extends ChannelName<Signals>>(channel: Name, data: ChannelData<Signals, Name> | Uint8Array): boolean;
  /** Reads what a channel keeps, whether subscribed or not. Waits for a connection. Rejects with a {@link CarillonError}. */
  history<Name extends ChannelName<Channels>>(
    channel: Name,
    options?: HistoryOptions,
  ): Promise<HistoryOf<ChannelData<Channels, Name>>>;
  /** Answers how to stop listening. */
  on<K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void): () => void;
  /** A copy of the counters. */
  stats(): Stats;
}

/** Makes a client and, where there is something to connect with, connects it. Throws `SyntaxError` for an address that is none. */
export function createClient<Channels = AnyChannels, Signals = AnyChannels>(
  options: ClientOptions,
): Client<Channels, Signals> {
  const core = new ClientCore(options);
  core.connect();
  return core as unknown as Client<Channels, Signals>;
}
