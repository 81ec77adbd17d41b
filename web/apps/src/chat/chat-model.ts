// All that the page shows, apart from what is in its boxes: rooms, what is read, what the connection does. It knows no
// element; the views draw it when it says that it has changed.

import type { ClientState } from "@carillon/client";
import { Judge, type Verdict } from "../network/judge.js";
import type { ChatClient } from "./channels.js";
import { channelOfUser, readReadState, readRooms, ROOMS, type RoomPayload } from "./payload.js";
import { Room, type RoomHost } from "./room.js";
import type { Tab } from "./tab.js";
import { TypingSender, type Clock } from "./typing.js";
import { ReadState, unreadOf, type Unread } from "./unread.js";

/** The room that a newcomer finds open, if there is one of that name. */
const FIRST_ROOM = "general";

const KEPT_ROOMS = "chat.rooms";

export interface ChatOptions {
  readonly client: ChatClient;
  readonly user: string;
  readonly tab: Tab;
  readonly clock: Clock;
  /** Keeps the list of rooms, for a page that begins without a network. */
  readonly storage: Pick<Storage, "getItem" | "setItem">;
  newKey(): string;
  /** Something has changed; drawn when there is time. */
  changed(): void;
}

/** What this page's tab has handed over, and what became of it. */
export interface Sent {
  readonly sent: number;
  readonly confirmed: number;
}

interface CountedUnread {
  readonly version: number;
  readonly read: number | undefined;
  readonly unread: Unread;
}

export class ChatModel {
  readonly user: string;
  readonly #judge = new Judge();
  readonly #rooms = new Map<string, Room>();
  readonly #unread = new WeakMap<Room, CountedUnread>();
  readonly #read: ReadState;
  readonly #typing: TypingSender;
  readonly #host: RoomHost;
  /** The rooms of the list, sorted by name. */
  listed: readonly Room[] = [];
  open: Room | undefined;
  /** The message that "New" stands above in the open room. */
  newFrom: string | undefined;
  /** Why there is no list of rooms; undefined as long as nothing is wrong. */
  refused: string | undefined;
  /** Nobody of this name was here before: what is in the rooms is no news to a newcomer. */
  #isNewcomer = true;
  #isReadKnown = false;
  /** Rooms of which is known how far they were read. */
  readonly #begun = new Set<Room>();
  #wanted: string | undefined;
  #sent = 0;
  #confirmed = 0;

  constructor(private readonly options: ChatOptions) {
    const { client, user, clock, newKey } = options;
    this.user = user;
    this.#read = new ReadState(clock, (rooms) => this.#tellRead(rooms));
    this.#typing = new TypingSender(clock, (on) => this.open && client.signal(this.open.channel, { kind: "typing", on }));
    this.#host = {
      client,
      user,
      clock,
      newKey,
      judge: this.#judge,
      changed: () => this.options.changed(),
      beganAnew: (room) => this.#beganAnew(room),
    };
    client.on("state", (state) => this.#stateChanged(state));
    client.on("restored", (left) => {
      for (const one of left) {
        const room = /^chat:room:(.+)$/.exec(one.channel)?.[1];
        if (room !== undefined) this.#room(room).restore(one);
      }
    });
  }

  get state(): ClientState {
    return this.options.client.state;
  }

  get verdict(): Verdict & Sent {
    return { sent: this.#sent, confirmed: this.#confirmed, ...this.#judge.verdict };
  }

  /** The counters begin anew. */
  resetVerdict(): void {
    this.#judge.reset();
    this.#sent = this.#confirmed = 0;
    this.options.changed();
  }

  /** Reads the list of rooms and what was read; opens this room once it is listed, or else the first one. */
  start(room: string | undefined): void {
    this.#wanted = room;
    const { client, user, storage } = this.options;
    this.#list(keptRooms(storage.getItem(KEPT_ROOMS)));
    const rooms = client.subscribe(ROOMS, { last: 1 });
    void rooms
      .each((delivery) => {
        if (delivery.kind !== "publication") return;
        storage.setItem(KEPT_ROOMS, JSON.stringify(delivery.data));
        this.#list(readRooms(delivery.data));
      })
      .catch((error: unknown) => this.#refuse(error));
    const read = client.subscribe(channelOfUser(user), { last: 1 });
    void read
      .each((delivery) => void (delivery.kind === "publication" && this.#readElsewhere(delivery.data)))
      .catch((error: unknown) => this.#refuse(error));
    // A newcomer's channel has nothing to deliver, which is known once it is live.
    client.on("state", () => {
      if (this.#isReadKnown || read.state.kind !== "live") return;
      this.#isReadKnown = true;
      this.options.changed();
    });
  }

  /** The tab is closed, or its user leaves. */
  stop(): void {
    this.#typing.stopped();
    for (const room of this.#rooms.values()) room.typing.clear();
  }

  #refuse(error: unknown): void {
    this.refused = error instanceof Error ? error.message : String(error);
    this.options.changed();
  }

  #room(name: string): Room {
    const room = this.#rooms.get(name) ?? new Room(name, this.#host);
    this.#rooms.set(name, room);
    return room;
  }

  #list(topics: ReadonlyMap<string, string>): void {
    for (const room of this.listed) if (!topics.has(room.name)) room.leave();
    this.listed = [...topics].map(([name, topic]) => {
      const room = this.#room(name);
      room.topic = topic;
      if (room !== this.open) room.attend(false);
      return room;
    });
    const wanted = this.#wanted === undefined ? undefined : this.listed.find(({ name }) => name === this.#wanted);
    if (wanted !== undefined) this.openRoom(wanted);
    else if (this.open === undefined || !this.listed.includes(this.open)) this.#openFirst();
    this.options.changed();
  }

  #openFirst(): void {
    const room = this.listed.find(({ name }) => name === FIRST_ROOM) ?? this.listed[0];
    if (room !== undefined) this.#show(room);
  }

  /** Opens the room of this name, as soon as there is one. */
  want(name: string): void {
    const room = this.listed.find((one) => one.name === name);
    if (room === undefined) this.#wanted = name;
    else this.openRoom(room);
  }

  openRoom(room: Room): void {
    this.#wanted = undefined;
    this.#show(room);
  }

  #show(room: Room): void {
    if (room === this.open) return;
    this.#typing.stopped();
    const before = this.open;
    this.open = room;
    this.newFrom = this.unread(room).first;
    room.attend(true);
    if (before !== undefined) {
      if (this.listed.includes(before)) before.attend(false);
      before.typing.clear();
      before.trimAside();
    }
    this.options.changed();
  }

  unread(room: Room): Unread {
    const read = this.#read.of(room.name);
    const counted = this.#unread.get(room);
    if (counted?.version === room.version && counted.read === read) return counted.unread;
    const isKnown = this.#begun.has(room);
    const { life, hasOlder } = room;
    const messages = isKnown ? room.fold.messages() : [];
    const unread = unreadOf(messages, { user: this.user, read, life, hasOlder });
    if (isKnown) this.#unread.set(room, { version: room.version, read, unread });
    return unread;
  }

  /** What is new below the divider has been looked at: it needs no line any more. */
  clearDivider(): void {
    if (this.newFrom === undefined) return;
    this.newFrom = undefined;
    this.options.changed();
  }

  /** The newest of the open room is being looked at. */
  readOpen(): void {
    const room = this.open;
    if (room === undefined || !this.#begun.has(room) || !room.isLive || room.head.offset === 0) return;
    if (this.#read.advance(room.name, room.head.offset)) this.options.changed();
  }

  /**
   * To be called before drawing: what can be said of a room only once it is live, and what was read only once that is known.
   */
  settle(): void {
    for (const room of this.listed) {
      if (!room.isLive) continue;
      room.begin();
      if (this.#isReadKnown && !this.#begun.has(room)) this.#begin(room);
    }
  }

  /** Whether it is known what of the open room is new. */
  get isOpenKnown(): boolean {
    return this.open !== undefined && this.#begun.has(this.open);
  }

  /** What is new in the open room and not looked at yet is marked as such. */
  markNew(): void {
    if (this.open !== undefined && this.newFrom === undefined) this.newFrom = this.unread(this.open).first;
  }

  #begin(room: Room): void {
    this.#begun.add(room);
    const read = this.#read.of(room.name);
    // Offsets beyond the room's head are of an earlier life of it.
    if (read !== undefined && read > room.head.offset) this.#read.forget(room.name);
    if (read === undefined && this.#isNewcomer) this.#read.advance(room.name, room.head.offset);
    if (room === this.open) this.newFrom = this.unread(room).first;
  }

  #beganAnew(room: Room): void {
    this.#read.forget(room.name);
  }

  #readElsewhere(data: unknown): void {
    this.#isNewcomer = false;
    this.#isReadKnown = true;
    if (this.#read.merge(readReadState(data))) this.options.changed();
  }

  #tellRead(rooms: Readonly<Record<string, number>>): Promise<unknown> {
    const { client, user } = this.options;
    if (this.state.kind !== "live") return Promise.reject(new Error("there is no connection"));
    return client.publish(channelOfUser(user), { kind: "read", rooms });
  }

  #stateChanged(state: ClientState): void {
    if (state.kind === "live") this.#read.retry();
    else if (state.kind !== "catching-up") for (const room of this.#rooms.values()) room.typing.clear();
    this.options.changed();
  }

  typed(isEmpty: boolean): void {
    if (isEmpty) this.#typing.stopped();
    else this.#typing.typed();
  }

  /** Says something in the open room. */
  say(text: string): void {
    const room = this.open;
    if (room === undefined) return;
    this.#typing.sent();
    const { tab } = this.options;
    this.#sent++;
    // Whoever answers has read what there was.
    this.newFrom = undefined;
    room.publish({ kind: "message", text, tab: tab.id, n: tab.next(room.name) }, () => this.#confirmed++);
  }

  /** Does something about a message of the open room. */
  change(payload: Exclude<RoomPayload, { readonly kind: "message" }>): void {
    this.#typing.sent();
    this.open?.publish(payload);
  }

  /** This user's newest message of the open room that can be edited. */
  get lastOwn(): { readonly key: string; readonly text: string } | undefined {
    const messages = this.open?.fold.messages() ?? [];
    for (let i = messages.length - 1; i >= 0; i--) {
      const { key, from, isDeleted, text } = messages[i] ?? {};
      if (key !== undefined && text !== undefined && from === this.user && isDeleted !== true) return { key, text };
    }
    return undefined;
  }

  /** Whoever may be meant by a mention: who is here, and who has said something. */
  get mentionable(): readonly string[] {
    const room = this.open;
    if (room === undefined) return [];
    const said = room.fold.messages().flatMap(({ from }) => from ?? []);
    return [...new Set([...room.presence.map(({ user }) => user), ...said])].filter((user) => user !== this.user);
  }
}

function keptRooms(text: string | null): ReadonlyMap<string, string> {
  try {
    return readRooms(JSON.parse(text ?? "null"));
  } catch {
    return new Map();
  }
}
