// Documents with the provider that Yjs comes with, as it is, against the real server: over kills, cuts, and hands that may only read.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as decoding from "lib0/decoding";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { startServer, type Server } from "./support/server.js";
import { configurationWithTokens, token } from "./support/tokens.js";

const SAVED = 100;
const EPOCH = 101;

let server: Server;
const open: Editor[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterEach(() => {
  for (const editor of open.splice(0)) editor.close();
});
afterAll(async () => server?.stop());

/** An editor without a page: a document, and the provider. */
class Editor {
  readonly doc = new Y.Doc();
  readonly provider: WebsocketProvider;
  /** So many of what it sent over this connection are kept. */
  saved = 0;
  readonly denied: string[] = [];

  constructor(url: string, name: string, params: Record<string, string> = {}) {
    this.provider = new WebsocketProvider(`${url.replace("http", "ws")}/documents`, name, this.doc, {
      disableBc: true,
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      maxBackoffTime: 100,
      params: { receipts: "true", ...params },
    });
    this.provider.messageHandlers[SAVED] = (_encoder, decoder) => void (this.saved = decoding.readVarUint(decoder));
    this.provider.messageHandlers[EPOCH] = () => {};
    this.provider.messageHandlers[2] = (_encoder, decoder) => {
      decoding.readVarUint(decoder);
      this.denied.push(decoding.readVarString(decoder));
    };
    open.push(this);
  }

  get text(): Y.Text {
    return this.doc.getText("text");
  }

  /** What it says, and the marks of what is deleted. */
  get state(): string {
    const clocks = [...Y.decodeStateVector(Y.encodeStateVector(this.doc))].sort(([a], [b]) => a - b);
    return JSON.stringify([this.text.toDelta(), this.doc.getMap("shapes").toJSON(), clocks]);
  }

  async synced(): Promise<void> {
    await expect.poll(() => this.provider.synced).toBe(true);
  }

  close(): void {
    this.provider.destroy();
    this.doc.destroy();
  }
}

async function editors(name: string, count: number): Promise<Editor[]> {
  const made = Array.from({ length: count }, () => new Editor(server.url, name));
  await Promise.all(made.map((editor) => editor.synced()));
  return made;
}

/** Until all of them say the same. */
async function alike(...all: Editor[]): Promise<void> {
  await expect.poll(() => new Set(all.map((editor) => editor.state)).size).toBe(1);
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

test("two who type at one place at once end with the same text, and both words whole", async () => {
  const [a, b] = (await editors("one-place", 2)) as [Editor, Editor];
  a.text.insert(0, "Ada");
  b.text.insert(0, "Bob");
  await expect.poll(() => a.text.toString().length).toBe(6);
  await alike(a, b);
  expect(a.text.toString()).toMatch(/^(AdaBob|BobAda)$/);
});

test("who was cut off while others wrote, and wrote as well, ends with the same document", async () => {
  const [a, b, c] = (await editors("cut", 3)) as [Editor, Editor, Editor];
  a.text.insert(0, "a sentence that all three change");
  await expect.poll(() => b.text.length).toBe(a.text.length);
  await alike(a, b, c);
  for (const editor of [a, b]) editor.provider.disconnect();
  for (const [at, editor] of [a, b, c].entries()) {
    for (let step = 0; step < 50; step++) {
      const place = (step * 7 + at * 3) % editor.text.length;
      if (step % 5 === 4) editor.text.delete(place, 1);
      else editor.text.insert(place, String.fromCharCode(97 + ((step + at) % 26)), step % 3 === 0 ? { bold: true } : {});
      editor.doc.getMap("shapes").set("box", { x: step, y: at });
    }
  }
  for (const editor of [a, b]) editor.provider.connect();
  await alike(a, b, c);
  const [late] = (await editors("cut", 1)) as [Editor];
  await alike(late, c);
});

test("what somebody else has seen survives kill -9, and so does what was said to be saved", async () => {
  for (let round = 0; round < 3; round++) {
    const name = `killed-${round}`;
    const [a, b] = (await editors(name, 2)) as [Editor, Editor];
    const saved = a.saved;
    for (let at = 0; at < 40; at++) {
      a.text.insert(at, String(at % 10));
      if (at % 8 === 0) await pause(1);
    }
    await expect.poll(() => a.saved).toBeGreaterThanOrEqual(saved + 20);
    const kept = a.saved - saved;
    const seen = b.text.toString();
    await server.kill();
    a.close();
    b.close();
    await server.restart();
    const [c] = (await editors(name, 1)) as [Editor];
    const found = c.text.toString();
    expect(found.startsWith(seen)).toBe(true);
    expect(found.length).toBeGreaterThanOrEqual(kept - 1); // the answer to the server's question is one, too
  }
});

test("two who type while the server is killed, again and again, lose and double nothing", async () => {
  const [a, b] = (await editors("typing-on", 2)) as [Editor, Editor];
  let typed = 0;
  const typing = setInterval(() => {
    a.text.insert(a.text.length, "a");
    b.text.insert(0, "b");
    typed++;
  }, 10);
  for (let round = 0; round < 3; round++) {
    await pause(150);
    await server.kill();
    await pause(50);
    await server.restart();
    await a.synced();
    await b.synced();
  }
  clearInterval(typing);
  await expect.poll(() => a.text.length).toBe(2 * typed);
  await alike(a, b);
  const [late] = (await editors("typing-on", 1)) as [Editor];
  await alike(late, a);
  expect(late.text.toString().replaceAll("a", "")).toBe("b".repeat(typed));
});

test("a long afternoon is compacted while two type, and one who was away since before ends with the same", async () => {
  const [a, b, away] = (await editors("afternoon", 3)) as [Editor, Editor, Editor];
  away.provider.disconnect();
  away.text.insert(0, "written away from home");
  for (let step = 0; step < 700; step++) {
    a.text.insert(a.text.length, "x");
    if (step % 10 === 9) b.text.delete(0, Math.min(3, b.text.length));
    if (step % 20 === 0) await pause(1);
  }
  await alike(a, b);
  away.provider.connect();
  await alike(a, b, away);
  expect(a.text.toString()).toContain("written away from home");
  const snapshots = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/carillon_documents_stored_total\{what="snapshot"\} (\d+)/.exec(metrics)?.[1]);
  };
  await expect.poll(snapshots).toBeGreaterThan(0);
});

test("a cursor goes with its connection, and is back at once", async () => {
  const [a, b] = (await editors("cursors", 2)) as [Editor, Editor];
  const seen = () => a.provider.awareness.getStates().get(b.doc.clientID)?.["cursor"];
  b.provider.awareness.setLocalStateField("cursor", 3);
  await expect.poll(seen).toBe(3);
  b.provider.disconnect();
  await expect.poll(seen).toBeUndefined();
  b.provider.awareness.setLocalState({ cursor: 4 });
  b.provider.connect();
  await expect.poll(seen).toBe(4);
  // Cut without a word of the client's, whose clock stays as it was: its entry is not renewed, which would show it after 15 s.
  const clock = () => b.provider.awareness.meta.get(b.doc.clientID)?.clock;
  const before = clock();
  const gone = new Promise<void>((resolve) =>
    a.provider.awareness.on("change", ({ removed }: { removed: number[] }) => {
      if (removed.includes(b.doc.clientID)) resolve();
    }),
  );
  (b.provider.ws as unknown as WebSocket).terminate();
  await gone;
  await expect.poll(seen).toBe(4);
  expect(clock()).toBe(before);
});

test("who may only read sees all and changes nothing, and the name of a cursor is the token's", async () => {
  const configuration = configurationWithTokens('channels: [{pattern: "document:**", preset: document}]\n');
  const strict = await startServer({ args: ["--config", configuration] });
  try {
    const may = (...permissions: string[]) => ({ grants: [{ channels: "document:**", may: permissions }] });
    const ada = new Editor(strict.url, "strict", { token: token("ada", 60_000, undefined, may("subscribe", "publish")) });
    await ada.synced();
    ada.text.insert(0, "only Ada writes");
    ada.provider.awareness.setLocalStateField("user", { name: "Bob", color: "red" });
    const eve = new Editor(strict.url, "strict", { token: token("eve", 60_000, undefined, may("subscribe")) });
    await eve.synced();
    await expect.poll(() => eve.text.toString()).toBe("only Ada writes");
    await expect
      .poll(() => eve.provider.awareness.getStates().get(ada.doc.clientID)?.["user"])
      .toEqual({ name: "ada", color: "red" });
    eve.text.insert(0, "Eve ");
    await expect.poll(() => eve.denied).toEqual(["you may read this document, and not write to it"]);
    ada.text.insert(ada.text.length, "!");
    await expect.poll(() => eve.text.toString()).toContain("only Ada writes!");
    expect(ada.text.toString()).toBe("only Ada writes!");
    ada.close();
    eve.close();
  } finally {
    await strict.stop();
  }
});
