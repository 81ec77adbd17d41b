// What the inspector says about frames, given frames.

import { describe, expect, test } from "vitest";
import { deriveAccept } from "../../home/src/accept.js";
import type { Frame } from "../../home/src/feed.js";
import { costSentence, headerFields, maskSentence, opcodeName, payloadText, segments } from "../../home/src/frames.js";

function frame(parts: Partial<Frame>): Frame {
  const hello: Frame = {
    connection: 1,
    at: 0,
    direction: "out",
    opcode: 1,
    fin: true,
    header: "8105",
    mask: null,
    payload: hex("Hello"),
    length: 5,
  };
  return { ...hello, ...parts };
}

function hex(text: string): string {
  return Buffer.from(text, "utf8").toString("hex");
}

/** RFC 6455 §5.7: a single-frame masked text message that contains "Hello". */
const masked = frame({ direction: "in", header: "8185", mask: "37fa213d" });

describe("the colours of a frame's bytes", () => {
  test("an unmasked frame has header and payload", () => {
    expect(segments(frame({}))).toEqual([
      { kind: "header", bytes: ["81", "05"] },
      { kind: "payload", bytes: ["48", "65", "6c", "6c", "6f"] },
    ]);
  });

  test("a masked one has the mask between them", () => {
    expect(segments(masked).map((segment) => segment.kind)).toEqual(["header", "mask", "payload"]);
    expect(segments(masked)[1]?.bytes).toEqual(["37", "fa", "21", "3d"]);
  });

  test("an empty ping has a header only", () => {
    const ping = frame({ opcode: 9, header: "8900", payload: "", length: 0 });
    expect(segments(ping)).toEqual([{ kind: "header", bytes: ["89", "00"] }]);
  });
});

describe("what a frame cost", () => {
  test.each([
    [frame({ header: "814a", payload: hex("x".repeat(74)), length: 74 }), "2 bytes of framing for 74 of payload"],
    [masked, "6 bytes of framing for 5 of payload"],
    [frame({ header: "817e0200", length: 512 }), "4 bytes of framing for 512 of payload"],
    [frame({ header: "817f0000000000010000", length: 65536 }), "10 bytes of framing for 65536 of payload"],
  ])("%#", (given, sentence) => expect(costSentence(given)).toBe(sentence));
});

describe("the header, bit by bit", () => {
  test("of the RFC's masked Hello", () => {
    expect(headerFields(masked).map(({ bits, name }) => [bits, name])).toEqual([
      ["1", "FIN"],
      ["000", "RSV"],
      ["0001", "opcode"],
      ["1", "MASK"],
      ["0000101", "length"],
    ]);
  });

  test("a first fragment, a deflated message and the longer lengths are told", () => {
    const meanings = (given: Frame) => headerFields(given).map((field) => field.meaning);
    expect(meanings(frame({ header: "0103", fin: false }))[0]).toBe("more frames follow");
    expect(meanings(frame({ header: "c105" }))[1]).toContain("deflated");
    expect(meanings(frame({ header: "817e0100", length: 256 }))[4]).toBe("126: the next 2 bytes say 256");
    expect(meanings(frame({ header: "827f0000000000010000", length: 65536 }))[4]).toBe("127: the next 8 bytes say 65536");
  });

  test("opcodes have names, and reserved ones say so", () => {
    expect([0, 1, 2, 8, 9, 10, 11].map(opcodeName)).toEqual([
      "continuation",
      "text",
      "binary",
      "close",
      "ping",
      "pong",
      "reserved 11",
    ]);
  });
});

describe("the payload in words", () => {
  test("text is text, cut between characters", () => {
    expect(payloadText(frame({ payload: hex("Grüße"), length: 7 }))).toBe("Grüße");
    expect(payloadText(frame({ payload: hex("Grü").slice(0, -2), length: 700 }))).toBe("Gr…");
  });

  test("a close frame is its code and reason", () => {
    const close = frame({ opcode: 8, payload: `03e8${hex("User navigated away")}`, length: 21 });
    expect(payloadText(close)).toBe("1000 User navigated away");
    expect(payloadText(frame({ opcode: 8, payload: "", length: 0 }))).toBe("no code");
  });

  test("anything else is its length", () => {
    expect(payloadText(frame({ opcode: 9, payload: "", length: 0 }))).toBe("empty");
    expect(payloadText(frame({ opcode: 9, payload: "00", length: 1 }))).toBe("1 byte");
    expect(payloadText(frame({ opcode: 10, payload: "0001", length: 2 }))).toBe("2 bytes");
  });

  test("a binary message is its bytes, as far as they are known", () => {
    expect(payloadText(frame({ opcode: 2, payload: "8001ff", length: 3 }))).toBe("80 01 ff");
    expect(payloadText(frame({ opcode: 2, payload: "00".repeat(512), length: 512 }))).toBe(`${"00 ".repeat(64)}…`);
    expect(payloadText(frame({ opcode: 2, payload: "", length: 300 }))).toBe("300 bytes");
    expect(payloadText(frame({ opcode: 2, payload: "", length: 0 }))).toBe("empty");
  });

  test("masking is shown on the first byte", () => {
    expect(maskSentence(masked)).toBe("Shown unmasked: the first byte 48 went over the wire as 48 ⊕ 37 = 7f.");
    expect(maskSentence(frame({}))).toBeUndefined();
  });
});

test("the RFC's key becomes the RFC's accept value, by way of the RFC's SHA-1", async () => {
  const derived = await deriveAccept("dGhlIHNhbXBsZSBub25jZQ==", "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  expect(derived.sha1).toBe("b37a4f2cc0624f1690f64606cf385945b2bec4ea");
  expect(derived.accept).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});
