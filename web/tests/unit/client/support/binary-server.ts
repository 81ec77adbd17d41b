// The server's end of the binary form (PROTOCOL.md §11), for one connection of the fake server: it says and hears JSON, and
// this puts it into bytes and back. Written from the text, and held to the same golden vectors as the client's end.

import { Buffer } from "node:buffer";
import type { Gap, Payload, Publication, RedactedData, Removed, ServerMessage } from "@carillon/protocol";

const commands = ["", "subscribe", "unsubscribe", "publish", "abandon", "signal", "history", "presence", "authenticate", "ping", "resume", "", "", "", "track"];

/** What a client says, as the text of its JSON. */
export function commandOf(bytes: Uint8Array): string {
  let at = 0;
  const byte = () => {
    const next = bytes[at++];
    if (next === undefined) throw new Error("The client's message ends too soon.");
    return next;
  };
  const number = (): number => {
    const next = byte();
    return next < 128 ? next : next - 128 + number() * 128;
  };
  const take = (length: number) => Buffer.from(bytes.subarray(at, (at += length)));
  const text = () => take(number()).toString();
  const position = () => {
    const format = byte();
    if (format === 0) return "0";
    if (format !== 1) return "unreadable";
    const [epoch, check] = [`\0${take(8).toString("latin1")}`, `\0\0${take(4).toString("latin1")}`];
    return `1${base64url(epoch).slice(1)}${base64url(check).slice(2)}${number()}`;
  };
  const type = commands[byte()] ?? "";
  const flags = byte();
  const some = <T>(flag: number, read: () => T) => (flags & flag ? read() : undefined);
  const id = some(1, () => {
    const given = number();
    return given > 0 ? given - 1 : (JSON.parse(text()) as string | number);
  });
  const rest = () => take(bytes.length - at);
  const data = () => (flags & 8 ? { data64: rest().toString("base64") } : { data: JSON.parse(rest().toString()) as unknown });
  const hasChannel = type !== "ping" && type !== "resume";
  const head = { type, id, ...(type === "authenticate" ? { token: text() } : hasChannel ? { channel: text() } : {}) };
  const presence = () => number() || true;
  const list = () => Array.from({ length: number() }, text);
  const tracking = () => ({ keys: some(64, list), tags: some(128, list) });
  const one = () => {
    const { type: _, ...subscribe } = JSON.parse(commandOf(take(number()))) as { type: string };
    return subscribe;
  };
  const fields =
    type === "subscribe"
      ? {
          after: some(2, position),
          last: some(4, number),
          presence: some(8, presence) ?? some(16, () => "count"),
          track: flags & 192 ? tracking() : undefined,
        }
    : type === "resume" ? { channels: Array.from({ length: number() }, one) }
    : type === "unsubscribe" ? { presence: some(2, () => true) }
    : type === "presence" ? { after: some(2, text), limit: some(4, number), count: some(8, () => true) }
    : type === "publish" ? { idempotencyKey: some(2, text), key: some(4, text), tag: some(16, text), ...(flags & 32 ? { removed: true } : data()) }
    : type === "track" ? tracking()
    : type === "abandon" ? { idempotencyKey: text() }
    : type === "signal" ? data()
    : type === "history" ? { after: some(2, position), before: some(4, position), limit: some(8, number) }
    : {};
  return JSON.stringify({ ...head, ...fields });
}

function base64url(binary: string): string {
  return Buffer.from(binary, "latin1").toString("base64url");
}

/** Stands for a channel that the connection is not subscribed to. */
const NONE = 999_999;

/** What one connection is told. */
export class BinaryServer {
  readonly #numbers = new Map<string, number>();
  #newest = 0;

  /** The number of a channel is the one given, or one that no channel of the connection had before. */
  bytesOf(message: ServerMessage, number = ++this.#newest): Uint8Array {
    if (message.type === "subscribed") this.#numbers.set(message.channel, number);
    return Uint8Array.from(this.#form(message));
  }

  #form(m: ServerMessage): number[] {
    if (m.type === "publication") return this.#publication(m);
    const id = "id" in m && m.id !== undefined ? idOf(m.id) : [];
    const head = (type: number, flags: number) => [type, flags | (id.length > 0 ? 1 : 0), ...id];
    switch (m.type) {
      case "hello": {
        const { messageBytes, signalBytes, subscriptions, idempotencyMillis, idempotencyCount, presenceMillis } = m.limits;
        const limits = [messageBytes, signalBytes, subscriptions, idempotencyMillis, idempotencyCount, presenceMillis];
        const user = [...flag(2, m.user), ...flag(4, m.expires)];
        return [...head(16, sum(user)), ...textOf(m.session), ...some(m.user, textOf), ...some(m.expires, numberOf), ...numberOf(m.heartbeat), ...limits.flatMap(numberOf)];
      }
      case "subscribed": {
        const flags = (m.recovered ? 2 : 0) + gapFlags(m.gap);
        return [...head(17, flags), ...textOf(m.channel), ...numberOf(this.#number(m.channel)), ...positionOf(m.position), ...some(m.gap, gapOf)];
      }
      case "gap":
        return [...head(18, gapFlags(m)), ...textOf(m.channel), ...gapOf(m)];
      case "signal": {
        const flags = sum([...flag(2, m.from), ...flag(4, m.dropped)]) + (isBytes(m) ? 8 : 0);
        return [...head(5, flags), ...numberOf(this.#number(m.channel)), ...some(m.from, textOf), ...some(m.dropped, numberOf), ...dataOf(m)];
      }
      case "published":
        return [...head(19, m.duplicate ? 2 : 0), ...textOf(m.channel), ...positionOf(m.position)];
      case "unsubscribed":
        return [...head(20, sum(flag(2, m.code))), ...textOf(m.channel), ...some(m.code, numberOf)];
      case "abandoned":
        return [...head(21, 0), ...textOf(m.channel)];
      case "history": {
        const flags = (m.more ? 2 : 0) + gapFlags(m.gap) + (m.reset ? 16 : 0);
        const publications = m.publications.flatMap((one) => {
          const data = dataOf(one);
          return [flagsOf(one), ...positionOf(one.position), ...optional(one), ...changeOf(one), ...numberOf(data.length), ...data];
        });
        return [...head(6, flags), ...textOf(m.channel), ...positionOf(m.position), ...some(m.gap, gapOf), ...numberOf(m.publications.length), ...publications];
      }
      case "authenticated":
        return [...head(22, sum([...flag(2, m.user), ...flag(4, m.expires)])), ...some(m.user, textOf), ...some(m.expires, numberOf)];
      case "error": {
        const flags = sum([...flag(2, m.channel), ...flag(4, m.retry)]);
        return [...head(23, flags), ...numberOf(m.code), ...textOf(m.name), ...some(m.channel, textOf), ...textOf(m.message), ...some(m.retry, numberOf)];
      }
      case "pong":
        return head(24, 0);
      case "reconnect":
        return [...head(25, 0), ...numberOf(m.after)];
      case "presence": {
        const users = m.users.flatMap(({ user, connections }) => [...textOf(user), ...numberOf(connections)]);
        const flags = sum([...flag(2, m.after), ...flag(4, m.next)]);
        const list = [...some(m.after, textOf), ...numberOf(m.users.length), ...users, ...some(m.next, textOf)];
        return [...head(7, flags), ...textOf(m.channel), ...numberOf(m.version), ...list];
      }
      case "count":
        return [...head(29, 0), ...textOf(m.channel), ...numberOf(m.users), ...numberOf(m.connections)];
      case "join":
      case "leave":
        return [...head(m.type === "join" ? 26 : 27, 0), ...textOf(m.channel), ...textOf(m.user), ...numberOf(m.version)];
      case "reset":
        return [...head(28, 0), ...textOf(m.channel)];
      case "tracked":
        return [...head(40, 0), ...textOf(m.channel)];
      case "redacted":
      case "current":
        return [...head(m.type === "redacted" ? 41 : 42, 0), ...textOf(m.channel), ...positionOf(m.position)];
    }
  }

  #publication(m: Publication): number[] {
    const rest = [...optional(m), ...changeOf(m), ...dataOf(m)];
    if (m.key !== undefined) return [128 + flagsOf(m), ...numberOf(this.#number(m.channel)), ...positionOf(m.position), ...rest];
    const [, ...position] = positionOf(m.position);
    const isFirst = m.offset === 1;
    const lower = [Math.floor(m.offset / 256) % 256, m.offset % 256];
    const epoch = isFirst ? position.slice(0, 8) : [];
    const first = 128 + flagsOf(m) + (isFirst ? 16 : 0);
    return [first, ...numberOf(this.#number(m.channel)), ...epoch, ...lower, ...position.slice(8, 12), ...rest];
  }

  #number(channel: string): number {
    return this.#numbers.get(channel) ?? NONE;
  }
}

function sum(flags: readonly number[]): number {
  return flags.reduce((all, one) => all + one, 0);
}

function flag(bit: number, value: unknown): number[] {
  return value === undefined ? [] : [bit];
}

function some<T>(value: T | undefined, form: (value: T) => number[]): number[] {
  return value === undefined ? [] : form(value);
}

function gapFlags(gap: Gap | undefined): number {
  return gap === undefined ? 0 : 4 + sum(flag(8, gap.after));
}

function gapOf({ cause, after, next }: Gap): number[] {
  return [...textOf(cause), ...some(after, textOf), ...positionOf(next)];
}

function idOf(id: string | number): number[] {
  return typeof id === "number" && id >= 0 ? numberOf(id + 1) : [0, ...textOf(JSON.stringify(id))];
}

function numberOf(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...numberOf(Math.floor(value / 128))];
}

function textOf(text: string): number[] {
  const bytes = [...Buffer.from(text)];
  return [...numberOf(bytes.length), ...bytes];
}

function positionOf(text: string): number[] {
  if (text === "0") return [0];
  const epoch = [...Buffer.from(`A${text.slice(1, 12)}`, "base64url")].slice(1);
  const check = [...Buffer.from(`AA${text.slice(12, 18)}`, "base64url")].slice(2);
  return [1, ...epoch, ...check, ...numberOf(Number(text.slice(18)))];
}

function isBytes(payload: object): boolean {
  return "data64" in payload;
}

/** What stands before the data of a map's publication. */
function changeOf(one: Publication): number[] {
  if (one.key === undefined) return [];
  return [...textOf(one.key), sum(flag(1, one.tag)) + ("removed" in one ? 2 : 0), ...some(one.tag, textOf)];
}

function dataOf(payload: Payload | Removed | RedactedData): number[] {
  if ("removed" in payload || "redacted" in payload) return [];
  return [...("data" in payload ? Buffer.from(JSON.stringify(payload.data)) : Buffer.from(payload.data64, "base64"))];
}

function flagsOf(one: Publication): number {
  const kind = ("redacted" in one ? 32 : 0) + (one.key === undefined ? 0 : 64);
  return kind + (isBytes(one) ? 1 : 0) + sum([...flag(2, one.at || undefined), ...flag(4, one.from), ...flag(8, one.idempotencyKey)]);
}

function optional(one: Publication): number[] {
  return [...some(one.at || undefined, numberOf), ...some(one.from, textOf), ...some(one.idempotencyKey, textOf)];
}
