// What a reader is given.

import type { Gap, JsonValue, Position, Publication } from "@carillon/protocol";
import { dataOf } from "./payload.js";

/** One publication as a page gets it, whether live or from history. */
export interface Received<Data = JsonValue> {
  readonly kind: "publication";
  readonly channel: string;
  /** The place after it: give it as `after` to go on from here, or as `before` of the next to page upwards. */
  readonly position: Position;
  /** Comparable within one epoch of the channel. */
  readonly offset: number;
  /** Milliseconds since 1970 by the server's clock; absent where the channel is set not to tell. */
  readonly at?: number | undefined;
  /** The publisher as its credential proves it; absent for an anonymous one. */
  readonly from?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** JSON; or the bytes (`Uint8Array`), where bytes were published. */
  readonly data: Data;
}

/** What a reader is given: a publication, or the honest word that some are gone. */
export type Delivery<Data = JsonValue> = Received<Data> | ({ readonly kind: "gap"; readonly channel: string } & Gap);

/** One signal of another session. */
export interface ReceivedSignal<Data = JsonValue> {
  readonly channel: string;
  /** The sender as its credential proves it; absent for an anonymous one. */
  readonly from?: string | undefined;
  readonly data: Data;
  /** How many signals of the channel were left out before this one, because this reader was too slow. */
  readonly dropped: number;
}

/** As a page gets it. */
export function received<Data>(message: Publication): Received<Data> {
  const { channel, position, offset, at, from, idempotencyKey } = message;
  return { kind: "publication", channel, position, offset, at, from, idempotencyKey, data: dataOf<Data>(message) };
}
