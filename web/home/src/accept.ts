// How 101's Sec-WebSocket-Accept comes of the request's Sec-WebSocket-Key (RFC 6455 §4.2.2), reckoned in the page.

export interface Derivation {
  /** Key and GUID, one after the other. */
  readonly joined: string;
  /** SHA-1 of it, in hexadecimal. */
  readonly sha1: string;
  /** The same 20 bytes in base64. */
  readonly accept: string;
}

export async function deriveAccept(key: string, guid: string): Promise<Derivation> {
  const joined = key + guid;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(joined)));
  const sha1 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { joined, sha1, accept: btoa(String.fromCharCode(...digest)) };
}
