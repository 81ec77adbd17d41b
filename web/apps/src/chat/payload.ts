// What the chat's channels carry, and how it is read: whatever comes from there was written by strangers.

/** In a room (`chat:room:…`). `of` is the idempotency key of the message that it is about. */
export type RoomPayload =
  /** `tab` and `n` number what one tab sends to one room, from 1, so that a reader can judge what it was given. */
  | { readonly kind: "message"; readonly text: string; readonly tab: string; readonly n: number }
  | { readonly kind: "edit"; readonly of: string; readonly text: string }
  | { readonly kind: "delete"; readonly of: string }
  | { readonly kind: "reaction"; readonly of: string; readonly emoji: string; readonly on: boolean };

/** As a signal in a room. */
export type RoomSignal = { readonly kind: "typing"; readonly on: boolean };

/** In a user's own channel (`chat:user:…`): how far the user has read, as an offset by room. */
export type UserPayload = { readonly kind: "read"; readonly rooms: Readonly<Record<string, number>> };

/** In `chat:rooms`: all rooms, with their topics. */
export type RoomsPayload = { readonly kind: "rooms"; readonly rooms: Readonly<Record<string, string>> };

export const TEXT_MAX = 4_000;
export const USER_MAX = 40;
export const ROOM_MAX = 32;

export const ROOMS = "chat:rooms";

export function channelOfRoom(room: string): `chat:room:${string}` {
  return `chat:room:${room}`;
}

export function channelOfUser(user: string): `chat:user:${string}` {
  return `chat:user:${user}`;
}

const USER = /^[A-Za-z0-9_.-]*[A-Za-z0-9]$/;
const ROOM = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Whether it is a name that the server takes, as POST /apps/login does. */
export function isUser(name: string): boolean {
  return name.length <= USER_MAX && USER.test(name);
}

export function isRoom(name: string): boolean {
  return name.length <= ROOM_MAX && ROOM.test(name);
}

/** Undefined for what is none; the app's rules keep that out, but a room may be older than they are. */
export function readRoomPayload(data: unknown): RoomPayload | undefined {
  if (!isObject(data)) return undefined;
  const { kind, text, tab, n, of, emoji, on } = data;
  switch (kind) {
    case "message":
      if (!isText(text) || typeof tab !== "string" || !Number.isSafeInteger(n)) return undefined;
      return { kind, text, tab, n: n as number };
    case "edit":
      return typeof of === "string" && isText(text) ? { kind, of, text } : undefined;
    case "delete":
      return typeof of === "string" ? { kind, of } : undefined;
    case "reaction":
      if (typeof of !== "string" || typeof emoji !== "string" || typeof on !== "boolean") return undefined;
      return emoji !== "" && emoji.length <= 16 ? { kind, of, emoji, on } : undefined;
    default:
      return undefined;
  }
}

export function readRoomSignal(data: unknown): RoomSignal | undefined {
  if (!isObject(data)) return undefined;
  const { kind, on } = data;
  return kind === "typing" && typeof on === "boolean" ? { kind, on } : undefined;
}

/** How far its user has read, by room. */
export function readReadState(data: unknown): ReadonlyMap<string, number> {
  const rooms = isObject(data) && data["kind"] === "read" ? data["rooms"] : undefined;
  const entries = isObject(rooms) ? Object.entries(rooms) : [];
  return new Map(entries.filter((entry): entry is [string, number] => isRoom(entry[0]) && isOffset(entry[1])));
}

/** Topics by room, sorted by the rooms' names. */
export function readRooms(data: unknown): ReadonlyMap<string, string> {
  const rooms = isObject(data) && data["kind"] === "rooms" ? data["rooms"] : undefined;
  const entries = isObject(rooms) ? Object.entries(rooms) : [];
  return new Map(
    entries
      .filter((entry): entry is [string, string] => isRoom(entry[0]) && typeof entry[1] === "string")
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function isObject(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function isText(text: unknown): text is string {
  return typeof text === "string" && text.length <= TEXT_MAX;
}

function isOffset(offset: unknown): offset is number {
  return Number.isSafeInteger(offset) && (offset as number) >= 0;
}
