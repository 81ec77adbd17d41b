// "… is typing": three timers and no state on the server. Signals can be lost, so whoever types says so again now and then,
// and whoever reads it forgets it after a while.

/** While somebody goes on typing it is said again after so long, in milliseconds. */
export const RESEND_MILLIS = 2_500;
/** Whoever has not touched a key for so long has stopped. */
export const IDLE_MILLIS = 4_000;
/** Whoever was not heard of for so long is not typing any more, even if that was never said. */
export const EXPIRY_MILLIS = 7_000;

export interface Clock {
  now(): number;
  setTimeout(run: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The writer's side. */
export class TypingSender {
  #toldAt: number | undefined;
  #idle: unknown;

  /** `tell` sends the signal, if that can be done now. */
  constructor(
    private readonly clock: Clock,
    private readonly tell: (on: boolean) => void,
  ) {}

  /** A key was pressed, and there is something in the composer. */
  typed(): void {
    const now = this.clock.now();
    if (this.#toldAt === undefined || now - this.#toldAt >= RESEND_MILLIS) {
      this.#toldAt = now;
      this.tell(true);
    }
    this.clock.clearTimeout(this.#idle);
    this.#idle = this.clock.setTimeout(() => this.stopped(), IDLE_MILLIS);
  }

  /** The composer is empty, the room was left, or nothing was typed for a while. */
  stopped(): void {
    if (this.#toldAt !== undefined) this.tell(false);
    this.sent();
  }

  /** The message itself says that its writer has stopped. */
  sent(): void {
    this.clock.clearTimeout(this.#idle);
    this.#toldAt = undefined;
  }
}

/** The readers' side: who is typing in one room. */
export class TypingUsers {
  readonly #until = new Map<string, number>();
  #timer: unknown;

  constructor(
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {}

  /** In the order in which they began. */
  get users(): readonly string[] {
    return [...this.#until.keys()];
  }

  heard(user: string, on: boolean): void {
    if (!on) return this.gone(user);
    this.#until.set(user, this.clock.now() + EXPIRY_MILLIS);
    this.#sweepLater();
    this.changed();
  }

  /** A message of theirs came, they said that they stopped, or they left. */
  gone(user: string): void {
    if (this.#until.delete(user)) this.changed();
  }

  /** The connection is gone: nobody would tell. */
  clear(): void {
    this.clock.clearTimeout(this.#timer);
    if (this.#until.size === 0) return;
    this.#until.clear();
    this.changed();
  }

  #sweepLater(): void {
    this.clock.clearTimeout(this.#timer);
    const next = Math.min(...this.#until.values());
    if (this.#until.size > 0) this.#timer = this.clock.setTimeout(() => this.#sweep(), next - this.clock.now());
  }

  #sweep(): void {
    const now = this.clock.now();
    const before = this.#until.size;
    for (const [user, until] of this.#until) {
      if (until <= now) this.#until.delete(user);
    }
    this.#sweepLater();
    if (this.#until.size !== before) this.changed();
  }
}

/** A sentence of at most a line. Empty where nobody types. */
export function typingText(users: readonly string[]): string {
  const [first, second, third] = users;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing`;
  if (third === undefined) return `${first} and ${second} are typing`;
  return "Several people are typing";
}
