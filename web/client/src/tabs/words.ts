// What the tabs of an origin tell each other. Every tab hears every word; `to` names whom one is meant for.

import type { ClientState } from "../client-state.js";
import type { HistoryOptions } from "../client.js";
import type { Delivery } from "../delivery.js";
import type { ErrorKind } from "../errors.js";

/** What a tab has the leader do, and is answered; asked again of the next leader where one goes without an answer. */
export type Question =
  | { readonly kind: "publish"; readonly channel: string; readonly data: unknown; readonly idempotencyKey: string }
  | { readonly kind: "history"; readonly channel: string; readonly options: HistoryOptions };

/** A `CarillonError` on its way from tab to tab. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly code?: number | undefined;
  readonly maybeAccepted: boolean;
}

/** What tabs tell the leader. */
export type Wish =
  /** A tab has come, and wants to know who leads. */
  | { readonly kind: "hello"; readonly from: string }
  | { readonly kind: "want"; readonly from: string; readonly channel: string }
  | { readonly kind: "enough"; readonly from: string; readonly channel: string }
  | { readonly kind: "ask"; readonly from: string; readonly id: number; readonly question: Question }
  | { readonly kind: "bye"; readonly from: string };

/** What the leader tells the others; `leader` is its id. */
export type News =
  | { readonly kind: "leading"; readonly leader: string; readonly state: ClientState }
  | { readonly kind: "state"; readonly leader: string; readonly state: ClientState }
  /** From here on every delivery of the channel is told; what is before `position` is for the tab itself to read. */
  | { readonly kind: "wanted"; readonly leader: string; readonly to: string; readonly channel: string; readonly position: string }
  | { readonly kind: "delivery"; readonly leader: string; readonly channel: string; readonly delivery: Delivery<unknown> }
  /** The server refused the channel for good, or the client was closed. */
  | { readonly kind: "ended"; readonly leader: string; readonly channel: string; readonly failure: Failure | undefined }
  | { readonly kind: "answer"; readonly leader: string; readonly to: string; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly leader: string; readonly to: string; readonly id: number; readonly failure: Failure };

export type Word = Wish | News;
