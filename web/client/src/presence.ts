// Who is in a channel, as the server tells it: a list with a version, then differences that count it up by one.

import type { Join, Leave, Present, PresenceList } from "@carillon/protocol";

export interface PresenceHooks {
  joined(user: string): void;
  left(user: string): void;
  changed(): void;
  /** Differences are missing: ask for the whole list. */
  ask(): void;
}

export class Roster {
  /** A new array with each change, and never changed itself. In the order in which they came. */
  users: readonly Present[] = [];
  /** Of the list; undefined until there was one. */
  version: number | undefined;
  #isAsking = false;

  constructor(private readonly hooks: PresenceHooks) {}

  /** A new connection: what was asked on the old one is not answered any more. */
  attach(): void {
    this.#isAsking = false;
  }

  /** The whole list, whatever was held before. Who came or went in between is told as such, except with the first. */
  list({ version, users }: PresenceList): void {
    this.#isAsking = false;
    if (this.version !== undefined && version < this.version) return;
    const isFirst = this.version === undefined;
    const before = this.users;
    this.version = version;
    this.users = users;
    if (!isFirst) {
      for (const user of missing(before, users)) this.hooks.left(user);
      for (const user of missing(users, before)) this.hooks.joined(user);
    }
    this.hooks.changed();
  }

  difference({ type, user, version }: Join | Leave): void {
    if (this.version === undefined || version <= this.version) return;
    if (version > this.version + 1) return this.refresh();
    this.version = version;
    this.users = this.users.filter((present) => present.user !== user);
    if (type === "join") this.users = [...this.users, { user, connections: 1 }];
    if (type === "join") this.hooks.joined(user);
    else this.hooks.left(user);
    this.hooks.changed();
  }

  /** At most one question is out: differences that come meanwhile are in its answer, or follow it. */
  refresh(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.hooks.ask();
  }
}

/** Who is in the one list and not in the other. */
function missing(some: readonly Present[], others: readonly Present[]): string[] {
  const names = new Set(others.map(({ user }) => user));
  return some.flatMap(({ user }) => (names.has(user) ? [] : [user]));
}
