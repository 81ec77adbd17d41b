// One room: what is held of it, what is on its way to it, and who is there.

import { CarillonError, type Delivery, type HistoryOf, type Present, type Received, type Redaction, type RestoredPublish, type Subscription } from "@carillon/client";
import type { Judge } from "../network/judge.js";
import type { ChatClient } from "./channels.js";
import { compare, Fold, type Place } from "./fold.js";
import { failure, stillOut, type Outgoing } from "./outgoing.js";
import { channelOfRoom, readRoomPayload, readRoomSignal, type RoomPayload, type RoomSignal } from "./payload.js";
import type { Above, GapMark } from "./rows.js";
import { TypingUsers, type Clock } from "./typing.js";

/** Publications that a room begins with, and that one step upwards reads. */
const PAGE = 60;

/** Messages of a room that nobody looks at. */
const HELD_ASIDE = 200;

/** Messages of the room that is looked at, while its newest are looked at. */
const HELD_OPEN = 1_500;

/** Messages that are held at most, which somebody reaches who pages up and up. */
const HELD_MAX = 5_000;

/** After so many, the oldest gaps are no longer shown. */
const GAPS_MAX = 20;

export interface RoomHost {
  readonly client: ChatClient;
  readonly user: string;
  readonly clock: Clock;
  readonly judge: Judge;
  newKey(): string;
  changed(): void;
  /** The room's stream began a new life: offsets mean something else now. */
  beganAnew(room: Room): void;
}

export class Room {
  readonly typing: TypingUsers;
  topic = "";
  fold = new Fold();
  gaps: readonly GapMark[] = [];
  outgoing: readonly Outgoing[] = [];
  above: Above = "unknown";
  /** Why the server does not let this user read the room; undefined as long as it does. */
  refused: string | undefined;
  /** Where the newest publication stands. */
  head: Place = { life: 0, offset: 0 };
  /** Messages above which a page of history began. */
  readonly seams = new Set<string>();
  /** Counts what has changed, so that what is made of a room need not be made again. */
  version = 0;
  #subscription: Subscription<RoomPayload, RoomSignal> | undefined;
  #isPresent = false;
  /** Where the next step upwards begins; undefined before there was one. */
  #older: string | undefined;
  #lastGap = 0;
  /** What comes from now on is new, and not what the room began with. */
  #hasBegun = false;

  constructor(
    readonly name: string,
    private readonly host: RoomHost,
  ) {
    this.typing = new TypingUsers(host.clock, () => this.#changed());
  }

  get channel(): `chat:room:${string}` {
    return channelOfRoom(this.name);
  }

  get life(): number {
    return this.head.life;
  }

  get presence(): readonly Present[] {
    return this.#isPresent ? (this.#subscription?.presence ?? []) : [];
  }

  /** Whether everything up to the room's newest publication was received, as far as is known. */
  get isLive(): boolean {
    return this.#subscription?.state.kind === "live";
  }

  get hasOlder(): boolean {
    return this.above === "more" || this.above === "loading" || this.above === "limit" || this.above === "failed";
  }

  /** Reads the room from now on, and is present in it or not. Goes on where it stood. */
  attend(isPresent: boolean): void {
    if (this.#subscription !== undefined && this.#isPresent === isPresent) return;
    const before = this.#subscription;
    before?.unsubscribe();
    this.#isPresent = isPresent;
    const after = before?.position;
    const options = { presence: isPresent, ...(after === undefined ? { last: PAGE } : { after }) };
    const subscription = this.host.client.subscribe(this.channel, options);
    this.#subscription = subscription;
    subscription.on("signal", ({ from, data }) => this.#signalled(from, data));
    subscription.on("presence", () => this.#changed());
    subscription.on("leave", ({ user }) => this.typing.gone(user));
    void subscription.each((delivery) => this.#delivered(delivery)).catch((error: unknown) => this.#ended(subscription, error));
    this.#changed();
  }

  /** What the room began with has arrived. */
  begin(): void {
    this.#hasBegun = true;
  }

  leave(): void {
    this.typing.clear();
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #ended(subscription: Subscription<RoomPayload, RoomSignal>, error: unknown): void {
    if (subscription !== this.#subscription) return;
    this.refused = error instanceof CarillonError ? error.message : String(error);
    this.#changed();
  }

  #signalled(from: string | undefined, data: unknown): void {
    const signal = readRoomSignal(data);
    if (signal !== undefined && from !== undefined && from !== this.host.user) this.typing.heard(from, signal.on);
  }

  #delivered(delivery: Delivery<RoomPayload>): void {
    if (delivery.kind === "gap") {
      this.host.judge.gap(this.name);
      const after = this.head.offset === 0 ? undefined : this.head;
      this.gaps = [...this.gaps, { id: `gap ${++this.#lastGap}`, after, cause: delivery.cause }].slice(-GAPS_MAX);
      if (delivery.cause !== "trimmed") this.#beginAnew();
      return this.#changed();
    }
    // What is shown may have been in it.
    if (delivery.kind === "redacted" && compare(this.#placeOf(delivery), this.head) <= 0) return void this.reload();
    const payload = this.#apply(delivery);
    if (payload?.kind === "message") {
      if (this.#hasBegun) this.host.judge.seen(this.name, payload.tab, payload.n);
      else this.host.judge.known(this.name, payload.tab, payload.n);
      if (delivery.from !== undefined) this.typing.gone(delivery.from);
    }
    if (this.above === "unknown") this.#beginsAt(delivery);
    this.#trim();
  }

  /** What stands above belongs to another life: its offsets are not comparable, and nothing more of it can be read. */
  #beginAnew(): void {
    this.head = { life: this.head.life + 1, offset: 0 };
    this.above = this.fold.count === 0 ? "unknown" : "trimmed";
    this.host.beganAnew(this);
  }

  #beginsAt({ position, offset }: Pick<Received, "position" | "offset">): void {
    this.#older = position;
    this.above = offset === 1 ? "beginning" : "more";
  }

  #placeOf({ offset }: Pick<Received, "offset">): Place {
    return { life: this.life, offset };
  }

  #apply(received: Received<RoomPayload> | Redaction): RoomPayload | undefined {
    // A room whose channel is set not to tell times shows when a message came.
    const { position, at = Date.now(), from, idempotencyKey: key } = received;
    const place = this.#placeOf(received);
    if (compare(place, this.head) > 0) this.head = place;
    const payload = received.kind === "redacted" ? undefined : readRoomPayload(received.data);
    if (payload === undefined) return undefined;
    this.fold.apply({ place, position, at, from, key, payload });
    if (key !== undefined) this.outgoing = this.outgoing.filter((one) => one.key !== key || from !== this.host.user);
    this.#changed();
    return payload;
  }

  #trim(): void {
    const held = this.#isPresent ? HELD_MAX : HELD_ASIDE;
    if (this.fold.count > held * 1.5) this.#keepNewest(held);
  }

  /** Its newest messages are being looked at, so that the oldest may go. */
  trimOpen(): void {
    if (this.fold.count > HELD_OPEN * 1.2) this.#keepNewest(HELD_OPEN);
  }

  /** Nobody looks at it any more. */
  trimAside(): void {
    if (this.fold.count > HELD_ASIDE) this.#keepNewest(HELD_ASIDE);
  }

  #keepNewest(count: number): void {
    this.fold.keepNewest(count);
    const oldest = this.fold.messages()[0];
    if (oldest === undefined || oldest.place.life < this.life) return;
    this.#older = oldest.position;
    this.above = "more";
    this.#changed();
  }

  /** Reads one step upwards. */
  async loadOlder(): Promise<void> {
    if (this.above !== "more" && this.above !== "failed") return;
    if (this.fold.count >= HELD_MAX) return this.#become("limit");
    const [fold, before] = [this.fold, this.#older];
    this.#become("loading");
    try {
      const page = await this.host.client.history(this.channel, { before, limit: PAGE });
      // The room was cleared meanwhile, so that this page belongs nowhere.
      if (fold === this.fold && before === this.#older) this.#addOlder(page);
    } catch {
      if (fold === this.fold) this.#become("failed");
    }
  }

  #addOlder(page: HistoryOf<RoomPayload>): void {
    const first = this.fold.messages()[0];
    if (first !== undefined) this.seams.add(first.id);
    for (const received of page.publications) this.#apply(received);
    this.#older = page.position;
    const oldest = page.publications[0]?.offset;
    this.#become(page.more && page.gap === undefined ? "more" : oldest === 1 ? "beginning" : "trimmed");
  }

  /** Forgets what is shown, and shows what the server keeps. */
  async reload(): Promise<void> {
    this.fold = new Fold();
    this.gaps = [];
    const fold = this.fold;
    this.#become("loading");
    try {
      const page = await this.host.client.history(this.channel, { limit: PAGE });
      if (fold === this.fold) this.#addOlder(page);
    } catch {
      if (fold === this.fold) this.#become("failed");
    }
  }

  #become(above: Above): void {
    this.above = above;
    this.#changed();
  }

  /** Publishes, and shows it at once as on its way. `confirmed` is called when it is known to be kept. */
  publish(payload: RoomPayload, confirmed: () => void = () => {}): void {
    this.#send({ key: this.host.newKey(), payload, at: Date.now(), state: { kind: "sending" } }, confirmed);
  }

  /** Tries one that failed again. One that may have arrived goes out as another one. */
  retry(key: string): void {
    const one = this.outgoing.find((outgoing) => outgoing.key === key);
    if (one === undefined || one.state.kind === "sending") return;
    this.discard(key);
    this.#send({ ...one, key: one.state.kind === "uncertain" ? this.host.newKey() : key, state: { kind: "sending" } });
  }

  discard(key: string): void {
    this.outgoing = this.outgoing.filter((one) => one.key !== key);
    this.#changed();
  }

  /** An earlier page of this tab had left it, and the client sends it by itself. */
  restore({ idempotencyKey: key, data, receipt }: RestoredPublish): void {
    const payload = readRoomPayload(data);
    if (payload === undefined || this.fold.has(key)) return;
    this.#await({ key, payload, at: Date.now(), state: { kind: "sending" } }, receipt);
  }

  #send(one: Outgoing, confirmed: () => void = () => {}): void {
    const receipt = this.host.client.publish(this.channel, one.payload, { idempotencyKey: one.key });
    this.#await(one, receipt);
    receipt.then(confirmed, () => {});
  }

  #await(one: Outgoing, receipt: RestoredPublish["receipt"]): void {
    const { key, payload } = one;
    this.outgoing = [...this.outgoing, one];
    this.#changed();
    receipt.then(
      // What comes back says the same once more, perhaps earlier.
      ({ position, offset }) => {
        const place = { life: this.life, offset };
        if (!this.#isOut(key)) return;
        this.fold.apply({ place, position, at: one.at, from: this.host.user, key, payload });
        this.discard(key);
      },
      (error: unknown) => {
        if (!this.#isOut(key)) return;
        const state = failure(error);
        this.outgoing = this.outgoing.map((other) => (other.key === key ? { ...other, state } : other));
        this.#changed();
      },
    );
  }

  #isOut(key: string): boolean {
    return this.outgoing.some((one) => one.key === key);
  }

  #changed(): void {
    this.outgoing = stillOut(this.outgoing, this.fold);
    this.version++;
    this.host.changed();
  }
}
