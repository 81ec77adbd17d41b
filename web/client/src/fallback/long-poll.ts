// Messages by long polls: POST /live, again and again (PROTOCOL.md §8).

import type { codes, Hello } from "@carillon/protocol";
import type { Transport } from "../transport.js";
import { HttpConnection, type Feed, type FeedHost } from "./http-connection.js";
import { ANSWER_MILLIS } from "./requests.js";
import { takeSlot, type Release } from "./slots.js";

const EXPIRING: typeof codes.token_expiring = 4305;
const ABNORMAL = 1006;
/** So long before its end a token is renewed, or a quarter of its life where that is less. */
const REFRESH_MILLIS = 30_000;
/** How long a poll asks the server to wait for something to say. */
const WAIT_MILLIS = 20_000;
/** Between polls that may not wait. */
const PAUSE_MILLIS = 3_000;
/** A poll that was to wait and came back sooner than this, with nothing in it, is not repeated at once. */
const HASTE_MILLIS = 200;
const HASTY_PAUSE_MILLIS = 1_000;

/** What holds where a server does not say: no limit is known, and idempotency keys are not trusted for long. */
const STRANGER: Hello = {
  type: "hello",
  session: "",
  heartbeat: 0,
  limits: {
    messageBytes: Number.MAX_SAFE_INTEGER,
    signalBytes: Number.MAX_SAFE_INTEGER,
    subscriptions: Number.MAX_SAFE_INTEGER,
    idempotencyMillis: 60_000,
    idempotencyCount: 1,
    presenceMillis: 0,
  },
};

/** Messages by long polls, publishes by POST: for where neither a WebSocket nor an event stream gets through. */
export function longPoll(): Transport {
  return (events, context) => new HttpConnection("long-poll", events, context, (host) => new PollFeed(host));
}

class PollFeed implements Feed {
  /** The run of polls that counts; one that finds itself replaced has ended. */
  #run: AbortController | undefined;
  #release: Release | undefined;
  #expiry: unknown;

  constructor(private readonly host: FeedHost) {}

  restart(): void {
    this.#run?.abort();
    const run = (this.#run = new AbortController());
    void this.#poll(run);
  }

  close(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.host.context.env.clearTimeout(this.#expiry);
    this.#release?.();
    this.#release = undefined;
  }

  /** The first poll of a run does not wait: its answer says how things stand. */
  async #poll(run: AbortController): Promise<void> {
    const { requests, wants, context, alive, over } = this.host;
    const { env, session } = context;
    for (let isFirst = true; run === this.#run; isFirst = false) {
      // Asked for before anything is heard: a page that is left between question and answer would not be kept for "back".
      const hasSlot = await this.#hasSlot(run);
      if (run !== this.#run) return;
      const wait = isFirst || !hasSlot ? 0 : WAIT_MILLIS;
      const began = env.now();
      const body = JSON.stringify({ channels: wants.ask(), session, wait });
      const headers = { "Content-Type": "application/json" };
      const outcome = await requests.ask(requests.live, { method: "POST", headers, body }, wait + ANSWER_MILLIS, run);
      if (run !== this.#run) return;
      if (outcome.kind === "lost") return over(ABNORMAL, outcome.reason);
      if (outcome.kind === "refusal") return over(outcome.refusal.code, outcome.refusal.name, outcome.refusal.retry);
      const { messages } = outcome.body;
      if (!Array.isArray(messages)) return over(ABNORMAL, "an answer of another kind");
      const isNews = this.#heard(messages, isFirst);
      alive();
      if (this.host.isRestarting()) return;
      const isHasty = wait > 0 && !isNews && env.now() - began < HASTE_MILLIS;
      const pause = isFirst ? 0 : wait === 0 ? PAUSE_MILLIS : isHasty ? HASTY_PAUSE_MILLIS : 0;
      if (pause > 0) await new Promise<void>((resolve) => env.setTimeout(resolve, pause));
    }
  }

  /** Whether there was anything new in it. */
  #heard(messages: readonly unknown[], isFirst: boolean): boolean {
    const { heard, context } = this.host;
    const given = messages.find((message): message is Hello => (message as Hello | null)?.type === "hello");
    const hello = given ?? { ...STRANGER, session: context.session };
    if (isFirst) {
      heard({ ...hello, heartbeat: Math.max(hello.heartbeat, 2 * WAIT_MILLIS) });
      this.#remind(hello.expires);
    }
    return messages.filter((message) => message !== given && heard(message)).length > 0;
  }

  /** Polls are not told that their token will expire, as other sessions are; so that is said here, at the same time. */
  #remind(expires: number | undefined): void {
    const { context, heard } = this.host;
    const { env } = context;
    env.clearTimeout(this.#expiry);
    if (expires === undefined) return;
    const retry = Math.min(REFRESH_MILLIS, expires / 4);
    const notice = { type: "error", code: EXPIRING, name: "token_expiring", message: "The token will expire.", retry: Math.round(retry) };
    this.#expiry = env.setTimeout(() => heard(notice), expires - retry);
  }

  /** Whether a poll may wait, and so keep one of the few connections that a browser has. */
  async #hasSlot(run: AbortController): Promise<boolean> {
    if (this.#release !== undefined) return true;
    const { context, requests, note } = this.host;
    const release = await takeSlot(context.env, requests.origin, "wait");
    if (run !== this.#run || this.#release !== undefined) release?.();
    else this.#release = release;
    note(this.#release === undefined ? "asks every 3 s: other tabs of this browser hold its connections" : undefined);
    return this.#release !== undefined;
  }
}
