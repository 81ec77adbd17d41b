// Readers of both languages: any text gives a typed message or a coded refusal. Unknown members are ignored, unknown
// types are refused.

import type { CodeName } from "./codes.js";
import { Malformed, parseObject, repeatedMember, type Members } from "./json.js";
import type { ClientMessage, Gap, HistoryPage, Publication, ServerMessage } from "./messages.js";

export type Outcome<T> =
  | { readonly kind: "read"; readonly message: T }
  | { readonly kind: "refused"; readonly code: CodeName; readonly why: string };

export function readClientMessage(text: string): Outcome<ClientMessage> {
  return outcome(() => {
    const members = parseObject(text);
    const repeated = repeatedMember(text);
    if (repeated !== undefined) throw new Malformed(`"${repeated}" is given twice`);
    return clientMessage(members);
  });
}

export function readServerMessage(text: string): Outcome<ServerMessage> {
  return outcome(() => serverMessage(parseObject(text)));
}

function outcome<T>(read: () => T): Outcome<T> {
  try {
    return { kind: "read", message: read() };
  } catch (error) {
    if (error instanceof Malformed) return { kind: "refused", code: error.code, why: error.message };
    throw error;
  }
}

function clientMessage(of: Members): ClientMessage {
  const id = of.id();
  const type = of.requiredText("type");
  switch (type) {
    case "subscribe":
      return {
        type,
        id,
        channel: of.channel(),
        after: of.position("after"),
        last: of.natural("last"),
        presence: of.presence(),
      };
    case "publish":
      return {
        type,
        id,
        channel: of.channel(),
        idempotencyKey: of.idempotencyKey(),
        key: of.text("key"),
        ...of.payload(),
      };
    case "abandon": {
      const idempotencyKey = of.idempotencyKey();
      if (idempotencyKey === undefined) throw new Malformed('"idempotencyKey" is missing');
      return { type, id, channel: of.channel(), idempotencyKey };
    }
    case "signal":
      return { type, id, channel: of.channel(), ...of.payload() };
    case "history": {
      const after = of.position("after");
      const before = of.position("before");
      if (after !== undefined && before !== undefined) throw new Malformed('"after" and "before" exclude each other');
      return { type, id, channel: of.channel(), after, before, limit: of.natural("limit", 1) };
    }
    case "unsubscribe":
    case "presence":
      return { type, id, channel: of.channel() };
    case "authenticate":
      return { type, id, token: of.requiredText("token") };
    case "ping":
      return { type, id };
    default:
      throw new Malformed("There is no message of this type.", "unknown_type");
  }
}

function serverMessage(of: Members): ServerMessage {
  const type = of.requiredText("type");
  switch (type) {
    case "hello": {
      const limits = of.nested("limits");
      if (limits === undefined) throw new Malformed('"limits" is missing');
      return {
        type,
        session: of.requiredText("session"),
        user: of.text("user"),
        expires: of.natural("expires"),
        heartbeat: of.requiredNatural("heartbeat"),
        limits: {
          messageBytes: limits.requiredNatural("messageBytes"),
          signalBytes: limits.requiredNatural("signalBytes"),
          subscriptions: limits.requiredNatural("subscriptions"),
          idempotencyMillis: limits.requiredNatural("idempotencyMillis"),
          idempotencyCount: limits.requiredNatural("idempotencyCount"),
          presenceMillis: limits.requiredNatural("presenceMillis"),
        },
      };
    }
    case "subscribed":
      return {
        type,
        id: of.id(),
        channel: of.channel(),
        ...place(of),
        recovered: of.flag("recovered"),
        gap: gapIn(of),
      };
    case "publication":
      return publication(of);
    case "gap":
      return { type, channel: of.channel(), ...gap(of) };
    case "reset":
      return { type, channel: of.channel() };
    case "presence":
      return {
        type,
        id: of.id(),
        channel: of.channel(),
        version: of.requiredNatural("version"),
        users: of.objects("users").map((user) => ({
          user: user.requiredText("user"),
          connections: user.requiredNatural("connections"),
        })),
      };
    case "join":
    case "leave":
      return { type, channel: of.channel(), user: of.requiredText("user"), version: of.requiredNatural("version") };
    case "signal":
      return { type, channel: of.channel(), from: of.text("from"), ...of.payload(), dropped: of.natural("dropped") };
    case "published":
      return { type, id: of.id(), channel: of.channel(), ...place(of), duplicate: of.flag("duplicate") };
    case "abandoned":
      return { type, id: of.id(), channel: of.channel() };
    case "unsubscribed":
      return { type, id: of.id(), channel: of.channel(), code: of.natural("code") };
    case "history":
      return historyPage(of);
    case "authenticated":
      return { type, id: of.id(), user: of.text("user"), expires: of.natural("expires") };
    case "error":
      return {
        type,
        id: of.id(),
        code: of.requiredNatural("code"),
        name: of.requiredText("name"),
        channel: of.text("channel"),
        message: of.requiredText("message"),
        retry: of.natural("retry"),
      };
    case "pong":
      return { type, id: of.id() };
    case "reconnect":
      return { type, after: of.requiredNatural("after") };
    default:
      throw new Malformed("There is no message of this type.", "unknown_type");
  }
}

function place(of: Members): { position: string; offset: number } {
  return { position: of.requiredPosition("position"), offset: of.requiredNatural("offset") };
}

function gap(of: Members): Gap {
  return { cause: of.requiredText("cause"), after: of.text("after"), next: of.requiredPosition("next") };
}

function gapIn(of: Members): Gap | undefined {
  const nested = of.nested("gap");
  return nested === undefined ? undefined : gap(nested);
}

function publication(of: Members): Publication {
  return {
    type: "publication",
    channel: of.channel(),
    ...place(of),
    at: of.requiredNatural("at"),
    from: of.text("from"),
    idempotencyKey: of.idempotencyKey(),
    ...of.payload(),
  };
}

function historyPage(of: Members): HistoryPage {
  return {
    type: "history",
    id: of.id(),
    channel: of.channel(),
    ...place(of),
    more: of.flag("more"),
    gap: gapIn(of),
    publications: of.objects("publications").map(publication),
  };
}
