// doc() over a network that the test is: what it says is saved, and when it comes back.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { doc, type DocOptions, type SharedDoc, type SocketLike } from "@carillon/documents";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

/** One connection, and as much of a server as the test wants. */
class Line implements SocketLike {
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: Uint8Array[] = [];
  readonly closedWith: (number | undefined)[] = [];

  constructor(readonly url: string) {}

  send(data: Uint8Array): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.closedWith.push(code);
  }

  say(...parts: (number | string | Uint8Array)[]): void {
    const encoder = encoding.createEncoder();
    for (const part of parts) {
      if (typeof part === "number") encoding.writeVarUint(encoder, part);
      else if (typeof part === "string") encoding.writeVarString(encoder, part);
      else encoding.writeVarUint8Array(encoder, part);
    }
    this.onmessage?.({ data: encoding.toUint8Array(encoder).slice().buffer });
  }

  /** As the server does when a document is joined: it asks what it lacks, and gives what the client lacks. */
  join(server = new Y.Doc()): void {
    this.onopen?.();
    this.say(0, 0, Y.encodeStateVector(server));
    this.say(0, 1, Y.encodeStateAsUpdate(server));
  }

  /** The updates that it was sent, in sync steps 2 and as they came. */
  changes(): Uint8Array[] {
    return this.sent.flatMap((message) => {
      const decoder = decoding.createDecoder(message);
      const isChange = decoding.readVarUint(decoder) === 0 && decoding.readVarUint(decoder) !== 0;
      return isChange ? [decoding.readVarUint8Array(decoder)] : [];
    });
  }

  cursors(): number {
    return this.sent.filter((message) => message[0] === 1).length;
  }
}

let lines: Line[] = [];
let shared: SharedDoc | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
});
afterEach(() => {
  shared?.close();
  vi.useRealTimers();
});

async function joined(options: Partial<DocOptions> = {}): Promise<{ shared: SharedDoc; line: Line; text: Y.Text }> {
  shared = doc({
    url: "http://example.com/documents",
    name: "minutes",
    connect: (url) => {
      lines.push(new Line(url));
      return lines.at(-1)!;
    },
    ...options,
  });
  await vi.advanceTimersByTimeAsync(0);
  return { shared, line: lines[0]!, text: shared.doc.getText("text") };
}

/** Until it has come back. */
async function next(): Promise<Line> {
  const count = lines.length;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(lines.length).toBe(count + 1);
  return lines.at(-1)!;
}

test("saved is what the server has said is kept, and nothing else", async () => {
  const { shared, line, text } = await joined();
  expect(line.url).toBe("ws://example.com/documents/minutes?receipts=true");
  line.join();
  expect(shared.state()).toMatchObject({ link: "connected", isSynced: true, isSaved: false });
  line.say(100, 1);
  expect(shared.state().isSaved).toBe(true);
  text.insert(0, "a");
  text.insert(1, "b");
  expect(shared.state().isSaved).toBe(false);
  line.say(100, 2);
  expect(shared.state().isSaved).toBe(false);
  line.say(100, 3);
  expect(shared.state().isSaved).toBe(true);
});

test("what others write leaves saved as it was", async () => {
  const { shared, line, text } = await joined();
  line.join();
  line.say(100, 1);
  const other = new Y.Doc();
  other.getText("text").insert(0, "theirs");
  line.say(0, 2, Y.encodeStateAsUpdate(other));
  expect(text.toString()).toBe("theirs");
  expect(shared.state().isSaved).toBe(true);
  expect(line.changes().length).toBe(1);
});

test("what was written while there was no connection is sent with the answer, once, and saved when that is kept", async () => {
  const { shared, line, text } = await joined();
  line.join();
  line.say(100, 1);
  line.onclose?.({ code: 1006, reason: "" });
  text.insert(0, "offline");
  expect(shared.state()).toMatchObject({ link: "waiting", isSaved: false });
  const back = await next();
  back.onopen?.();
  text.insert(7, "!");
  expect(back.changes()).toEqual([]);
  back.say(100, 0);
  expect(shared.state().isSaved).toBe(false);
  back.say(0, 0, Y.encodeStateVector(new Y.Doc()));
  const server = new Y.Doc();
  for (const update of back.changes()) Y.applyUpdate(server, update);
  expect(server.getText("text").toString()).toBe("offline!");
  expect(back.changes().length).toBe(1);
  back.say(100, 1);
  expect(shared.state().isSaved).toBe(true);
});

test("what was refused is never called saved", async () => {
  const { shared, line, text } = await joined();
  line.join();
  line.say(100, 1);
  text.insert(0, "x");
  line.say(2, 0, "you may read this document, and not write to it");
  line.say(100, 1);
  expect(shared.state()).toMatchObject({ isSaved: false, denied: "you may read this document, and not write to it" });
});

test("it comes back after a code that says so, and not after one that says stop", async () => {
  const { shared, line } = await joined({ getToken: () => "t" });
  line.join();
  line.say(101, "0123");
  line.onclose?.({ code: 4300, reason: "moving" });
  const back = await next();
  expect(back.url).toBe("ws://example.com/documents/minutes?receipts=true&epoch=0123&token=t");
  back.onopen?.();
  back.onclose?.({ code: 4618, reason: "this is another document of that name" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines.length).toBe(2);
  expect(shared.state()).toMatchObject({ link: "closed", close: { code: 4618 } });
});

test("a connection on which nothing is heard is given up", async () => {
  const { line } = await joined();
  line.join();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(line.closedWith).toEqual([4301]);
  expect(lines.length).toBe(2);
});

test("a cursor that moves a hundred times is sent a few times, the last one included", async () => {
  const { shared, line } = await joined();
  line.join();
  const before = line.cursors();
  for (let at = 0; at < 100; at++) {
    shared.awareness.setLocalStateField("cursor", at);
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(60);
  expect(line.cursors() - before).toBeLessThanOrEqual(3);
  expect(new TextDecoder().decode(line.sent.at(-1))).toContain('{"cursor":99}');
});

test("closed is closed: nothing is sent, and nothing comes back", async () => {
  const { shared, line, text } = await joined();
  line.join();
  shared.close();
  const sent = line.sent.length;
  text.insert(0, "x");
  line.onclose?.({ code: 1000, reason: "" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(line.sent.length).toBe(sent);
  expect(lines.length).toBe(1);
  expect(line.closedWith).toEqual([1000]);
});
