// A server of PROTOCOL.md in memory: channels with epochs and bounded histories, idempotency keys, publisher order,
// tokens, signals, presence. What it accepted is in `log`; what it was told is in `heard`.

import {
  codes,
  readClientMessage,
  writeServerMessage,
  type ClientMessage,
  type CodeName,
  type GapCause,
  type History,
  type JsonValue,
  type Publication,
  type Payload,
  type Publish,
  type Removed,
  type ServerMessage,
  type Subscribe,
} from "@carillon/protocol";
import type { FakeClock } from "./clock.js";
import type { Peer, Service } from "./network.js";
import { FakeMaps } from "./maps.js";
import { FakePresence } from "./presence.js";

export interface Session {
  /** As the client chose it; unknown over a socket. */
  readonly id?: string | undefined;
  /** How to leave the presence of each channel that is subscribed to. */
  readonly subscribed: Map<string, (says: boolean) => void>;
  /** The channel's publish that was refused and must come again first. */
  readonly held: Map<string, string>;
  user: string | undefined;
}

/** Whom a token stands for, and until when by the clock; or why it is refused. */
export interface FakeToken {
  readonly user?: string;
  readonly until?: number;
  readonly refused?: CodeName;
}

/** A token runs out in so many milliseconds when its session is told. */
const REFRESH_MILLIS = 30_000;

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
  /** With any in it, nobody may do anything without one of them. */
  readonly tokens = new Map<string, FakeToken>();
  readonly presence: FakePresence;
  /** Channels of kind map. */
  readonly maps = new FakeMaps(this);

  constructor(private readonly clock: FakeClock) {
    this.presence = new FakePresence(clock);
  }

  opened(peer: Peer, user?: string): void {
    const session: Session = { subscribed: new Map(), held: new Map(), user };
    this.sessions.set(peer, session);
    if (this.answers) this.#tell(peer, this.hello(session));
  }

  hello({ user }: Session): ServerMessage {
    const { heartbeat, idempotencyMillis, messageBytes } = this;
    const limits = {
      messageBytes,
      signalBytes: 4_096,
      subscriptions: 100,
      idempotencyMillis,
      idempotencyCount: 1_000,
      presenceMillis: 10_000,
    };
    return { type: "hello", session: "s", user, heartbeat, limits };
  }

  closed(peer: Peer, code?: number): void {
    const session = this.sessions.get(peer);
    this.sessions.delete(peer);
    this.maps.left(peer);
    for (const leave of session?.subscribed.values() ?? []) leave(code === 1000);
  }

  message(peer: Peer, text: string): void {
    const outcome = readClientMessage(text);
    const session = this.sessions.get(peer);
    if (outcome.kind === "refused") throw new Error(`the client said ${text}: ${outcome.why}`);
    const { message } = outcome;
    this.heard.push(message);
    if (!this.answers || session === undefined) return;
    if (this.tokens.size > 0 && session.user === undefined && message.type !== "authenticate" && message.type !== "ping") {
      const { unauthenticated: code } = codes;
      return this.#tell(peer, { type: "error", id: message.id, code, name: "unauthenticated", message: "no" });
    }
    switch (message.type) {
      case "authenticate":
        return this.#authenticate(peer, session, message.token, message.id);
      case "signal":
        return this.signal(message.channel, payloadOf(message), session.user, peer);
      case "presence":
        return this.#tell(peer, this.presence.list(message.channel, message.id, message.after));
      case "ping":
        return this.#tell(peer, { type: "pong", id: message.id });
      case "subscribe":
        return this.subscribe(peer, session, message);
      case "resume":
        for (const one of message.channels) {
          this.heard.push({ ...one, type: "subscribe" });
          this.subscribe(peer, session, one);
        }
        return;
      case "unsubscribe":
        if (message.presence !== true) session.subscribed.get(message.channel)?.(true);
        session.subscribed.delete(message.channel);
        this.maps.left(peer, message.channel);
        return this.#tell(peer, { type: "unsubscribed", id: message.id, channel: message.channel });
      case "history":
        return this.#tell(peer, this.page(message.channel, message.id, message));
      case "abandon":
        if (session.held.get(message.channel) === message.idempotencyKey) session.held.delete(message.channel);
        return this.#tell(peer, { type: "abandoned", id: message.id, channel: message.channel });
      case "publish":
        return this.#published(peer, session, message);
      case "track":
        throw new Error("the client tracks anew by subscribing anew");
    }
  }

  /** Refuses every publish before it looks at its key. */
  isFull = false;

  /** Refuses the next so many publishes with `overloaded`. */
  refusePublishes(count: number): void {
    this.#publishesLeftToRefuse = count;
  }

  /** Somebody publishes. */
  accept(channel: string, data: unknown, idempotencyKey?: string): Publication {
    return this.#accept(channel, { data: data as JsonValue }, idempotencyKey);
  }

  /** Somebody sets a value of a map, or removes it, where there is none. */
  change(channel: string, key: string, data?: unknown, tag?: string): Publication {
    return this.#accept(channel, { key, tag, ...(data === undefined ? { removed: true } : { data: data as JsonValue }) });
  }

  /** Takes the data of a publication out. */
  redact(channel: string, offset: number): void {
    const index = this.log.findIndex((one) => one.channel === channel && one.offset === offset);
    const { data: _, ...rest } = this.log[index] as Publication & { readonly data: JsonValue };
    this.log[index] = { ...rest, redacted: true };
    const { position } = rest;
    for (const [peer, { subscribed }] of this.sessions) {
      if (subscribed.has(channel)) this.#tell(peer, { type: "redacted", channel, position, offset });
    }
  }

  #accept(channel: string, content: Content, idempotencyKey?: string): Publication {
    const offset = this.head(channel) + 1;
    const position = this.position(offset);
    const publication: Publication = { type: "publication", channel, position, offset, at: 0, idempotencyKey, ...content };
    this.log.push(publication);
    if (this.maps.names.has(channel)) this.maps.changed(publication);
    else for (const [peer, { subscribed }] of this.sessions) if (subscribed.has(channel)) this.#tell(peer, publication);
    return publication;
  }

  head(channel: string): number {
    return this.log.filter((publication) => publication.channel === channel).length;
  }

  position(offset: number): string {
    return offset === 0 ? "0" : `1${this.epoch.repeat(17)}${offset}`;
  }

  /** Publications of a page of history that asks for no number of its own. */
  pageLimit = 100;

  /** A page of history: the newest, those before a position, or those after one. */
  page(channel: string, id: ClientMessage["id"], { before, after, limit = this.pageLimit }: Pick<History, "before" | "after" | "limit">): ServerMessage {
    if (after !== undefined) return this.#pageAfter(channel, id, after, limit);
    const end = before === undefined ? Infinity : offsetOf(before);
    const kept = this.log.filter((publication) => publication.channel === channel && publication.offset < end);
    const publications = kept.slice(-limit);
    const offset = before === undefined ? this.head(channel) : (publications[0]?.offset ?? 0);
    const position = this.position(offset);
    return { type: "history", id, channel, position, offset, more: kept.length > publications.length, publications };
  }

  #pageAfter(channel: string, id: ClientMessage["id"], after: string, limit: number): ServerMessage {
    const cause = this.#gapCause(after, offsetOf(after));
    const from = cause === undefined ? offsetOf(after) : this.oldest - 1;
    const gap = cause === undefined ? undefined : { cause, after, next: this.position(from) };
    const kept = this.log.filter((publication) => publication.channel === channel && publication.offset > from);
    const publications = kept.slice(0, limit);
    const offset = publications.at(-1)?.offset ?? from;
    return { type: "history", id, channel, position: this.position(offset), offset, more: kept.length > publications.length, publications, gap };
  }

  /** Somebody sends a signal, perhaps over one of the connections, or in the name of a session. */
  signal(channel: string, payload: Payload, from?: string, sender?: Peer | string): void {
    for (const [peer, { id, subscribed }] of this.sessions) {
      if (peer !== sender && (id === undefined || id !== sender) && subscribed.has(channel)) this.#tell(peer, { type: "signal", channel, from, ...payload });
    }
  }

  /** Answers the user, or why not. */
  verify(token: string): { readonly user: string; readonly expires: number | undefined } | CodeName {
    const known = this.tokens.get(token);
    if (known?.refused !== undefined) return known.refused;
    if (known?.user === undefined) return "token_invalid";
    const expires = known.until === undefined ? undefined : known.until - this.clock.now();
    return expires !== undefined && expires <= 0 ? "token_expired" : { user: known.user, expires };
  }

  #authenticate(peer: Peer, session: Session, token: string, id: ClientMessage["id"]): void {
    const verified = this.verify(token);
    const refusal =
      typeof verified === "string" ? verified : session.user !== undefined && session.user !== verified.user ? "not_permitted" : undefined;
    if (refusal !== undefined || typeof verified === "string") {
      const name = refusal ?? "token_invalid";
      return this.#tell(peer, { type: "error", id, code: codes[name], name, message: "no" });
    }
    session.user = verified.user;
    this.#tell(peer, { type: "authenticated", id, ...verified });
    if (verified.expires !== undefined) this.expire(peer, session, token, verified.expires);
  }

  readonly #inUse = new Map<Session, string>();

  /** Tells the session in time, and ends it when the token that it presented last has run out. */
  expire(peer: Peer, session: Session, token: string, expires: number): void {
    this.#inUse.set(session, token);
    const ifInUse = (run: () => void) => () => void (this.#inUse.get(session) === token && this.sessions.get(peer) === session && run());
    const { token_expiring: code } = codes;
    const notice = { type: "error", code, name: "token_expiring", message: "soon", retry: REFRESH_MILLIS } as const;
    this.clock.setTimeout(ifInUse(() => this.#tell(peer, notice)), expires - REFRESH_MILLIS);
    this.clock.setTimeout(ifInUse(() => peer.close(codes.token_expired, "token_expired")), expires);
  }

  subscribe(peer: Peer, session: Session, subscribe: Omit<Subscribe, "type">): void {
    const { channel, id, after, last, presence } = subscribe;
    if (this.maps.names.has(channel)) {
      session.subscribed.set(channel, () => {});
      return this.maps.subscribe(peer, subscribe, (message) => this.#tell(peer, message));
    }
    const head = this.head(channel);
    const presented = after === undefined ? undefined : offsetOf(after);
    const cause = this.#gapCause(after, presented);
    const oldest = this.oldest - 1;
    const offset = cause !== undefined ? oldest : (presented ?? Math.max(oldest, head - (last ?? 0)));
    const position = this.position(offset);
    const gap = cause === undefined ? undefined : { cause, after, next: position };
    session.subscribed.set(channel, () => {});
    this.#tell(peer, { type: "subscribed", id, channel, position, offset, recovered: after !== undefined && !gap, gap });
    if (presence !== undefined && presence !== false) {
      const tell = (message: ServerMessage) => this.#tell(peer, message);
      session.subscribed.set(channel, this.presence.enter(channel, session.user, typeof presence === "number" ? presence : 0, tell));
    }
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
    if (this.isFull) return refuse("overloaded");
    const first = this.log.find((publication) => publication.idempotencyKey === key);
    const held = session.held.get(channel);
    if (first === undefined) {
      if (held !== undefined && held !== key) return refuse("earlier_publish_refused");
      const refusal = this.#refusalOf(message);
      if (refusal !== undefined && codes[refusal] < 4300) session.held.set(channel, key);
      if (refusal !== undefined) return refuse(refusal);
    }
    session.held.delete(channel);
    const { position, offset } = first ?? this.#accept(channel, contentOf(message), key);
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

/** What a publication has beside its place. */
type Content = Pick<Publication, "key" | "tag"> & (Payload | Removed);

function contentOf(message: Publish): Content {
  const { key, tag } = message;
  return { key, tag, ...("removed" in message ? { removed: message.removed } : payloadOf(message)) };
}

function payloadOf(payload: Payload): Payload {
  return "data" in payload ? { data: payload.data } : { data64: payload.data64 };
}

function offsetOf(position: string): number {
  return position === "0" ? 0 : Number(position.slice(18));
}
