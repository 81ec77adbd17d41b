// One channel, read in order and each publication once, over as many connections as it takes.

import {
  actionOf,
  type Current,
  type Gap,
  type JsonValue,
  type Position,
  type Present,
  type Publication,
  type ServerMessage,
  type Signalled,
  type Subscribed,
  type Tracking,
} from "@carillon/protocol";
import { received, type Delivery, type ReceivedSignal } from "./delivery.js";
import { Emitter } from "./emitter.js";
import { CarillonError, refused } from "./errors.js";
import { Inbox } from "./inbox.js";
import type { Line, Reply, Saying } from "./line.js";
import { dataOf } from "./payload.js";
import { Roster, type PresenceEvents } from "./presence.js";
import { nextSubscriptionState, type SubscriptionEvent, type SubscriptionState } from "./subscription-state.js";

/** What a subscription tells beside its deliveries; `presence`, `join` and `leave` only where presence was asked for. */
export interface SubscriptionEvents<SignalData = JsonValue> extends PresenceEvents {
  /** Told at once, not in turn with the publications. */
  readonly signal: ReceivedSignal<SignalData>;
}

/** Where to begin, and what to be told. */
export interface SubscribeOptions {
  /** Go on after this position. */
  readonly after?: Position | undefined;
  /** Without `after`: begin with the newest so many. */
  readonly last?: number | undefined;
  /**
   * Called once for each gap, before the gap is delivered: read the present state from where it is kept. What arrives
   * meanwhile waits, and publications up to the offset that is answered are left out, because that state has them.
   */
  readonly load?: ((gap: Gap) => Promise<{ readonly offset: number } | void>) | undefined;
  /** Publications that may wait for a slow reader; then the server is asked to wait. 1 000 unless told. */
  readonly buffer?: number | undefined;
  /** Be told who is here, and be listed, if the server knows who this is. */
  readonly presence?: boolean | undefined;
  /** The channel is a map: which of its values are wanted; `{}`: all. `map` of `@carillon/client/map` gives it by itself. */
  readonly track?: Tracking | undefined;
}

/** What a subscription needs of its client. */
export interface SubscriptionHost extends Line {
  /** Asks again, after so many milliseconds. */
  later(millis: number, run: () => void): void;
  count(what: "publications" | "duplicates" | "missing" | "gaps" | "signals" | "signalsMissed", by?: number): void;
  ended(subscription: Receiver): void;
  handlerFailed(error: unknown, channel: string): void;
}

/** The client's side of a subscription. */
export interface Receiver {
  readonly channel: string;
  readonly state: SubscriptionState;
  attach(): void;
  detach(): void;
  receive(message: ServerMessage): void;
  close(): void;
}

/** After a refusal with *retry* that names no time, in milliseconds. */
const RETRY_MILLIS = 1_000;

/**
 * Read it by `for await`, or by `each`; by one of them, once. Leaving the loop ends the subscription. A server's refusal
 * for good ends it with a {@link CarillonError}; closing the client ends it like any loop.
 */
export class Subscription<Data = JsonValue, SignalData = JsonValue>
  implements Receiver, AsyncIterable<Delivery<Data>>
{
  #state: SubscriptionState = { kind: "waiting" };
  readonly #emitter = new Emitter<SubscriptionEvents<SignalData>>();
  readonly #roster: Roster | undefined;
  /** The last place received; what is not delivered yet lies before it. Undefined until there was an answer. */
  #position: Position | undefined;
  /** The offset at that place; undefined after a gap in mid-stream, whose message has none. */
  #offset: number | undefined;
  readonly #inbox: Inbox<Delivery<Data>>;
  #isRead = false;
  #skipThrough = 0;

  constructor(
    readonly channel: string,
    private readonly options: SubscribeOptions,
    private readonly host: SubscriptionHost,
  ) {
    this.#position = options.after;
    this.#inbox = new Inbox(options.buffer ?? 1_000, () => this.#unpark());
    if (options.presence !== true) return;
    const roster = (this.#roster = new Roster(this.#emitter, (after) =>
      host.say({ type: "presence", channel, after }, (reply) => reply.type === "presence" && roster.list(reply)),
    ));
  }

  /** What it is doing; `live` once everything up to the present has been received. */
  get state(): SubscriptionState {
    return this.#state;
  }

  /** Where reception stands; each delivery has its own, which is what an app should keep. */
  get position(): Position | undefined {
    return this.#position;
  }

  /**
   * Who is here, as last told; while there is no connection it stands as it was. Empty where presence was not asked for.
   * A new array with each change.
   */
  get presence(): readonly Present[] {
    return this.#roster?.users ?? [];
  }

  /** Answers how to stop listening. */
  on<K extends keyof SubscriptionEvents>(
    type: K,
    listener: (event: SubscriptionEvents<SignalData>[K]) => void,
  ): () => void {
    return this.#emitter.on(type, listener);
  }

  /**
   * Calls the handler for each delivery, one at a time: the next one waits until its promise is settled. An error of the
   * handler goes to the client's `error` listeners and does not stop the rest. Resolves when the subscription has ended.
   */
  async each(handler: (delivery: Delivery<Data>) => void | Promise<void>): Promise<void> {
    for await (const delivery of this) {
      try {
        await handler(delivery);
      } catch (error) {
        this.host.handlerFailed(error, this.channel);
      }
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Delivery<Data>, undefined> {
    if (this.#isRead) throw new Error(`"${this.channel}" is being read already.`);
    this.#isRead = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.unsubscribe();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** Ends it. What has arrived may still be read. */
  unsubscribe(): void {
    const { kind } = this.#state;
    if (kind === "ended") return;
    // Without a connection there is nobody to tell. One that is parked may still be listed as present.
    if (kind !== "waiting") this.#leave();
    this.#end();
  }

  async #next(): Promise<IteratorResult<Delivery<Data>, undefined>> {
    for (;;) {
      const result = await this.#inbox.next();
      if (result.done === true) return result;
      const delivery = result.value;
      if (delivery.kind === "gap") {
        const loaded = await this.options.load?.(delivery);
        this.#skipThrough = loaded?.offset ?? 0;
        return result;
      }
      // A map's reset has none.
      if (delivery.offset > this.#skipThrough || !this.#skipThrough) return result;
    }
  }

  // What follows is for the client.

  attach(): void {
    if (this.#state.kind !== "waiting" || !this.host.canSend()) return;
    const { channel } = this;
    const last = this.#position === undefined ? this.options.last || undefined : undefined;
    this.#roster?.attach();
    const presence = this.#roster && (this.#roster.version || true);
    this.#become({ kind: "ask" });
    this.#ask({ type: "subscribe", channel, after: this.#position, last, presence, track: this.options.track }, (reply) => {
      if (reply.type === "subscribed") this.#subscribed(reply);
      if (reply.type === "error") this.#over(reply.code, refused(reply).message, reply.retry);
    });
  }

  /** An answer that comes when this has become something else is for nobody. */
  #ask(question: Saying, answered: (reply: Reply) => void): void {
    const asking = this.#state;
    this.host.say(question, (reply) => this.#state === asking && answered(reply));
  }

  detach(): void {
    this.#become({ kind: "detach" });
  }

  close(): void {
    this.#end();
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case "presence":
        return this.#roster?.list(message);
      case "join":
      case "leave":
        return this.#roster?.difference(message);
    }
    // What comes while we ask is about the time before.
    if (!this.#isReceiving()) return;
    switch (message.type) {
      case "publication":
        return this.#publication(message);
      case "reset":
      case "current":
      case "redacted":
        return this.#notice(message);
      case "gap":
        return this.#gap(message, message.next, undefined);
      case "signal":
        return this.#signal(message);
      case "unsubscribed":
        // Without a code it answers us.
        if (message.code) this.#over(message.code, `The server ended "${this.channel}".`);
    }
  }

  #subscribed({ position, offset, gap }: Subscribed): void {
    const mayBeOwed = (this.#position ?? this.options.last ?? this.options.track) !== undefined;
    if (gap !== undefined) this.#gap(gap, position, offset);
    this.#position = position;
    this.#offset = offset;
    this.#become({ kind: "subscribed", mayBeOwed });
    // Of a map it is told by itself.
    if (!mayBeOwed || this.options.track) return;
    // Live is said only when everything up to the head of this moment was received, so the head is asked for.
    this.#ask({ type: "history", channel: this.channel, limit: 1 }, (reply) => {
      this.#become({ kind: "current", offset: reply.type === "history" ? reply.offset : undefined });
    });
  }

  #publication(message: Publication): void {
    const { position, offset } = message;
    if (this.#offset !== undefined) {
      // By PROTOCOL.md §5 neither happens; if it does, it is seen. (A map's offsets have holes.)
      if (offset <= this.#offset) return this.host.count("duplicates");
      if (message.key === undefined) this.host.count("missing", offset - this.#offset - 1);
    }
    this.#position = position;
    this.#offset = offset;
    this.host.count("publications");
    this.#inbox.push(received(message));
    this.#become({ kind: "reached" });
    this.#parkIfFull();
  }

  #notice(message: ServerMessage & { readonly type: "reset" | "current" | "redacted" }): void {
    const { type: kind } = message;
    this.#inbox.push(received(message));
    if (kind === "redacted") return;
    const { position = "0", offset = 0 } = message as Partial<Current>;
    this.#position = position;
    this.#offset = offset;
    this.#become({ kind });
  }

  #signal({ channel, from, dropped = 0, ...payload }: Signalled): void {
    this.host.count("signals");
    this.host.count("signalsMissed", dropped);
    this.#emitter.emit("signal", { channel, from, dropped, data: dataOf<SignalData>(payload) });
  }

  #gap({ cause, after, next }: Gap, position: Position, offset: number | undefined): void {
    this.#position = position;
    this.#offset = offset;
    this.host.count("gaps");
    this.#inbox.push({ kind: "gap", channel: this.channel, cause, after, next });
    this.#parkIfFull();
  }

  #parkIfFull(): void {
    if (!this.#inbox.isFull || !this.#isReceiving()) return;
    this.#become({ kind: "full" });
    this.#leave(true);
  }

  #unpark(): void {
    if (this.#state.kind !== "parked") return;
    this.#become({ kind: "drained" });
    this.attach();
  }

  /** Not subscribed any more, or not yet: the code's range says what to do. */
  #over(code: number, message: string, retryMillis = RETRY_MILLIS): void {
    if (actionOf(code) === "stop") return this.#end(new CarillonError("refused", message, code));
    this.#become({ kind: "detach" });
    this.host.later(retryMillis, () => this.attach());
  }

  #end(error?: CarillonError): void {
    if (this.#state.kind === "ended") return;
    this.#become({ kind: "end" });
    this.#inbox.end(error);
    this.host.ended(this);
  }

  /** Where the server has ended it already, its refusal is no news. To be slow is not to leave: then we stay present. */
  #leave(presence?: boolean): void {
    this.host.say({ type: "unsubscribe", channel: this.channel, presence }, () => {});
  }

  #isReceiving(): boolean {
    return this.#state.kind === "live" || this.#state.kind === "catching-up";
  }

  #become(event: SubscriptionEvent): void {
    const next = nextSubscriptionState(this.#state, event, this.#offset ?? 0);
    if (next === this.#state) return;
    this.#state = next;
    this.host.changed();
  }
}
