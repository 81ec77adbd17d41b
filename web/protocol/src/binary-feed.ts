// The reader of what a server says in its binary form (PROTOCOL.md §11). It gives each message as JSON.parse gives its
// JSON, so that one reader knows what a message must have; only bytes are given as they are.

/** Browsers and Node have them. */
declare function btoa(binary: string): string;
declare const TextDecoder: new (
  label: "utf-8",
  options: { readonly fatal: true; readonly ignoreBOM: true },
) => { decode(bytes: Uint8Array): string };

/** A message of PROTOCOL.md §4.2, of which nobody vouches for more than that it can be looked at. */
export type BinaryMessage = { readonly [member: string]: unknown };

/** Where a reader is in a channel that it is subscribed to. */
interface Place {
  readonly channel: string;
  readonly number: number;
  epoch: string;
  offset: number;
}

const PUBLICATION = 128;
/** Flags of a publication that concern more than one field. */
const FIRST = 16;
const REDACTED = 32;
const OF_MAP = 64;
/** Flags of a change in a map. */
const TAGGED = 1;
const REMOVED = 2;

/** A position in its parts; the epoch of `0` is "". */
interface Position {
  readonly position: string;
  readonly epoch: string;
  readonly offset: number;
}

/** Reads what the server says over one connection, all of it and in its order. */
export class BinaryFeed {
  readonly #byNumber = new Map<number, Place>();
  readonly #byName = new Map<string, Place>();

  /** One binary message; undefined for what is none. */
  read(message: Uint8Array): BinaryMessage | undefined {
    try {
      return this.#message(new Cursor(message));
    } catch {
      return undefined;
    }
  }

  #message(of: Cursor): BinaryMessage {
    const first = of.byte();
    if (first >= PUBLICATION) return this.#publication(of, first - PUBLICATION);
    const flags = of.byte();
    const id = flags & 1 ? idOf(of) : undefined;
    const text = (flag: number) => (flags & flag ? of.text() : undefined);
    const number = (flag: number) => (flags & flag ? of.number() : undefined);
    const gap = () => ({ cause: of.text(), after: text(8), next: of.position() });
    const someGap = () => {
      if (!(flags & 4)) return undefined;
      const { cause, after, next } = gap();
      return { cause, after, next: next.position };
    };
    const user = () => ({ user: text(2), expires: number(4) });
    switch (first) {
      case 16: {
        const [session, known, heartbeat] = [of.text(), user(), of.number()];
        return { type: "hello", session, ...known, heartbeat, limits: limits(of) };
      }
      case 17: {
        const [channel, number, place] = [of.text(), of.number(), of.position()];
        if (number === 0) unreadable();
        this.#forget(this.#byName.get(channel));
        this.#forget(this.#byNumber.get(number));
        const entry: Place = { channel, number, epoch: place.epoch, offset: place.offset };
        this.#byName.set(channel, entry);
        this.#byNumber.set(number, entry);
        const { position, offset } = place;
        return { type: "subscribed", id, channel, position, offset, recovered: (flags & 2) > 0 || undefined, gap: someGap() };
      }
      case 18: {
        const channel = of.text();
        const { cause, after, next } = gap();
        const place = this.#byName.get(channel);
        if (place !== undefined) Object.assign(place, { epoch: next.epoch, offset: next.offset });
        return { type: "gap", channel, cause, after, next: next.position };
      }
      case 5: {
        const { channel } = this.#place(of);
        const [from, dropped] = [text(2), number(4)];
        return { type: "signal", channel, from, data: dataOf(of.rest(), flags & 8), dropped };
      }
      case 19:
        return { type: "published", id, channel: of.text(), ...clear(of), duplicate: (flags & 2) > 0 };
      case 20: {
        const channel = of.text();
        this.#forget(this.#byName.get(channel));
        return { type: "unsubscribed", id, channel, code: number(2) };
      }
      case 21:
        return { type: "abandoned", id, channel: of.text() };
      case 6: {
        const channel = of.text();
        const page = { ...clear(of), more: (flags & 2) > 0, reset: (flags & 16) > 0, gap: someGap() };
        return { type: "history", id, channel, ...page, publications: of.list(() => past(of, channel)) };
      }
      case 22:
        return { type: "authenticated", id, ...user() };
      case 23:
        return { type: "error", id, code: of.number(), name: of.text(), channel: text(2), message: of.text(), retry: number(4) };
      case 24:
        return { type: "pong", id };
      case 25:
        return { type: "reconnect", after: of.number() };
      case 7: {
        const [channel, version, after] = [of.text(), of.number(), text(2)];
        const users = of.list(() => ({ user: of.text(), connections: of.number() }));
        return { type: "presence", id, channel, version, after, users, next: text(4) };
      }
      case 29:
        return { type: "count", id, channel: of.text(), users: of.number(), connections: of.number() };
      case 26:
      case 27:
        return { type: first === 26 ? "join" : "leave", channel: of.text(), user: of.text(), version: of.number() };
      case 28:
        return { type: "reset", channel: of.text() };
      case 40:
        return { type: "tracked", id, channel: of.text() };
      case 41:
      case 42:
        return { type: first === 41 ? "redacted" : "current", channel: of.text(), ...clear(of) };
      default:
        // With a type that nobody knows, as one in JSON would have.
        return { type: `${first}` };
    }
  }

  #publication(of: Cursor, flags: number): BinaryMessage {
    const place = this.#place(of);
    const { position, epoch, offset } = flags & OF_MAP ? mapPosition(of, flags) : streamPosition(of, flags, place);
    const { channel } = place;
    const message = { type: "publication", channel, position, offset, ...optional(of, flags), ...content(of, flags, () => of.rest()) };
    place.epoch = epoch;
    place.offset = offset;
    return message;
  }

  #place(of: Cursor): Place {
    return this.#byNumber.get(of.number()) ?? unreadable();
  }

  #forget(place: Place | undefined): void {
    if (place === undefined) return;
    this.#byName.delete(place.channel);
    this.#byNumber.delete(place.number);
  }
}

/** Whole, because of a map offsets have holes. */
function mapPosition(of: Cursor, flags: number): Position {
  return flags & (FIRST | REDACTED) ? unreadable() : of.position();
}

/** What is left of it: the rest follows from where the reader stands. */
function streamPosition(of: Cursor, flags: number, place: Place): Position {
  const isFirst = (flags & FIRST) > 0;
  const epoch = isFirst ? of.epoch() : place.epoch;
  const due = isFirst ? 1 : place.offset + 1;
  const lower = of.byte() * 256 + of.byte();
  // The nearest to what is due of all that have these lower 16 bits.
  const ahead = ((((lower - due) % 65_536) + 98_304) % 65_536) - 32_768;
  const offset = due + ahead;
  if (offset < 1 || (isFirst && offset > 1) || epoch === "") unreadable();
  return { position: `1${epoch}${of.check()}${offset}`, epoch, offset };
}

function idOf(of: Cursor): unknown {
  const number = of.number();
  return number > 0 ? number - 1 : JSON.parse(of.text());
}

function limits(of: Cursor): BinaryMessage {
  const names = ["messageBytes", "signalBytes", "subscriptions", "idempotencyMillis", "idempotencyCount", "presenceMillis"];
  return Object.fromEntries(names.map((name) => [name, of.number()]));
}

/** A position and its offset, as the members of a message. */
function clear(of: Cursor): { readonly position: string; readonly offset: number } {
  const { position, offset } = of.position();
  return { position, offset };
}

function optional(of: Cursor, flags: number): BinaryMessage {
  const at = flags & 2 ? of.number() : undefined;
  const from = flags & 4 ? of.text() : undefined;
  return { at, from, idempotencyKey: flags & 8 ? of.text() : undefined };
}

function past(of: Cursor, channel: string): BinaryMessage {
  const flags = of.byte();
  if (flags & (PUBLICATION | FIRST)) unreadable();
  const message = { type: "publication", channel, ...clear(of), ...optional(of, flags) };
  return { ...message, ...content(of, flags, () => of.take(of.number())) };
}

/** Key and tag, if it is a map's, and the data, or what is in its place. */
function content(of: Cursor, flags: number, rest: () => Uint8Array): BinaryMessage {
  let change: BinaryMessage = {};
  let isRemoved = false;
  if (flags & OF_MAP) {
    const key = of.text();
    const more = of.byte();
    if (more > (TAGGED | REMOVED)) unreadable();
    isRemoved = (more & REMOVED) > 0;
    change = { key, tag: more & TAGGED ? of.text() : undefined };
  }
  const bytes = rest();
  if (!isRemoved && !(flags & REDACTED)) return { ...change, data: dataOf(bytes, flags & 1) };
  if (bytes.length > 0) unreadable();
  return isRemoved ? { ...change, removed: true } : { ...change, redacted: true };
}

/** Bytes are the reader's own: nothing else is in their buffer. */
function dataOf(bytes: Uint8Array, isBytes: number): unknown {
  return isBytes ? bytes.slice() : JSON.parse(utf8.decode(bytes));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Walks over a message's fields. Throws where it ends too soon. */
class Cursor {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    return this.bytes[this.#at++] ?? unreadable();
  }

  /** An unsigned LEB128. What JavaScript does not count exactly is refused by whoever reads the message. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    const from = this.#at;
    this.#at += length;
    return this.#at > this.bytes.length ? unreadable() : this.bytes.subarray(from, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length - this.#at);
  }

  text(): string {
    return utf8.decode(this.take(this.number()));
  }

  list<T>(element: () => T): T[] {
    const list: T[] = [];
    for (let left = this.number(); left > 0; left--) list.push(element());
    return list;
  }

  epoch(): string {
    return base64url("\0", this.take(8)).slice(1);
  }

  check(): string {
    return base64url("\0\0", this.take(4)).slice(2);
  }

  position(): Position {
    const format = this.byte();
    if (format === 0) return { position: "0", epoch: "", offset: 0 };
    if (format !== 1) unreadable();
    const [epoch, check, offset] = [this.epoch(), this.check(), this.number()];
    return { position: `1${epoch}${check}${offset}`, epoch, offset };
  }
}

/** Behind so many bytes that it is filled up to whole characters. */
function base64url(before: string, bytes: Uint8Array): string {
  return btoa(before + String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}

function unreadable(): never {
  throw new TypeError();
}
