// Who is in the channels of a fake server: versions, differences for those who hold one, and a grace for connections that
// end without a goodbye.

import type { Join, Leave, PresenceList, ServerMessage } from "@carillon/protocol";
import type { FakeClock } from "./clock.js";

interface Room {
  version: number;
  /** How many sessions each user has. */
  readonly users: Map<string, number>;
  readonly differences: (Join | Leave)[];
  readonly watchers: Set<(message: ServerMessage) => void>;
}

export class FakePresence {
  readonly #rooms = new Map<string, Room>();
  graceMillis = 10_000;
  /** How many differences are remembered for those who come back. */
  remembers = 100;
  /** The most users in one page. */
  page = 1_000;

  constructor(private readonly clock: FakeClock) {}

  /** Answers how to leave: with a goodbye, or without. */
  enter(channel: string, user: string | undefined, held: number, tell: (message: ServerMessage) => void): (says: boolean) => void {
    const room = this.room(channel);
    const missed = room.version - held;
    if (user !== undefined) this.count(channel, user, 1);
    if (held > 0 && missed >= 0 && missed <= this.remembers) {
      for (const difference of room.differences.slice(room.differences.length - (room.version - held))) tell(difference);
    } else {
      for (let page = this.list(channel); ; page = this.list(channel, undefined, page.next)) {
        tell(page);
        if (page.next === undefined) break;
      }
    }
    room.watchers.add(tell);
    return (says) => {
      room.watchers.delete(tell);
      if (user === undefined) return;
      if (says) this.count(channel, user, -1);
      else this.clock.setTimeout(() => this.count(channel, user, -1), this.graceMillis);
    };
  }

  /** A user has so many sessions more, or fewer. */
  count(channel: string, user: string, by: number): void {
    const room = this.room(channel);
    const before = room.users.get(user) ?? 0;
    const sessions = before + by;
    if (sessions > 0) room.users.set(user, sessions);
    else room.users.delete(user);
    if (before > 0 === sessions > 0) return;
    const difference = { type: sessions > 0 ? "join" : "leave", channel, user, version: ++room.version } as const;
    room.differences.push(difference);
    for (const tell of room.watchers) tell(difference);
  }

  list(channel: string, id?: string | number, after?: string): PresenceList {
    const { version, users } = this.room(channel);
    const from = Number(after ?? 0);
    const all = [...users].map(([user, connections]) => ({ user, connections }));
    const end = from + this.page;
    const next = end < all.length ? String(end) : undefined;
    return { type: "presence", id, channel, version, after, users: all.slice(from, end), next };
  }

  /** As if a difference had been lost on its way to everybody. */
  loseOne(channel: string, user: string): void {
    const room = this.room(channel);
    const watchers = [...room.watchers];
    room.watchers.clear();
    this.count(channel, user, 1);
    for (const tell of watchers) room.watchers.add(tell);
  }

  room(channel: string): Room {
    const room = this.#rooms.get(channel) ?? { version: 1_000, users: new Map(), differences: [], watchers: new Set() };
    this.#rooms.set(channel, room);
    return room;
  }
}
