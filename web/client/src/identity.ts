// Who this client is to the server: the token, held until it runs out or is refused and asked for once at a time, and its
// presentation on each connection, before anything else is said there.

import type { codes, Hello, Refusal } from "@carillon/protocol";
import type { Environment } from "./environment.js";
import type { Line } from "./line.js";
import { ABNORMAL } from "./link.js";

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

export interface IdentityHost extends Pick<Line, "say"> {
  /** Whether the session has begun. */
  isConnected(): boolean;
  /** The server has said who this is: the session begins, or goes on. */
  known(user: string | undefined): void;
  /** The connection, or the attempt, is over. */
  down(code: number, reason: string, after?: number): void;
  /** The same, but the next one is begun at once. */
  again(code: number, reason: string): void;
  /** The app's function failed. */
  failed(error: unknown): void;
}

const NOT_PERMITTED: typeof codes.not_permitted = 4604;
const UNAUTHENTICATED: typeof codes.unauthenticated = 4605;
const EXPIRED: typeof codes.token_expired = 4621;
const INVALID: typeof codes.token_invalid = 4624;

/** An answer that takes so many milliseconds will not come. */
const LATE_MILLIS = 30_000;
/** So many refusals in a row, with a new token each time, are for good. */
const REFUSALS_MAX = 2;

/** Whether a server that says this may say otherwise to another token. */
export function isAboutToken(code: number): boolean {
  return code === UNAUTHENTICATED || (code >= EXPIRED && code <= INVALID);
}

export class Identity {
  #held: string | undefined;
  /** What the present connection, or the attempt, was begun with or told of last. */
  #presented: string | undefined;
  #reason: TokenReason = "connect";
  /** The question to the app that is out. An answer to any other comes too late and is left aside. */
  #asked: Promise<void> | undefined;
  #askedAt = 0;
  #refusals = 0;
  /** Counts connections, had and lost: what was begun for one is not done for the next. */
  #connection = 0;

  constructor(
    private readonly env: Environment,
    private readonly ask: GetToken | undefined,
    private readonly host: IdentityHost,
  ) {}

  /** For a transport that presents it itself. Rejects where the app's function does. */
  async token(): Promise<string | undefined> {
    if (this.#isMissing) await this.#fetch();
    return this.#held;
  }

  /** The app gives one by itself, or takes the one there is away. */
  set(token: string | undefined): void {
    this.#held = token;
    this.#asked = undefined;
    this.#reason = "connect";
    this.#refusals = 0;
    if (this.host.isConnected()) this.#present();
  }

  /** From here on, refusals are counted anew. */
  forgive(): void {
    this.#refusals = 0;
  }

  /** There is no connection now; `isAttempt`: one is being made. */
  detach(isAttempt: boolean): void {
    this.#connection++;
    this.#presented = this.#held;
    if (isAttempt && this.#isMissing) this.#renew();
  }

  /** The connection is open. */
  greeted({ user }: Hello): void {
    const connection = this.#connection;
    if (!this.#isMissing) return this.#present(user);
    this.#fetch().then(
      () => connection === this.#connection && this.#present(user),
      // What becomes of that is seen to where the attempt was begun.
      () => {},
    );
  }

  /** The server says that the token will not hold for long. */
  expiring(): void {
    if (this.#asked !== undefined || this.ask === undefined) return;
    this.#reason = "expiring";
    this.#renew();
  }

  /** The connection, or the attempt, was ended with this code. */
  ended(code: number, reason: string, after?: number): void {
    if (!isAboutToken(code)) return this.host.down(code, reason, after);
    const isWorthMore = this.#isNew || this.#isRefused(code === EXPIRED ? "expired" : "refused");
    if (isWorthMore) this.host.again(code, reason);
    else this.host.down(code, `${reason}, and no other token was given`);
  }

  get #isMissing(): boolean {
    return this.#held === undefined && this.ask !== undefined;
  }

  /** Whether there is one that the server has not seen. */
  get #isNew(): boolean {
    return this.#held !== undefined && this.#held !== this.#presented;
  }

  /** Presents the token, if there is one. */
  #present(user?: string): void {
    const token = (this.#presented = this.#held);
    if (token === undefined) return this.host.known(user);
    this.host.say({ type: "authenticate", token }, (reply) => {
      if (reply.type === "error") return this.#refused(reply);
      this.#refusals = 0;
      if (reply.type === "authenticated") this.host.known(reply.user);
    });
  }

  #refused({ code, name }: Refusal): void {
    if (!this.host.isConnected()) return this.ended(code, name);
    // A session keeps its user: for another one, a new session is begun.
    if (code === NOT_PERMITTED) this.host.again(code, name);
    // The session goes on with the token that it has, as long as that lasts.
    else if (isAboutToken(code) && this.#isRefused("refused")) this.#renew();
  }

  /** The one held is of no more use. False where none is to be had in its place. */
  #isRefused(reason: TokenReason): boolean {
    if (this.ask === undefined || ++this.#refusals > REFUSALS_MAX) return false;
    this.#held = undefined;
    this.#reason = reason;
    return true;
  }

  /** Asks the app; its answer is presented on a connection that lives. */
  #renew(): void {
    const connection = this.#connection;
    this.#fetch().then(
      () => {
        if (!this.host.isConnected()) this.#presented = this.#held;
        else if (this.#isNew) this.#present();
      },
      (error: unknown) => {
        this.host.failed(error);
        const isNeeded = connection === this.#connection && this.#isMissing && !this.host.isConnected();
        if (isNeeded) this.host.down(ABNORMAL, "getToken failed");
      },
    );
  }

  #fetch(): Promise<void> {
    const now = this.env.now();
    if (this.#asked !== undefined && now - this.#askedAt < LATE_MILLIS) return this.#asked;
    this.#askedAt = now;
    const reason = this.#reason;
    // One that is still good is better than none.
    const take = (token: string | null | undefined) => (this.#held = token ?? (reason === "expiring" ? this.#held : undefined));
    const asked: Promise<void> = (async () => this.ask?.({ reason }))().then(
      (token) => this.#answered(asked, () => take(token)),
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
}
