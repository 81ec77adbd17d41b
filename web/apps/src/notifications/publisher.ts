// Publishes numbered messages at a rate, over a WebSocket of its own that takes no lane: what the panes suffer, it doesn't.

import type { Client } from "@carillon/client";
import type { LabChannels } from "./readers.js";

/** More often than this no timer runs; what is due by then goes out together. */
const TICK_MILLIS = 20;
/** What was not published for longer than this, because the page slept, isn't made up for. */
const CATCH_UP_MILLIS = 1_000;

export class Publisher {
  #n = 0;
  #failed = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = 0;

  constructor(
    private readonly client: Client<LabChannels>,
    private readonly channel: string,
    private readonly load: () => { readonly rate: number; readonly size: number },
  ) {}

  get published(): number {
    return this.#n;
  }

  get failed(): number {
    return this.#failed;
  }

  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    this.stop();
    this.#dueAt = performance.now();
    this.#tick();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** So many at once, whatever the rate. */
  burst(count: number): void {
    for (let i = 0; i < count; i++) this.#publish();
  }

  #tick(): void {
    const every = 1_000 / this.load().rate;
    const now = performance.now();
    this.#dueAt = Math.max(this.#dueAt, now - CATCH_UP_MILLIS);
    for (; this.#dueAt <= now; this.#dueAt += every) this.#publish();
    this.#timer = setTimeout(() => this.#tick(), Math.max(TICK_MILLIS, this.#dueAt - now));
  }

  #publish(): void {
    const n = ++this.#n;
    const around = JSON.stringify({ n, pad: "" }).length;
    const pad = "x".repeat(Math.max(0, this.load().size - around));
    this.client.publish(this.channel as "lab:{id}", { n, pad }).catch(() => this.#failed++);
  }
}
