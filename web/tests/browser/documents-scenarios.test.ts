// The scenarios E of documents, in Chromium, with windows that have nothing in common but the server.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { suffer } from "./support/chat.js";
import { launchChromium } from "./support/chromium.js";
import { editor, Windows, type Window } from "./support/documents.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;
const windows = new Windows(() => chromium);
const open = (name: string, options = {}) => windows.open(server.url, name, options);

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterEach(() => windows.close());
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

/** Until all of them hold the same. */
async function alike(...all: Window[]): Promise<void> {
  for (const window of all) await window.saved();
  await expect.poll(async () => new Set(await Promise.all(all.map((window) => window.hash()))).size).toBe(1);
  await expect.poll(async () => new Set(await Promise.all(all.map((window) => window.text()))).size).toBe(1);
}

const cut = (window: Window) => window.page.getByRole("button", { name: "Cut the network" }).click();
const mend = (window: Window) => window.page.getByRole("button", { name: "Restore the network" }).click();

test("E1: two who type at one place at once end with the same text, and both words whole", async () => {
  const [a, b] = [await open("e1"), await open("e1")];
  for (const { page } of [a, b]) {
    await editor(page).click();
    await page.keyboard.press("ControlOrMeta+End");
  }
  await Promise.all([a.page.keyboard.insertText("alpha"), b.page.keyboard.insertText("bravo")]);
  await expect.poll(() => a.text()).toMatch(/alpha/);
  await expect.poll(() => a.text()).toMatch(/bravo/);
  await alike(a, b);
  expect(await b.text()).toMatch(/^e1\n(alphabravo|bravoalpha)$/);
});

test("E2: two who were cut off and made fifty edits each end with the same document", async () => {
  const [a, b] = [await open("e2"), await open("e2")];
  await a.type("a sentence that both change");
  await expect.poll(() => b.text()).toContain("both change");
  await alike(a, b);
  for (const window of [a, b]) await cut(window);
  for (const [at, { page }] of [a, b].entries()) {
    await editor(page).click();
    for (let edit = 0; edit < 50; edit++) {
      const keys = ["x", "ArrowLeft", "y", "Backspace", "ControlOrMeta+b", "ArrowRight", "z", "Enter", "Delete", "ArrowUp", "w"];
      await page.keyboard.press(keys[(edit * (3 + at) + at) % keys.length]!);
    }
  }
  await expect.poll(async () => (await a.hash()) === (await b.hash())).toBe(false);
  for (const window of [a, b]) await mend(window);
  await alike(a, b);
});

test("E3: what was called saved is there after kill -9", async () => {
  const a = await open("e3");
  await a.type("before the kill");
  await expect.poll(() => a.text()).toContain("before the kill");
  await a.saved();
  await server.kill();
  await server.restart();
  const c = await open("e3");
  await expect.poll(() => c.text()).toBe("e3\nbefore the kill");
});

test("E4: while nobody says that it is kept it is not called saved, and leaving warns", async () => {
  const [a, b] = [await open("e4", { hasNet: true }), await open("e4")];
  a.net.losesReceipts = true;
  await a.type("kept, but who knows");
  await expect.poll(() => b.text()).toContain("who knows");
  await a.says("Saving…");
  const asked = new Promise<string>((resolve) =>
    a.page.once("dialog", (dialog) => {
      resolve(dialog.type());
      void dialog.dismiss();
    }),
  );
  await a.page.close({ runBeforeUnload: true });
  expect(await asked).toBe("beforeunload");
  a.net.losesReceipts = false;
  await a.type("!");
  await a.saved();
});

test("E5: a cursor goes with its window, goes with its network, and is back with it", async () => {
  const configuration = join(mkdtempSync(join(tmpdir(), "carillon-")), "carillon.yaml");
  writeFileSync(configuration, "heartbeat: 2s\n");
  const watchful = await startServer({ args: ["--config", configuration] });
  try {
    const a = await windows.open(watchful.url, "e5");
    const b = await windows.open(watchful.url, "e5");
    const c = await windows.open(watchful.url, "e5");
    const carets = () => a.page.locator(".caret-name").count();
    await b.type("b");
    await expect.poll(carets).toBe(1);
    await c.type("c");
    await expect.poll(carets).toBe(2);
    await c.page.context().close();
    await expect.poll(carets).toBe(1);
    // By its address: whoever presses a button of the page has left the text, and its cursor with it.
    const lane = await b.page.evaluate(() => sessionStorage.getItem("network.lane.documents") ?? "");
    await suffer(watchful.url, lane, { fault: "hang" });
    await expect.poll(carets).toBe(0);
    await suffer(watchful.url, lane, { fault: "none" });
    await expect.poll(carets).toBe(1);
  } finally {
    await windows.close();
    await watchful.stop();
  }
});

test("E6: what a reader forges is refused, changes nothing, and is told", async () => {
  const a = await open("e6");
  await a.type("only A writes");
  await a.saved();
  const c = await open("e6", { query: "?read" });
  await expect.poll(() => c.text()).toContain("only A writes");
  await c.says("You may read, and not write");
  await c.type("forged");
  expect(await c.text()).not.toContain("forged");
  const said = await c.page.evaluate(async () => {
    const pass = await fetch("/apps/documents/pass", { method: "POST", body: JSON.stringify({ name: "Eve", document: "e6" }) });
    const { token } = (await pass.json()) as { token: string };
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/documents/e6?token=${token}`);
    socket.binaryType = "arraybuffer";
    // An update of client 1: the text "x" at the root "default".
    socket.onopen = () => socket.send(new Uint8Array([0, 2, 17, 1, 1, 1, 0, 4, 1, 7, 100, 101, 102, 97, 117, 108, 116, 1, 120, 0]));
    return new Promise<string>((resolve) => {
      socket.onmessage = ({ data }) => {
        const bytes = new Uint8Array(data as ArrayBuffer);
        if (bytes[0] === 2) resolve(new TextDecoder().decode(bytes.subarray(3)));
      };
      socket.onclose = ({ code }) => resolve(`closed with ${code}`);
    });
  });
  expect(said).toBe("you may read this document, and not write to it");
  await a.type("!");
  await expect.poll(() => c.text()).toBe("e6\nonly A writes!");
  expect(await a.text()).toBe("e6\nonly A writes!");
});

test("E7: who undoes takes back their own edits and nobody else's", async () => {
  const [a, b] = [await open("e7"), await open("e7")];
  await a.type("mine ");
  await expect.poll(() => b.text()).toContain("mine");
  await b.type("theirs");
  await expect.poll(() => a.text()).toContain("theirs");
  await a.page.getByRole("button", { name: "Add a shape" }).click();
  await expect.poll(() => b.page.locator(".shape").count()).toBe(1);
  // On a slow machine each character is an edit of its own.
  for (let at = 0; at < 12; at++) await a.page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => b.text()).toBe("e7\ntheirs");
  await expect.poll(() => b.page.locator(".shape").count()).toBe(0);
});

test("E8: truncated, random and oversize frames end their connections, and harm nobody", async () => {
  const [a, b] = [await open("e8"), await open("e8")];
  await a.type("unharmed");
  const codes = await b.page.evaluate(() => {
    const frames = [new Uint8Array([0, 2, 9, 1]), new Uint8Array(300).map((_, at) => (at * 97 + 31) % 256), new Uint8Array(10 << 20)];
    return Promise.all(
      frames.map(
        (frame) =>
          new Promise<number>((resolve) => {
            const socket = new WebSocket(`${location.origin.replace("http", "ws")}/documents/e8`);
            socket.onopen = () => socket.send(frame);
            socket.onclose = ({ code }) => resolve(code);
          }),
      ),
    );
  });
  expect(codes).toEqual([4600, 4601, 1009]);
  await b.type(", and on");
  await expect.poll(() => a.text()).toBe("e8\nunharmed, and on");
  await alike(a, b);
});

test("E10: a document that is compacted while two type is whole, also for who was away since before", async () => {
  const [a, b, away] = [await open("e10"), await open("e10"), await open("e10")];
  await cut(away);
  await away.type("from away");
  for (let round = 0; round < 3; round++) {
    await a.type("x".repeat(20));
    await a.page.keyboard.insertText("a".repeat(2500));
    await b.type("y");
    await a.saved();
  }
  await b.saved();
  const compacted = async () => {
    const { bytes } = (await (await fetch(`${server.url}/documents/e10/versions`)).json()) as { bytes: { compacted: { from: number } } };
    return bytes.compacted.from;
  };
  await expect.poll(compacted).toBeGreaterThan(0);
  await mend(away);
  await alike(a, b, away);
  expect(await a.text()).toContain("from away");
});

test("E11: two who open a new document at once find with what it begins once", async () => {
  const [a, b] = await Promise.all([open("e11"), open("e11")]);
  await alike(a, b);
  expect(await a.text()).toBe("e11\n");
});
