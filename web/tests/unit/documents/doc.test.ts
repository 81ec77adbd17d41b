// doc() over a network that the test is: what it says is saved, and when it comes back.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { doc, type DocOptions, type Kept, type LocalCopy, type SharedDoc, type SocketLike } from "@carillon/documents";
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

/** A copy as one tab sees it, whose writes end when the test says so. */
class Paper implements LocalCopy {
  updates: Uint8Array[] = [];
  epoch: string | undefined;
  isClosed = false;
  #writes: (() => void)[] = [];
  isSlow = false;

  async read(): Promise<Kept> {
    return { updates: [...this.updates], ...(this.epoch === undefined ? {} : { epoch: this.epoch }) };
  }

  #do(write: () => void): Promise<void> {
    return new Promise((resolve) => {
      const act = () => (write(), resolve());
      if (this.isSlow) this.#writes.push(act);
      else act();
    });
  }

  /** Lets everything through that waits. */
  flush(): void {
    this.isSlow = false;
    for (const write of this.#writes.splice(0)) write();
  }

  add(update: Uint8Array): Promise<void> {
    return this.#do(() => void this.updates.push(update));
  }

  setEpoch(epoch: string): Promise<void> {
    return this.#do(() => void (this.epoch = epoch));
  }

  squash(merge: (updates: readonly Uint8Array[]) => Uint8Array): Promise<void> {
    return this.#do(() => void (this.updates = [merge(this.updates)]));
  }

  async forget(): Promise<void> {
    this.updates = [];
    this.epoch = undefined;
  }

  close(): void {
    this.isClosed = true;
  }

  /** What somebody has who opens it. */
  text(): string {
    const opened = new Y.Doc();
    for (const update of this.updates) Y.applyUpdate(opened, update);
    return opened.getText("text").toString();
  }
}

test("what was written offline is there after a reload, is not called saved, and reaches the server", async () => {
  const paper = new Paper();
  const { line, text, shared: first } = await joined({ offline: paper });
  line.join();
  line.say(101, "0123");
  line.say(100, 1);
  line.onclose?.({ code: 1006, reason: "" });
  text.insert(0, "unsent");
  await vi.advanceTimersByTimeAsync(0);
  expect(first.state()).toMatchObject({ isSaved: false, isKept: true });
  first.close();
  lines = [];

  const { shared: second, line: again, text: there } = await joined({ offline: paper });
  expect(there.toString()).toBe("unsent");
  expect(second.state()).toMatchObject({ isSaved: false, isKept: true, epoch: "0123" });
  expect(again.url).toContain("epoch=0123");
  const server = new Y.Doc();
  again.join(server);
  expect(second.state().isSaved).toBe(false);
  for (const update of again.changes()) Y.applyUpdate(server, update);
  expect(server.getText("text").toString()).toBe("unsent");
  again.say(100, 1);
  expect(second.state().isSaved).toBe(true);
});

test("kept is said once it is written, and what waits for a write is one", async () => {
  const paper = new Paper();
  const { shared, text } = await joined({ offline: paper });
  paper.isSlow = true;
  text.insert(0, "a");
  text.insert(1, "b");
  text.insert(2, "c");
  await vi.advanceTimersByTimeAsync(0);
  expect(shared.state().isKept).toBe(false);
  paper.flush();
  await vi.advanceTimersByTimeAsync(0);
  expect(shared.state().isKept).toBe(true);
  expect(paper.updates.length).toBe(2);
  expect(paper.text()).toBe("abc");
});

test("what another tab has kept is still there after many updates were made one", async () => {
  const paper = new Paper();
  const { text } = await joined({ offline: paper });
  const other = new Y.Doc();
  other.getText("text").insert(0, "theirs");
  paper.updates.push(Y.encodeStateAsUpdate(other));
  for (let at = 0; at < 250; at++) {
    text.insert(0, "x");
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(paper.updates.length).toBeLessThan(60);
  expect(paper.text()).toContain("theirs");
  expect(paper.text().replaceAll("theirs", "")).toBe("x".repeat(250));
  expect(text.toString()).toContain("theirs");
});

test("a copy that can't be written is told, and the document goes on without", async () => {
  const broken = new Paper();
  broken.add = () => Promise.reject(new Error("the disk is full"));
  const { shared, line, text } = await joined({ offline: broken });
  line.join();
  text.insert(0, "x");
  await vi.advanceTimersByTimeAsync(0);
  expect(shared.state().isKept).toBeUndefined();
  line.say(100, 2);
  expect(shared.state().isSaved).toBe(true);
});

test("a copy that is forgotten is gone, and the connection too", async () => {
  const paper = new Paper();
  const { shared, text } = await joined({ offline: paper });
  text.insert(0, "secret");
  await vi.advanceTimersByTimeAsync(0);
  await shared.forget();
  text.insert(0, "more");
  await vi.advanceTimersByTimeAsync(0);
  expect(paper.updates).toEqual([]);
  expect(paper.isClosed).toBe(true);
  expect(shared.state().link).toBe("closed");
});

/** The first contents that it was sent. */
function seeds(line: Line): string[] {
  return line.sent.flatMap((message) => {
    const decoder = decoding.createDecoder(message);
    if (decoding.readVarUint(decoder) !== 102) return [];
    const begun = new Y.Doc();
    Y.applyUpdate(begun, decoding.readVarUint8Array(decoder));
    return [begun.getText("text").toString()];
  });
}

test("a first content is offered to a server that has nothing, and is not written here before it comes from there", async () => {
  const seed = (empty: Y.Doc) => empty.getText("text").insert(0, "template");
  const { line, text, shared } = await joined({ seed });
  line.join();
  expect(seeds(line)).toEqual(["template"]);
  expect(text.toString()).toBe("");
  line.say(100, 1);
  expect(shared.state().isSaved).toBe(true);
});

test("no first content is offered where there is something, on either side", async () => {
  const seed = (empty: Y.Doc) => empty.getText("text").insert(0, "template");
  const server = new Y.Doc();
  server.getText("text").insert(0, "x");
  const { line } = await joined({ seed });
  line.join(server);
  expect(seeds(line)).toEqual([]);
  shared?.close();
  lines = [];
  const mine = new Y.Doc();
  mine.getText("text").insert(0, "offline");
  const { line: next } = await joined({ seed, doc: mine });
  next.join();
  expect(seeds(next)).toEqual([]);
});

test("undo takes back one's own only", async () => {
  const { line, text } = await joined();
  const undo = new Y.UndoManager(text);
  line.join();
  text.insert(0, "mine");
  const other = new Y.Doc();
  other.getText("text").insert(0, "theirs");
  line.say(0, 2, Y.encodeStateAsUpdate(other));
  undo.undo();
  expect(text.toString()).toBe("theirs");
});
