// Messages by an event stream, read with fetch: POST /live (PROTOCOL.md §8).

import type { Hello } from "@carillon/protocol";
import type { Transport } from "../transport.js";
import { EventParser } from "./event-parser.js";
import { HttpConnection, type Feed, type FeedHost } from "./http-connection.js";
import { outcomeOf } from "./requests.js";
import { takeSlot, type Release } from "./slots.js";

export const ABNORMAL = 1006;
/** Nothing is wrong with the network, but this kind of connection can't be had: try another kind. Never sent. */
export const UNSUITABLE = 1003;

/** Messages by an event stream, publishes by POST. At most three pages of one browser and server, over HTTP/1.1. */
export function eventStream(): Transport {
  return (events, context) => new HttpConnection("event-stream", events, context, (host) => new StreamFeed(host));
}

/**
 * A stream can't be pinged, and between two of its signs of life there may be nearly a whole heartbeat: the client is told
 * one that is half as long again, so that it doubts a stream only when a sign has failed to come.
 */
function patient(text: string): unknown {
  if (!text.startsWith('{"type":"hello"')) return text;
  const hello = JSON.parse(text) as Hello;
  return { ...hello, heartbeat: hello.heartbeat * 1.5 };
}

class StreamFeed implements Feed {
  #request: AbortController | undefined;
  #release: Release | undefined;
  #isClosed = false;

  constructor(private readonly host: FeedHost) {}

  restart(): void {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    this.#run(request).catch((error: unknown) => {
      if (request === this.#request) this.host.over(ABNORMAL, error instanceof RangeError ? error.message : "no connection");
    });
  }

  close(): void {
    this.#isClosed = true;
    const request = this.#request;
    this.#request = undefined;
    request?.abort();
    this.#release?.();
    this.#release = undefined;
  }

  async #run(request: AbortController): Promise<void> {
    const { requests, wants, context, heard, alive, over } = this.host;
    if (!(await this.#hasSlot())) return over(UNSUITABLE, "other tabs of this browser hold all event streams");
    if (request !== this.#request) return;
    const body = JSON.stringify({ channels: wants.ask(), session: context.session });
    const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
    const response = await requests.begin(requests.live, { method: "POST", headers, body }, request);
    const stream = response.body;
    if (!response.ok || stream === null || !/^text\/event-stream/.test(response.headers.get("Content-Type") ?? "")) {
      const outcome = await outcomeOf(response);
      if (request !== this.#request) return;
      if (outcome.kind === "refusal") return over(outcome.refusal.code, outcome.refusal.name, outcome.refusal.retry);
      return over(response.ok ? UNSUITABLE : ABNORMAL, outcome.kind === "lost" ? outcome.reason : "no event stream");
    }
    const parser = new EventParser((data, type) => {
      if (request !== this.#request) return;
      if (type === "heartbeat") alive();
      else heard(patient(data));
    });
    const decoder = new TextDecoder();
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parser.push(decoder.decode(part.value, { stream: true }));
    }
    if (request === this.#request) over(ABNORMAL, "the stream ended");
  }

  async #hasSlot(): Promise<boolean> {
    if (this.#release !== undefined) return true;
    const { context, requests } = this.host;
    const release = await takeSlot(context.env, requests.origin, "stream");
    // Closed, or restarted twice, while it was asked for.
    if (this.#isClosed || this.#release !== undefined) release?.();
    else this.#release = release;
    return this.#release !== undefined;
  }
}
