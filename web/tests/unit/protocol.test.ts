// The golden vectors that the Java room `protocol` runs too: both must read and write the same words.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  actionOf,
  BinaryFeed,
  codes,
  compareSpecificity,
  isChannelName,
  looksLikePosition,
  parsePattern,
  patternMatches,
  patternsTie,
  readClientMessage,
  readServerMessage,
  writeClientMessage,
  writeClientBinary,
  writeServerMessage,
  type ChannelPattern,
  type ClientMessage,
  type JsonValue,
  type ServerMessage,
} from "@carillon/protocol";
import { BinaryServer, commandOf } from "./client/support/binary-server.js";
import { seeded } from "./client/support/clock.js";

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../protocol/vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

interface MessageVector {
  readonly name: string;
  readonly json: string;
  readonly canonical?: string;
  readonly error?: string;
}

/**
 * Java passes `data` on byte for byte. JavaScript holds values: 1.0E+2 comes back as 100, -0 as 0, and the second of two
 * equal members wins. So the canonical text is compared as JSON.stringify spells its value, which for most vectors is
 * that very text.
 */
function expectSameWords(written: string, canonical: string): void {
  expect(written).toBe(JSON.stringify(JSON.parse(canonical)));
}

describe("client messages are read and written as the vectors say", () => {
  test.each(vectors<{ vectors: MessageVector[] }>("client-messages").vectors)("$name", (vector) => {
    const outcome = readClientMessage(vector.json);
    if (vector.error !== undefined) {
      expect(outcome).toMatchObject({ kind: "refused", code: vector.error });
    } else if (outcome.kind === "refused") {
      expect.fail(`refused: ${outcome.why}`);
    } else {
      expectSameWords(writeClientMessage(outcome.message), vector.canonical ?? vector.json);
    }
  });
});

interface BinaryVector extends MessageVector {
  readonly hex: string;
  readonly number?: number;
}

const binary = vectors<{ client: BinaryVector[]; server: BinaryVector[] }>("binary-messages");
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

describe("what a client says is written in binary as the vectors say", () => {
  // What JavaScript holds as another value it writes as that one.
  const kept = binary.client.filter(({ json }) => json !== undefined && JSON.stringify(JSON.parse(json)) === json);
  test.each(kept.filter(({ canonical }) => canonical === undefined))("$name", ({ json, hex }) => {
    if (json.includes("9223372036854775807")) return; // no offset that JavaScript counts to
    expect(hexOf(writeClientBinary(JSON.parse(json) as ClientMessage))).toBe(hex);
    expectSameWords(commandOf(bytesOf(hex)), json);
  });

  test.each(["yesterday", "1", "1QAAAAAAAAAAAAAAAA1", "1AAAAAAAAAAAEAAAAA1", "2AAAAAAAAAAAAAAAAA1"])(
    "a position that is none is sent as one that is refused: %s",
    (after) => {
      expect(hexOf(writeClientBinary({ type: "subscribe", channel: "c", after }))).toBe("01020163ff");
    },
  );
});

test("what a server says in binary is read as the vectors say, one after the other", () => {
  const feed = new BinaryFeed();
  const server = new BinaryServer();
  for (const { name, json, hex, error, number } of binary.server) {
    const read = feed.read(bytesOf(hex));
    if (error !== undefined) {
      expect(read, name).toBeUndefined();
      continue;
    }
    const outcome = readServerMessage(read as JsonValue);
    if (outcome.kind === "refused") expect.fail(`${name}: refused`);
    expect(asJson(outcome.message), name).toEqual(withFlags(JSON.parse(json)));
    expect(hexOf(server.bytesOf(JSON.parse(json) as ServerMessage, number)), name).toBe(hex);
  }
});

/** With bytes as JSON has them, and without what is undefined. */
function asJson(value: object): unknown {
  const form = (_: string, of: unknown) => {
    if (typeof of !== "object" || of === null || !("data" in of) || !(of.data instanceof Uint8Array)) return of;
    const { data, ...rest } = of;
    return { ...rest, data64: Buffer.from(data).toString("base64") };
  };
  return JSON.parse(JSON.stringify(value, form));
}

/** A message as it is read: what was recovered and what was not are told apart, and what is a snapshot and what is not. */
function withFlags(message: { type: string; recovered?: boolean; reset?: boolean }): object {
  if (message.type === "history") return { ...message, reset: message.reset ?? false };
  return message.type === "subscribed" ? { ...message, recovered: message.recovered ?? false } : message;
}

test("no bytes of a server stop a feed", () => {
  const random = seeded(1);
  const feed = new BinaryFeed();
  const all = binary.server.map(({ hex }) => bytesOf(hex));
  for (let round = 0; round < 20_000; round++) {
    const bytes = all[Math.floor(random() * all.length)]?.slice() ?? new Uint8Array();
    for (let changes = random() * 3; changes > 0; changes--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    readServerMessage(feed.read(bytes.subarray(0, random() < 0.5 ? bytes.length : Math.floor(random() * bytes.length))) as JsonValue);
  }
  expect(feed.read(bytesOf("1800"))).toEqual({ type: "pong", id: undefined });
});

describe("server messages are read and written as the vectors say", () => {
  test.each(vectors<{ vectors: MessageVector[] }>("server-messages").vectors)("$name", (vector) => {
    const outcome = readServerMessage(vector.json);
    if (outcome.kind === "refused") expect.fail(`refused: ${outcome.why}`);
    expectSameWords(writeServerMessage(outcome.message), vector.json);
  });
});

describe("what no server says is refused, and never more than that", () => {
  test.each([
    ["", "malformed"],
    ["null", "malformed"],
    ["7", "unknown_type"],
    ['"hello"', "unknown_type"],
    ["[]", "unknown_type"],
    ["{}", "unknown_type"],
    ['{"type":"constructor"}', "unknown_type"],
    ['{"type":"__proto__"}', "unknown_type"],
    ['{"type":{"toString":1}}', "malformed"],
    ['{"type":"hello","session":"s","heartbeat":1}', "malformed"],
    ['{"type":"publication","channel":"c","position":"0","offset":1,"at":1}', "malformed"],
    ['{"type":"publication","channel":"c","position":"0","offset":1,"at":1,"data":1,"data64":"AA=="}', "malformed"],
    ['{"type":"publication","channel":"c","position":"0","offset":1,"at":1,"data64":"AAAAA"}', "malformed"],
    ['{"type":"publication","channel":"c","position":"0","offset":1,"at":1,"data64":["AA=="]}', "malformed"],
    ['{"type":"publication","channel":"c","position":"0","offset":-1,"at":1,"data":1}', "malformed"],
    ['{"type":"subscribed","channel":"c","position":"0","offset":0,"gap":7}', "malformed"],
    ['{"type":"presence","channel":"c","version":1,"users":{"length":1}}', "malformed"],
    ['{"type":"presence","channel":"c","version":1,"users":[null]}', "malformed"],
    ['{"type":"join","channel":"c","user":null,"version":1}', "malformed"],
    ['{"type":"pong","id":{}}', "malformed"],
  ])("%s", (text, code) => {
    expect(readServerMessage(text)).toMatchObject({ kind: "refused", code });
  });

  test("null is as good as absent, except for data; what is not known is left out", () => {
    const text = '{"type":"publication","id":5,"channel":"c","position":"0","offset":1,"at":1,"from":null,"data":null,"more":[1]}';
    expect(readServerMessage(text)).toEqual({
      kind: "read",
      message: { type: "publication", channel: "c", position: "0", offset: 1, at: 1, data: null },
    });
  });
});

test("a code and a cause that this version does not know are passed on, since their range tells what to do", () => {
  const error = readServerMessage('{"type":"error","code":4299,"name":"new","message":"something new"}');
  expect(error).toMatchObject({ kind: "read", message: { code: 4299 } });
  expect(actionOf(4299)).toBe("retry");
  expect(actionOf(codes.moving)).toBe("reconnect");
  expect(actionOf(codes.malformed)).toBe("stop");
  const gap = readServerMessage('{"type":"gap","channel":"c","cause":"new","next":"0"}');
  expect(gap).toMatchObject({ kind: "read", message: { cause: "new" } });
});

interface NameVectors {
  readonly valid: string[];
  readonly invalid: string[];
  readonly matches: { pattern: string; yes: string[]; no: string[] }[];
  readonly invalidPatterns: string[];
  readonly order: string[];
  readonly ties: [string, string][];
  readonly noTies: [string, string][];
}

describe("names and patterns", () => {
  const names = vectors<NameVectors>("names");

  function pattern(text: string): ChannelPattern {
    return parsePattern(text) ?? expect.fail(`"${text}" is no pattern`);
  }

  test("names", () => {
    expect(names.valid.filter((name) => !isChannelName(name))).toEqual([]);
    expect(names.invalid.filter(isChannelName)).toEqual([]);
    expect(isChannelName("a".repeat(200))).toBe(true);
    expect(isChannelName("a".repeat(201))).toBe(false);
  });

  test.each(names.matches)("$pattern", ({ pattern: text, yes, no }) => {
    expect(yes.filter((name) => !patternMatches(pattern(text), name))).toEqual([]);
    expect(no.filter((name) => patternMatches(pattern(text), name))).toEqual([]);
  });

  test("what is no pattern", () => {
    expect(names.invalidPatterns.filter((text) => parsePattern(text) !== undefined)).toEqual([]);
  });

  test("the more specific pattern comes first", () => {
    const patterns = names.order.map(pattern);
    const sorted = [...patterns].reverse().sort(compareSpecificity);
    expect(sorted.map((each) => each.text)).toEqual(names.order);
  });

  test("ties", () => {
    expect(names.ties.filter(([a, b]) => !patternsTie(pattern(a), pattern(b)))).toEqual([]);
    expect(names.noTies.filter(([a, b]) => patternsTie(pattern(a), pattern(b)))).toEqual([]);
  });
});

test("every position of the vectors looks like one, and plain words do not", () => {
  const positions = vectors<{ vectors: { text: string; refused?: boolean }[] }>("positions").vectors;
  const accepted = positions.filter((position) => position.refused !== true).map((position) => position.text);
  expect(accepted.length).toBeGreaterThan(0);
  expect(accepted.filter((text) => !looksLikePosition(text))).toEqual([]);
  expect(["", "yesterday", "42", "1 AAAAAAAAAAAAAAAAA1"].filter(looksLikePosition)).toEqual([]);
});
