// What a room's publications come to: messages with their newest text, without those taken back, with their reactions. The
// same whatever order the publications are folded in and however often, because history is paged in from below while new
// ones arrive above, and the two overlap.

import type { RoomPayload } from "./payload.js";

/** A place in a room. Offsets are comparable within one life of the stream; a later life is after all before it. */
export interface Place {
  readonly life: number;
  readonly offset: number;
}

export interface Publication {
  readonly place: Place;
  readonly position: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: string | undefined;
  readonly key: string | undefined;
  readonly payload: RoomPayload;
}

export interface Reaction {
  readonly emoji: string;
  /** In the order of their reactions. */
  readonly users: readonly string[];
}

/** One message as it stands. */
export interface Message {
  /** Its key, or where nothing can name it so, its place. */
  readonly id: string;
  /** What edits and reactions name it by; undefined where nothing can. */
  readonly key: string | undefined;
  readonly place: Place;
  readonly position: string;
  readonly at: number;
  readonly from: string | undefined;
  readonly text: string;
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  readonly reactions: readonly Reaction[];
}

/** All that is said under one key. */
interface Entry {
  /** The message; the first one under its key, which is the one that the server's rules mean. */
  first: Publication | undefined;
  /** By who edits, the newest edit: whose counts is known only with the message. */
  readonly edits: Map<string, { readonly text: string; readonly place: Place }>;
  readonly deletes: Set<string>;
  /** By user and emoji, the newest. */
  readonly reactions: Map<string, { readonly user: string; readonly emoji: string; readonly on: boolean; readonly place: Place }>;
}

export function compare(a: Place, b: Place): number {
  return a.life - b.life || a.offset - b.offset;
}

export class Fold {
  readonly #entries = new Map<string, Entry>();
  /** In the order of their places. */
  #messages: Publication[] = [];
  readonly #made = new Map<Publication, Message>();

  /** How many messages are held. */
  get count(): number {
    return this.#messages.length;
  }

  apply(publication: Publication): void {
    const { payload, from, place } = publication;
    switch (payload.kind) {
      case "message":
        return this.#message(publication);
      case "edit": {
        const entry = this.#entry(payload.of);
        const known = entry.edits.get(from ?? "");
        if (known === undefined || compare(place, known.place) > 0) entry.edits.set(from ?? "", { text: payload.text, place });
        return this.#remake(entry);
      }
      case "delete": {
        const entry = this.#entry(payload.of);
        entry.deletes.add(from ?? "");
        return this.#remake(entry);
      }
      case "reaction":
        return this.#reaction(publication, payload);
    }
  }

  #message(publication: Publication): void {
    const index = this.#indexAt(publication.place);
    const there = this.#messages[index];
    if (there !== undefined && compare(there.place, publication.place) === 0) {
      this.#messages[index] = publication;
      this.#made.delete(there);
    } else {
      this.#messages.splice(index, 0, publication);
    }
    if (publication.key === undefined) return;
    const entry = this.#entry(publication.key);
    const isFirst = entry.first === undefined || compare(publication.place, entry.first.place) <= 0;
    this.#remake(entry);
    if (isFirst) entry.first = publication;
  }

  #reaction(publication: Publication, { of, emoji, on }: RoomPayload & { readonly kind: "reaction" }): void {
    const { from: user, place } = publication;
    if (user === undefined) return;
    const entry = this.#entry(of);
    const id = `${user}\n${emoji}`;
    const known = entry.reactions.get(id);
    if (known === undefined || compare(place, known.place) > 0) {
      entry.reactions.delete(id);
      entry.reactions.set(id, { user, emoji, on, place });
    }
    this.#remake(entry);
  }

  /** Oldest first. A message that has not changed is the same object as at the last call. */
  messages(): readonly Message[] {
    return this.#messages.map((publication) => this.#make(publication));
  }

  /** The message under this key. */
  find(key: string): Message | undefined {
    const first = this.#entries.get(key)?.first;
    return first && this.#make(first);
  }

  has(key: string): boolean {
    return this.#entries.get(key)?.first !== undefined;
  }

  /** Lets go of the oldest messages. What was said about them stays, for when they are paged in again. */
  keepNewest(count: number): void {
    const gone = this.#messages.splice(0, Math.max(0, this.#messages.length - count));
    for (const publication of gone) {
      this.#made.delete(publication);
      const entry = this.#entries.get(publication.key ?? "");
      if (entry?.first !== publication) continue;
      entry.first = undefined;
      if (entry.edits.size + entry.deletes.size + entry.reactions.size === 0) this.#entries.delete(publication.key ?? "");
    }
  }

  #entry(key: string): Entry {
    const entry = this.#entries.get(key) ?? { first: undefined, edits: new Map(), deletes: new Set(), reactions: new Map() };
    this.#entries.set(key, entry);
    return entry;
  }

  #remake({ first }: Entry): void {
    if (first !== undefined) this.#made.delete(first);
  }

  /** Where a publication of this place stands or would stand. */
  #indexAt(place: Place): number {
    let [low, high] = [0, this.#messages.length];
    const last = this.#messages.at(-1);
    if (last === undefined || compare(last.place, place) < 0) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#messages[middle];
      if (there !== undefined && compare(there.place, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #make(publication: Publication): Message {
    const made = this.#made.get(publication);
    if (made !== undefined) return made;
    const message = this.#makeAnew(publication);
    this.#made.set(publication, message);
    return message;
  }

  #makeAnew(publication: Publication): Message {
    const { place, position, at, from, key, payload } = publication;
    const entry = key === undefined ? undefined : this.#entries.get(key);
    const isFirst = entry !== undefined && entry.first === publication;
    const edit = isFirst ? entry.edits.get(from ?? "") : undefined;
    const said = payload.kind === "message" ? payload.text : "";
    return {
      id: isFirst && key !== undefined ? key : `${place.life}:${place.offset}`,
      key: isFirst ? key : undefined,
      place,
      position,
      at,
      from,
      text: edit?.text ?? said,
      isEdited: edit !== undefined,
      isDeleted: isFirst && entry.deletes.has(from ?? ""),
      reactions: isFirst ? reactionsOf(entry) : [],
    };
  }
}

/** In the order of each emoji's oldest reaction that still holds. */
function reactionsOf({ reactions }: Entry): readonly Reaction[] {
  const standing = [...reactions.values()].filter(({ on }) => on).sort((a, b) => compare(a.place, b.place));
  const users = new Map<string, string[]>();
  for (const { emoji, user } of standing) users.set(emoji, [...(users.get(emoji) ?? []), user]);
  return [...users].map(([emoji, who]) => ({ emoji, users: who }));
}
