// The reader of what servers say: any text gives a typed message or a refusal. Unknown members are ignored, unknown types
// are refused. It is a table, and says little about what is wrong, because every page that uses the client loads it. For
// the same reason it sees that a name, key or position is text, and no more: whoever gets one back knows it better.

import type { JsonObject, JsonValue } from "./json.js";
import type { ServerMessage } from "./messages.js";
import type { Outcome } from "./read.js";

/** Browsers and Node have it; it throws for what is no base64. */
declare function atob(base64: string): string;

/** Takes a member, `undefined` for one that is absent or null; throws where it is not what it should be. */
type Read = (value: JsonValue | undefined) => unknown;

const is =
  (test: (value: never) => boolean): Read =>
  (value) =>
    test(value as never) ? value : unreadable();
const maybe =
  (read: Read): Read =>
  (value) =>
    value === undefined ? value : read(value);
const list =
  (read: Read): Read =>
  (value) =>
    (value as JsonValue[]).map((element) => read(element));
const object =
  (members: { readonly [name: string]: Read }, rest?: (of: JsonObject) => object): Read =>
  (value) => {
    const of = value as JsonObject;
    const read: { [name: string]: unknown } = {};
    for (const name in members) read[name] = members[name]?.(of[name] ?? undefined);
    return { ...read, ...rest?.(of) };
  };

const text = is((value) => String(value) === value);
const natural = is((value: number) => Number.isSafeInteger(value) && value >= 0);
const flag: Read = (value) => value !== undefined && is((given) => given === !!given)(value);
const someText = maybe(text);
const someNatural = maybe(natural);
const id = maybe(is((value) => String(value) === value || Number.isSafeInteger(value)));
const place = { position: text, offset: natural };
const reply = { id, channel: text };
const gap = { cause: text, after: someText, next: text };
const change = object({ channel: text, user: text, version: natural });
const placed = object({ ...reply, ...place });

/** Exactly one of `data`, which may be null, and `data64`; or the word that there is none any more. */
function payload({ data, data64 = null, removed, redacted }: JsonObject): object {
  if (removed ?? redacted) return { removed, redacted };
  if ((data === undefined) === (data64 === null)) unreadable();
  if (data64 === null) return { data };
  // Decoded only to see whether that can be done.
  atob(text(data64) as string);
  return { data64 };
}

const publication = object(
  { channel: text, ...place, at: someNatural, from: someText, idempotencyKey: someText, key: someText, tag: someText },
  (of) => ({ ...payload(of), type: "publication" }),
);

const messages: { readonly [T in ServerMessage["type"]]: Read } = {
  hello: object({
    session: text,
    user: someText,
    expires: someNatural,
    heartbeat: natural,
    // Those that the client keeps to, and whatever there is besides.
    limits: object({ messageBytes: natural, signalBytes: natural, idempotencyMillis: natural }, (of) => of),
  }),
  subscribed: object({ ...reply, ...place, recovered: flag, gap: maybe(object(gap)) }),
  publication,
  gap: object({ channel: text, ...gap }),
  reset: object(reply),
  current: placed,
  tracked: object(reply),
  redacted: placed,
  presence: object({
    ...reply,
    version: natural,
    after: someText,
    users: list(object({ user: text, connections: natural })),
    next: someText,
  }),
  count: object({ ...reply, users: natural, connections: natural }),
  join: change,
  leave: change,
  signal: object({ channel: text, from: someText, dropped: someNatural }, payload),
  published: object({ ...reply, ...place, duplicate: flag }),
  abandoned: object(reply),
  unsubscribed: object({ ...reply, code: someNatural }),
  history: object({ ...reply, ...place, more: flag, reset: flag, gap: maybe(object(gap)), publications: list(publication) }),
  authenticated: object({ id, user: someText, expires: someNatural }),
  error: object({ id, code: natural, name: text, channel: someText, message: text, retry: someNatural }),
  pong: object({ id }),
  reconnect: object({ after: natural }),
};

/** Takes the text, or what JSON.parse made of it. */
export function readServerMessage(text: string | JsonValue): Outcome<ServerMessage> {
  let code: (Outcome<ServerMessage> & { readonly kind: "refused" })["code"] = "malformed";
  try {
    const value = (typeof text === "string" ? JSON.parse(text) : text) as JsonObject;
    const type = value["type"] as ServerMessage["type"];
    if (!Object.hasOwn(messages, type)) {
      code = "unknown_type";
      unreadable();
    }
    return { kind: "read", message: { ...(messages[type](value) as object), type } as ServerMessage };
  } catch {
    return { kind: "refused", code, why: "no message" };
  }
}

function unreadable(): never {
  throw new TypeError();
}
