// The writer of what clients say in its binary form (PROTOCOL.md §11).

import type { ClientMessage } from "./messages.js";

/** Browsers and Node have them. */
declare function atob(base64: string): string;
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const BYTES = 8;

const types: { readonly [T in ClientMessage["type"]]: number } = {
  subscribe: 1,
  unsubscribe: 2,
  publish: 3,
  abandon: 4,
  signal: 5,
  history: 6,
  presence: 7,
  authenticate: 8,
  ping: 9,
  resume: 10,
  track: 14,
};

/** Of no format: the server refuses it as the position that it was made of. */
const UNREADABLE = [255];

/** Writes one binary message. */
export function writeClientBinary(message: ClientMessage): Uint8Array<ArrayBuffer> {
  const { id } = message;
  let flags = id === undefined ? 0 : 1;
  const fields: number[] = id === undefined ? [] : idOf(id);
  let data = new Uint8Array();
  const field = (flag: number, isThere: boolean, bytes: () => readonly number[]) => {
    if (!isThere) return;
    flags |= flag;
    for (const byte of bytes()) fields.push(byte);
  };
  const flag = (bit: number, isSet: boolean) => field(bit, isSet, () => []);
  const text = (flag: number, value: string | undefined) => field(flag, value !== undefined, () => textOf(value ?? ""));
  const count = (flag: number, value: number | undefined) => field(flag, (value ?? 0) > 0, () => numberOf(value ?? 0));
  const place = (flag: number, value: string | undefined) => field(flag, value !== undefined, () => positionOf(value ?? ""));
  const list = (flag: number, value: readonly string[] | undefined) =>
    field(flag, value !== undefined, () => [...numberOf(value?.length ?? 0), ...(value ?? []).flatMap(textOf)]);
  text(0, "channel" in message ? message.channel : message.type === "authenticate" ? message.token : undefined);
  switch (message.type) {
    case "subscribe": {
      const { presence } = message;
      place(2, message.after);
      count(4, message.last);
      field(8, presence === true || typeof presence === "number", () => numberOf(Number(presence === true ? 0 : presence)));
      flag(16, presence === "count");
      list(64, message.track?.keys);
      list(128, message.track?.tags);
      break;
    }
    case "resume":
      field(0, true, () => numberOf(message.channels.length));
      for (const one of message.channels) {
        const whole = writeClientBinary({ ...one, type: "subscribe" });
        field(0, true, () => [...numberOf(whole.length), ...whole]);
      }
      break;
    case "unsubscribe":
      flag(2, message.presence === true);
      break;
    case "presence":
      text(2, message.after);
      count(4, message.limit);
      flag(8, message.count === true);
      break;
    case "history":
      place(2, message.after);
      place(4, message.before);
      count(8, message.limit);
      break;
    case "abandon":
      text(0, message.idempotencyKey);
      break;
    case "track":
      list(64, message.keys);
      list(128, message.tags);
      break;
    case "publish":
      text(2, message.idempotencyKey);
      text(4, message.key);
      text(16, message.tag);
      field(32, "removed" in message, () => []);
  }
  if ("data64" in message) {
    flags |= BYTES;
    data = bytesOf(atob(message.data64));
  } else if ("data" in message) {
    data = utf8(JSON.stringify(message.data));
  }
  const whole = new Uint8Array(2 + fields.length + data.length);
  whole.set([types[message.type], flags]);
  whole.set(fields, 2);
  whole.set(data, 2 + fields.length);
  return whole;
}

function idOf(id: string | number): number[] {
  if (typeof id === "number" && id >= 0 && id < 1e15) return numberOf(id + 1);
  return [0, ...textOf(JSON.stringify(id))];
}

/** An unsigned LEB128. */
function numberOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

function textOf(text: string): number[] {
  const bytes = utf8(text);
  return [...numberOf(bytes.length), ...bytes];
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Epoch and check are numbers in base64url: filled up to whole bytes, they begin with bytes that are 0. */
function positionOf(text: string): readonly number[] {
  if (text === "0") return [0];
  const [, epoch, check, offset] = /^1([\w-]{11})([\w-]{6})(0|[1-9]\d*)$/.exec(text) ?? [];
  if (epoch === undefined || check === undefined || !Number.isSafeInteger(Number(offset))) return UNREADABLE;
  const [none, ...epochBytes] = bytesOf(atob(base64(`A${epoch}`)));
  const [zero, nil, ...checkBytes] = bytesOf(atob(base64(`AA${check}`)));
  if (none || zero || nil) return UNREADABLE;
  return [1, ...epochBytes, ...checkBytes, ...numberOf(Number(offset))];
}

function base64(url: string): string {
  return url.replace(/-/g, "+").replace(/_/g, "/");
}
