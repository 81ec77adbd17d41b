// Names, patterns, idempotency keys and positions: what they look like (PROTOCOL.md §3, §5, §6).

/** Browsers and Node have it. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

/** 1 to 200 characters of A–Z a–z 0–9 _ . : ~ - */
export function isChannelName(text: string): boolean {
  return /^[\w.:~-]{1,200}$/.test(text);
}

/** 16 to 64 of the characters that a channel's name may have. */
export function isIdempotencyKey(text: string): boolean {
  return /^[\w.:~-]{16,64}$/.test(text);
}

/** Whether it may be a key or a tag of a map: 1 to 256 bytes of UTF-8. */
export function isMapKey(text: string): boolean {
  return text !== "" && !/\p{Surrogate}/u.test(text) && new TextEncoder().encode(text).length <= 256;
}

/**
 * Whether the text may be a position. Positions are opaque to clients: this only tells one from something else, and
 * formats after the first look the same from here. Whether it *is* one, the server says.
 */
export function looksLikePosition(text: string): boolean {
  return /^(?:0|[1-9][A-Za-z0-9_-]{18,63})$/.test(text);
}

/** A pattern of channel names: `*` matches one part between colons, a last `**` the rest. */
export interface ChannelPattern {
  readonly text: string;
  readonly parts: readonly string[];
}

export function parsePattern(text: string): ChannelPattern | undefined {
  if (text.length === 0 || text.length > 200) return undefined;
  const parts = text.split(":");
  const last = parts.length - 1;
  const valid = parts.every((part, i) => part === "" || part === "*" || (part === "**" && i === last) || isChannelName(part));
  return valid ? { text, parts } : undefined;
}

export function patternMatches(pattern: ChannelPattern, name: string): boolean {
  const { parts } = pattern;
  const nameParts = name.split(":");
  if (parts.at(-1) === "**" ? nameParts.length < parts.length : nameParts.length !== parts.length) return false;
  return parts.every((part, i) => part === "**" || part === "*" || part === nameParts[i]);
}

/** Below zero where `a` is the more specific pattern, above where `b` is, zero where neither is. */
export function compareSpecificity(a: ChannelPattern, b: ChannelPattern): number {
  const shared = Math.min(a.parts.length, b.parts.length);
  for (let i = 0; i < shared; i++) {
    const difference = rank(a.parts[i]) - rank(b.parts[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether both match some common name and neither is the more specific one. */
export function patternsTie(a: ChannelPattern, b: ChannelPattern): boolean {
  if (compareSpecificity(a, b) !== 0 || a.parts.length !== b.parts.length) return false;
  return a.parts.every((part, i) => rank(part) > 0 || part === b.parts[i]);
}

function rank(part: string | undefined): number {
  return part === "**" ? 2 : part === "*" ? 1 : 0;
}
