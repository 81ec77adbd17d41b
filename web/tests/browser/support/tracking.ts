// Couriers whose phones are this test, and customers whose browsers look at them.

import { expect } from "vitest";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import WebSocket from "ws";
import { ask } from "./http.js";
import { sufferOn } from "./network-panel.js";

export interface Fix {
  readonly t: number;
  readonly n?: number;
  readonly lon: number;
  readonly lat: number;
  readonly heading?: number;
}

export interface Order {
  readonly id: string;
  readonly courier: string;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** What the page tells of itself as `window.__track`. */
interface Track {
  drawn(): { readonly lon: number; readonly lat: number; readonly heading: number; readonly age: number; readonly state: string } | undefined;
  trail(): readonly Fix[];
  stages(): readonly { readonly stage: string; readonly version: number }[];
  gaps(): number;
}

declare const window: { readonly __track: Track };

const METRES_A_DEGREE = 111_320;

/** So many metres east and north of a place. */
export function moved([lon, lat]: readonly [number, number], east: number, north: number): readonly [number, number] {
  return [lon + east / METRES_A_DEGREE / Math.cos((lat * Math.PI) / 180), lat + north / METRES_A_DEGREE];
}

async function post<Answer>(server: string, path: string, body: object, token?: string): Promise<Answer> {
  const headers = { "Content-Type": "application/json", ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  const answer = await ask(`${server}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  expect([200, 201], `${path}: ${answer.text}`).toContain(answer.status);
  return JSON.parse(answer.text) as Answer;
}

export const pass = async (server: string, wanted: object) => (await post<{ readonly token: string }>(server, "/dispatch/passes", wanted)).token;

export const placeOrder = (server: string, wanted: object): Promise<Order> => post(server, "/dispatch/orders", wanted);

/** A courier's phone. */
export class Phone {
  private constructor(
    private readonly server: string,
    private readonly token: string,
  ) {}

  static async of(server: string, name: string): Promise<Phone> {
    return new Phone(server, await pass(server, { as: "courier", name }));
  }

  /** Publishes by plain HTTP; resolves when the server has taken it. */
  async say(...fixes: readonly Fix[]): Promise<void> {
    await post(this.server, "/channels/tracking:fixes", { fixes }, this.token);
  }
}

/** A whole fleet's fixes at once, over one WebSocket, as a gateway sends them. */
export async function sayAll(server: string, couriers: readonly { readonly courier: string; readonly fixes: readonly Fix[] }[]): Promise<void> {
  const socket = new WebSocket(`${server.replace("http", "ws")}/live`, { headers: { Authorization: `Bearer ${await pass(server, { as: "gateway" })}` } });
  await new Promise<void>((resolve, reject) => {
    let taken = 0;
    socket.on("error", reject);
    socket.on("open", () => {
      for (const data of couriers) socket.send(JSON.stringify({ type: "publish", id: 1, channel: "tracking:fixes", data }));
    });
    socket.on("message", (message: Buffer) => {
      const { type } = JSON.parse(String(message)) as { readonly type: string };
      if (type === "error") reject(new Error(String(message)));
      if (type === "published" && ++taken === couriers.length) resolve();
    });
  });
  socket.close();
}

/** Somebody with the page of an order. */
export class Customer {
  readonly errors: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/net::ERR_|WebSocket connection|Failed to load resource/.test(message.text())) this.errors.push(message.text());
    });
  }

  static async of(chromium: Browser, url: string, options: BrowserContextOptions = {}): Promise<Customer> {
    const context = await chromium.newContext(options);
    const customer = new Customer(context, await context.newPage());
    await customer.page.goto(url);
    await expect.poll(() => customer.page.locator("#pill-text").textContent()).toMatch(/^Live/);
    return customer;
  }

  drawn(): Promise<ReturnType<Track["drawn"]>> {
    return this.page.evaluate(() => window.__track.drawn());
  }

  trail(): Promise<readonly Fix[]> {
    return this.page.evaluate(() => window.__track.trail());
  }

  async stages(): Promise<string[]> {
    return (await this.page.evaluate(() => window.__track.stages())).map(({ stage }) => stage);
  }

  /** What is drawn over so many milliseconds, about 30 times a second, each with when it was. */
  watch(millis: number): Promise<{ readonly at: number; readonly lon: number; readonly lat: number; readonly heading: number }[]> {
    return this.page.evaluate(
      (millis) =>
        new Promise<{ at: number; lon: number; lat: number; heading: number }[]>((resolve) => {
          const seen: { at: number; lon: number; lat: number; heading: number }[] = [];
          const timer = setInterval(() => {
            const drawn = window.__track.drawn();
            if (drawn !== undefined) seen.push({ at: performance.now(), lon: drawn.lon, lat: drawn.lat, heading: drawn.heading });
          }, 33);
          setTimeout(() => {
            clearInterval(timer);
            resolve(seen);
          }, millis);
        }),
      millis,
    );
  }

  suffer(fault: "cut" | "none"): Promise<void> {
    return sufferOn(this.page, fault);
  }

  /** Goes, and has seen no error. */
  async leave(): Promise<void> {
    expect(this.errors).toEqual([]);
    await this.context.close();
  }
}
