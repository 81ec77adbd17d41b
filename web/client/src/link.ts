// Carries out what link-state.ts decides: opens and drops connections, runs the two timers, listens to the page.

import { backoffMillis, defaultBackoff, type Backoff } from "./backoff.js";
import type { Environment } from "./environment.js";
import { nextLinkState, type LinkEvent, type LinkState } from "./link-state.js";

/** When to connect, and when to give up. */
export interface LinkOptions {
  /** The waits between attempts. */
  readonly backoff?: Partial<Backoff> | undefined;
  /** An attempt that is not usable after so many milliseconds is given up; 8 000 unless told. */
  readonly attemptMillis?: number | undefined;
  /** A connection that lasted so many milliseconds forgets earlier failures; 5 000 unless told. */
  readonly stableMillis?: number | undefined;
  /** After so many milliseconds without a connection it is tried about every 30 s only; 120 000 unless told. */
  readonly suspendMillis?: number | undefined;
}

/** Just enough that clients which were told the same do not keep step. */
const SPREAD_MILLIS = 500;

const suspendedBackoff: Backoff = { min: 20_000, first: 40_000, max: 40_000 };

/** A transition, as told to whoever watches. */
export interface Transition {
  readonly from: LinkState["kind"];
  readonly to: LinkState["kind"];
  /** What brought it about. */
  readonly cause: LinkEvent["kind"];
  /** The close code, where a connection or attempt ended. */
  readonly code?: number;
  readonly reason?: string;
  /** Which attempt in a row this is, from 1. */
  readonly attempt?: number;
  /** When the next attempt is made, by the environment's clock in milliseconds. */
  readonly retryAt?: number;
}

/** What one attempt, and the connection that comes of it, tell. */
export interface AttemptEvents {
  open(): void;
  message(data: unknown): void;
  close(code: number, reason: string, after?: number): void;
  /** A better connection can be had at once. */
  again(reason: string): void;
}

export interface LinkHooks {
  /** The connection is open. Whoever can use it calls `ready`, at once or after a greeting. */
  opened?(): void;
  message(data: unknown): void;
  changed(transition: Transition): void;
  /** The attempt failed or the connection ended. Whoever knows of no remedy calls `down`. */
  ended(code: number, reason: string, after: number | undefined): void;
  /** Something happened to the network or the page: if there is a connection, find out whether it still lives. */
  doubt(): void;
}

/** Nothing came of it; never sent, and so outside the ranges of PROTOCOL.md §9. */
export const ABNORMAL = 1006;
/**
 * What a connection is closed with that we do not leave for good. 1000 would say that we leave, and 1001 cannot be said by
 * a script; these are of range *reconnect*, so the server knows that we come back: `heartbeat_missed`, `moving`.
 */
const GIVEN_UP = 4301;
const AWAY = 4300;

/** `C` is what one connection is. */
export class Link<C extends { close(code?: number, reason?: string): void }> {
  #state: LinkState = { kind: "idle" };
  /**
   * Counts attempts. Every callback of a connection carries the number it was made under; a number that is not the
   * newest belongs to a connection that was given up, whose events must not be heard. (A close that never comes, or
   * comes a minute late, is common.)
   */
  #generation = 0;
  #connection: C | undefined;
  #timer: unknown;
  #unlisten: (() => void)[] = [];

  constructor(
    private readonly env: Environment,
    private readonly open: (events: AttemptEvents) => C,
    private readonly options: LinkOptions,
    private readonly hooks: LinkHooks,
  ) {}

  get state(): LinkState {
    return this.#state;
  }

  /** Whether there has been no connection for so long that it is tried more rarely. */
  get isSuspended(): boolean {
    const { suspendMillis = 120_000 } = this.options;
    return "lostAt" in this.#state && this.env.now() - this.#state.lostAt >= suspendMillis;
  }

  /** The connection in use or being made; absent in every other state. */
  get connection(): C | undefined {
    return this.#connection;
  }

  start(): void {
    this.#become({ kind: "start" });
  }

  /** Ends the connection with this code and comes to rest. */
  stop(code = 1000, reason = ""): void {
    this.#become({ kind: "stop" }, code, reason);
  }

  ready(): void {
    this.#become({ kind: "ready" });
  }

  /** Gives the connection up, as if it had ended with this code. `after`: wait so many milliseconds at least. */
  down(code: number, reason: string, after?: number): void {
    this.#become({ kind: "down", code, reason, after });
  }

  /** Gives the connection up, and begins a new one at once. */
  again(code: number, reason: string): void {
    this.#become({ kind: "again", code, reason });
  }

  #become(event: LinkEvent, closeCode = event.kind === "pagehide" ? AWAY : GIVEN_UP, closeReason = ""): void {
    const { env } = this;
    const from = this.#state;
    const to = nextLinkState(from, event, {
      now: env.now(),
      stableMillis: this.options.stableMillis ?? 5_000,
      wait: (failures, after) => (after ? env.random() * SPREAD_MILLIS : this.#wait(failures)),
    });
    if (to === from) return;
    this.#state = to;
    env.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (to.kind !== "connected") this.#drop(closeCode, closeReason);
    this.#listenIn(to);
    if (to.kind === "waiting") this.#arm(to.retryAt - env.now(), { kind: "timer" });
    const generation = this.#generation;
    this.hooks.changed(transition(from, to, event));
    // A listener may have moved on already.
    if (to.kind === "connecting" && this.#state === to && this.#generation === generation) this.#attempt();
  }

  #attempt(): void {
    const generation = ++this.#generation;
    const ifCurrent = (run: () => void) => {
      if (generation === this.#generation) run();
    };
    this.#arm(this.options.attemptMillis ?? 8_000, { kind: "down", code: ABNORMAL, reason: "no answer in time" });
    try {
      const connection = this.open({
        open: () => ifCurrent(() => this.hooks.opened?.()),
        message: (data) => ifCurrent(() => this.hooks.message(data)),
        close: (code, reason, after) => ifCurrent(() => this.hooks.ended(code, reason, after)),
        again: (reason) => ifCurrent(() => this.again(ABNORMAL, reason)),
      });
      ifCurrent(() => (this.#connection = connection));
    } catch (error) {
      this.down(ABNORMAL, error instanceof Error ? error.message : "no connection");
    }
  }

  #drop(code: number, reason: string): void {
    const connection = this.#connection;
    this.#generation++;
    this.#connection = undefined;
    connection?.close(code, reason);
  }

  #arm(millis: number, event: LinkEvent): void {
    this.#timer = this.env.setTimeout(() => this.#become(event), millis);
  }

  #wait(failures: number): number {
    const backoff = this.isSuspended ? suspendedBackoff : { ...defaultBackoff, ...this.options.backoff };
    return backoffMillis(backoff, failures, this.env.page?.isHidden() ?? false, this.env.random());
  }

  /** Listens to the page in every state in which a hint of it could change something. */
  #listenIn(state: LinkState): void {
    const { page } = this.env;
    const isDeaf = state.kind === "idle" || state.kind === "failed";
    if (isDeaf) {
      for (const unlisten of this.#unlisten) unlisten();
      this.#unlisten = [];
    } else if (page !== undefined && this.#unlisten.length === 0) {
      // `visibilityState` is read again on every such event: a remembered "hidden" can stick.
      const seen = () => void (page.isHidden() || this.#hint());
      this.#unlisten = [
        page.listen("online", () => this.#hint()),
        page.listen("offline", () => this.hooks.doubt()),
        page.listen("visibilitychange", seen),
        page.listen("focus", seen),
        page.listen("resume", seen),
        page.listen("pagehide", () => this.#become({ kind: "pagehide" })),
        page.listen("pageshow", () => this.#become({ kind: "pageshow" })),
      ];
    }
  }

  #hint(): void {
    this.#become({ kind: "hint" });
    this.hooks.doubt();
  }
}

function transition(from: LinkState, to: LinkState, event: LinkEvent): Transition {
  return {
    from: from.kind,
    to: to.kind,
    cause: event.kind,
    ...("code" in event && { code: event.code, reason: event.reason }),
    ...("failures" in to && { attempt: to.failures + 1 }),
    ...(to.kind === "waiting" && { retryAt: to.retryAt }),
  };
}

/** One line for a log. It names states and codes, never an address or a message, so no token can be in it. */
export function transitionText(t: Transition): string {
  const code = t.code === undefined ? "" : ` (${t.code}${t.reason ? ` ${t.reason}` : ""})`;
  const attempt = t.attempt === undefined ? "" : `, attempt ${t.attempt}`;
  return `${t.from} → ${t.to} by ${t.cause}${code}${attempt}`;
}
