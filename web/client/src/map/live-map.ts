// One map as a page reads and changes it.

import { isMapKey, type JsonValue, type Position, type Tracking } from "@carillon/protocol";
import type { Client } from "../client.js";
import type { Delivery, MapDelivery, Received, ReceivedSignal } from "../delivery.js";
import { Emitter } from "../emitter.js";
import type { Receipt } from "../lane.js";
import type { PublishOptions } from "../outbox.js";
import { payloadOf } from "../payload.js";
import type { Subscription } from "../subscription.js";
import type { SubscriptionState } from "../subscription-state.js";
import { nextFrame } from "./frame.js";
import { Values } from "./values.js";

/** What of a map is read, and from where on. */
export interface MapOptions<Value = JsonValue> {
  /** Some keys, or the values with some tags; everything unless told. At most 1 000 unless the server is set otherwise. */
  readonly track?: Tracking | undefined;
  /** What `save` answered, such as on the page before: it is shown at once, and only what has changed since is sent. */
  readonly from?: SavedMap<Value> | null | undefined;
  /** Runs something once, soon: when `onChange` is told. With the browser's next picture unless told. */
  readonly frame?: ((run: () => void) => void) | undefined;
}

/** A map as it stood. It is JSON, unless bytes are in it. */
export interface SavedMap<Value = JsonValue> {
  readonly position: Position;
  readonly track: Tracking;
  readonly publications: readonly Received<Value>[];
}

/** How a value is set. */
export interface SetOptions extends Omit<PublishOptions, "payload"> {
  /** What readers may track the value by: 1 to 256 bytes of UTF-8. */
  readonly tag?: string | undefined;
}

interface MapEvents<SignalData> {
  readonly change: ReadonlySet<string>;
  readonly signal: ReceivedSignal<SignalData>;
}

/**
 * The newest value of each key, as far as the server has told. Values stay over reconnections, and none is followed by an
 * older one; a snapshot that the server begins anew is shown in one step when it is whole. Made by `map`.
 */
export class LiveMap<Value = JsonValue, SignalData = JsonValue> implements Iterable<[string, Value]> {
  /** Resolves when all that is tracked is there; rejects as `ended` does, if that comes first. */
  readonly ready: Promise<void>;
  /**
   * Resolves when it was closed, or its client was. Rejects with a `CarillonError` (`refused`) where the server ends it, with an
   * `Error` where the channel is no map. The values stay readable. Whoever does not look at it is not troubled by it.
   */
  readonly ended: Promise<void>;
  readonly #emitter = new Emitter<MapEvents<SignalData>>();
  readonly #values: Values<Value>;
  #track: Tracking;
  /** What is tracked by what is shown. */
  #shownTrack: Tracking;
  #subscription: Subscription<Value, SignalData>;
  #isDue = false;
  readonly #settle: { readonly ready: () => void; readonly end: (error?: unknown) => void };

  constructor(
    private readonly client: Client,
    readonly channel: string,
    private readonly options: MapOptions<Value> = {},
  ) {
    const { track = {}, from } = options;
    // A position goes with what was tracked when it was given.
    const saved = from && isSame(from.track, track) ? from : undefined;
    this.#track = this.#shownTrack = track;
    this.#values = new Values(saved?.position, saved?.publications);
    const ready = deferred();
    const ended = deferred();
    this.ready = ready.promise;
    this.ended = ended.promise;
    const end = (error: unknown) => {
      ready.settle(error ?? new Error(`"${channel}" was closed before it was there.`));
      ended.settle(error);
    };
    this.#settle = { ready: ready.settle, end };
    this.#subscription = this.#subscribe(saved?.position);
  }

  /** How many keys have a value. */
  get size(): number {
    return this.#values.shown.size;
  }

  /** What it is doing; `live` once all that is tracked, up to the present, has been received. */
  get state(): SubscriptionState {
    return this.#subscription.state;
  }

  get(key: string): Value | undefined {
    return this.#values.shown.get(key)?.data;
  }

  has(key: string): boolean {
    return this.#values.shown.has(key);
  }

  /** The value with its tag, and by whom and when it was set. The same object until the value is set again. */
  entry(key: string): Received<Value> | undefined {
    return this.#values.shown.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.shown.keys();
  }

  *values(): IterableIterator<Value> {
    for (const { data } of this.#values.shown.values()) yield data;
  }

  /** Keys and values, in no particular order. */
  *entries(): IterableIterator<[string, Value]> {
    for (const [key, { data }] of this.#values.shown) yield [key, data];
  }

  [Symbol.iterator](): IterableIterator<[string, Value]> {
    return this.entries();
  }

  /**
   * Tells which keys were set or removed since it was told last, at most once a picture that the browser draws, however much
   * has arrived. Answers how to stop listening.
   */
  onChange(listener: (keys: ReadonlySet<string>) => void): () => void {
    return this.#emitter.on("change", listener);
  }

  /** Tells the signals of others on this channel. Answers how to stop listening. */
  onSignal(listener: (signal: ReceivedSignal<SignalData>) => void): () => void {
    return this.#emitter.on("signal", listener);
  }

  /**
   * Sets the key's value, once: resolves when the server has kept it as the channel promises, however many connections that
   * takes. It is shown when it comes back, in its turn with what others set. Rejects with a `CarillonError` as `publish` does
   * (`refused` with the code `map_full`, where the map holds as much as it may), with an `Error` for a key or tag that is none.
   */
  async set(key: string, value: Value | Uint8Array, { tag, ...options }: SetOptions = {}): Promise<Receipt> {
    const change = { key: checked(key), tag: tag === undefined ? undefined : checked(tag) };
    return this.#publish({ ...options, payload: `${members(change)},${payloadOf(value)}` });
  }

  /** Takes the key's value away; otherwise as `set`. A key without a value may be removed, too. */
  async remove(key: string, options: Omit<PublishOptions, "payload"> = {}): Promise<Receipt> {
    return this.#publish({ ...options, payload: members({ key: checked(key), removed: true }) });
  }

  /**
   * Reads these from now on; `{}`: everything. What is shown changes in one step, when all of it is there. Throws a
   * `CarillonError` (`closed`) after the client's end.
   */
  track(track: Tracking): void {
    if (this.#subscription.state.kind === "ended" || isSame(track, this.#track)) return;
    this.#track = track;
    this.#subscription.unsubscribe();
    this.#subscription = this.#subscribe();
  }

  /** The map as it is shown, for `from`; undefined before it was ready. */
  save(): SavedMap<Value> | undefined {
    const { position, shown } = this.#values;
    return position === undefined ? undefined : { position, track: this.#shownTrack, publications: [...shown.values()] };
  }

  /** Reads no more. What is shown stays. */
  close(): void {
    this.#subscription.unsubscribe();
  }

  #subscribe(after?: Position): Subscription<Value, SignalData> {
    const track = this.#track;
    // What waits for us is at most a change a key: nothing of it is worth asking for again.
    const subscription = this.client.subscribe(this.channel, { track, after, buffer: Infinity }) as unknown as Subscription<
      Value,
      SignalData
    >;
    /** False once something else is tracked. */
    const isCurrent = () => subscription === this.#subscription;
    subscription.on("signal", (signal) => this.#emitter.emit("signal", signal));
    subscription
      .each((delivery) => void (isCurrent() && this.#told(delivery, track)))
      .then(
        () => isCurrent() && this.#settle.end(),
        (error: unknown) => isCurrent() && this.#settle.end(error),
      );
    return subscription;
  }

  #told(given: Delivery<Value>, track: Tracking): void {
    const delivery = given as MapDelivery<Value>;
    if (delivery.kind === "publication" && delivery.key === undefined) {
      this.#settle.end(new Error(`"${this.channel}" is no map.`));
      return this.close();
    }
    if (this.#values.take(delivery)) this.#tellSoon();
    if (delivery.kind !== "current") return;
    this.#shownTrack = track;
    this.#settle.ready();
  }

  #tellSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const { frame = nextFrame } = this.options;
    frame(() => {
      this.#isDue = false;
      this.#emitter.emit("change", this.#values.takeChanged());
    });
  }

  #publish(options: PublishOptions): Promise<Receipt> {
    return this.client.publish(this.channel, null, options);
  }
}

/** As text, for a message that has further ones. */
function members(of: object): string {
  return JSON.stringify(of).slice(1, -1);
}

function checked(keyOrTag: string): string {
  if (isMapKey(keyOrTag)) return keyOrTag;
  throw new Error(`"${keyOrTag}" is no key or tag of a map: they have 1 to 256 bytes of UTF-8.`);
}

function isSame(one: Tracking, other: Tracking): boolean {
  return JSON.stringify([one.keys, one.tags]) === JSON.stringify([other.keys, other.tags]);
}

/** Rejected with the error, if there is one; the first time counts, and whoever does not look is not troubled. */
function deferred(): { readonly promise: Promise<void>; settle(error?: unknown): void } {
  let settle: (error?: unknown) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  promise.catch(() => {});
  return { promise, settle };
}
