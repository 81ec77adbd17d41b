// Which channels a reader without a WebSocket wants, and from where: it carries its positions itself, since every request
// may go to another node (PROTOCOL.md §8). Its connection is a run of requests, of which the client above should see none:
// for that client each channel is subscribed to once.

import { actionOf, type Position, type RequestId, type ServerMessage, type Subscribe, type Tracking } from "@carillon/protocol";

interface Want {
  /** Of the client's `subscribe`, while it is not answered. */
  id: RequestId | undefined;
  /** Whether it was in a request. Before that, what comes is for an earlier want of this channel. */
  isAsked: boolean;
  isAnswered: boolean;
  after: Position | undefined;
  last: number | undefined;
  presence: Subscribe["presence"];
  readonly track: Tracking | undefined;
  /** The code of what was refused of it last, while it stands. */
  refused: number | undefined;
}

export class Wants {
  readonly #wants = new Map<string, Want>();

  add({ channel, id, after, last, presence, track }: Omit<Subscribe, "type">): void {
    this.#wants.set(channel, { id, isAsked: false, isAnswered: false, after, last, presence, track, refused: undefined });
  }

  /** False where it is not wanted anyway. */
  remove(channel: string): boolean {
    return this.#wants.delete(channel);
  }

  /** The member `channels` of the next request, which is made now. */
  ask(): readonly object[] {
    return [...this.#wants].map(([channel, want]) => {
      want.isAsked = true;
      const { id, after, last, presence, track } = want;
      return { id, channel, after, last, presence, track };
    });
  }

  /** Whether every subscription was answered. */
  get areAnswered(): boolean {
    return [...this.#wants.values()].every(({ isAnswered }) => isAnswered);
  }

  /** Takes note of what the server says, and answers what the client should hear of it. */
  take(message: ServerMessage): ServerMessage | undefined {
    const want = "channel" in message ? this.#wants.get(message.channel ?? "") : undefined;
    if (want === undefined) return "channel" in message && message.channel !== undefined ? undefined : message;
    if (!want.isAsked) return undefined;
    switch (message.type) {
      case "subscribed":
        return this.#subscribed(want, message);
      case "reset":
        want.after = "0";
        return message;
      case "publication":
      case "current":
        want.after = message.position;
        return message;
      case "gap":
        want.after = message.next;
        return message;
      case "presence":
        if (message.next === undefined) want.presence = message.version;
        return message;
      case "join":
      case "leave":
        want.presence = message.version;
        return message;
      case "unsubscribed":
        this.#wants.delete(message.channel);
        return message;
      case "error":
        return this.#refused(want, message);
      default:
        return message;
    }
  }

  /** Later requests subscribe again to what the client takes for standing: it is told only if something is gone. */
  #subscribed(want: Want, message: ServerMessage & { type: "subscribed" }): ServerMessage | undefined {
    const { channel, position, gap } = message;
    const isFirst = !want.isAnswered;
    want.isAnswered = true;
    want.after = position;
    want.last = undefined;
    if (isFirst) return { ...message, id: want.id };
    return gap && { type: "gap", channel, ...gap };
  }

  /** Under the id of the request it is the subscription that is refused, else a part of it, such as presence. */
  #refused(want: Want, message: ServerMessage & { type: "error" }): ServerMessage | undefined {
    const { id, code, channel = "" } = message;
    if (id === undefined) {
      const isKnown = want.refused === code;
      want.refused = code;
      if (actionOf(code) === "stop") want.presence = undefined;
      return isKnown ? undefined : message;
    }
    this.#wants.delete(channel);
    return want.isAnswered ? { type: "unsubscribed", channel, code } : { ...message, id: want.id };
  }
}
