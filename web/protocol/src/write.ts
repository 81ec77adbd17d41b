// Writers: members stand in the order of PROTOCOL.md §4, absent ones are left out. The readers build their objects in
// that order, but callers need not, so the order is set here.

import type { JsonValue } from "./json.js";
import type { ClientMessage, Gap, Payload, Publication, RedactedData, Removed, ServerMessage, Subscribe, Tracking } from "./messages.js";

export function writeClientMessage(message: ClientMessage): string {
  return JSON.stringify(clientForm(message));
}

export function writeServerMessage(message: ServerMessage): string {
  return JSON.stringify(serverForm(message));
}

/** JSON.stringify leaves out members that are undefined. */
type Form = { readonly [member: string]: JsonValue | Form | readonly Form[] | undefined };

function clientForm(m: ClientMessage): Form {
  const { type, id } = m;
  switch (type) {
    case "subscribe":
      return { type, ...subscribe(m) };
    case "resume":
      return { type, id, channels: m.channels.map(subscribe) };
    case "publish":
      return { type, id, channel: m.channel, idempotencyKey: m.idempotencyKey, key: m.key, tag: m.tag, ...payload(m) };
    case "track":
      return { type, id, channel: m.channel, ...tracking(m) };
    case "abandon":
      return { type, id, channel: m.channel, idempotencyKey: m.idempotencyKey };
    case "signal":
      return { type, id, channel: m.channel, ...payload(m) };
    case "history":
      return { type, id, channel: m.channel, after: m.after, before: m.before, limit: m.limit };
    case "unsubscribe":
      return { type, id, channel: m.channel, presence: m.presence || undefined };
    case "presence":
      return { type, id, channel: m.channel, after: m.after, limit: m.limit, count: m.count || undefined };
    case "authenticate":
      return { type, id, token: m.token };
    case "ping":
      return { type, id };
  }
}

function serverForm(m: ServerMessage): Form {
  switch (m.type) {
    case "hello": {
      const { messageBytes, signalBytes, subscriptions, idempotencyMillis, idempotencyCount, presenceMillis } = m.limits;
      const limits = { messageBytes, signalBytes, subscriptions, idempotencyMillis, idempotencyCount, presenceMillis };
      const { type, session, user, expires, heartbeat } = m;
      return { type, session, user, expires, heartbeat, limits };
    }
    case "subscribed": {
      const { type, id, channel, position, offset, recovered } = m;
      return { type, id, channel, position, offset, recovered: recovered || undefined, gap: gap(m.gap) };
    }
    case "publication":
      return publication(m);
    case "gap":
      return { type: m.type, channel: m.channel, ...gap(m) };
    case "reset":
      return { type: m.type, channel: m.channel };
    case "current":
    case "redacted":
      return { type: m.type, channel: m.channel, position: m.position, offset: m.offset };
    case "tracked":
      return { type: m.type, id: m.id, channel: m.channel };
    case "presence": {
      const users = m.users.map(({ user, connections }) => ({ user, connections }));
      return { type: m.type, id: m.id, channel: m.channel, version: m.version, after: m.after, users, next: m.next };
    }
    case "count":
      return { type: m.type, id: m.id, channel: m.channel, users: m.users, connections: m.connections };
    case "join":
    case "leave":
      return { type: m.type, channel: m.channel, user: m.user, version: m.version };
    case "signal":
      return { type: m.type, channel: m.channel, from: m.from, ...payload(m), dropped: m.dropped };
    case "published": {
      const { type, id, channel, position, offset, duplicate } = m;
      return { type, id, channel, position, offset, duplicate };
    }
    case "abandoned":
      return { type: m.type, id: m.id, channel: m.channel };
    case "unsubscribed":
      return { type: m.type, id: m.id, channel: m.channel, code: m.code };
    case "history": {
      const { type, id, channel, position, offset, more, reset } = m;
      return { type, id, channel, position, offset, more, reset: reset || undefined, gap: gap(m.gap), publications: m.publications.map(publication) };
    }
    case "authenticated":
      return { type: m.type, id: m.id, user: m.user, expires: m.expires };
    case "error": {
      const { type, id, code, name, channel, message, retry } = m;
      return { type, id, code, name, channel, message, retry };
    }
    case "pong":
      return { type: m.type, id: m.id };
    case "reconnect":
      return { type: m.type, after: m.after };
  }
}

function publication(m: Publication): Form {
  const { type, channel, position, offset, at, from, idempotencyKey, key, tag } = m;
  return { type, channel, position, offset, at, from, idempotencyKey, key, tag, ...payload(m) };
}

function gap(of: Gap | undefined): Form | undefined {
  return of === undefined ? undefined : { cause: of.cause, after: of.after, next: of.next };
}

function subscribe({ id, channel, after, last, presence: of, track }: Omit<Subscribe, "type">): Form {
  return { id, channel, after, last: last || undefined, presence: presence(of), track: tracking(track) };
}

/** Without a version held it is asked for by `true`. */
function presence(of: Subscribe["presence"]): Subscribe["presence"] {
  return of === 0 ? true : of || undefined;
}

function tracking(of: Tracking | undefined): Form | undefined {
  return of?.keys ?? of?.tags ? { keys: of?.keys, tags: of?.tags } : undefined;
}

function payload(of: Payload | Removed | RedactedData): Form {
  const { removed, redacted } = of as Partial<Removed & RedactedData>;
  if (removed ?? redacted) return { removed, redacted };
  return "data" in of ? { data: of.data } : { data64: (of as { readonly data64: string }).data64 };
}
