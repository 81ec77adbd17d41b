// Publishes 1, 2, 3 … each until it is acknowledged, under the same key however often: one at a time, by plain POST.

import { freshKey } from "../page/browser.js";
import { markOf } from "./desk.js";

const EVERY_MILLIS = 200;
const AGAIN_MILLIS = 250;
const PATIENCE_MILLIS = 20_000;

/** When one was first sent, and by whom it was taken. Times in microseconds since 1970, by this page's clock. */
export interface Sent {
  readonly n: number;
  readonly id: string;
  readonly sentAt: number;
  readonly acknowledgedAt: number;
}

export const micros = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

export class Publisher {
  /** Greatest number that was acknowledged. */
  acknowledged = 0;
  retries = 0;
  isOver = false;

  constructor(
    private readonly channel: string,
    private readonly page: string,
    private readonly done: (sent: Sent) => void,
  ) {}

  /** Until it is told to end. */
  async run(): Promise<void> {
    while (!this.isOver) {
      const n = this.acknowledged + 1;
      const id = freshKey();
      const sentAt = micros();
      await this.#publish(n, id);
      this.acknowledged = n;
      this.done({ n, id, sentAt, acknowledgedAt: micros() });
      await pause(EVERY_MILLIS);
    }
  }

  async #publish(n: number, id: string): Promise<void> {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": `${this.page}-${n}` };
    const body = JSON.stringify({ n, mark: markOf(id) });
    for (;;) {
      try {
        const signal = AbortSignal.timeout(PATIENCE_MILLIS);
        const answer = await fetch(`/channels/${this.channel}?via=${this.page}.publisher`, { method: "POST", headers, body, signal });
        if (answer.ok) return;
      } catch {
        // Cut, so that nobody knows whether it was taken: it is sent again.
      }
      this.retries++;
      await pause(AGAIN_MILLIS);
    }
  }
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));
