// Finds out whether a connection still lives, by evidence: it is dead when a ping was sent and not answered, never
// because a clock says so. A laptop that slept, or a tab whose timers were held back, asks first.

import type { Environment } from "./environment.js";

export type PulseState =
  | { readonly kind: "stopped" }
  /** Something was heard, or nothing was asked yet. */
  | { readonly kind: "quiet" }
  /** A ping is out; the answer is due at this time. */
  | { readonly kind: "asked"; readonly due: number; readonly millis: number };

export type PulseEvent =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  | { readonly kind: "heard" }
  /** A reason for doubt: ask now, and wait so many milliseconds. */
  | { readonly kind: "doubt"; readonly millis: number }
  /** The timer fired, at a time when so many milliseconds had passed since anything was heard. */
  | { readonly kind: "timer"; readonly silence: number };

export interface PulseContext {
  readonly now: number;
  /** Ask after so much silence, in milliseconds. */
  readonly interval: number;
  /** An answer may take so long, in milliseconds. */
  readonly timeout: number;
}

/** The one place where a pulse's state is decided; "dead" is an outcome, and stops it. */
export function nextPulseState(state: PulseState, event: PulseEvent, context: PulseContext): PulseState | "dead" {
  const { now, interval, timeout } = context;
  const ask = (millis: number): PulseState => ({ kind: "asked", due: now + millis, millis });
  switch (event.kind) {
    case "start":
      return { kind: "quiet" };
    case "stop":
      return { kind: "stopped" };
    case "heard":
      return state.kind === "asked" ? { kind: "quiet" } : state;
    case "doubt":
      if (state.kind === "stopped") return state;
      return state.kind === "asked" && state.due <= now + event.millis ? state : ask(event.millis);
    case "timer":
      if (state.kind === "quiet") return event.silence >= interval ? ask(timeout) : state;
      if (state.kind !== "asked") return state;
      // Much too late: we were not running. The answer may be waiting behind this very timer, so ask once more.
      if (now - state.due > state.millis) return ask(timeout);
      return now >= state.due ? "dead" : state;
  }
}

export interface PulseHooks {
  ping(): void;
  dead(): void;
  /** A ping was answered: what was held back may go. */
  alive(): void;
}

/** A doubt waits for its answer so long, in milliseconds: somebody may be looking. */
const DOUBT_MILLIS = 4_000;

export class Pulse {
  #state: PulseState = { kind: "stopped" };
  #interval = 0;
  #timeout = 0;
  #heardAt = 0;
  #timer: unknown;

  constructor(
    private readonly env: Environment,
    private readonly hooks: PulseHooks,
  ) {}

  /**
   * Begins with a fresh connection. The interval is shortened by up to a quarter, at random: a broadcast is heard by
   * all clients in the same moment, and they should not all ask in the same moment too.
   */
  start(intervalMillis: number, timeoutMillis: number): void {
    this.#interval = Math.round(intervalMillis * (1 - this.env.random() / 4));
    this.#timeout = timeoutMillis;
    this.#heardAt = this.env.now();
    this.#become({ kind: "start" });
  }

  stop(): void {
    this.#become({ kind: "stop" });
  }

  /** Anything came. Cheap: the timer is left alone and finds out by itself. */
  heard(): void {
    this.#heardAt = this.env.now();
    if (this.#state.kind === "asked") {
      this.#become({ kind: "heard" });
      this.hooks.alive();
    }
  }

  /** Asks now, unless an answer is due sooner anyway. */
  doubt(millis = DOUBT_MILLIS): void {
    this.#become({ kind: "doubt", millis });
  }

  /**
   * Whether to write now. False when the silence is longer than a running client would have allowed, so that it must
   * have slept; then this asks, and `alive` or `dead` follows.
   */
  mayWrite(): boolean {
    if (this.#state.kind === "stopped" || this.#silence() <= this.#interval + this.#timeout) return true;
    this.doubt();
    return false;
  }

  /** A clock that was set back shows no silence. */
  #silence(): number {
    return Math.max(0, this.env.now() - this.#heardAt);
  }

  #become(event: PulseEvent): void {
    const { env } = this;
    const before = this.#state;
    const context = { now: env.now(), interval: this.#interval, timeout: this.#timeout };
    const next = nextPulseState(before, event, context);
    env.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = next === "dead" ? { kind: "stopped" } : next;
    if (next === "dead") return this.hooks.dead();
    if (next.kind === "stopped") return;
    const millis = next.kind === "asked" ? next.due - env.now() : this.#interval - this.#silence();
    this.#timer = env.setTimeout(() => this.#become({ kind: "timer", silence: this.#silence() }), Math.max(0, millis));
    if (next.kind === "asked" && next !== before) this.hooks.ping();
  }
}
