// The chat while its network and its server fail: apps.md C3 to C7, and kill -9. What is lost and what comes twice is judged
// by the page's own counters, which trust only the numbers in the messages, and by a reader that knows neither page nor client.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { type Coming, Company, kept, newRoom, only, Person, suffer } from "./support/chat.js";
import { launchChromium, launchMortalChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

const folder = mkdtempSync(join(tmpdir(), "carillon-"));
let server: Server;
let chromium: Browser;
const company = new Company();

beforeAll(async () => {
  // One room remembers little, for those who are away for too long.
  const configuration = join(folder, "carillon.yaml");
  const channels = 'channels:\n  - pattern: "**"\n  - pattern: "chat:room:brief"\n    history: {count: 10}\n';
  writeFileSync(configuration, `${channels}limits: {presenceGrace: 3s}\n`);
  server = await startServer({ args: ["--config", configuration] });
  chromium = await launchChromium();
});
afterEach(() => company.leave());
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function comeIn(name: string, options: Coming = {}): Promise<Person> {
  return company.comeIn(chromium, server.url, name, options);
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`);

/** What the server keeps are these messages, in this order, each once. */
async function expectKept(room: string, texts: readonly string[]): Promise<void> {
  const publications = await kept(server.url, room);
  const messages = publications.map((one) => ("data" in one ? one.data : {}) as { readonly kind?: string; readonly text?: string }).filter(({ kind }) => kind === "message");
  expect(messages.map(({ text }) => text)).toEqual(texts);
  expect(publications.map(({ offset }) => offset)).toEqual(publications.map((_, i) => i + 1));
}

const transports = [
  { name: "websocket", pill: "Live", before: only.websocket },
  { name: "event-stream", pill: "Live (event stream)", before: only["event-stream"] },
  { name: "long-poll", pill: "Live (polling)", before: only["long-poll"] },
] as const;

describe.each(transports)("over $name", ({ name: transport, pill, before }) => {
  async function through(name: string, room: string): Promise<Person> {
    const person = await comeIn(name, { room, before });
    await expect.poll(() => person.pill()).toBe(pill);
    return person;
  }

  test("C3: who was cut off has all edits, deletions and reactions too, without a reload", async () => {
    const room = await newRoom(server.url, `c3-${transport}`);
    const [ada, bo] = [await comeIn("ada", { room }), await through("bo", room)];
    await expect.poll(() => ada.page.locator("#people-here li b").allTextContents()).toEqual(["ada", "bo"]);
    await bo.suffer("cut");
    await expect.poll(() => bo.pill()).toMatch(/^Reconnecting|^Connecting/);
    for (const text of numbered(30)) await ada.say(text);
    await expect.poll(async () => (await ada.lines()).filter(({ state }) => state === "sent").length).toBe(30);
    await ada.page.locator("#messages").evaluate((list) => (list.scrollTop = 0));
    await ada.edit("line 3", "line three");
    await ada.remove("line 4");
    await ada.act("line 5", "React with heart");
    await expect.poll(async () => (await ada.lines()).some(({ state }) => state === "sending")).toBe(false);
    expect(await bo.lines()).toEqual([]);

    await bo.suffer("none");
    const shown = async (of: Person) => (await of.lines()).map(({ from, text, reactions }) => ({ from, text, reactions }));
    await expect.poll(async () => (await shown(ada)).flatMap(({ reactions }) => reactions)).toEqual(["❤️1"]);
    const wanted = await shown(ada);
    expect(wanted.length).toBe(29);
    await expect.poll(() => shown(bo)).toEqual(wanted);
    await expect.poll(() => bo.figures()).toMatchObject({ seen: 30, lost: 0, duplicate: 0, reordered: 0, gaps: 0 });
  });

  test("C4: a message whose answer is lost on the way is sent again and stands there once", async () => {
    const room = await newRoom(server.url, `c4-${transport}`);
    const [ada, bo] = [await through("ada", room), await comeIn("bo", { room })];
    // Its answer is still on its way when a reset throws it away.
    await suffer(server.url, await ada.lane(), { fault: "one-way", direction: "up" });
    await ada.say("only once");
    await expect.poll(() => bo.texts()).toEqual(["only once"]);
    await expect.poll(async () => (await ada.lines()).map(({ state }) => state)).toEqual(["sending"]);
    await ada.suffer("cut");
    await ada.suffer("none");
    await expect.poll(async () => (await ada.lines()).some(({ state }) => state === "sending")).toBe(false);
    await ada.isLive();
    for (const person of [ada, bo]) await expect.poll(() => person.texts()).toEqual(["only once"]);
    await expectKept(room, ["only once"]);
    await expect.poll(() => bo.figures()).toMatchObject({ seen: 1, lost: 0, duplicate: 0, reordered: 0 });
  });
});

test("C5: what is written without a network survives a reload, and is sent once, in order, when there is one", async () => {
  const room = await newRoom(server.url, "c5");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await ada.suffer("cut");
  await expect.poll(() => ada.pill()).toMatch(/^Reconnecting|^Connecting/);
  const texts = numbered(3);
  for (const text of texts) await ada.say(text);
  await expect.poll(() => ada.pill()).toMatch(/3 queued$/);
  // What was typed is shown before it is written down, and a page that goes in between takes it along.
  await expect.poll(() => ada.kept()).toBe(3);
  await ada.page.reload();
  // The lane is this tab's, and still cut.
  await expect.poll(async () => (await ada.lines()).map(({ text, state }) => [text, state])).toEqual(texts.map((text) => [text, "sending"]));
  await expect.poll(() => ada.pill()).toMatch(/3 queued$/);
  expect(await bo.texts()).toEqual([]);
  await ada.suffer("none");
  for (const person of [ada, bo]) await expect.poll(() => person.texts()).toEqual(texts);
  await expect.poll(async () => (await ada.lines())[0]?.state).toBe("sent");
  await expectKept(room, texts);
  await ada.page.reload();
  await ada.isIn(room);
  await expect.poll(() => ada.texts()).toEqual(texts);
  await expectKept(room, texts);
  await expect.poll(() => bo.figures()).toMatchObject({ seen: 3, lost: 0, duplicate: 0, reordered: 0 });
});

test("C7: whoever stops, sends, leaves or vanishes is not typing any more", async () => {
  const room = await newRoom(server.url, "c7");
  // A signal reaches a poll only while it waits.
  const before = only.websocket;
  const [ada, bo] = [await comeIn("ada", { room, before }), await comeIn("bo", { room, hasClock: true, before })];
  const typing = () => bo.page.locator("#typing").textContent();
  await ada.page.locator("#text").pressSequentially("h");
  await expect.poll(typing).toBe("ada is typing");
  await ada.page.locator("#text").press("Backspace");
  await expect.poll(typing).toBe("");

  await ada.page.locator("#text").pressSequentially("hello");
  await expect.poll(typing).toBe("ada is typing");
  await ada.page.locator("#text").press("Enter");
  await expect.poll(() => bo.texts()).toEqual(["hello"]);
  await expect.poll(typing).toBe("");

  await ada.page.locator("#text").pressSequentially("and");
  await expect.poll(typing).toBe("ada is typing");
  await ada.open("general");
  await expect.poll(typing).toBe("");
  await ada.open(room);
  await expect.poll(() => ada.page.locator("#text").inputValue()).toBe("and");

  // Nobody tells of one whose line is dead.
  await ada.page.locator("#text").pressSequentially("!");
  await expect.poll(typing).toBe("ada is typing");
  await ada.suffer("hang");
  await ada.close();
  company.forget(ada);
  await bo.timePasses(7_000);
  await expect.poll(typing).toBe("");
});

test("C6: the server is killed and started again while somebody writes: nothing is lost, nothing comes twice", async () => {
  const room = await newRoom(server.url, "c6");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  const lane = await bo.lane();
  const texts = numbered(100);
  // 20 a second, whatever happens meanwhile; half of them once the server is gone, however long that took.
  const writing = ada.page.evaluate(async (lines) => {
    const box = document.querySelector<HTMLTextAreaElement>("#text");
    const form = document.querySelector<HTMLFormElement>("#composer");
    if (box === null || form === null) return;
    const isGone = () => document.documentElement.dataset["server"] === "gone";
    for (const [n, line] of lines.entries()) {
      while (n === lines.length / 2 && !isGone()) await new Promise((resolve) => setTimeout(resolve, 50));
      box.value = line;
      box.dispatchEvent(new Event("input"));
      form.requestSubmit();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }, texts);
  await expect.poll(async () => (await bo.texts()).length).toBeGreaterThan(20);
  await server.kill();
  await ada.page.evaluate(() => (document.documentElement.dataset["server"] = "gone"));
  await expect.poll(() => ada.pill()).toMatch(/queued$/);
  await server.restart();
  await writing;

  for (const person of [ada, bo]) {
    await expect.poll(() => person.texts()).toEqual(texts);
    await person.isLive();
  }
  await expect.poll(async () => (await ada.lines()).every(({ state }) => state === "sent" || state === "")).toBe(true);
  await expectKept(room, texts);
  await expect.poll(() => ada.figures()).toMatchObject({ sent: 100, confirmed: 100, seen: 100, lost: 0, duplicate: 0, reordered: 0, gaps: 0 });
  await expect.poll(() => bo.figures()).toMatchObject({ seen: 100, lost: 0, duplicate: 0, reordered: 0, gaps: 0 });
  // The lanes went with the server; the pages have others.
  expect(await bo.lane()).not.toBe(lane);
  await bo.suffer("cut");
  await expect.poll(() => bo.pill()).toMatch(/^Reconnecting|^Connecting/);
  await bo.suffer("none");
  await bo.isLive();
});

test("whose browser is killed has left after the announced time, and not before", async () => {
  const room = await newRoom(server.url, "killed");
  const bo = await comeIn("bo", { room });
  const here = () => bo.page.locator("#people-here li b").allTextContents();
  const mortal = await launchMortalChromium();
  // Of a poll nobody knows that it is over before its lease is.
  await Person.comeIn(mortal.browser, server.url, "ada", { room, before: only.websocket });
  await expect.poll(here).toEqual(["ada", "bo"]);
  const since = Date.now();
  await mortal.kill();
  await expect.poll(here).toEqual(["bo"]);
  expect(Date.now() - since).toBeGreaterThan(2_500);
});

test("who was away for longer than a room remembers is told so, and can load what is kept", async () => {
  const room = await newRoom(server.url, "brief");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await ada.say("long ago");
  await expect.poll(() => bo.texts()).toEqual(["long ago"]);
  await bo.suffer("cut");
  for (const text of numbered(30)) await ada.say(text);
  await expect.poll(async () => (await ada.lines()).filter(({ state }) => state === "sent").length).toBe(31);
  await bo.suffer("none");

  await bo.page.locator(".gap").waitFor();
  expect(await bo.page.locator(".gap").getAttribute("data-cause")).toBe("trimmed");
  const keptLines = numbered(30).slice(20);
  await expect.poll(() => bo.texts()).toEqual(["long ago", ...keptLines]);
  await expect.poll(() => bo.figures()).toMatchObject({ lost: 0, duplicate: 0, gaps: 1 });

  await bo.page.getByRole("button", { name: "Load what is kept" }).click();
  await expect.poll(() => bo.texts()).toEqual(keptLines);
  await expect.poll(() => bo.page.locator(".gap").count()).toBe(0);
  await expect.poll(() => bo.page.locator(".above").textContent()).toContain("no longer kept");
  await ada.say("and on");
  await expect.poll(() => bo.texts()).toEqual([...keptLines, "and on"]);
});

test("every fault of the panel ends when it is told to, and none of them loses or repeats anything", async () => {
  const room = await newRoom(server.url, "panel");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await ada.network();
  const faults = await ada.page.locator(".fault:not(.restore)").evaluateAll((all) => (all as HTMLElement[]).map(({ dataset }) => dataset["fault"] ?? ""));
  expect(faults.length).toBe(10);
  for (const fault of faults) {
    await ada.suffer(fault);
    await ada.say(`while ${fault}`);
    await ada.suffer("none");
    await expect.poll(() => bo.texts().then((texts) => texts.at(-1))).toBe(`while ${fault}`);
    await ada.isLive();
  }
  await ada.page.locator('[data-act="burst"]').click();
  await expect.poll(async () => (await bo.texts()).length).toBe(faults.length + 50);
  const all = faults.length + 50;
  await expect.poll(() => ada.figures()).toMatchObject({ sent: all, confirmed: all, seen: all, lost: 0, duplicate: 0, reordered: 0 });
  await expect.poll(() => bo.figures()).toMatchObject({ seen: all, lost: 0, duplicate: 0, reordered: 0 });
  await ada.page.locator('[data-act="reset"]').click();
  await expect.poll(() => ada.figures()).toMatchObject({ sent: 0, seen: 0 });
});
