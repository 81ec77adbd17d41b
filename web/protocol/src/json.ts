// JSON as TypeScript sees it, and how members are taken out of an object whose shape nobody vouches for.

import { isChannelName, isIdempotencyKey, isMapKey, looksLikePosition } from "./names.js";
import type { CodeName } from "./codes.js";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [member: string]: JsonValue };

/** A message is not what it should be; `message` is a sentence for its sender. */
export class Malformed extends Error {
  constructor(
    message: string,
    readonly code: CodeName = "malformed",
  ) {
    super(message);
  }
}

/** Reads one JSON object. */
export function parseObject(text: string): Members {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new Malformed("this is not JSON");
  }
  return new Members(value);
}

/**
 * The name of a member that the object of this (valid) JSON text has twice. JSON.parse keeps the last one without a
 * word, but two readers of such a text may see two messages, so what a client says must not be like that.
 */
export function repeatedMember(json: string): string | undefined {
  const names = new Set<string>();
  let depth = 0;
  let text = "";
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token !== ":") text = token;
    else if (depth === 1) {
      const name = JSON.parse(text) as string;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

/** The members of an object; null counts as absent, except for `data`. */
export class Members {
  private readonly object: JsonObject;

  constructor(value: JsonValue) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Malformed("a message is one JSON object");
    }
    this.object = value as JsonObject;
  }

  private member(name: string): JsonValue | undefined {
    return Object.hasOwn(this.object, name) ? (this.object[name] ?? undefined) : undefined;
  }

  text(name: string): string | undefined {
    const value = this.member(name);
    if (value === undefined || typeof value === "string") return value;
    throw new Malformed(`"${name}" must be a string`);
  }

  requiredText(name: string): string {
    return this.text(name) ?? missing(name);
  }

  /** A whole number that JavaScript holds exactly. */
  natural(name: string, min = 0): number | undefined {
    const value = this.member(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    throw new Malformed(`"${name}" must be a whole number from ${min} on`);
  }

  requiredNatural(name: string): number {
    return this.natural(name) ?? missing(name);
  }

  flag(name: string): boolean {
    const value = this.member(name);
    if (value === undefined || typeof value === "boolean") return value ?? false;
    throw new Malformed(`"${name}" must be true or false`);
  }

  /** A version, whether presence is asked for at all, or that only its numbers are. */
  presence(): boolean | number | "count" | undefined {
    if (this.member("presence") === "count") return "count";
    return typeof this.member("presence") === "boolean" ? this.flag("presence") : this.natural("presence");
  }

  id(): string | number | undefined {
    const value = this.member("id");
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.length <= 64) return value;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw new Malformed('"id" must be a whole number or a string of at most 64 characters');
  }

  channel(): string {
    const name = this.requiredText("channel");
    if (isChannelName(name)) return name;
    throw new Malformed("A channel's name has 1 to 200 characters of A-Z a-z 0-9 _ . : ~ -.", "invalid_channel");
  }

  position(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || looksLikePosition(text)) return text;
    throw new Malformed(`"${name}" is no position`, "invalid_position");
  }

  requiredPosition(name: string): string {
    return this.position(name) ?? missing(name);
  }

  idempotencyKey(): string | undefined {
    const key = this.text("idempotencyKey");
    if (key === undefined || isIdempotencyKey(key)) return key;
    throw new Malformed(
      "An idempotency key has 16 to 64 characters of A-Z a-z 0-9 _ . : ~ -.",
      "invalid_idempotency_key",
    );
  }

  /** `data` or `data64`, of which exactly one must be there; `data` may be null. */
  payload(): { readonly data: JsonValue } | { readonly data64: string } {
    const data64 = this.text("data64");
    if (Object.hasOwn(this.object, "data") === (data64 !== undefined)) {
      throw new Malformed('exactly one of "data" and "data64" must be given');
    }
    if (data64 === undefined) return { data: this.object["data"] as JsonValue };
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(data64) && data64.replace(/=+$/, "").length % 4 !== 1) return { data64 };
    throw new Malformed('"data64" is not base64');
  }

  /** What stands in place of data: nothing. */
  noPayload(): { readonly removed: true } {
    if (["data", "data64"].some((name) => Object.hasOwn(this.object, name))) throw new Malformed('"removed" takes no data');
    return { removed: true };
  }

  keyOrTag(name: string): string | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : keyOrTag(name, text);
  }

  keysOrTags(name: string): string[] | undefined {
    const value = this.member(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw new Malformed(`"${name}" must be an array`);
    return value.map((element: JsonValue) => keyOrTag(name, element));
  }

  nested(name: string): Members | undefined {
    const value = this.member(name);
    return value === undefined ? undefined : new Members(value);
  }

  objects(name: string): Members[] {
    const value = this.member(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw new Malformed(`"${name}" must be an array`);
    return value.map((element: JsonValue) => new Members(element));
  }
}

function keyOrTag(name: string, text: JsonValue): string {
  if (typeof text !== "string" || !isMapKey(text)) throw new Malformed(`"${name}" must have 1 to 256 bytes of UTF-8`);
  return text;
}

function missing(name: string): never {
  throw new Malformed(`"${name}" is missing`);
}
