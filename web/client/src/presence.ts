// Who is in a channel, as the server tells it: a list with a version, then differences that count it up by one.

import type { Join, Leave, Present, PresenceList } from "@carillon/protocol";
import type { Emitter } from "./emitter.js";

/** What is told about who is here. */
export interface PresenceEvents {
  /** The list of who is here has changed, or has come for the first time: the new one. */
  readonly presence: readonly Present[];
  /** A user came; not told for those who were here before us. Comes before the `presence` that shows it. */
  readonly join: { readonly user: string };
  readonly leave: { readonly user: string };
}

export class Roster {
  /** A new array with each change, and never changed itself. In the order in which they came. */
  users: readonly Present[] = [];
  /** Of the list; undefined until there was one. */
  version: number | undefined;
  #isAsking = false;
  /** Of a list whose next page is to come. */
  #pages: readonly Present[] = [];

  /** `ask`: differences are missing, so the list is asked for, or its next page. */
  constructor(
    private readonly emitter: Pick<Emitter<PresenceEvents>, "emit">,
    private readonly ask: (after?: string) => void,
  ) {}

  /** A new connection: what was asked on the old one is not answered any more. */
  attach(): void {
    this.#isAsking = false;
  }

  /**
   * A page of the list; the server gives those that follow by itself, unless it was asked. With the last one it is the
   * list, whatever was held before. Who came or went in between is told as such, except with the first.
   */
  list({ id, version, after, users: page, next }: PresenceList): void {
    const users = after ? [...this.#pages, ...page] : page;
    this.#pages = users;
    if (next) return void (id && this.ask(next));
    this.#isAsking = false;
    // An answer to a request may be older than what was streamed. What is streamed counts, even where versions begin anew.
    if (id && version < (this.version ?? 0)) return;
    const before = this.version ? this.users : users;
    this.#become(version, users, missing(before, users), missing(users, before));
  }

  difference({ type, user, version }: Join | Leave): void {
    const { version: held = Infinity } = this;
    if (version <= held) return;
    if (version > held + 1) {
      // At most one question is out: differences that come meanwhile are in its answer, or follow it.
      if (!this.#isAsking) this.ask();
      this.#isAsking = true;
      return;
    }
    const others = this.users.filter((present) => present.user !== user);
    if (type === "join") this.#become(version, [...others, { user, connections: 1 }], [], [user]);
    else this.#become(version, others, [user], []);
  }

  #become(version: number, users: readonly Present[], left: readonly string[], joined: readonly string[]): void {
    this.version = version;
    this.users = users;
    for (const user of left) this.emitter.emit("leave", { user });
    for (const user of joined) this.emitter.emit("join", { user });
    this.emitter.emit("presence", users);
  }
}

/** Who is in the one list and not in the other. */
function missing(some: readonly Present[], others: readonly Present[]): string[] {
  const names = new Set(others.map(({ user }) => user));
  return some.flatMap(({ user }) => (names.has(user) ? [] : [user]));
}
