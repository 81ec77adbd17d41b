// A plain HTTP client on node's own sockets, as curl is one: it knows nothing of ours.

import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { HistoryPage, Published } from "@carillon/protocol";

/** What GET and POST answer: messages without the type and id that they have on /live. */
type Page = Omit<HistoryPage, "type" | "id">;
type Receipt = Omit<Published, "type" | "id">;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly started?: (request: ClientRequest) => void;
}

export function ask(url: string, { method = "GET", headers = {}, body, started }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
      incoming.on("error", reject);
    });
    asking.on("error", reject);
    started?.(asking);
    asking.end(body);
  });
}

export async function publish(server: string, channel: string, data: unknown): Promise<Receipt> {
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(`${server}/channels/${channel}`, { method: "POST", headers, body: JSON.stringify(data) });
  if (answer.status !== 201) throw new Error(`publish: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as Receipt;
}

export async function page(url: string, started?: (request: ClientRequest) => void): Promise<Page> {
  const answer = await ask(url, started === undefined ? {} : { started });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as Page;
}

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads an event stream until it is closed. */
export function events(url: string, on: (event: ServerSentEvent) => void): { close(): void } {
  const asking = request(url, { headers: { Accept: "text/event-stream" }, agent: false }, (incoming) => {
    let rest = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk: string) => {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) =>
          [...block.matchAll(new RegExp(`^${name}: ?(.*)$`, "gm"))].map((match) => match[1]).join("\n");
        on({ event: field("event") || "message", data: field("data") });
      }
    });
    incoming.on("error", () => {});
  });
  asking.on("error", () => {});
  asking.end();
  return { close: () => void asking.destroy() };
}
