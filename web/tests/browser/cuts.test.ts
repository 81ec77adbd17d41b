// Behaviour 8 against the real server: the TCP connections of a client are cut after each of the first 200 messages of a
// script, on each transport and across a switch between them. Whatever the place, the list is the same.

import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { createClient, webSocket, type Environment, type NativeSocketConstructor, type Transport } from "@carillon/client";
import { binaryWebSocket } from "@carillon/client/binary";
import { eventStream, longPoll, withFallback } from "@carillon/client/fallback";
import { startScissors, type Scissors } from "./support/scissors.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server?.stop();
});

/** Of so many messages on the wire, in both directions, is the script at least. */
const PLACES = 200;
/** So many are tried at the same time. */
const AT_ONCE = 8;
const backoff = { min: 5, first: 15, max: 40 };

interface Script {
  readonly transport: () => Transport;
  /** How many are published. */
  readonly count: number;
  /** What carries the messages at the end. */
  readonly endsOn?: string;
  /** What happens before one of them is. */
  readonly during?: (n: number, scissors: Scissors) => Promise<void> | void;
}

/** Plays the script over a line that is cut once, and answers how many messages passed it. */
async function play(name: string, { transport, count, during, endsOn }: Script, cutAfter: number): Promise<number> {
  const scissors = await startScissors(server.port, cutAfter);
  const environment: Partial<Environment> = { WebSocket: WebSocket as unknown as NativeSocketConstructor };
  const client = createClient({ url: `${scissors.url}/live`, transport: transport(), backoff, environment });
  const told = `${name}, cut after ${cutAfter}`;
  try {
    const received: unknown[] = [];
    void client.subscribe(name, { after: "0" }).each((delivery) => {
      received.push(delivery.kind === "publication" ? delivery.data : delivery);
    });
    const receipts: Promise<number>[] = [];
    for (let n = 1; n <= count; n++) {
      await during?.(n, scissors);
      receipts.push(client.publish(name, n).then(({ offset }) => offset));
    }
    const wanted = Array.from({ length: count }, (_, i) => i + 1);
    expect(await Promise.all(receipts), told).toEqual(wanted);
    await expect.poll(() => received.length, { interval: 5 }).toBeGreaterThanOrEqual(count);
    expect(received, told).toEqual(wanted);
    if (endsOn !== undefined) await expect.poll(() => client.state, { message: told }).toMatchObject({ transport: endsOn });
    expect(client.stats(), told).toMatchObject({ publications: count, duplicates: 0, missing: 0, gaps: 0, queued: 0, unreadable: 0 });
    if (cutAfter < scissors.passed) expect(scissors.cuts, told).toBe(1);
    return scissors.passed;
  } finally {
    client.close();
    await scissors.close();
  }
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

/** An event stream at first; a WebSocket gets through from the middle on, and is found while publishes go on. */
const switches = (webSocket: () => Transport): Script => ({
  transport: () => withFallback({ probeMillis: 8, webSocket: webSocket() }),
  count: 90,
  endsOn: "websocket",
  during: async (n, scissors) => {
    scissors.blocksWebSockets = n <= 30;
    await pause(n > 30 ? 3 : 0);
  },
});

const scripts: Record<string, Script> = {
  websocket: { transport: webSocket, count: 70 },
  binary: { transport: binaryWebSocket, count: 70 },
  "event-stream": { transport: eventStream, count: 70 },
  "long-poll": { transport: longPoll, count: 80 },
  switch: switches(webSocket),
  "switch-to-binary": switches(binaryWebSocket),
};

test.each(Object.entries(scripts))(
  "%s: cut after each of 200 messages, the list is the same",
  async (name, script) => {
    expect(await play(`${name}:whole`, script, Infinity)).toBeGreaterThanOrEqual(PLACES);
    let next = 1;
    const worker = async () => {
      for (let place = next++; place <= PLACES; place = next++) await play(`${name}:${place}`, script, place);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  },
  180_000,
);
