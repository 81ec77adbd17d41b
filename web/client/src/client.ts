// Channels over one link: subscriptions and publishes that outlive connections.

import {
  actionOf,
  isChannelName,
  isIdempotencyKey,
  readServerMessage,
  writeClientMessage,
  type ClientMessage,
  type Hello,
  type ServerMessage,
} from "@carillon/protocol";
import type { AnyChannels, ChannelData, ChannelName } from "./channels.js";
import { clientState, type ClientState } from "./client-state.js";
import { Emitter } from "./emitter.js";
import { environment, type Environment } from "./environment.js";
import { CarillonError } from "./errors.js";
import type { Receipt } from "./lane.js";
import { Link, transitionText, type LinkOptions, type Transition } from "./link.js";
import { Outbox, type OutboxLimits, type PublishOptions } from "./outbox.js";
import { Pulse } from "./pulse.js";
import { Subscription, type Receiver, type SubscribeOptions, type SubscriptionHost } from "./subscription.js";
import { webSocketTransport, webSocketUrl, type Transport } from "./transport.js";

export interface ClientOptions extends LinkOptions {
  /** Of the server's `/live`; http and https will do, and so will an address relative to the page. */
  readonly url: string | URL;
  /** What may wait for a connection or an answer. */
  readonly queue?: OutboxLimits;
  /** A ping must be answered within so many milliseconds; 10 000 unless told. */
  readonly pongMillis?: number;
  /** `lost` is told after so many milliseconds without a connection; 5 000 unless told. */
  readonly lostMillis?: number;
  /** Told each transition in one line, in which there is no address, no token and no data. */
  readonly log?: (line: string) => void;
  /** Another way to carry messages than WebSocket. */
  readonly transport?: Transport;
  readonly environment?: Partial<Environment>;
}

export interface ClientEvents {
  /** The state for the page has changed. */
  readonly state: ClientState;
  /** The link's state has changed, and why. */
  readonly transition: Transition;
  /** There has been no connection for a while (`lostMillis`): the time to say so loudly. Told once a loss. */
  readonly lost: ClientState;
  /** An app's handler threw. */
  readonly error: { readonly error: unknown; readonly channel: string };
}

/** Counted since the client was made. */
export interface Stats {
  /** Connections that the server greeted. */
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
  /** Publishes without an outcome, now. */
  readonly queued: number;
  readonly queuedBytes: number;
}

/** What a caller sees of a client; `Channels` maps patterns of names to data, such as `{ "room:{id}": Message }`. */
export interface Client<Channels = AnyChannels> {
  readonly state: ClientState;
  /** Connects, if it is idle or was refused. Done by `createClient`. */
  connect(): void;
  /** Comes to rest: subscriptions and queue are kept for the next `connect`. */
  disconnect(): void;
  /** Ends for good: subscriptions end, and publishes without an outcome fail with the error `closed`. */
  close(): void;
  /**
   * Reads a channel; at most one subscription a channel. Throws a {@link CarillonError} (`closed`) after the end, an
   * `Error` for a name that is none or a channel that is being read.
   */
  subscribe<Name extends ChannelName<Channels>>(
    channel: Name,
    options?: SubscribeOptions,
  ): Subscription<ChannelData<Channels, Name>>;
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
  /** Answers how to stop listening. */
  on<K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void): () => void;
  stats(): Stats;
}

/** Makes a client and, where there is a WebSocket, connects it. Throws `SyntaxError` for an address that is none. */
export function createClient<Channels = AnyChannels>(options: ClientOptions): Client<Channels> {
  const core = new ClientCore(options);
  core.connect();
  return core as unknown as Client<Channels>;
}

type Counters = { -readonly [K in keyof Omit<Stats, "queued" | "queuedBytes">]: number };

class ClientCore implements Client {
  readonly #env: Environment;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #link: Link;
  readonly #pulse: Pulse;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Map<string, Receiver>();
  readonly #host: SubscriptionHost;
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
  };
  #state: ClientState = { kind: "idle", queued: 0 };
  #isClosed = false;
  #lastId = 0;
  #lostTimer: unknown;

  constructor(private readonly options: ClientOptions) {
    this.#env = environment(options.environment);
    const transport =
      options.transport ??
      webSocketTransport(this.#env, {
        url: webSocketUrl(options.url),
        protocols: "carillon.v1",
        binaryType: () => "arraybuffer",
      });
    this.#link = new Link(this.#env, transport, options, {
      // Usable only once the server has said hello; the attempt's timer covers that too.
      opened: () => {},
      message: (data) => this.#heard(data),
      changed: (transition) => this.#linkChanged(transition),
      doubt: () => {
        this.#pulse.doubt();
        this.#changed();
      },
    });
    this.#pulse = new Pulse(this.#env, {
      ping: () => this.#command({ type: "ping" }),
      dead: () => this.#link.down(1006, "a ping was not answered"),
      alive: () => this.#flush(),
    });
    this.#outbox = new Outbox(this.#env, options.queue ?? {}, {
      nextId: () => ++this.#lastId,
      canSend: () => this.#canSend(),
      send: (text) => this.#send(text),
      command: (message) => this.#command(message),
      changed: () => this.#changed(),
      reconnect: (code, reason, after) => this.#link.down(code, reason, after),
    });
    this.#host = {
      nextId: () => ++this.#lastId,
      canSend: () => this.#canSend(),
      command: (message) => this.#command(message),
      later: (millis, run) => void this.#env.setTimeout(run, millis),
      count: (what, by = 1) => void (this.#counters[what] += by),
      changed: () => this.#changed(),
      ended: (subscription) => this.#forget(subscription),
      handlerFailed: (error, channel) => this.#emitter.emit("error", { error, channel }),
    };
  }

  get state(): ClientState {
    return this.#state;
  }

  connect(): void {
    if (!this.#isClosed && (this.#env.WebSocket !== undefined || this.options.transport)) this.#link.start();
  }

  disconnect(): void {
    this.#link.stop();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link.stop();
    this.#outbox.close();
    for (const subscription of [...this.#subscriptions.values()]) subscription.close();
    this.#changed();
  }

  subscribe<Data>(channel: string, options: SubscribeOptions = {}): Subscription<Data> {
    if (this.#isClosed) throw closed();
    if (!isChannelName(channel)) throw new Error(`"${channel}" is no name of a channel.`);
    if (this.#subscriptions.has(channel)) throw new Error(`"${channel}" is subscribed to already.`);
    const subscription = new Subscription<Data>(channel, options, this.#host);
    this.#subscriptions.set(channel, subscription);
    subscription.attach();
    this.#changed();
    return subscription;
  }

  async publish(channel: string, data: unknown, options: PublishOptions = {}): Promise<Receipt> {
    if (this.#isClosed) throw closed();
    if (!isChannelName(channel)) throw new Error(`"${channel}" is no name of a channel.`);
    const { idempotencyKey: key } = options;
    if (key !== undefined && !isIdempotencyKey(key)) throw new Error(`"${key}" is no idempotency key.`);
    return this.#outbox.publish(channel, data, options);
  }

  on<K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  stats(): Stats {
    return { ...this.#counters, queued: this.#outbox.count, queuedBytes: this.#outbox.bytes };
  }

  #canSend(): boolean {
    return this.#link.state.kind === "connected" && this.#pulse.mayWrite();
  }

  #command(message: ClientMessage): void {
    this.#send(writeClientMessage(message));
  }

  #send(text: string): void {
    this.#counters.messagesOut++;
    this.#link.connection?.send(text);
  }

  #heard(data: unknown): void {
    this.#pulse.heard();
    this.#counters.messagesIn++;
    const outcome = readServerMessage(String(data));
    if (outcome.kind === "read") this.#receive(outcome.message);
    else this.#counters.unreadable++;
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        return this.#greeted(message);
      case "published":
        return this.#outbox.published(message);
      case "reconnect":
        return this.#link.down(1012, "the server asked to reconnect", message.after);
      case "error":
        return this.#refused(message);
      case "subscribed":
      case "unsubscribed":
      case "publication":
      case "gap":
      case "history":
        return this.#subscriptions.get(message.channel)?.receive(message);
      default:
        return;
    }
  }

  #refused(message: ServerMessage & { readonly type: "error" }): void {
    this.#outbox.refused(message);
    for (const subscription of [...this.#subscriptions.values()]) subscription.receive(message);
    const isAboutConnection = message.id === undefined && actionOf(message.code) === "reconnect";
    if (isAboutConnection) this.#link.down(message.code, message.name, message.retry);
  }

  #greeted({ heartbeat, limits }: Hello): void {
    if (this.#link.state.kind !== "connecting") return;
    this.#counters.connections++;
    this.#pulse.start(heartbeat, this.options.pongMillis ?? 10_000);
    this.#link.ready();
    // First the readers: what is published next should find them there.
    for (const subscription of this.#subscriptions.values()) subscription.attach();
    this.#outbox.attach(limits);
  }

  #flush(): void {
    for (const subscription of this.#subscriptions.values()) subscription.attach();
    this.#outbox.flush();
  }

  #linkChanged(transition: Transition): void {
    const { from, to } = transition;
    if (to === "connecting") this.#counters.attempts++;
    if (from === "connected") {
      this.#pulse.stop();
      this.#outbox.detach();
      for (const subscription of this.#subscriptions.values()) subscription.detach();
      const { lostMillis = 5_000 } = this.options;
      this.#lostTimer = this.#env.setTimeout(() => this.#emitter.emit("lost", this.#state), lostMillis);
    }
    if (to === "connected" || to === "idle") this.#env.clearTimeout(this.#lostTimer);
    this.options.log?.(transitionText(transition));
    this.#emitter.emit("transition", transition);
    this.#changed();
  }

  #forget(subscription: Receiver): void {
    if (this.#subscriptions.get(subscription.channel) === subscription) {
      this.#subscriptions.delete(subscription.channel);
    }
    this.#changed();
  }

  #changed(): void {
    const states = [...this.#subscriptions.values()].map((subscription) => subscription.state);
    const queued = this.#outbox.count;
    const next: ClientState = this.#isClosed
      ? { kind: "closed", queued }
      : clientState(this.#link.state, states, queued, this.#env.page?.isOnline() ?? true);
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    this.#state = next;
    this.#emitter.emit("state", next);
  }
}

function closed(): CarillonError {
  return new CarillonError("closed", "The client was closed.");
}
