// One tab of those that share a connection: it leads, or follows the one that does, and takes over when that goes.

import { isChannelName, isIdempotencyKey } from "@carillon/protocol";
import type { AnyChannels, ChannelData, ChannelName } from "../channels.js";
import type { ClientState } from "../client-state.js";
import type { Client, HistoryOf, HistoryOptions } from "../client.js";
import { Emitter } from "../emitter.js";
import { CarillonError } from "../errors.js";
import type { Receipt } from "../lane.js";
import { leaderLock, tabLock, type OtherTabs, type TabsHost } from "./host.js";
import { Leader } from "./leader.js";
import { SharedSubscription, type SharedSubscribeOptions } from "./reader.js";
import type { Failure, News, Question, Wish, Word } from "./words.js";

/** What the tabs share, and how. */
export interface SharedOptions {
  /** Tabs of one name share a connection: name the user, too, if there is one, such as `chat:ada`. */
  readonly name: string;
  /** Makes the client, in the tab that leads: by `createClient`. It is closed when that tab leads no more. */
  readonly open: () => Client;
  /** Questions of this tab that may wait for an answer, publishes above all; 1 000 unless told. */
  readonly questions?: number | undefined;
}

/** What a shared client tells its listeners, by name. */
export interface SharedEvents {
  /** The state of the one connection has changed. */
  readonly state: ClientState;
  /** Whether this tab is the one that has the connection. */
  readonly leader: boolean;
  /** A handler threw, or the client could not be made. */
  readonly error: { readonly error: unknown; readonly channel?: string | undefined };
}

interface Asked {
  readonly question: Question;
  readonly resolve: (value: never) => void;
  readonly reject: (error: CarillonError) => void;
}

const QUESTIONS = 1_000;
/** Who waits for an answer asks who leads, so often: a word may have been lost with a tab that went. */
const IMPATIENCE_MILLIS = 5_000;
/** A question that the leader had no room for comes again after so long. */
const AGAIN_MILLIS = 200;

/** Of several tabs, as one of them sees it; made by `sharedClient`. `Channels` as for `Client`. */
export class SharedClient<Channels = AnyChannels> {
  readonly #id: string;
  readonly #emitter = new Emitter<SharedEvents>();
  readonly #readers = new Map<string, SharedSubscription<unknown>>();
  readonly #asked = new Map<number, Asked>();
  readonly #stop = new AbortController();
  #others: OtherTabs | undefined;
  #leader: Leader | undefined;
  #leaderId: string | undefined;
  #state: ClientState = { kind: "connecting", queued: 0 };
  #questions = 0;
  #impatience: unknown;

  constructor(
    private readonly options: SharedOptions,
    private readonly host: TabsHost,
  ) {
    this.#id = host.newKey();
    void this.#begin();
  }

  /** The one connection's; `queued` counts what the leading tab has been given by all. */
  get state(): ClientState {
    return this.#state;
  }

  /** Whether this tab is the one that has the connection. */
  get isLeader(): boolean {
    return this.#leader !== undefined;
  }

  /**
   * Reads a channel, at most once in a tab. Throws a {@link CarillonError} (`closed`) after the end, an `Error` for a name that
   * is none or a channel that is being read.
   */
  subscribe<Name extends ChannelName<Channels>>(channel: Name, options: SharedSubscribeOptions = {}): SharedSubscription<ChannelData<Channels, Name>> {
    this.#check(channel);
    if (this.#readers.has(channel)) throw new Error(`"${channel}" is being read already.`);
    const reader = new SharedSubscription<unknown>(channel, options, {
      history: (name, which) => this.#ask({ kind: "history", channel: name, options: which }),
      later: (run) => this.host.setTimeout(run, AGAIN_MILLIS),
      ended: () => this.#ended(channel, reader),
      handlerFailed: (error, name) => this.#emitter.emit("error", { error, channel: name }),
    });
    this.#readers.set(channel, reader);
    if (this.#leaderId !== undefined) this.#say({ kind: "want", from: this.#id, channel });
    this.#waits();
    return reader as SharedSubscription<ChannelData<Channels, Name>>;
  }

  /**
   * Publishes once, however many tabs lead until it is kept. Resolves and rejects as `Client.publish` does; `closed` where this
   * tab's part was closed before there was an answer.
   */
  publish<Name extends ChannelName<Channels>>(
    channel: Name,
    data: ChannelData<Channels, Name> | Uint8Array,
    options: { readonly idempotencyKey?: string | undefined } = {},
  ): Promise<Receipt> {
    const idempotencyKey = options.idempotencyKey ?? this.host.newKey();
    try {
      this.#check(channel);
      if (!isIdempotencyKey(idempotencyKey)) throw new Error(`"${idempotencyKey}" is no idempotency key.`);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return this.#ask({ kind: "publish", channel, data, idempotencyKey });
  }

  /** Reads what a channel keeps, whether subscribed or not. */
  history<Name extends ChannelName<Channels>>(channel: Name, options: HistoryOptions = {}): Promise<HistoryOf<ChannelData<Channels, Name>>> {
    return this.#ask({ kind: "history", channel, options });
  }

  /** Answers how to stop listening. */
  on<K extends keyof SharedEvents>(type: K, listener: (event: SharedEvents[K]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  /** Ends it in this tab; where it leads, another tab takes over. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#say({ kind: "bye", from: this.#id });
    this.#leader?.close();
    this.#stop.abort();
    this.host.clearTimeout(this.#impatience);
    this.#others?.close();
    for (const reader of [...this.#readers.values()]) reader.end(undefined);
    for (const { reject } of this.#asked.values()) reject(new CarillonError("closed", "The client was closed."));
    this.#asked.clear();
    this.#become({ kind: "closed", queued: 0 });
  }

  // ---- who leads

  async #begin(): Promise<void> {
    const { name } = this.options;
    const { locks, join } = this.host;
    if (locks === undefined || join === undefined) return this.#lead();
    // Held before anybody hears of this tab: when it is free, this tab has gone.
    await this.#hold(tabLock(name, this.#id));
    if (this.#stop.signal.aborted) return;
    this.#others = join(leaderLock(name), (word) => this.#hear(word));
    this.#say({ kind: "hello", from: this.#id });
    const led = () => {
      this.#lead();
      return untilAborted(this.#stop.signal);
    };
    locks.request(leaderLock(name), { signal: this.#stop.signal }, led).catch(() => {});
  }

  /** Resolves when this tab has the lock, which it keeps. */
  #hold(lock: string): Promise<void> {
    return new Promise((resolve) => {
      const held = () => {
        resolve();
        return untilAborted(this.#stop.signal);
      };
      this.host.locks?.request(lock, held).catch(() => {});
    });
  }

  #lead(): void {
    if (this.#stop.signal.aborted) return;
    try {
      const client = this.options.open();
      client.on("error", (event) => this.#emitter.emit("error", event));
      this.#leader = new Leader(client, {
        id: this.#id,
        tell: (news) => this.#tell(news),
        whenGone: (tab, gone) => this.#whenGone(tab, gone),
      });
    } catch (error) {
      return this.#emitter.emit("error", { error });
    }
    this.#emitter.emit("leader", true);
    this.#leader.begin();
  }

  #whenGone(tab: string, gone: () => void): () => void {
    const stop = new AbortController();
    this.host.locks?.request(tabLock(this.options.name, tab), { signal: stop.signal }, () => gone()).catch(() => {});
    return () => stop.abort();
  }

  // ---- what is told

  #say(wish: Wish): void {
    if (this.#leader !== undefined) this.#leader.hear(wish);
    else this.#others?.tell(wish);
  }

  #tell(news: News): void {
    this.#others?.tell(news);
    this.#news(news);
  }

  #hear(word: Word): void {
    if ("leader" in word) this.#news(word);
    else this.#leader?.hear(word);
  }

  #news(news: News): void {
    if (news.kind === "leading") return this.#led(news.leader, news.state);
    // The last words of one that leads no more.
    if (news.leader !== this.#leaderId) return;
    switch (news.kind) {
      case "state":
        return this.#become(news.state);
      case "wanted":
        if (news.to === this.#id) this.#readers.get(news.channel)?.wanted(news.position);
        return;
      case "delivery":
        return this.#readers.get(news.channel)?.told(news.delivery);
      case "ended":
        return this.#readers.get(news.channel)?.end(news.failure && errorOf(news.failure));
      case "answer":
        if (news.to === this.#id) this.#answered(news.id)?.resolve(news.value as never);
        return;
      case "failure":
        if (news.to === this.#id) this.#answered(news.id)?.reject(errorOf(news.failure));
    }
  }

  /** Somebody leads. Where that is somebody new, it is told all that this tab wants and waits for. */
  #led(leader: string, state: ClientState): void {
    this.#become(state);
    if (leader === this.#leaderId) return;
    this.#leaderId = leader;
    const from = this.#id;
    for (const [channel, reader] of [...this.#readers]) {
      reader.detach();
      this.#say({ kind: "want", from, channel });
    }
    for (const [id, { question }] of [...this.#asked]) this.#say({ kind: "ask", from, id, question });
  }

  // ---- what is asked

  #ask<Value>(question: Question): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      if (this.#stop.signal.aborted) return reject(new CarillonError("closed", "The client was closed."));
      if (this.#asked.size >= (this.options.questions ?? QUESTIONS)) {
        return reject(new CarillonError("queue_full", `${this.#asked.size} questions are open.`));
      }
      const id = ++this.#questions;
      this.#asked.set(id, { question, resolve: resolve as Asked["resolve"], reject });
      if (this.#leaderId !== undefined) this.#say({ kind: "ask", from: this.#id, id, question });
      this.#waits();
    });
  }

  /** What is answered once is answered. */
  #answered(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  /** Something is to be answered: as long as it isn't, who leads is asked now and then. */
  #waits(): void {
    if (this.isLeader || this.#impatience !== undefined) return;
    this.#impatience = this.host.setTimeout(() => {
      this.#impatience = undefined;
      const isWaiting = this.#asked.size > 0 || [...this.#readers.values()].some(({ isWaiting }) => isWaiting);
      if (!isWaiting || this.#stop.signal.aborted) return;
      this.#say({ kind: "hello", from: this.#id });
      this.#waits();
    }, IMPATIENCE_MILLIS);
  }

  #ended(channel: string, reader: SharedSubscription<unknown>): void {
    if (this.#readers.get(channel) !== reader) return;
    this.#readers.delete(channel);
    if (!this.#stop.signal.aborted) this.#say({ kind: "enough", from: this.#id, channel });
  }

  #become(state: ClientState): void {
    this.#state = state;
    this.#emitter.emit("state", state);
  }

  #check(channel: string): void {
    if (this.#stop.signal.aborted) throw new CarillonError("closed", "The client was closed.");
    if (!isChannelName(channel)) throw new Error(`"${channel}" is no name of a channel.`);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve())));
}

function errorOf({ kind, message, code, maybeAccepted }: Failure): CarillonError {
  return new CarillonError(kind, message, code, maybeAccepted);
}
