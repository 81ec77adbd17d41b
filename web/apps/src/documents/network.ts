// The network of the page at /documents: the lane that all its windows connect through, what is judged of the changes that come,
// and what the windows' links are together, for the pill.

import type { ClientState } from "@carillon/client";
import type { DocState, SocketLike } from "@carillon/documents";
import * as Y from "yjs";
import type { PageLane } from "../network/lane.js";
import type { Verdict } from "../network/judge.js";

/** Of y-protocols: what a message is, what a message about the document is, and where in it the changes' length stands. */
const SYNC = 0;
const STEP_1 = 0;
const LENGTH_AT = 2;

/**
 * Judges the changes by Yjs' own numbers: every edit has its author's count, so what comes must follow what is there. Changes
 * that only delete have no numbers, and count as seen.
 */
export class DocumentJudge {
  #seen = 0;
  #duplicate = 0;
  #reordered = 0;
  readonly #docs = new Set<Y.Doc>();

  /** Lost is what a document waits for, because something came that follows it. */
  get verdict(): Verdict {
    let lost = 0;
    for (const doc of this.#docs) lost += doc.store.pendingStructs?.missing.size ?? 0;
    return { seen: this.#seen, lost, duplicate: this.#duplicate, reordered: this.#reordered, gaps: 0 };
  }

  reset(): void {
    this.#seen = this.#duplicate = this.#reordered = 0;
  }

  /** Hears what comes over a socket for a document, before the document does. */
  hear(socket: WebSocket, doc: Y.Doc): void {
    this.#docs.add(doc);
    socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => this.#came(new Uint8Array(data), doc));
  }

  forget(doc: Y.Doc): void {
    this.#docs.delete(doc);
  }

  #came(message: Uint8Array, doc: Y.Doc): void {
    if (message[0] !== SYNC || message[1] === STEP_1) return;
    let at = LENGTH_AT;
    while (((message[at++] ?? 0) & 0x80) !== 0);
    const { from, to } = Y.parseUpdateMeta(message.subarray(at));
    const authors = [...to.keys()];
    const here = (author: number) => Y.getState(doc.store, author);
    if (authors.some((author) => (from.get(author) ?? 0) > here(author))) this.#reordered++;
    if (authors.length > 0 && authors.every((author) => (to.get(author) ?? 0) <= here(author))) this.#duplicate++;
    else this.#seen++;
  }
}

/** A socket through the lane, heard by the judge. */
export function throughLane(lane: PageLane, judge: DocumentJudge, url: string, doc: Y.Doc): SocketLike {
  const socket = new WebSocket(lane.through(url));
  judge.hear(socket, doc);
  return socket as unknown as SocketLike;
}

/** The worst of the windows' links, as the pill of the other pages would say it. */
export function linkOf(states: readonly DocState[]): ClientState {
  const unsaved = states.filter(({ isSaved }) => !isSaved).length;
  const closed = states.find(({ link }) => link === "closed");
  if (closed !== undefined) return { kind: "failed", code: closed.close?.code ?? 0, reason: closed.close?.reason ?? "", queued: 0 };
  if (states.some(({ link }) => link !== "connected")) return { kind: "connecting", queued: unsaved };
  return states.every(({ isSynced }) => isSynced)
    ? { kind: "live", transport: "websocket", queued: unsaved }
    : { kind: "catching-up", transport: "websocket", queued: unsaved };
}
