// The chat at /chat as people use it, on a network that is slow at worst: apps.md C1, C2, C9 and C10, and presence.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser, BrowserContext, Locator } from "playwright-core";
import { type Coming, Company, fill, kept, keptOf, newRoom, only, type Person, post, suffer, tokenOf } from "./support/chat.js";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

const folder = mkdtempSync(join(tmpdir(), "carillon-"));
let server: Server;
let chromium: Browser;
const company = new Company();
/** Servers of one test alone. */
const others: Server[] = [];

beforeAll(async () => {
  // A reload takes as long as the machine is busy.
  writeFileSync(join(folder, "carillon.yaml"), "limits: {presenceGrace: 60s}\n");
  server = await startServer({ args: ["--config", join(folder, "carillon.yaml")] });
  chromium = await launchChromium();
});
afterEach(() => company.leave());
afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function anotherServer(...args: string[]): Promise<Server> {
  const other = await startServer({ args });
  others.push(other);
  return other;
}

function comeIn(name: string, options: Coming = {}): Promise<Person> {
  return company.comeIn(chromium, server.url, name, options);
}

test("C1: what is said stands there at once as sending, then as sent, and once for the other", async () => {
  const room = await newRoom(server.url, "c1");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await suffer(server.url, await ada.lane(), { fault: "hang" });
  await ada.say("hi");
  await expect.poll(() => ada.lines()).toEqual([{ from: "ada", text: "hi", reactions: [], state: "sending" }]);
  await suffer(server.url, await ada.lane(), { fault: "none" });
  await expect.poll(() => ada.lines()).toEqual([{ from: "ada", text: "hi", reactions: [], state: "sent" }]);
  await expect.poll(() => bo.lines()).toEqual([{ from: "ada", text: "hi", reactions: [], state: "" }]);
});

test("C2: ten messages over a slow line leave the box free at once, and arrive in their order", async () => {
  const room = await newRoom(server.url, "c2");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  // As slow as a line can be.
  await suffer(server.url, await ada.lane(), { fault: "hang" });
  const wanted = Array.from({ length: 10 }, (_, i) => `fast ${i + 1}`);
  for (const text of wanted) {
    await ada.say(text);
    expect(await ada.page.locator("#text").inputValue()).toBe("");
  }
  await expect.poll(async () => (await ada.lines()).map(({ text, state }) => [text, state])).toEqual(wanted.map((text) => [text, "sending"]));
  await suffer(server.url, await ada.lane(), { fault: "none" });
  await expect.poll(async () => (await ada.lines()).map(({ state }) => state)).toEqual(wanted.map(() => "sent"));
  expect(await ada.texts()).toEqual(wanted);
  await expect.poll(() => bo.texts()).toEqual(wanted);
});

test("edits, deletions and reactions are seen by all, and nobody can undo another's", async () => {
  const room = await newRoom(server.url, "changes");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await ada.say("one");
  await ada.say("two");
  await expect.poll(() => bo.texts()).toEqual(["one", "two"]);
  await ada.edit("one", "ONE");
  await ada.remove("two");
  await expect.poll(() => bo.texts()).toEqual(["ONE"]);
  await bo.act("ONE", "React with thumbs up");
  await expect.poll(async () => (await ada.lines())[0]?.reactions).toEqual(["👍1"]);
  await ada.act("ONE", "React with thumbs up");
  for (const person of [ada, bo]) {
    await expect.poll(async () => (await person.lines()).map(({ text, reactions }) => [text, ...reactions])).toEqual([["ONE", "👍2"]]);
  }
  await bo.message("ONE").locator(".reaction").click();
  await expect.poll(async () => (await ada.lines())[0]?.reactions).toEqual(["👍1"]);

  await bo.message("ONE").hover();
  expect(await bo.tool("ONE", "Edit").count()).toBe(0);
  const [first] = await kept(server.url, room);
  const forged = { kind: "edit", of: first?.idempotencyKey ?? expect.fail("no key"), text: "forged" };
  expect(await post(server.url, await tokenOf(server.url, "bo"), room, forged)).toBe(403);
  expect((await kept(server.url, room)).map(({ from }) => from)).toEqual(["ada", "ada", "ada", "ada", "bo", "ada", "bo"]);
});

test("what one is pressing, asking or marking in a message stays, whatever others do to it meanwhile", async () => {
  const room = await newRoom(server.url, "pressed");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await bo.say("one");
  await expect.poll(async () => (await bo.lines()).map(({ state }) => state)).toEqual(["sent"]);
  const reactionsOf = (of: Person) => async () => (await of.lines()).map(({ reactions }) => reactions)[0];
  const press = async (what: Locator, meanwhile: () => Promise<void>) => {
    await what.hover();
    await bo.page.mouse.down();
    await meanwhile();
    await bo.page.mouse.up();
  };

  await ada.act("one", "React with thumbs up");
  await expect.poll(reactionsOf(bo)).toEqual(["👍1"]);
  await bo.message("one").hover();
  await press(bo.tool("one", "React with heart"), async () => {
    await ada.act("one", "React with laughing");
    await expect.poll(reactionsOf(bo)).toEqual(["👍1", "😄1"]);
  });
  for (const person of [ada, bo]) await expect.poll(reactionsOf(person)).toEqual(["👍1", "😄1", "❤️1"]);
  await press(bo.message("one").locator(".reaction").first(), async () => {
    await ada.act("one", "React with heart");
    await expect.poll(reactionsOf(bo)).toEqual(["👍1", "😄1", "❤️2"]);
  });
  await expect.poll(reactionsOf(ada)).toEqual(["👍2", "😄1", "❤️2"]);

  const marked = () => bo.page.evaluate(() => String(getSelection()));
  await bo.message("one").locator(".text").evaluate((text) => getSelection()?.selectAllChildren(text));
  await bo.act("one", "Delete");
  await ada.act("one", "React with heart");
  await expect.poll(reactionsOf(bo)).toEqual(["👍2", "😄1", "❤️1"]);
  expect(await marked()).toBe("one");
  await bo.tool("one", "Delete for good").click();
  for (const person of [ada, bo]) await expect.poll(() => person.texts()).toEqual([]);
});

test("who is here is listed, a reload is no leave, and whoever goes is seen to have gone", async () => {
  const room = await newRoom(server.url, "presence");
  const bo = await comeIn("bo", { room });
  const here = () => bo.page.locator("#people-here li b").allTextContents();
  await expect.poll(here).toEqual(["bo"]);
  const ada = await comeIn("ada", { room });
  await expect.poll(here).toEqual(["ada", "bo"]);
  expect(await bo.page.locator("#people-count").textContent()).toBe("2");
  await ada.say("bye");
  await expect.poll(() => bo.texts()).toEqual(["bye"]);
  await ada.open("general");
  await expect.poll(here).toEqual(["bo"]);
  expect(await bo.page.locator("#people-away li b").allTextContents()).toEqual(["ada"]);
  await ada.open(room);
  await expect.poll(here).toEqual(["ada", "bo"]);

  await bo.page.evaluate(() => {
    const seen: string[] = ((window as unknown as { seen: string[] }).seen = []);
    new MutationObserver(() => seen.push(document.querySelector("#people-count")?.textContent ?? "")).observe(
      document.querySelector("#people-count") as Element,
      { childList: true, subtree: true, characterData: true },
    );
  });
  await ada.page.reload();
  await ada.isIn(room);
  await ada.say("back");
  await expect.poll(() => bo.texts()).toEqual(["bye", "back"]);
  expect(await bo.page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
});

test("a room made by one is there for all, and what is begun in a room stays there", async () => {
  const [ada, bo] = [await comeIn("ada"), await comeIn("bo")];
  await ada.page.locator("#text").fill("a draft for general");
  await ada.page.locator("#new-room").click();
  await ada.page.locator("#room-name").fill("Night Shift!");
  await ada.page.locator("#room-name").press("Enter");
  await expect.poll(() => ada.page.locator("#room-error").textContent()).toContain("letters, digits");
  await ada.page.locator("#room-name").fill("Night Shift");
  await ada.page.locator("#room-topic").fill("Who is awake?");
  await ada.page.locator("#room-topic").press("Enter");
  await ada.isIn("night-shift");
  await expect.poll(() => ada.page.locator("#room-topic-line").textContent()).toBe("Who is awake?");
  await expect.poll(() => ada.page.locator("#text").inputValue()).toBe("");
  await bo.open("night-shift");
  await bo.say("I am");
  await expect.poll(() => ada.texts()).toEqual(["I am"]);
  await expect.poll(() => ada.page.locator("#room-list button", { hasText: "general" }).textContent()).toContain("a draft");
  await ada.page.reload();
  await ada.isIn("night-shift");
  await ada.open("general");
  await expect.poll(() => ada.page.locator("#text").inputValue()).toBe("a draft for general");
});

/** Holds back what the server says, from the first message on that holds these words. Answers how to let it go on. */
async function holdBack(context: BrowserContext, from: string): Promise<() => void> {
  const held: (() => void)[] = [];
  let isHolding = false;
  let isOver = false;
  await context.routeWebSocket(/\/live/, (socket) => {
    const far = socket.connectToServer();
    far.onMessage((message) => {
      isHolding ||= !isOver && String(message).includes(from);
      if (isHolding) held.push(() => socket.send(message));
      else socket.send(message);
    });
  });
  return () => {
    isOver = true;
    isHolding = false;
    for (const pass of held.splice(0)) pass();
  };
}

test.each([
  ["who is here", '"type":"presence"'],
  ["what rooms there are", '"type":"subscribed"'],
])("what is typed before it is known %s stays, and the name that it began is offered then", async (_, unknown) => {
  const room = await newRoom(server.url, `early-${unknown.replace(/\W|type/g, "")}`);
  await comeIn("bo.the-baker", { room });
  const context = await chromium.newContext();
  await only.websocket(context);
  const goOn = await holdBack(context, unknown);
  const page = await context.newPage();
  await page.goto(`${server.url}/chat#/${room}`);
  await page.locator("#name").fill("ada");
  await page.locator("#name").press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("text");
  if (unknown.includes("presence")) await expect.poll(() => page.locator("#room-title").textContent()).toBe(`# ${room}`);
  await page.keyboard.type("hello @bo");
  expect(await page.locator("#completions li").count()).toBe(0);
  goOn();
  await page.locator("#completions li").waitFor();
  await expect.poll(() => page.locator("#room-title").textContent()).toBe(`# ${room}`);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("#text").inputValue()).toBe("hello @bo.the-baker ");
  await context.close();
});

test("a text that is too long is counted, and neither cut nor sent", async () => {
  const room = await newRoom(server.url, "long");
  const ada = await comeIn("ada", { room });
  const text = "x".repeat(4_001);
  await ada.say(text);
  expect(await ada.page.locator("#text").inputValue()).toBe(text);
  expect(await ada.page.locator("#text-count").textContent()).toBe("4001 of 4000 characters");
  expect(await ada.page.locator("#send").isDisabled()).toBe(true);
  await ada.say(text.slice(1));
  await expect.poll(async () => (await ada.lines()).map(({ state }) => state)).toEqual(["sent"]);
});

test("what the server refuses for good says why, and can be sent again or discarded", async () => {
  const room = await newRoom(server.url, "refused");
  const ada = await comeIn("ada", { room, before: only.websocket });
  // On its way it becomes what no room takes.
  let isSpoilt = true;
  await ada.context.routeWebSocket(/\/live/, (socket) => {
    const far = socket.connectToServer();
    socket.onMessage((message) => far.send(isSpoilt ? String(message).replace("not fine", " ") : message));
  });
  await ada.page.reload();
  await ada.isIn(room);
  await ada.say("not fine");
  await ada.say("fine");
  await expect.poll(async () => (await ada.lines()).map(({ text, state }) => [text, state])).toEqual([["fine", "sent"], ["not fine", "failed"]]);
  expect(await ada.page.locator(".status.bad").textContent()).toContain("Not sent. malformed: text must say something");
  isSpoilt = false;
  await ada.page.getByRole("button", { name: "Retry" }).click();
  await expect.poll(async () => (await ada.lines()).map(({ text, state }) => [text, state])).toEqual([["fine", "sent"], ["not fine", "sent"]]);
  isSpoilt = true;
  await ada.edit("fine", "not fine");
  await expect.poll(() => ada.page.locator(".status.bad").textContent()).toContain("Not saved. malformed");
  expect((await ada.texts())[0]).toBe("fine");
  await ada.page.getByRole("button", { name: "Discard" }).click();
  await expect.poll(() => ada.page.locator(".status.bad").count()).toBe(0);
});

test("whoever logs out in one tab is logged out in all, and nothing of theirs is left", async () => {
  const ada = await comeIn("ada");
  const second = await ada.furtherTab("help");
  await ada.page.locator("#leave").click();
  for (const tab of [ada, second]) await tab.page.locator("#login-form").waitFor();
  expect(await ada.page.evaluate(() => localStorage.getItem("chat.name"))).toBeNull();
});

test("outside development mode nobody comes in by a name, and the page says so", async () => {
  const configuration = join(folder, "strict.yaml");
  writeFileSync(configuration, "keys:\n  - {name: backend, secret: 0123456789abcdef, grants: []}\n");
  const strict = await anotherServer("--config", configuration);
  const page = await chromium.newPage();
  await page.goto(`${strict.url}/chat`);
  await page.locator("#name").fill("ada");
  await page.locator("#login-form button").click();
  await expect.poll(() => page.locator("#name-error").textContent()).toBe("Only a server in development mode lets people in by name.");
  await page.close();
});

test("over https the lane carries it too, over a WebSocket and without", async () => {
  const secure = await anotherServer("--tls", "self-signed");
  const ada = await company.comeIn(chromium, secure.url, "ada", { ignoreHTTPSErrors: true, before: only.websocket });
  const bo = await company.comeIn(chromium, secure.url, "bo", { ignoreHTTPSErrors: true, before: only["event-stream"] });
  await expect.poll(async () => [await ada.pill(), await bo.pill()]).toEqual(["Live", "Live (event stream)"]);
  for (const person of [ada, bo]) {
    await person.suffer("cut");
    await person.say("cut off");
    await person.suffer("none");
    await expect.poll(async () => (await person.lines()).at(-1)?.state).toBe("sent");
  }
  await expect.poll(() => ada.texts()).toEqual(["cut off", "cut off"]);
  await expect.poll(() => ada.figures()).toMatchObject({ seen: 2, lost: 0, duplicate: 0, reordered: 0 });
});

test("the text of strangers is text", async () => {
  const room = await newRoom(server.url, "markup");
  const ada = await comeIn("ada", { room });
  const text = '<img src=x onerror="document.title=1"> <b>@ada</b> &amp; </p><script>alert(1)</script>';
  const payload = { kind: "message", text, tab: "stranger", n: 1 };
  expect(await post(server.url, await tokenOf(server.url, "mal"), room, payload, "stranger-00000001")).toBe(201);
  await expect.poll(() => ada.texts()).toEqual([text]);
  expect(await ada.page.locator("#messages img, #messages script").count()).toBe(0);
});

test("C9: unread and mentions are counted, the divider stands above the first, and a second tab follows", async () => {
  const room = await newRoom(server.url, "c9");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo9")];
  await ada.say("before bo ever came");
  await bo.open(room);
  await expect.poll(() => bo.texts()).toEqual(["before bo ever came"]);
  // What is seen counts as read once the room is known to be up to date.
  const readUpTo = async () => JSON.stringify((await keptOf(server.url, "chat:user:bo9", "bo9")).at(-1));
  await expect.poll(readUpTo).toContain(`"${room}":1`);
  await bo.open("general");
  const second = await bo.furtherTab("help");

  for (const text of ["one", "two @bo9", "three"]) await ada.say(text);
  const badges = (of: Person) => of.page.locator("#room-list button", { hasText: room }).locator(".said").textContent();
  for (const tab of [bo, second]) await expect.poll(() => badges(tab)).toBe(", 3 unread, 1 of them mention you");
  await expect.poll(() => bo.page.title()).toMatch(/^\(3\) /);

  await bo.open(room);
  await expect.poll(() => bo.page.locator(".new + .message .text").textContent()).toBe("one");
  for (const tab of [bo, second]) await expect.poll(() => badges(tab)).toBe("");
  await expect.poll(() => bo.page.title()).toMatch(/^#/);
  // A tab behind another one is drawn once a second.
  await second.page.close();
  // It stays while one reads, and is gone when one comes back.
  await bo.open("general");
  await bo.open(room);
  await expect.poll(() => bo.texts()).toEqual(["before bo ever came", "one", "two @bo9", "three"]);
  await expect.poll(() => bo.page.locator(".new").count()).toBe(0);
});

test("C10: what one reads does not move, whatever comes above or below it", async () => {
  const room = await newRoom(server.url, "c10");
  await fill(server.url, "ada", room, 400, "c10");
  const [ada, bo] = [await comeIn("ada", { room }), await comeIn("bo", { room })];
  await expect.poll(async () => (await bo.texts()).at(-1)).toBe("ada says 400");

  /** The message in the middle of the list, and where its top is. */
  const anchor = () =>
    bo.page.locator("#messages").evaluate((list) => {
      const middle = list.getBoundingClientRect().top + list.clientHeight / 2;
      const row = [...list.querySelectorAll<HTMLElement>(".message")].find((one) => one.getBoundingClientRect().bottom > middle);
      return { id: row?.dataset["id"] ?? "", top: row?.getBoundingClientRect().top ?? 0 };
    });
  const topOf = (id: string) => bo.page.locator(`.message[data-id="${id}"]`).evaluate((row) => row.getBoundingClientRect().top);
  const scrollTo = (top: number) => bo.page.locator("#messages").evaluate((list, to) => (list.scrollTop = to), top);

  const { scrollHeight, clientHeight } = await bo.page.locator("#messages").evaluate((list) => list);
  await scrollTo(scrollHeight - clientHeight - 500);
  await bo.page.locator("#to-newest").waitFor();
  const read = await anchor();
  for (let n = 1; n <= 5; n++) await ada.say(`below ${n}`);
  await expect.poll(() => bo.page.locator("#to-newest").textContent()).toBe("5 new");
  expect(Math.abs((await topOf(read.id)) - read.top)).toBeLessThanOrEqual(2);

  const held = async () => (await bo.texts()).length;
  const before = await held();
  expect(before).toBeLessThan(405);
  await scrollTo(0);
  const first = await anchor();
  await expect.poll(held).toBeGreaterThan(before);
  expect(Math.abs((await topOf(first.id)) - first.top)).toBeLessThanOrEqual(2);
  await expect
    .poll(async () => {
      await scrollTo(0);
      return held();
    })
    .toBe(405);
  const wanted = [...Array.from({ length: 400 }, (_, i) => `ada says ${i + 1}`), ...Array.from({ length: 5 }, (_, i) => `below ${i + 1}`)];
  expect(await bo.texts()).toEqual(wanted);
  await scrollTo(0);
  await expect.poll(() => bo.page.locator(".above").textContent()).toContain("where the room begins");

  await bo.page.locator("#to-newest").click();
  await expect.poll(() => bo.page.locator("#to-newest").isVisible()).toBe(false);
  await ada.say("seen at once");
  await expect.poll(() => bo.message("seen at once").isVisible()).toBe(true);
  await expect.poll(() => bo.page.locator("#messages").evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight)).toBeLessThan(40);
});
