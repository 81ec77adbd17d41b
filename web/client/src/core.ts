// Channels over one link: wires subscriptions, publishes, questions and tokens to whatever connection there is.

import {
  actionOf,
  isChannelName,
  isIdempotencyKey,
  readServerMessage,
  type codes,
  type Hello,
  type HistoryPage,
  type Refusal,
  type ServerMessage,
  type Subscribe,
} from "@carillon/protocol";
import type { ClientEvents, ClientOptions, HistoryOf, HistoryOptions, Stats } from "./client.js";
import { clientState, type ClientState } from "./client-state.js";
import { received } from "./delivery.js";
import { Emitter } from "./emitter.js";
import { environment, type Environment, type Tabs } from "./environment.js";
import { CarillonError, refused } from "./errors.js";
import { Identity, isAboutToken } from "./identity.js";
import type { Receipt } from "./lane.js";
import type { Line, Reply, Saying } from "./line.js";
import { ABNORMAL, Link, type Transition } from "./link.js";
import { Outbox, type PublishOptions } from "./outbox.js";
import { payloadOf, utf8Length } from "./payload.js";
import { Pulse } from "./pulse.js";
import type { KeptPublish } from "./queue-store.js";
import { Subscription, type Receiver, type SubscribeOptions, type SubscriptionHost } from "./subscription.js";
import { webSocket, webSocketUrl, type Connection, type TransportContext } from "./transport.js";

const EXPIRING: typeof codes.token_expiring = 4305;
const UNAUTHENTICATED: typeof codes.unauthenticated = 4605;
const TOO_LARGE: typeof codes.too_large = 4606;

/** There is no event for a connection that has room again, so it is looked at so often, in milliseconds. */
const CONGESTED_MILLIS = 50;

/** More would be a page that asks in a loop. */
const QUESTIONS_MAX = 100;

interface Question {
  ask(): void;
  reject(error: CarillonError): void;
}

type Counters = { -readonly [K in keyof Omit<Stats, "queued" | "queuedBytes">]: number };

export class ClientCore {
  readonly #env: Environment;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #link: Link<Connection>;
  readonly #pulse: Pulse;
  readonly #identity: Identity;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Map<string, Receiver>();
  readonly #host: SubscriptionHost;
  readonly #tabs: Tabs | undefined;
  readonly #counters: Counters = {
    connections: 0,
    attempts: 0,
    messagesIn: 0,
    messagesOut: 0,
    unreadable: 0,
    publications: 0,
    duplicates: 0,
    missing: 0,
    gaps: 0,
    signals: 0,
    signalsMissed: 0,
    signalsDropped: 0,
  };
  #state: ClientState = { kind: "idle", queued: 0 };
  #isClosed = false;
  #lastId = 0;
  /** How the present connection greeted us; undefined before, and without one. */
  #hello: Hello | undefined;
  /** Who waits for the answer to which id, on the present connection. */
  readonly #replies = new Map<number, (reply: Reply) => void>();
  /** Reads of history without an answer: each new connection is asked again. */
  readonly #questions = new Set<Question>();
  /** The subscribes that a new connection is to be told in one message; undefined while each is told at once. */
  #resuming: Subscribe[] | undefined;
  #user: string | undefined;
  #lostTimer: unknown;
  #congestedTimer: unknown;

  constructor(private readonly options: ClientOptions) {
    const env = (this.#env = environment(options.environment));
    const url = webSocketUrl(options.url);
    const { persist } = options;
    const emitError = (error: unknown, channel?: string) => this.#emitter.emit("error", { error, channel });
    const down: Link<Connection>["down"] = (...why) => this.#link.down(...why);
    const line: Line = {
      canSend: () => this.#canSend(),
      say: (...saying) => this.#say(...saying),
      changed: () => this.#changed(),
    };
    this.#identity = new Identity(env, options.getToken, {
      say: line.say,
      isConnected: () => this.#isConnected,
      known: (user) => this.#known(user),
      down,
      again: (code, reason) => this.#link.again(code, reason),
      failed: emitError,
    });
    this.#link = this.#makeLink(url);
    this.#pulse = new Pulse(env, {
      ping: () => this.#say({ type: "ping" }),
      dead: () => down(ABNORMAL, "a ping was not answered"),
      alive: () => this.#flush(),
    });
    this.#outbox = new Outbox(env, options.queue ?? {}, { ...line, reconnect: down }, persist);
    this.#host = {
      ...line,
      later: (millis, run) => void env.setTimeout(run, millis),
      count: (what, by = 1) => void (this.#counters[what] += by),
      ended: (subscription) => this.#forget(subscription),
      handlerFailed: emitError,
    };
    this.#tabs = env.joinTabs?.(`carillon ${withoutQuery(url)}`, (user) => {
      // Only where both know who they are, and are not the same, is it none of our business.
      if (user === null || this.#user === undefined || user === this.#user) this.#wipe();
    });
    persist?.open((left) => this.#restore(left), emitError, () => this.#isConnected);
  }

  #makeLink(url: string): Link<Connection> {
    const { transport = webSocket() } = this.options;
    const session = this.#env.newKey();
    const context: TransportContext = {
      env: this.#env,
      url: `${url}${url === withoutQuery(url) ? "?" : "&"}session=${session}`,
      session,
      token: () => this.#identity.token(),
    };
    return new Link(this.#env, (events) => transport(events, context), this.options, {
      // Usable only once the server has said hello and knows who we are; the attempt's timer covers that too.
      message: (data) => this.#heard(data),
      ended: (code, reason, after) => this.#identity.ended(code, reason, after),
      changed: (transition) => this.#linkChanged(transition),
      doubt: () => {
        this.#pulse.doubt();
        this.#changed();
      },
    });
  }

  #restore(left: readonly KeptPublish[]): void {
    const restored = this.#outbox.restore(left);
    if (restored.length > 0) this.#emitter.emit("restored", restored);
  }

  get state(): ClientState {
    return this.#state;
  }

  get user(): string | undefined {
    return this.#user;
  }

  connect(): void {
    if (this.#isClosed || (this.#env.WebSocket === undefined && !this.options.transport)) return;
    this.#identity.forgive();
    this.#link.start();
  }

  disconnect(): void {
    this.#link.stop();
  }

  logout(): void {
    this.#tabs?.tell(this.#user ?? null);
    this.#wipe();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.options.persist?.close();
    this.#tabs?.close();
    this.#end("The client was closed.");
  }

  setToken(token: string): void {
    this.#identity.set(token);
    const { state } = this.#link;
    if (state.kind === "failed" && isAboutToken(state.code)) this.#link.start();
  }

  subscribe<Data, SignalData>(channel: string, options: SubscribeOptions = {}): Subscription<Data, SignalData> {
    this.#check(channel);
    if (this.#subscriptions.has(channel)) throw new Error(`"${channel}" is being read already.`);
    const subscription = new Subscription<Data, SignalData>(channel, options, this.#host);
    this.#subscriptions.set(channel, subscription);
    subscription.attach();
    this.#changed();
    return subscription;
  }

  async publish(channel: string, data: unknown, options: PublishOptions = {}): Promise<Receipt> {
    this.#check(channel);
    const { idempotencyKey: key } = options;
    if (key !== undefined && !isIdempotencyKey(key)) throw new Error(`"${key}" is no idempotency key.`);
    return this.#outbox.publish(channel, data, options);
  }

  signal(channel: string, data: unknown): boolean {
    this.#check(channel);
    const payload = payloadOf(data);
    const { signalBytes = Infinity } = this.#hello?.limits ?? {};
    if (utf8Length(payload) > signalBytes) {
      throw new CarillonError("refused", `A signal has at most ${signalBytes} bytes.`, TOO_LARGE);
    }
    const isSent = this.#canSend() && this.#link.connection?.isBusy !== true;
    if (isSent) this.#say({ type: "signal", channel }, undefined, payload);
    else this.#counters.signalsDropped++;
    return isSent;
  }

  async history<Data>(channel: string, { after, before, limit }: HistoryOptions = {}): Promise<HistoryOf<Data>> {
    this.#check(channel);
    if (this.#questions.size >= QUESTIONS_MAX) {
      throw new CarillonError("queue_full", `${QUESTIONS_MAX} questions are open.`);
    }
    const { publications, position, more, gap } = await new Promise<HistoryPage>((resolve, reject) => {
      const question: Question = {
        reject,
        ask: () =>
          this.#say({ type: "history", channel, after, before, limit }, (reply) => {
            this.#questions.delete(question);
            if (reply.type === "history") resolve(reply);
            if (reply.type === "error") reject(refused(reply));
          }),
      };
      this.#questions.add(question);
      if (this.#isConnected) question.ask();
    });
    return { publications: publications.map((publication) => received(publication)), position, more, gap };
  }

  on<K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  stats(): Stats {
    return { ...this.#counters, queued: this.#outbox.count, queuedBytes: this.#outbox.bytes };
  }

  #check(channel: string): void {
    if (this.#isClosed) throw new CarillonError("closed", "The client was closed.");
    if (!isChannelName(channel)) throw new Error(`"${channel}" is no name of a channel.`);
  }

  get #isConnected(): boolean {
    return this.#link.state.kind === "connected";
  }

  #canSend(): boolean {
    if (!this.#isConnected || !this.#pulse.mayWrite()) return false;
    const { bufferedAmount = 0 } = this.#link.connection ?? {};
    if (bufferedAmount <= (this.options.sendBufferBytes ?? 262_144)) return true;
    this.#congestedTimer ??= this.#env.setTimeout(() => {
      this.#congestedTimer = undefined;
      this.#flush();
    }, CONGESTED_MILLIS);
    return false;
  }

  #say(saying: Saying, reply?: (reply: Reply) => void, payload?: string): boolean {
    const id = reply && ++this.#lastId;
    const said = { id, ...saying };
    let text = JSON.stringify(said);
    if (payload !== undefined) text = `${text.slice(0, -1)},${payload}}`;
    if (utf8Length(text) > (this.#hello?.limits.messageBytes ?? Infinity)) return false;
    if (id && reply) this.#replies.set(id, reply);
    if (this.#resuming && said.type === "subscribe") return this.#resuming.push(said) > 0;
    this.#counters.messagesOut++;
    this.#link.connection?.send(text);
    return true;
  }

  #heard(data: unknown): void {
    this.#pulse.heard();
    this.#counters.messagesIn++;
    const outcome = readServerMessage(data as string);
    if (outcome.kind === "read") this.#receive(outcome.message);
    else this.#counters.unreadable++;
  }

  #receive(message: ServerMessage): void {
    if ("id" in message && message.id !== undefined) return this.#replied(Number(message.id), message as Reply);
    switch (message.type) {
      case "hello":
        return this.#greeted(message);
      case "reconnect":
        return this.#link.down(1012, message.type, message.after);
      case "error":
        return this.#refused(message);
    }
    if ("channel" in message) this.#subscriptions.get(message.channel)?.receive(message);
  }

  #replied(id: number, reply: Reply): void {
    // Nobody is known, and a stranger may do nothing: it would be said to everything else, too.
    if (reply.type === "error" && reply.code === UNAUTHENTICATED) return this.#identity.ended(reply.code, reply.name);
    const take = this.#replies.get(id);
    this.#replies.delete(id);
    take?.(reply);
  }

  /** Refused is what nobody waits for, or the connection itself. */
  #refused(refusal: Refusal): void {
    const { code, name, channel, retry } = refusal;
    if (code === EXPIRING) this.#expiring(retry ?? 0);
    else if (channel !== undefined) this.#emitter.emit("error", { error: refused(refusal), channel });
    else if (actionOf(code) === "reconnect") this.#link.down(code, name, retry);
  }

  #greeted(hello: Hello): void {
    if (this.#link.state.kind !== "connecting" || this.#hello !== undefined) return;
    this.#hello = hello;
    this.#identity.greeted(hello);
  }

  #known(user: string | undefined): void {
    // What one user has written is never sent in the name of another.
    if (this.#user !== undefined && user !== this.#user) this.#outbox.clear("The user has changed.");
    this.#user = user;
    if (this.#hello === undefined || this.#isConnected) return;
    const { heartbeat, limits } = this.#hello;
    this.#counters.connections++;
    this.#pulse.start(heartbeat, this.options.pongMillis ?? 10_000);
    this.#link.ready();
    // First the readers: what is published next should find them there.
    const channels: Subscribe[] = (this.#resuming = []);
    for (const subscription of this.#subscriptions.values()) subscription.attach();
    this.#resuming = undefined;
    // In one message, unless that is longer than the server takes.
    if (!channels[1] || !this.#say({ type: "resume", channels })) for (const one of channels) this.#say(one);
    for (const { ask } of this.#questions) ask();
    this.#outbox.attach(limits);
  }

  #expiring(millis: number): void {
    this.#emitter.emit("expiring", { millis });
    this.#identity.expiring();
  }

  #flush(): void {
    for (const subscription of this.#subscriptions.values()) subscription.attach();
    this.#outbox.flush();
  }

  #linkChanged(transition: Transition): void {
    const { from, to } = transition;
    if (from === "connected") {
      this.#pulse.stop();
      this.#outbox.detach();
      for (const subscription of this.#subscriptions.values()) subscription.detach();
      const { lostMillis = 5_000 } = this.options;
      this.#lostTimer = this.#env.setTimeout(() => this.#emitter.emit("lost", this.#state), lostMillis);
    }
    if (to === "connected" || to === "idle") this.#env.clearTimeout(this.#lostTimer);
    if (to === "connecting") this.#counters.attempts++;
    if (to !== "connected") {
      this.#hello = undefined;
      this.#replies.clear();
      this.#identity.detach(to === "connecting");
    }
    this.#emitter.emit("transition", transition);
    this.#changed();
  }

  #forget(subscription: Receiver): void {
    if (this.#subscriptions.get(subscription.channel) === subscription) {
      this.#subscriptions.delete(subscription.channel);
    }
    this.#changed();
  }

  #wipe(): void {
    this.#end("The user has logged out.");
    this.#identity.set(undefined);
    this.#user = undefined;
    this.options.persist?.clear();
  }

  #end(why: string): void {
    this.#link.stop();
    this.#env.clearTimeout(this.#congestedTimer);
    this.#congestedTimer = undefined;
    this.#outbox.clear(why);
    for (const { reject } of this.#questions) reject(new CarillonError("closed", why));
    this.#questions.clear();
    for (const subscription of [...this.#subscriptions.values()]) subscription.close();
    this.#changed();
  }

  #changed(): void {
    const { state, connection, isSuspended } = this.#link;
    const subscriptions = this.#subscriptions.values();
    const isOnline = this.#env.page?.isOnline() ?? true;
    const queued = this.#outbox.count;
    const next: ClientState = this.#isClosed
      ? { kind: "closed", queued }
      : { ...clientState(state, { connection, subscriptions, isOnline, isSuspended }), queued };
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    this.#state = next;
    this.#emitter.emit("state", next);
  }
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*/, "");
}
