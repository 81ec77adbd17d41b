// A server of PROTOCOL.md in a hundred lines, in memory: channels with epochs and bounded histories, idempotency keys,
// publisher order. What it accepted is in `log`; what it was told is in `heard`.

import {
  codes,
  readClientMessage,
  writeServerMessage,
  type ClientMessage,
  type CodeName,
  type GapCause,
  type Publication,
  type Publish,
  type ServerMessage,
} from "@carillon/protocol";
import type { Peer, Service } from "./network.js";

interface Session {
  readonly subscribed: Set<string>;
  /** The channel's publish that was refused and must come again first. */
  readonly held: Map<string, string>;
}

export class FakeCarillon implements Service {
  readonly log: Publication[] = [];
  readonly heard: ClientMessage[] = [];
  readonly sessions = new Map<Peer, Session>();
  epoch = "A";
  heartbeat = 25_000;
  idempotencyMillis = 120_000;
  messageBytes = 10_000;
  /** Says hello, answers. False: takes everything and says nothing. */
  answers = true;
  /** Acknowledgements of publishes are kept back. */
  acknowledges = true;
  /** The oldest offset kept of any channel. */
  oldest = 1;
  /** Publishes to refuse, by their data, once each. */
  readonly refuseOnce = new Map<unknown, CodeName>();
  /** What a refusal asks to wait, in milliseconds. */
  retry: number | undefined;
  #publishesLeftToRefuse = 0;

  opened(peer: Peer): void {
    this.sessions.set(peer, { subscribed: new Set(), held: new Map() });
    const { heartbeat, idempotencyMillis, messageBytes } = this;
    const limits = {
      messageBytes,
      signalBytes: 4_096,
      subscriptions: 100,
      idempotencyMillis,
      idempotencyCount: 1_000,
      presenceMillis: 10_000,
    };
    if (this.answers) this.#tell(peer, { type: "hello", session: "s", heartbeat, limits });
  }

  closed(peer: Peer): void {
    this.sessions.delete(peer);
  }

  message(peer: Peer, text: string): void {
    const outcome = readClientMessage(text);
    const session = this.sessions.get(peer);
    if (outcome.kind === "refused") throw new Error(`the client said ${text}: ${outcome.why}`);
    const { message } = outcome;
    this.heard.push(message);
    if (!this.answers || session === undefined) return;
    switch (message.type) {
      case "ping":
        return this.#tell(peer, { type: "pong", id: message.id });
      case "subscribe":
        return this.#subscribe(peer, session, message.channel, message.id, message.after, message.last);
      case "unsubscribe":
        session.subscribed.delete(message.channel);
        return this.#tell(peer, { type: "unsubscribed", id: message.id, channel: message.channel });
      case "history": {
        const { channel, id } = message;
        const offset = this.head(channel);
        return this.#tell(peer, { type: "history", id, channel, position: this.position(offset), offset, more: false, publications: [] });
      }
      case "abandon":
        if (session.held.get(message.channel) === message.idempotencyKey) session.held.delete(message.channel);
        return this.#tell(peer, { type: "abandoned", id: message.id, channel: message.channel });
      case "publish":
        return this.#published(peer, session, message);
    }
  }

  /** Refuses the next so many publishes with `overloaded`. */
  refusePublishes(count: number): void {
    this.#publishesLeftToRefuse = count;
  }

  /** Somebody publishes. */
  accept(channel: string, data: unknown, idempotencyKey?: string): Publication {
    const offset = this.head(channel) + 1;
    const publication = { type: "publication", channel, position: this.position(offset), offset, at: 0, idempotencyKey, data } as Publication;
    this.log.push(publication);
    for (const [peer, { subscribed }] of this.sessions) if (subscribed.has(channel)) this.#tell(peer, publication);
    return publication;
  }

  head(channel: string): number {
    return this.log.filter((publication) => publication.channel === channel).length;
  }

  position(offset: number): string {
    return offset === 0 ? "0" : `1${this.epoch.repeat(17)}${offset}`;
  }

  #subscribe(peer: Peer, session: Session, channel: string, id: ClientMessage["id"], after?: string, last?: number): void {
    const head = this.head(channel);
    const presented = after === undefined ? undefined : after === "0" ? 0 : Number(after.slice(18));
    const cause = this.#gapCause(after, presented);
    const oldest = this.oldest - 1;
    const offset = cause !== undefined ? oldest : (presented ?? Math.max(oldest, head - (last ?? 0)));
    const position = this.position(offset);
    const gap = cause === undefined ? undefined : { cause, after, next: position };
    session.subscribed.add(channel);
    this.#tell(peer, { type: "subscribed", id, channel, position, offset, recovered: after !== undefined && !gap, gap });
    const owed = this.log.filter((publication) => publication.channel === channel && publication.offset > offset);
    for (const publication of owed) this.#tell(peer, publication);
  }

  #gapCause(after: string | undefined, offset = 0): GapCause | undefined {
    if (after === undefined) return undefined;
    if (after !== "0" && after[1] !== this.epoch) return "epoch";
    return offset < this.oldest - 1 ? "trimmed" : undefined;
  }

  #published(peer: Peer, session: Session, message: Publish): void {
    const { id, channel, idempotencyKey: key = "" } = message;
    const refuse = (name: CodeName) =>
      this.#tell(peer, { type: "error", id, code: codes[name], name, channel, message: "no", retry: this.retry });
    const first = this.log.find((publication) => publication.idempotencyKey === key);
    const held = session.held.get(channel);
    if (first === undefined) {
      if (held !== undefined && held !== key) return refuse("earlier_publish_refused");
      const refusal = this.#refusalOf(message);
      if (refusal !== undefined && codes[refusal] < 4300) session.held.set(channel, key);
      if (refusal !== undefined) return refuse(refusal);
    }
    session.held.delete(channel);
    const { position, offset } = first ?? this.accept(channel, "data" in message ? message.data : message.data64, key);
    if (this.acknowledges) this.#tell(peer, { type: "published", id, channel, position, offset, duplicate: first !== undefined });
  }

  #refusalOf(message: Publish): CodeName | undefined {
    if (this.#publishesLeftToRefuse > 0) {
      this.#publishesLeftToRefuse--;
      return "overloaded";
    }
    const data = "data" in message ? message.data : undefined;
    const refusal = this.refuseOnce.get(data);
    this.refuseOnce.delete(data);
    return refusal;
  }

  #tell(peer: Peer, message: ServerMessage): void {
    peer.send(writeServerMessage(message));
  }
}
