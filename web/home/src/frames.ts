// Reads the bytes of a WebSocket frame (RFC 6455 §5.2) for people: no page, no network.

import type { Frame } from "./feed.js";

export interface Segment {
  readonly kind: "header" | "mask" | "payload";
  /** Two hexadecimal digits each. */
  readonly bytes: readonly string[];
}

export interface HeaderField {
  readonly bits: string;
  readonly name: string;
  readonly meaning: string;
}

const OPCODES: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** So many bytes of a binary message are shown where it is one of many. */
const HEX_SHOWN = 64;

export function opcodeName(opcode: number): string {
  return OPCODES[opcode] ?? `reserved ${opcode}`;
}

/** The bytes in the order of the wire. */
export function segments(frame: Frame): Segment[] {
  const all: Segment[] = [
    { kind: "header", bytes: bytesOf(frame.header) },
    { kind: "mask", bytes: bytesOf(frame.mask ?? "") },
    { kind: "payload", bytes: bytesOf(frame.payload) },
  ];
  return all.filter((segment) => segment.bytes.length > 0);
}

export function framingLength(frame: Frame): number {
  return (frame.header.length + (frame.mask?.length ?? 0)) / 2;
}

/** "2 bytes of framing for 74 of payload" */
export function costSentence(frame: Frame): string {
  const framing = framingLength(frame);
  return `${framing} ${framing === 1 ? "byte" : "bytes"} of framing for ${frame.length} of payload`;
}

/** The header bit by bit, then what the length field and the mask say. */
export function headerFields(frame: Frame): HeaderField[] {
  const [first = 0, second = 0] = bytesOf(frame.header).map((byte) => parseInt(byte, 16));
  const short = second & 0x7f;
  const fields: HeaderField[] = [
    { bits: bits(first, 7, 1), name: "FIN", meaning: frame.fin ? "the last frame of its message" : "more frames follow" },
    { bits: bits(first, 4, 3), name: "RSV", meaning: first & 0x40 ? "RSV1: the payload is deflated" : "no extension uses them" },
    { bits: bits(first, 0, 4), name: "opcode", meaning: `${frame.opcode}: ${opcodeName(frame.opcode)}` },
    { bits: bits(second, 7, 1), name: "MASK", meaning: frame.mask === null ? "not masked: server to client" : "masked: client to server" },
    { bits: bits(second, 0, 7), name: "length", meaning: lengthMeaning(short, frame.length) },
  ];
  return fields;
}

function lengthMeaning(short: number, length: number): string {
  if (short === 126) return `126: the next 2 bytes say ${length}`;
  if (short === 127) return `127: the next 8 bytes say ${length}`;
  return `${short} bytes`;
}

/** How the mask hides the first byte: "7b ⊕ 37 = 4c on the wire"; undefined without a mask or payload. */
export function maskSentence(frame: Frame): string | undefined {
  const mask = bytesOf(frame.mask ?? "")[0];
  const payload = bytesOf(frame.payload)[0];
  if (mask === undefined || payload === undefined) return undefined;
  const masked = (parseInt(mask, 16) ^ parseInt(payload, 16)).toString(16).padStart(2, "0");
  return `Shown unmasked: the first byte ${payload} went over the wire as ${payload} ⊕ ${mask} = ${masked}.`;
}

/** The payload in words: text as text, bytes in hexadecimal, a close frame's code and reason, everything else as its length. */
export function payloadText(frame: Frame): string {
  const bytes = Uint8Array.from(bytesOf(frame.payload), (byte) => parseInt(byte, 16));
  switch (frame.opcode) {
    case 8: {
      if (bytes.length < 2) return "no code";
      const code = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      return `${code} ${decode(bytes.subarray(2))}`.trimEnd();
    }
    case 0:
    case 1: {
      const cut = frame.length > bytes.length ? "…" : "";
      return decode(bytes) + cut;
    }
    case 2: {
      const shown = bytesOf(frame.payload).slice(0, HEX_SHOWN);
      return shown.length === 0 ? lengthText(frame) : shown.join(" ") + (frame.length > shown.length ? " …" : "");
    }
    default:
      return lengthText(frame);
  }
}

function lengthText({ length }: Frame): string {
  return length === 0 ? "empty" : `${length} ${length === 1 ? "byte" : "bytes"}`;
}

/** A cut may fall into the middle of a character: U+FFFD at the end is left out. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\uFFFD+$/, "");
}

function bytesOf(hex: string): string[] {
  return hex.match(/../g) ?? [];
}

function bits(byte: number, shift: number, count: number): string {
  return ((byte >> shift) & ((1 << count) - 1)).toString(2).padStart(count, "0");
}
