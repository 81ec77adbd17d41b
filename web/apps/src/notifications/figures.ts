// One reader's figures, as they are shown, exported and judged.

import type { Parts } from "./account.js";

export const paneIds = ["websocket", "sse", "eventsource", "longpoll", "poll"] as const;
export type PaneId = (typeof paneIds)[number];

export const paneNames: { readonly [Id in PaneId]: string } = {
  websocket: "WebSocket",
  sse: "Server-Sent Events",
  eventsource: "The browser’s EventSource",
  longpoll: "Long polling",
  poll: "Plain polling",
};

/** Of one window. Bytes are as they lay in the server's socket, both ways together, for each message received. */
export interface PaneFigures {
  readonly id: PaneId;
  readonly received: number;
  readonly lost: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly requests: number;
  readonly reconnects: number;
  /** Messages received when the bytes were asked for last. */
  readonly measured: number;
  /** Undefined before the first message. */
  readonly bytesPerMessage: number | undefined;
  readonly up: Parts;
  readonly down: Parts;
  /** From the server's stamp to the page's handler, in milliseconds. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly samples: number;
  /** The server's count against the fault proxy's, as a share of it. */
  readonly disagreement: number | undefined;
  /** Of the last time that it was down. */
  readonly recoveredFrom: number | undefined;
  readonly recoveryMillis: number | undefined;
}

export interface Load {
  /** Messages a second. */
  readonly rate: number;
  /** Of data, in bytes. */
  readonly size: number;
  readonly pollMillis: number;
}
