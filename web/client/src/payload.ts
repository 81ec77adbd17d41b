// Data on its way out of and into the page: JSON, or bytes as base64.

import type { Payload } from "@carillon/protocol";

/** The member of a message that carries the data, as text. Throws `TypeError` for what has no form in JSON. */
export function payloadOf(data: unknown): string {
  if (data instanceof Uint8Array) {
    let binary = "";
    for (const byte of data) binary += String.fromCharCode(byte);
    return `"data64":"${btoa(binary)}"`;
  }
  const json = JSON.stringify(data) as string | undefined;
  if (json === undefined) throw new TypeError("This has no form in JSON.");
  return `"data":${json}`;
}

export function dataOf<Data>(payload: Payload): Data {
  if ("data" in payload) return payload.data as Data;
  return Uint8Array.from(atob(payload.data64), (character) => character.charCodeAt(0)) as Data;
}

/** In bytes. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
