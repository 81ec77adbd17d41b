// What the pages ask the server for beside its channels: passes, the town, orders.

import type { LonLat } from "./channels.js";

export interface Pass {
  readonly user: string;
  readonly token: string;
  /** The server's clock at the answer. */
  readonly now: number;
}

export interface Town {
  readonly middle: LonLat;
  readonly crossings: readonly LonLat[];
  /** Crossing, crossing, 1 for a main road, and name, one road after the other. */
  readonly roads: readonly number[];
  readonly names: readonly string[];
  readonly river: readonly LonLat[];
  readonly parks: readonly (readonly LonLat[])[];
  readonly shops: readonly { readonly name: string; readonly at: LonLat }[];
}

export interface PlacedOrder {
  readonly id: string;
  readonly courier: string;
  readonly simulated: boolean;
}

/** The server said no, in its own words. */
export class Refused extends Error {
  override readonly name = "Refused";
}

async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`/dispatch${path}`, body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) });
  if (response.ok) return (await response.json()) as Answer;
  if (response.status === 405 || response.status === 404) throw new Refused("This server has no delivery tracking: it runs in development mode only.");
  const { message, error } = (await response.json().catch(() => ({}))) as { readonly message?: string; readonly error?: { readonly message?: string } };
  throw new Refused(message ?? error?.message ?? `The server answers ${response.status}.`);
}

export const askForTown = (): Promise<Town> => ask("/town");
export const placeOrder = (wanted: object): Promise<PlacedOrder> => ask("/orders", wanted);
export const tunnel = (order: string, seconds: number): Promise<object> => ask(`/orders/${order}/tunnel`, { seconds });
export const cancel = (order: string): Promise<object> => ask(`/orders/${order}/cancel`, {});

/** The server's clock, as near as the passes' round trips tell: each says when it was between two moments of ours. */
export class ServerClock {
  #shift = 0;
  #error = Infinity;

  learn(sent: number, came: number, said: number): void {
    const error = (came - sent) / 2;
    if (error > this.#error) return;
    this.#error = error;
    this.#shift = said - (sent + came) / 2;
  }

  /** A moment of the server's clock by ours. */
  here(there: number): number {
    return there - this.#shift;
  }
}

/** Asks for one pass after the other, and learns the server's time by the way. */
export function passes(wanted: object, clock: ServerClock): () => Promise<string> {
  return async () => {
    const sent = Date.now();
    const { token, now } = await ask<Pass>("/passes", wanted);
    clock.learn(sent, Date.now(), now);
    return token;
  };
}
