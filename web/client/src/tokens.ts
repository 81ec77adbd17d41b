// The token that proves who this client is: held until it runs out or is refused, and asked for once at a time.

import type { Environment } from "./environment.js";

/**
 * Why a token is asked for: there is none yet; the one in use runs out soon, has run out, or was refused by the server.
 */
export type TokenReason = "connect" | "expiring" | "expired" | "refused";

/**
 * Answers a token, or null where nobody is logged in: then the client goes on without one, if the server lets it. Where it
 * throws or rejects, the attempt to connect has failed, and the next one asks again. Never called twice at a time, except
 * that an answer that took longer than 30 s is no longer waited for.
 */
export type GetToken = (request: { readonly reason: TokenReason }) => Promise<string | null> | string | null;

/** An answer that takes so many milliseconds will not come. */
const LATE_MILLIS = 30_000;
/** So many refusals in a row, with a new token each time, are for good. */
const REFUSALS_MAX = 2;

export class Tokens {
  /** The one to present, if there is one. */
  held: string | undefined;
  #reason: TokenReason = "connect";
  /** The question that is out. An answer to any other comes too late and is left aside. */
  #asked: Promise<void> | undefined;
  #askedAt = 0;
  #refusals = 0;

  constructor(
    private readonly env: Environment,
    private readonly ask: GetToken | undefined,
  ) {}

  /** Whether the app has to be asked before there is something to present. */
  get isMissing(): boolean {
    return this.held === undefined && this.ask !== undefined;
  }

  /** Asks the app, unless that is done already. Afterwards `held` is what there is. */
  fetch(): Promise<void> {
    const now = this.env.now();
    if (this.#asked !== undefined && now - this.#askedAt < LATE_MILLIS) return this.#asked;
    this.#askedAt = now;
    const request = { reason: this.#reason };
    const asked: Promise<void> = (async () => this.ask?.(request))().then(
      (token) => this.#answered(asked, () => (this.held = token ?? undefined)),
      (error: unknown) => {
        this.#answered(asked, () => {});
        throw error;
      },
    );
    return (this.#asked = asked);
  }

  #answered(asked: Promise<void>, take: () => void): void {
    if (this.#asked !== asked) return;
    this.#asked = undefined;
    take();
  }

  /** The app gives one by itself, or takes the one there is away. */
  set(token: string | undefined): void {
    this.held = token;
    this.#asked = undefined;
    this.#reason = "connect";
    this.#refusals = 0;
  }

  accepted(): void {
    this.#refusals = 0;
  }

  /** The one held is of no more use. False where none is to be had in its place, or it is being asked for already. */
  renew(reason: TokenReason): boolean {
    const isVain = reason === "expiring" ? this.held === undefined : ++this.#refusals > REFUSALS_MAX;
    if (this.ask === undefined || isVain) return false;
    this.held = undefined;
    this.#reason = reason;
    return true;
  }
}
