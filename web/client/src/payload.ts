// Data on its way out of and into the page: JSON, or bytes as base64.

/** The member of a message that carries the data, as text. Throws `TypeError` for what has no form in JSON. */
export function payloadOf(data: unknown): string {
  if (data instanceof Uint8Array) {
    let binary = "";
    for (const byte of data) binary += String.fromCharCode(byte);
    return `"data64":"${btoa(binary)}"`;
  }
  const json = JSON.stringify(data) as string | undefined;
  if (json === undefined) throw new TypeError("This is not JSON.");
  return `"data":${json}`;
}

/** Undefined where there is none. */
export function dataOf<Data>(payload: object): Data {
  const { data, data64 } = payload as { data?: Data; data64?: string };
  return data64 === undefined ? (data as Data) : (Uint8Array.from(atob(data64), (character) => character.charCodeAt(0)) as Data);
}

/** In bytes. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
