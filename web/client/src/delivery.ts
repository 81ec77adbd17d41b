// What a reader is given.

import type { Current, Gap, JsonValue, Position, Publication, Redacted, Reset } from "@carillon/protocol";
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
  /** Of a map: whose value it is. */
  readonly key?: string | undefined;
  /** Of a map: what its readers may track it by. */
  readonly tag?: string | undefined;
  /** JSON; or the bytes (`Uint8Array`), where bytes were published. */
  readonly data: Data;
}

/** A publication whose data somebody who may has taken out; one that was delivered before is told again so. */
export interface Redaction extends Omit<Received, "kind" | "data"> {
  readonly kind: "redacted";
  readonly data?: undefined;
}

/** What a reader of a stream is given: a publication, what is left of one, or the honest word that some are gone. */
export type Delivery<Data = JsonValue> = Received<Data> | Redaction | ({ readonly kind: "gap"; readonly channel: string } & Gap);

/** What is given of a map, where `map` of `@carillon/client/map` makes something of it. */
export type MapDelivery<Data = JsonValue> =
  | Received<Data>
  /** The key has no value any more. */
  | (Omit<Received, "kind" | "data"> & { readonly kind: "removed" })
  /** Every value is to be forgotten; a snapshot follows. */
  | { readonly kind: "reset"; readonly channel: string }
  /** That is all that is tracked, up to here. */
  | { readonly kind: "current"; readonly channel: string; readonly position: Position; readonly offset: number };

/** One signal of another session. */
export interface ReceivedSignal<Data = JsonValue> {
  readonly channel: string;
  /** The sender as its credential proves it; absent for an anonymous one. */
  readonly from?: string | undefined;
  readonly data: Data;
  /** How many signals of the channel were left out before this one, because this reader was too slow. */
  readonly dropped: number;
}

/** As a page gets it: its kind says what it is. Of a map, it is a {@link MapDelivery}. */
export function received(message: Publication | Reset | Current | Redacted): Received<never> | Redaction {
  const { type, data64: _, removed, redacted, ...rest } = message as Told;
  return { ...rest, kind: removed ? "removed" : redacted ? "redacted" : type, data: dataOf(message) } as Received<never>;
}

/** All that such a message may have. */
interface Told {
  readonly type: string;
  readonly data64?: string;
  readonly removed?: true;
  readonly redacted?: true;
}
