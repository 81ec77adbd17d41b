// What a page of the tests has: the client, and lists of what it saw.

import { createClient, stateText, webSocket, type Client, type ClientOptions, type Transport } from "@carillon/client";
import { eventStream, longPoll, withFallback } from "@carillon/client/fallback";
import { map, type LiveMap } from "@carillon/client/map";
import { persistedQueue } from "@carillon/client/persist";

/** What is blocked here fails at once; what only takes long gets through in the end. In milliseconds. */
const patient = { webSocketMillis: 30_000, eventStreamMillis: 30_000 };

const transports = { webSocket, eventStream, longPoll, withFallback } as const;

/** What the tests set in a map: its numbers rise with each value of whatever key. */
export interface Numbered {
  readonly n: number;
}

export interface LabOptions {
  readonly url: string;
  readonly transport?: keyof typeof transports;
  /** The name of the queue that is kept. */
  readonly persist?: string;
  readonly probeMillis?: number;
  readonly backoff?: ClientOptions["backoff"];
  readonly token?: string;
}

export class Lab {
  client: Client | undefined;
  readonly received: unknown[] = [];
  readonly restored: unknown[] = [];
  readonly states: string[] = [];
  readonly pageEvents: string[] = [];
  live: LiveMap<Numbered> | undefined;
  /** How often the page was told of changes. */
  told = 0;
  /** Values that came after newer ones of their key. */
  readonly older: string[] = [];

  constructor() {
    for (const type of ["pagehide", "pageshow"] as const) {
      addEventListener(type, ({ persisted }) => this.pageEvents.push(`${type}${persisted ? " persisted" : ""}`));
    }
  }

  start({ url, transport = "webSocket", persist, probeMillis, backoff, token }: LabOptions): void {
    const make: () => Transport = transport === "withFallback" ? () => withFallback({ probeMillis, ...patient }) : transports[transport];
    this.client = createClient({
      url,
      transport: make(),
      backoff,
      ...(persist !== undefined && { persist: persistedQueue(persist) }),
      ...(token !== undefined && { getToken: () => token }),
    });
    this.client.on("state", (state) => this.states.push(stateText(state, Date.now())));
    this.client.on("restored", (publishes) => this.restored.push(...publishes.map(({ data }) => data)));
  }

  read(channel: string): void {
    void this.client?.subscribe(channel, { after: "0" }).each((delivery) => {
      this.received.push(delivery.kind === "publication" ? delivery.data : delivery.kind === "gap" ? delivery.cause : delivery.kind);
    });
  }

  /** Reads a map, and looks at each value that is shown. */
  watch(channel: string, tags?: readonly string[]): void {
    if (this.client === undefined) throw new Error("not started");
    const live = map(this.client, channel, { track: { tags } }) as unknown as LiveMap<Numbered>;
    const newest = new Map<string, number>();
    live.onChange((keys) => {
      this.told++;
      for (const key of keys) {
        const n = live.get(key)?.n ?? 0;
        const before = newest.get(key) ?? 0;
        if (n > 0 && n < before) this.older.push(`${key}: ${n} after ${before}`);
        newest.set(key, Math.max(n, before));
      }
    });
    this.live = live;
  }

  /** The number of each key's value. */
  numbers(): Record<string, number> {
    return Object.fromEntries([...(this.live ?? [])].map(([key, { n }]) => [key, n]));
  }

  /** How many publishes lie in the browser's database, of all pages. */
  async kept(): Promise<number> {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error("no database"));
      });
    const opening = indexedDB.open("carillon");
    // The client has not made it yet, and whoever only looks must not: it would stay without what the client puts in.
    let isMissing = false;
    opening.onupgradeneeded = () => {
      isMissing = true;
      opening.transaction?.abort();
    };
    const database = await answer(opening).catch((error: unknown) => {
      if (!isMissing) throw error;
    });
    if (database === undefined) return 0;
    const count = await answer(database.transaction("publishes").objectStore("publishes").count());
    database.close();
    return count;
  }

  /** Publishes numbers one after the other without waiting; answers their offsets. */
  publish(channel: string, from: number, to: number): Promise<number[]> {
    const receipts: Promise<{ readonly offset: number }>[] = [];
    for (let n = from; n <= to; n++) receipts.push(this.client?.publish(channel, n) ?? Promise.reject(new Error("not started")));
    return Promise.all(receipts.map(async (receipt) => (await receipt).offset));
  }
}

(window as unknown as { lab: Lab }).lab = new Lab();
