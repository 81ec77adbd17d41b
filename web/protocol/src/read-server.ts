// The reader of what servers say: any text gives a typed message or a refusal. Unknown members are ignored, unknown types
// are refused. It is a table, and says little about what is wrong, because every page that uses the client loads it.

import type { JsonObject, JsonValue } from "./json.js";
import type { ServerMessage } from "./messages.js";
import { isChannelName, isIdempotencyKey, looksLikePosition } from "./names.js";
import type { Outcome } from "./read.js";

type Value = JsonValue | undefined;
/** Takes a member, `undefined` for one that is absent or null; throws where it is not what it should be. */
type Read = (value: Value) => unknown;

const is =
  (test: (value: never) => boolean): Read =>
  (value) =>
    test(value as never) ? value : unreadable();
const text = (test: (text: string) => boolean): Read => is((value) => typeof value === "string" && test(value));
const maybe =
  (read: Read): Read =>
  (value) =>
    value === undefined ? value : read(value);
const list =
  (read: Read): Read =>
  (value) =>
    Array.isArray(value) ? value.map((element: JsonValue) => read(element)) : unreadable();
const object =
  (members: { readonly [name: string]: Read }, rest: (of: JsonObject) => object = () => ({})): Read =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) unreadable();
    const of = value as JsonObject;
    const read: { [name: string]: unknown } = {};
    for (const name in members) read[name] = members[name]?.(of[name] ?? undefined);
    return { ...read, ...rest(of) };
  };

const anyText = text(() => true);
const natural = is((value: number) => Number.isSafeInteger(value) && value >= 0);
const flag: Read = (value) => value !== undefined && is((given) => given === true || given === false)(value);
const channel = text(isChannelName);
const place = { position: text(looksLikePosition), offset: natural };
const id = maybe(is((value: string | number) => (Number.isSafeInteger(value) || String(value) === value) && `${value}`.length <= 64));
const [someText, someNatural] = [maybe(anyText), maybe(natural)];
const reply = { id, channel };
const gap = { cause: anyText, after: someText, next: place.position };
const user = { user: anyText };

/** Exactly one of `data`, which may be null, and `data64`. */
function payload(of: JsonObject): object {
  const { data, data64 } = of;
  if (data64 == null) return data === undefined ? unreadable() : { data };
  if (data !== undefined || typeof data64 !== "string" || !/^[\w+/]*={0,2}$/.test(data64)) unreadable();
  return { data64 };
}

const publication = object(
  { channel, ...place, at: natural, from: someText, idempotencyKey: maybe(text(isIdempotencyKey)) },
  (of) => ({ ...payload(of), type: "publication" }),
);

const messages: { readonly [T in ServerMessage["type"]]: Read } = {
  hello: object({
    session: anyText,
    user: someText,
    expires: someNatural,
    heartbeat: natural,
    limits: object({
      messageBytes: natural,
      signalBytes: natural,
      subscriptions: natural,
      idempotencyMillis: natural,
      idempotencyCount: natural,
      presenceMillis: natural,
    }),
  }),
  subscribed: object({ ...reply, ...place, recovered: flag, gap: maybe(object(gap)) }),
  publication,
  gap: object({ channel, ...gap }),
  reset: object({ channel }),
  presence: object({ ...reply, version: natural, users: list(object({ ...user, connections: natural })) }),
  join: object({ channel, ...user, version: natural }),
  leave: object({ channel, ...user, version: natural }),
  signal: object({ channel, from: someText, dropped: someNatural }, payload),
  published: object({ ...reply, ...place, duplicate: flag }),
  abandoned: object(reply),
  unsubscribed: object({ ...reply, code: someNatural }),
  history: object({ ...reply, ...place, more: flag, gap: maybe(object(gap)), publications: list(publication) }),
  authenticated: object({ id, user: someText, expires: someNatural }),
  error: object({ id, code: natural, name: anyText, channel: someText, message: anyText, retry: someNatural }),
  pong: object({ id }),
  reconnect: object({ after: natural }),
};

/** Takes the text, or what JSON.parse made of it. */
export function readServerMessage(text: string | JsonValue): Outcome<ServerMessage> {
  try {
    const value = (typeof text === "string" ? JSON.parse(text) : text) as JsonObject;
    const { type } = value;
    if (!Object.hasOwn(messages, type as string)) return { kind: "refused", code: "unknown_type", why: `${String(type)}?` };
    const message = messages[type as ServerMessage["type"]](value) as ServerMessage;
    return { kind: "read", message: { ...message, type } as ServerMessage };
  } catch {
    return { kind: "refused", code: "malformed", why: "This is no message of a server." };
  }
}

function unreadable(): never {
  throw new TypeError();
}
