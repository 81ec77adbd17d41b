// Publishes until their outcome is known: bounded, in order for each channel, sent again over new connections under the
// same idempotency key, so that each is accepted once or its publisher is told otherwise.

import { actionOf, type codes, type JsonValue, type Limits, type Refusal } from "@carillon/protocol";
import type { Environment } from "./environment.js";
import { CarillonError, refused, type ErrorKind } from "./errors.js";
import { Lane, nextPublishState, type Entry, type PublishEvent, type Receipt } from "./lane.js";
import type { Line, Reply } from "./line.js";
import { dataOf, payloadOf, utf8Length } from "./payload.js";
import type { KeptPublish, QueueStore } from "./queue-store.js";

/** How one publish is made. */
export interface PublishOptions {
  /**
   * 16 to 64 characters of A–Z a–z 0–9 _ . : ~ -, once for each thing that is to happen once; made here unless given. Give
   * your own to publish the same thing again after a reload.
   */
  readonly idempotencyKey?: string | undefined;
  /** Gives it up: error `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds, from the call on: error `timeout`. Unless given it waits for as long as the client lives. */
  readonly timeout?: number | undefined;
  /** For `@carillon/client/map`: in place of the data, the members of the message that carry it, as text. */
  readonly payload?: string | undefined;
}

/** What may wait for a connection or an answer. Beyond it `publish` fails with `queue_full`. */
export interface OutboxLimits {
  /** Publishes without an outcome; 1 000 unless told. */
  readonly messages?: number | undefined;
  /** Bytes of their data as JSON in UTF-8; 1 048 576 unless told. */
  readonly bytes?: number | undefined;
}

/** A publish of an earlier page, that this one has taken over. */
export interface RestoredPublish {
  readonly channel: string;
  readonly idempotencyKey: string;
  /** JSON; or the bytes, where bytes were published; undefined where a map's key was removed. */
  readonly data: JsonValue | Uint8Array | undefined;
  /** Its outcome. Whoever does not look at it is not troubled by its failure. */
  readonly receipt: Promise<Receipt>;
}

export interface OutboxHost extends Line {
  /** The server ends this connection, as a refusal says. */
  reconnect(code: number, reason: string, after: number | undefined): void;
}

const RETRY_MILLIS = 500;
const RETRY_MILLIS_MAX = 20_000;
const BEHIND: typeof codes.earlier_publish_refused = 4003;
const TOO_LARGE: typeof codes.too_large = 4606;

export class Outbox {
  readonly #lanes = new Map<string, Lane>();
  #limits: Limits | undefined;
  #count = 0;
  #bytes = 0;
  /** What earlier pages left is to go first, so nothing is sent before it is known. */
  #isOpen: boolean;

  constructor(
    private readonly env: Environment,
    private readonly bounds: OutboxLimits,
    private readonly host: OutboxHost,
    private readonly store: QueueStore | undefined,
  ) {
    this.#isOpen = store === undefined;
  }

  /** Publishes without an outcome. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  publish(channel: string, data: unknown, options: PublishOptions): Promise<Receipt> {
    const payload = options.payload ?? payloadOf(data);
    const bytes = utf8Length(payload);
    const { messages = 1_000, bytes: bytesMax = 1_048_576 } = this.bounds;
    if (options.signal?.aborted === true) return Promise.reject(aborted(false));
    if (this.#count >= messages || this.#bytes + bytes > bytesMax) {
      const message = `${this.#count} publishes of ${this.#bytes} bytes are open.`;
      return Promise.reject(new CarillonError("queue_full", message));
    }
    const idempotencyKey = options.idempotencyKey ?? this.env.newKey();
    const publish = { channel, idempotencyKey, payload };
    void this.store?.put(publish);
    const receipt = this.#add(publish, options, "push");
    this.#flush(this.#laneOf(channel));
    this.host.changed();
    return receipt;
  }

  /** Takes over what earlier pages left; it goes before what this one has not sent yet. */
  restore(left: readonly KeptPublish[]): readonly RestoredPublish[] {
    const restored = [...left].reverse().map((kept): RestoredPublish => {
      const receipt = this.#add(kept, {}, "unshift");
      receipt.catch(() => {});
      const { channel, idempotencyKey, payload } = kept;
      return { channel, idempotencyKey, data: dataOf(JSON.parse(`{${payload}}`) as object), receipt };
    });
    this.#isOpen = true;
    this.flush();
    this.host.changed();
    return restored.reverse();
  }

  #add(publish: KeptPublish, options: PublishOptions, place: "push" | "unshift"): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const { channel, idempotencyKey: key, payload, sentAt } = publish;
      const entry: Entry = {
        channel,
        key,
        payload,
        bytes: utf8Length(payload),
        state: { kind: "queued" },
        sentAt,
        isKept: sentAt !== undefined,
        isOpen: sentAt !== undefined,
        resolve,
        reject,
        release: this.#watch(options, (kind) => this.#giveUp(entry, kind)),
      };
      this.#count++;
      this.#bytes += entry.bytes;
      const lane = this.#laneOf(channel);
      this.#lanes.set(channel, lane);
      lane.entries[place](entry);
    });
  }

  /** A new connection: everything without an outcome goes out again, in order. */
  attach(limits: Limits): void {
    this.#limits = limits;
    this.flush();
  }

  flush(): void {
    for (const lane of this.#lanes.values()) this.#flush(lane);
  }

  /** The connection is gone, and with it the server's memory of what it held back. */
  detach(): void {
    for (const lane of this.#lanes.values()) {
      lane.heldUntil = undefined;
      for (const entry of [...lane.entries]) {
        entry.isOpen ||= entry.state.kind === "sent";
        this.#become(entry, { kind: "detach" });
      }
    }
  }

  /** Every publish without an outcome fails. */
  clear(why: string): void {
    for (const lane of [...this.#lanes.values()]) {
      for (const entry of [...lane.entries]) {
        this.#fail(entry, new CarillonError("closed", why, undefined, entry.sentAt !== undefined));
      }
    }
  }

  #answered(entry: Entry, reply: Reply): void {
    if (reply.type === "published") {
      const { type: _, id: __, ...receipt } = reply;
      entry.resolve(receipt);
      this.#become(entry, { kind: "settle" });
    } else if (reply.type === "error") {
      const action = actionOf(reply.code);
      if (action === "reconnect") return this.host.reconnect(reply.code, reply.name, reply.retry);
      if (action === "retry") this.#refusedForNow(entry, reply);
      else this.#fail(entry, refused(reply));
    }
    this.#flush(this.#laneOf(entry.channel));
    this.host.changed();
  }

  #refusedForNow(entry: Entry, { code, retry }: Refusal): void {
    const lane = this.#laneOf(entry.channel);
    const behind = code === BEHIND;
    const wasGivenUp = entry.state.kind === "given-up";
    // Of an earlier try that was never answered this says nothing: it may have been refused before its key was looked at.
    if (!entry.isOpen) {
      entry.sentAt = undefined;
      entry.isKept = false;
    }
    this.#become(entry, { kind: "refused", behind });
    const now = this.env.now();
    if (wasGivenUp && !behind) this.#abandon(entry);
    if (wasGivenUp || behind) {
      lane.heldUntil ??= now;
      return;
    }
    const growing = Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS * 2 ** lane.refusals++);
    const wait = Math.round(Math.max(retry ?? 0, growing * (0.5 + this.env.random() / 2)));
    const until = now + wait;
    lane.heldUntil = until;
    this.env.setTimeout(() => {
      if (lane.heldUntil !== until) return;
      lane.heldUntil = now;
      this.#flush(lane);
    }, wait);
  }

  #flush(lane: Lane): void {
    if (lane.heldUntil !== undefined) {
      if (this.env.now() < lane.heldUntil || !lane.isAnswered) return;
      lane.heldUntil = undefined;
    }
    for (const entry of lane.sendable) {
      if (!this.#limits || !this.#isOpen || !this.host.canSend() || !this.#isKept(entry)) return;
      this.#send(entry, this.#limits);
    }
  }

  /** A later page must know that it may have been accepted, so that is written down before it is sent. */
  #isKept(entry: Entry): boolean {
    if (this.store === undefined || entry.isKept) return true;
    if (entry.sentAt === undefined) {
      const { channel, key: idempotencyKey, payload } = entry;
      const sentAt = (entry.sentAt = this.env.now());
      void this.store.put({ channel, idempotencyKey, payload, sentAt }).then(() => {
        entry.isKept = true;
        this.#flush(this.#laneOf(channel));
      });
    }
    return false;
  }

  #send(entry: Entry, limits: Limits): void {
    const now = this.env.now();
    if (entry.sentAt !== undefined && now - entry.sentAt >= windowMillis(limits)) {
      const message = `Sent ${now - entry.sentAt} ms ago.`;
      return this.#fail(entry, new CarillonError("uncertain", message, undefined, true));
    }
    const { channel, key: idempotencyKey, payload } = entry;
    this.#become(entry, { kind: "send" });
    entry.sentAt ??= now;
    const answered = (reply: Reply) => this.#answered(entry, reply);
    if (this.host.say({ type: "publish", channel, idempotencyKey }, answered, payload)) return;
    const message = `A message has at most ${limits.messageBytes} bytes.`;
    this.#fail(entry, new CarillonError("refused", message, TOO_LARGE));
  }

  /** Its promise fails and it is never sent again. If it holds back later ones at the server, it is abandoned there. */
  #giveUp(entry: Entry, kind: ErrorKind): void {
    if (entry.state.kind === "done" || entry.state.kind === "given-up") return;
    const held = entry.state.kind === "holding";
    const maybe = entry.sentAt !== undefined;
    entry.reject(kind === "aborted" ? aborted(maybe) : new CarillonError(kind, "no answer in time", undefined, maybe));
    this.#become(entry, { kind: "give-up" });
    const lane = this.#laneOf(entry.channel);
    if (held) {
      this.#abandon(entry);
      lane.heldUntil = this.env.now();
    }
    this.#flush(lane);
    this.host.changed();
  }

  #abandon({ channel, key }: Entry): void {
    this.host.say({ type: "abandon", channel, idempotencyKey: key }, () => {});
  }

  #fail(entry: Entry, error: CarillonError): void {
    entry.reject(error);
    this.#become(entry, { kind: "settle" });
  }

  #laneOf(channel: string): Lane {
    return this.#lanes.get(channel) ?? new Lane();
  }

  #become(entry: Entry, event: PublishEvent): void {
    const before = entry.state;
    entry.state = nextPublishState(before, event);
    const wasWanted = before.kind !== "done" && before.kind !== "given-up";
    const isWanted = entry.state.kind !== "done" && entry.state.kind !== "given-up";
    if (wasWanted && !isWanted) {
      entry.release();
      this.store?.remove(entry.key);
      this.#count--;
      this.#bytes -= entry.bytes;
    }
    if (entry.state.kind !== "done") return;
    const lane = this.#laneOf(entry.channel);
    lane.remove(entry);
    if (event.kind === "settle") lane.refusals = 0;
    if (lane.entries.length === 0) this.#lanes.delete(entry.channel);
  }

  #watch({ signal, timeout }: PublishOptions, giveUp: (kind: ErrorKind) => void): () => void {
    const abort = () => giveUp("aborted");
    const timer = timeout === undefined ? undefined : this.env.setTimeout(() => giveUp("timeout"), timeout);
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      this.env.clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  }
}

/** A retry later than this might come after the server has forgotten the key; the margin is for its way there. */
function windowMillis({ idempotencyMillis }: Limits): number {
  return idempotencyMillis - Math.min(10_000, idempotencyMillis / 2);
}

function aborted(maybeAccepted: boolean): CarillonError {
  return new CarillonError("aborted", "Aborted.", undefined, maybeAccepted);
}
