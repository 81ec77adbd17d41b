// Four readers of one channel, of which two are the browser's own objects in Chromium and two are plain HTTP. Each keeps
// what it received, and comes back from the last position after its connection was cut.

import type { ClientRequest } from "node:http";
import type { Page } from "playwright-core";
import type { Publication } from "@carillon/protocol";
import { page as readPage } from "./http.js";

export interface Reader {
  readonly received: Publication[];
  stop(): Promise<void>;
}

export type StartReader = (server: string, channel: string, after: string) => Promise<Reader>;

/** Readers in a page that stands on `server`'s origin. */
export async function readersInPage(page: Page): Promise<{ webSocket: StartReader; eventSource: StartReader }> {
  const readers = new Map<string, Publication[]>();
  await page.exposeFunction("deliver", (reader: string, publication: string) => {
    readers.get(reader)?.push(JSON.parse(publication) as Publication);
  });

  interface InPage {
    deliver(reader: string, publication: string): void;
    stops: Map<string, () => void>;
  }

  function starter(start: (args: { id: string; url: string; after: string }) => void): StartReader {
    return async (server, channel, after) => {
      const id = String(readers.size);
      const received: Publication[] = [];
      readers.set(id, received);
      await page.evaluate(start, { id, url: `${server}/channels/${channel}`, after });
      return {
        received,
        stop: () => page.evaluate((reader) => (window as unknown as InPage).stops.get(reader)?.(), id),
      };
    };
  }

  await page.evaluate(() => ((window as unknown as InPage).stops = new Map()));

  return {
    webSocket: starter(({ id, url, after }) => {
      const { deliver, stops } = window as unknown as InPage;
      let position = after;
      let stopped = false;
      function open(): void {
        const socket = new WebSocket(`${url.replace(/^http/, "ws")}?after=${position}`);
        stops.set(id, () => {
          stopped = true;
          socket.close(1000);
        });
        socket.onmessage = (event: MessageEvent<string>) => {
          const message = JSON.parse(event.data) as { type: string; position: string };
          if (message.type !== "publication") return;
          position = message.position;
          deliver(id, event.data);
        };
        socket.onclose = () => void (stopped || setTimeout(open, 50));
      }
      open();
    }),

    // Nothing is done here about a cut: EventSource comes back by itself and presents Last-Event-ID.
    eventSource: starter(({ id, url, after }) => {
      const { deliver, stops } = window as unknown as InPage;
      const source = new EventSource(`${url}?after=${after}`);
      source.onmessage = (event: MessageEvent<string>) => deliver(id, event.data);
      stops.set(id, () => source.close());
    }),
  };
}

export const longPoll: StartReader = (server, channel, after) => {
  const received: Publication[] = [];
  let stopped = false;
  let asking: ClientRequest | undefined;
  async function run(): Promise<void> {
    let position = after;
    while (!stopped) {
      const url = `${server}/channels/${channel}?after=${position}&wait=25s`;
      const page = await readPage(url, (request) => (asking = request)).catch(() => undefined);
      if (stopped) return;
      if (page === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      received.push(...page.publications);
      position = page.position;
    }
  }
  const running = run();
  return Promise.resolve({
    received,
    async stop() {
      stopped = true;
      asking?.destroy();
      await running;
    },
  });
};

/** Asks again and again, two publications at a time. */
export const plainGet: StartReader = (server, channel, after) => {
  const received: Publication[] = [];
  let stopped = false;
  async function run(): Promise<void> {
    let position = after;
    while (!stopped) {
      const url = `${server}/channels/${channel}?after=${position}&limit=2`;
      const page = await readPage(url).catch(() => undefined);
      if (page !== undefined) {
        received.push(...page.publications);
        position = page.position;
      }
      if (page?.more !== true) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const running = run();
  return Promise.resolve({
    received,
    async stop() {
      stopped = true;
      await running;
    },
  });
};
