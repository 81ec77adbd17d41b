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
  /** An older list than this is none for us; the first of a connection always is, because versions may begin anew. */
  #oldest = 0;

  /** `ask`: differences are missing, so the list is asked for, or its next page. */
  constructor(
    private readonly emitter: Pick<Emitter<PresenceEvents>, "emit">,
    private readonly ask: (after?: string) => void,
  ) {}

  /** A new connection: what was asked on the old one is not answered any more. */
  attach(): void {
    this.#isAsking = false;
    this.#oldest = 0;
  }

  /**
   * A page of the list; the server gives those that follow by itself, unless it was asked. With the last one it is the
   * list, whatever was held before. Who came or went in between is told as such, except with the first.
   */
  list({ id, version, after, users: page, next }: PresenceList): void {
    const users = after === undefined ? page : [...this.#pages, ...page];
    this.#pages = users;
    if (next !== undefined) return void (id && this.ask(next));
    this.#isAsking = false;
    if (version < this.#oldest) return;
    const before = this.version === undefined ? users : this.users;
    this.#become(version, users);
    for (const user of missing(before, users)) this.emitter.emit("leave", { user });
    for (const user of missing(users, before)) this.emitter.emit("join", { user });
    this.emitter.emit("presence", users);
  }

  difference({ type, user, version }: Join | Leave): void {
    if (this.version === undefined || version <= this.version) return;
    if (version > this.version + 1) return this.refresh();
    const others = this.users.filter((present) => present.user !== user);
    this.#become(version, type === "join" ? [...others, { user, connections: 1 }] : others);
    this.emitter.emit(type, { user });
    this.emitter.emit("presence", this.users);
  }

  /** At most one question is out: differences that come meanwhile are in its answer, or follow it. */
  refresh(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.ask();
  }

  #become(version: number, users: readonly Present[]): void {
    this.version = this.#oldest = version;
    this.users = users;
  }
}

/** Who is in the one list and not in the other. */
function missing(some: readonly Present[], others: readonly Present[]): string[] {
  const names = new Set(others.map(({ user }) => user));
  return some.flatMap(({ user }) => (names.has(user) ? [] : [user]));
}
