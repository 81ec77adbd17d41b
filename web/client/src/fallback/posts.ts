// What a client says without a WebSocket: each command is a request. Publishes to one channel go one after the other, so
// that they are accepted in their order, and are held back after a refusal as a session of the server would (PROTOCOL.md §6).

import type { Abandon, ClientMessage, codes, History, Payload, Presence, Publish, Refusal, Removed, Signal } from "@carillon/protocol";
import { dataOf, utf8Length } from "../payload.js";
import type { Outcome, Requests } from "./requests.js";

export interface PostsHooks {
  /** A message for the client: what a WebSocket would have brought. */
  tell(message: object): void;
  /** There was no answer, so nobody knows; or the token is of no more use. The connection is over. */
  lost(code: number, reason: string): void;
}

const BEHIND: typeof codes.earlier_publish_refused = 4003;
const UNSUPPORTED: typeof codes.unsupported = 4613;
const UNAUTHENTICATED: typeof codes.unauthenticated = 4605;
const EXPIRED: typeof codes.token_expired = 4621;
const REVOKED: typeof codes.revoked = 4625;

const ABNORMAL = 1006;
/** With more signals on their way, further ones would be old when they arrive. */
const SIGNALS_MAX = 20;

interface Lane {
  readonly waiting: (Publish | Abandon)[];
  /** The key of the publish that was refused and must come again first. */
  held: string | undefined;
  isBusy: boolean;
}

export class Posts {
  readonly #lanes = new Map<string, Lane>();
  readonly #questions: (History | Presence)[] = [];
  readonly #signals: Signal[] = [];
  #isAsking = false;
  #isSignalling = false;
  #isClosed = false;
  /** Bytes of commands that have no answer yet. */
  bytes = 0;

  constructor(
    private readonly requests: Requests,
    private readonly session: string,
    private readonly hooks: PostsHooks,
  ) {}

  get isBusy(): boolean {
    return this.#signals.length >= SIGNALS_MAX;
  }

  close(): void {
    this.#isClosed = true;
    this.requests.close();
  }

  say(command: Publish | Abandon | Signal | History | Presence): void {
    // These names are steps in an address, which no request can say otherwise.
    if (command.channel === "." || command.channel === "..") {
      const message = "A channel of this name cannot be reached without a WebSocket.";
      return this.#answer(command, { type: "error", code: UNSUPPORTED, name: "unsupported", message });
    }
    this.bytes += size(command);
    switch (command.type) {
      case "publish":
      case "abandon": {
        const lane = this.#lanes.get(command.channel) ?? { waiting: [], held: undefined, isBusy: false };
        this.#lanes.set(command.channel, lane);
        lane.waiting.push(command);
        return void this.#drainLane(command.channel, lane);
      }
      case "signal":
        this.#signals.push(command);
        return void this.#drainSignals();
      case "history":
      case "presence":
        this.#questions.push(command);
        return void this.#drainQuestions();
    }
  }

  async #drainLane(channel: string, lane: Lane): Promise<void> {
    if (lane.isBusy) return;
    lane.isBusy = true;
    for (let command = lane.waiting.shift(); command !== undefined && !this.#isClosed; command = lane.waiting.shift()) {
      this.bytes -= size(command);
      if (command.type === "abandon") this.#abandon(lane, command);
      else await this.#publish(lane, command);
    }
    lane.isBusy = false;
    if (lane.held === undefined && lane.waiting.length === 0) this.#lanes.delete(channel);
  }

  #abandon(lane: Lane, command: Abandon): void {
    if (lane.held === command.idempotencyKey) lane.held = undefined;
    this.#answer(command, { type: "abandoned" });
  }

  async #publish(lane: Lane, command: Publish): Promise<void> {
    const { channel, idempotencyKey: key = "" } = command;
    if (lane.held !== undefined && lane.held !== key) {
      const message = "An earlier publish to this channel was refused and may come again.";
      return this.#answer(command, { type: "error", code: BEHIND, name: "earlier_publish_refused", message });
    }
    lane.held = undefined;
    const { type, body } = bodyOf(command);
    const headers = { "Content-Type": type, "Idempotency-Key": key };
    const query = { key: command.key, tag: command.tag, removed: "removed" in command ? "true" : undefined };
    const outcome = await this.requests.ask(this.requests.channel(channel, query), { method: "POST", headers, body });
    if (outcome.kind === "refusal" && outcome.refusal.code < 4300) lane.held = key;
    this.#conclude(command, outcome, "published");
  }

  async #drainSignals(): Promise<void> {
    if (this.#isSignalling) return;
    this.#isSignalling = true;
    for (let signal = this.#signals[0]; signal !== undefined && !this.#isClosed; signal = this.#signals[0]) {
      const { type, body } = bodyOf(signal);
      const headers = { "Content-Type": type, "Carillon-Session": this.session };
      const url = this.requests.channel(signal.channel, {}, "/signals");
      const outcome = await this.requests.ask(url, { method: "POST", headers, body });
      this.#signals.shift();
      this.bytes -= size(signal);
      // One that got lost is like one that was dropped; whether there is a connection, others find out.
      if (outcome.kind === "refusal") this.#conclude(signal, outcome, "pong");
    }
    this.#isSignalling = false;
  }

  async #drainQuestions(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    for (let question = this.#questions.shift(); question !== undefined && !this.#isClosed; question = this.#questions.shift()) {
      this.bytes -= size(question);
      const { channel } = question;
      const { requests } = this;
      const url =
        question.type === "presence"
          ? requests.channel(channel, { after: question.after, limit: question.limit }, "/presence")
          : requests.channel(channel, { after: question.after, before: question.before, limit: question.limit });
      this.#conclude(question, await requests.ask(url, { method: "GET" }), question.type);
    }
    this.#isAsking = false;
  }

  #conclude(command: ClientMessage & { readonly channel: string }, outcome: Outcome, type: string): void {
    if (this.#isClosed) return;
    if (outcome.kind === "lost") return this.hooks.lost(ABNORMAL, outcome.reason);
    if (outcome.kind === "answer") return this.#answer(command, { ...outcome.body, type });
    const { code, name } = outcome.refusal;
    // Not this command is refused, but whoever says it.
    if (code === UNAUTHENTICATED || (code >= EXPIRED && code <= REVOKED)) return this.hooks.lost(code, name);
    this.#answer(command, outcome.refusal);
  }

  #answer({ id, channel }: ClientMessage & { readonly channel: string }, message: object | Refusal): void {
    if (!this.#isClosed) this.hooks.tell({ ...message, id, channel });
  }
}

function bodyOf(payload: Payload | Removed): { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> } {
  if ("removed" in payload) return { type: "application/json", body: "" };
  if ("data" in payload) return { type: "application/json", body: JSON.stringify(payload.data) };
  return { type: "application/octet-stream", body: dataOf(payload) };
}

/** As much as it takes to be known: what was sent decides nothing. */
function size(command: ClientMessage): number {
  return utf8Length(JSON.stringify(command));
}
