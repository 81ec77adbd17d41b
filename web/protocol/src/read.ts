// The reader of what clients say: any text gives a typed message or a coded refusal with a sentence for its sender.
// Unknown members are ignored, unknown types are refused.

import type { CodeName } from "./codes.js";
import { Malformed, parseObject, repeatedMember, type Members } from "./json.js";
import type { ClientMessage, Subscribe, Tracking } from "./messages.js";

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
      return { type, ...subscribe(of) };
    case "resume":
      return { type, id, channels: of.objects("channels").map(subscribe) };
    case "publish": {
      const [key, tag] = [of.keyOrTag("key"), of.keyOrTag("tag")];
      const isRemoved = of.flag("removed");
      if (key === undefined && (tag !== undefined || isRemoved)) throw new Malformed('"key" is missing');
      return {
        type,
        id,
        channel: of.channel(),
        idempotencyKey: of.idempotencyKey(),
        key,
        tag,
        ...(isRemoved ? of.noPayload() : of.payload()),
      };
    }
    case "track":
      return { type, id, channel: of.channel(), ...tracking(of) };
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
      return { type, id, channel: of.channel(), presence: of.flag("presence") };
    case "presence": {
      const [after, limit] = [of.text("after"), of.natural("limit", 1)];
      return { type, id, channel: of.channel(), after, limit, count: of.flag("count") };
    }
    case "authenticate":
      return { type, id, token: of.requiredText("token") };
    case "ping":
      return { type, id };
    default:
      throw new Malformed("There is no message of this type.", "unknown_type");
  }
}

function subscribe(of: Members): Omit<Subscribe, "type"> {
  const [after, last] = [of.position("after"), of.natural("last")];
  return { id: of.id(), channel: of.channel(), after, last, presence: of.presence(), track: tracking(of.nested("track")) };
}

function tracking(of: Members | undefined): Tracking | undefined {
  const [keys, tags] = [of?.keysOrTags("keys"), of?.keysOrTags("tags")];
  if (keys !== undefined && tags !== undefined) throw new Malformed('"keys" and "tags" exclude each other');
  return keys ?? tags ? { keys, tags } : undefined;
}
