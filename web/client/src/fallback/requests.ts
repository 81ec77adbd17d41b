// HTTP requests to one server: with the token, within a time, and with its errors told apart.

import { readServerMessage, type Refusal } from "@carillon/protocol";
import type { Environment } from "../environment.js";
import type { TransportContext } from "../transport.js";

/** What became of a request: the server's answer, its refusal, or neither. */
export type Outcome =
  | { readonly kind: "answer"; readonly body: Record<string, unknown> }
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  | { readonly kind: "lost"; readonly reason: string };

export interface Ask {
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** An answer that takes so many milliseconds will not come. */
export const ANSWER_MILLIS = 15_000;
/** What is neither answer nor refusal of a server of ours, but of somebody on the way who would say so again. */
const BAD_REQUEST = 4620;

export class Requests {
  readonly #env: Environment;
  readonly #url: URL;
  readonly #aborts = new Set<AbortController>();

  constructor(private readonly context: TransportContext) {
    this.#env = context.env;
    this.#url = new URL(context.url.replace(/^ws/, "http"));
    this.#url.searchParams.delete("session");
  }

  get origin(): string {
    return this.#url.origin;
  }

  get live(): string {
    return this.#url.href;
  }

  /** The address of a channel, beside `/live`. */
  channel(name: string, query: Readonly<Record<string, string | number | undefined>> = {}, part = ""): string {
    const url = new URL(this.#url);
    url.pathname = url.pathname.replace(/[^/]*$/, `channels/${name}${part}`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    return url.href;
  }

  /**
   * Begins a request; `controller` ends it. Its promise rejects where there is no answer, and after the time, which runs
   * until the answer's head is there.
   */
  async begin(url: string, ask: Ask, controller: AbortController, millis = ANSWER_MILLIS): Promise<Response> {
    const timer = this.#env.setTimeout(() => controller.abort(), millis);
    try {
      const token = await this.context.token();
      const { method, headers, body } = ask;
      const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      const { fetch = globalThis.fetch } = this.#env;
      const { signal } = controller;
      return await fetch(url, { method, headers: { ...headers, ...authorization }, body: body ?? null, signal, cache: "no-store" });
    } finally {
      this.#env.clearTimeout(timer);
    }
  }

  /** The whole exchange, until `controller` ends it. Never rejects. */
  async ask(url: string, ask: Ask, millis = ANSWER_MILLIS, controller = new AbortController()): Promise<Outcome> {
    this.#aborts.add(controller);
    const timer = this.#env.setTimeout(() => controller.abort(), millis);
    try {
      return await outcomeOf(await this.begin(url, ask, controller, millis));
    } catch {
      return { kind: "lost", reason: "no answer" };
    } finally {
      this.#env.clearTimeout(timer);
      this.#aborts.delete(controller);
    }
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    for (const controller of this.#aborts) controller.abort();
  }
}

/** Reads the answer to its end. */
export async function outcomeOf(response: Response): Promise<Outcome> {
  const text = await response.text();
  const body = objectOf(text);
  if (response.ok) return body === undefined ? { kind: "lost", reason: "an answer of another kind" } : { kind: "answer", body };
  const read = readServerMessage({ message: response.statusText, ...body, type: "error" } as never);
  if (read.kind === "read" && read.message.type === "error") return { kind: "refusal", refusal: read.message };
  const { status } = response;
  // A gateway that finds no server behind it, or one that is told to wait: as good as no connection.
  if (status >= 500 || status === 408 || status === 429) return { kind: "lost", reason: `HTTP ${status}` };
  const message = `Refused on the way, with status ${status}.`;
  return { kind: "refusal", refusal: { type: "error", code: BAD_REQUEST, name: "bad_request", message } };
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
