// People in the chat: each in a context of the browser, or in a further tab of one; and what can be asked of the server beside
// them, by plain HTTP.

import { expect } from "vitest";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Publication } from "@carillon/protocol";
import { ask } from "./http.js";
import { judgedOn, openNetwork, sufferOn, type Figures } from "./network-panel.js";

export interface Line {
  readonly from: string;
  readonly text: string;
  readonly reactions: readonly string[];
  /** sending, sent (of one's own messages), failed, or nothing at all */
  readonly state: string;
}

export interface Coming extends BrowserContextOptions {
  readonly room?: string;
  /** What is done to the context before it has a page. */
  readonly before?: (context: BrowserContext) => Promise<void>;
  /** Time goes on as everywhere, until it is told to jump. */
  readonly hasClock?: boolean;
}

export class Person {
  /** Errors of the console that nobody expects, and exceptions. */
  readonly errors: string[] = [];
  /** Requests to other hosts than this one. */
  readonly foreign: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    // A browser tells of every request that came to nothing, which is what many of these tests bring about.
    page.on("console", (message) => {
      if (message.type() === "error" && !/net::ERR_|WebSocket connection|Failed to load resource/.test(message.text())) {
        this.errors.push(message.text());
      }
    });
    page.on("pageerror", (error) => this.errors.push(String(error)));
    const note = (to: string) => void (new URL(to).hostname !== new URL(url).hostname && this.foreign.push(to));
    page.on("request", (request) => note(request.url()));
    page.on("websocket", (socket) => note(socket.url()));
  }

  /** Somebody comes in, in a context of their own, to this room or the one that opens by itself. */
  static async comeIn(chromium: Browser, url: string, name: string, { room = "", before, hasClock, ...options }: Coming = {}): Promise<Person> {
    const context = await chromium.newContext(options);
    if (hasClock === true) await context.clock.install();
    await before?.(context);
    const person = new Person(context, await context.newPage(), url);
    await person.page.goto(`${url}/chat${room === "" ? "" : `#/${room}`}`);
    await person.page.locator("#name").fill(name);
    await person.page.locator("#login-form button").click();
    await person.isIn(room === "" ? "general" : room);
    return person;
  }

  /** The same person in one more tab. */
  async furtherTab(room: string): Promise<Person> {
    const further = new Person(this.context, await this.context.newPage(), this.url);
    await further.page.goto(`${this.url}/chat#/${room}`);
    await further.isIn(room);
    return further;
  }

  /** Waits until the page stands in this room and is live. */
  async isIn(room: string): Promise<void> {
    await expect.poll(() => this.page.locator("#room-title").textContent()).toBe(`# ${room}`);
    await this.isLive();
    // What is measured before its font is there moves.
    await this.page.evaluate(() => document.fonts.ready.then(() => {}));
  }

  async isLive(): Promise<void> {
    await expect.poll(() => this.pill()).toMatch(/^Live/);
  }

  pill(): Promise<string | null> {
    return this.page.locator("#pill-text").textContent();
  }

  async say(text: string): Promise<void> {
    await this.page.locator("#text").fill(text);
    await this.page.locator("#text").press("Enter");
  }

  async open(room: string): Promise<void> {
    await this.page.locator("#room-list button", { hasText: room }).click();
    await this.isIn(room);
  }

  /** All messages of the open room, from the oldest. */
  lines(): Promise<Line[]> {
    return this.page.locator(".message").evaluateAll((rows) =>
      rows.map((row) => {
        const text = (selector: string) => row.querySelector(selector)?.textContent ?? "";
        const edited = row.querySelector(".text .edited");
        const said = text(".text");
        const state = row.querySelector(".status.bad") ? "failed" : row.querySelector(".status") ? "sending" : "";
        return {
          from: text(".who b"),
          text: edited === null ? said : said.slice(0, -(edited.textContent?.length ?? 0) - 1),
          reactions: [...row.querySelectorAll<HTMLElement>(".reaction")].map((one) => `${one.dataset["emoji"]}${one.textContent}`),
          state: state !== "" ? state : row.querySelector(".sent") ? "sent" : "",
        };
      }),
    );
  }

  async texts(): Promise<string[]> {
    return (await this.lines()).map(({ text }) => text);
  }

  message(text: string): Locator {
    return this.page.locator(".message", { has: this.page.locator(".text", { hasText: text }) }).last();
  }

  /** One of the buttons that a message has while the pointer or the focus is there. */
  tool(text: string, button: string): Locator {
    return this.message(text).locator(".tools").getByRole("button", { name: button, exact: true });
  }

  /**
   * Does something with a message by the button of that name. The focus goes with the message when what comes or goes below
   * it moves it, while a pointer would be left where it was, and the button be gone.
   */
  async act(text: string, button: string): Promise<void> {
    await this.message(text).focus();
    await this.tool(text, button).click();
  }

  async edit(text: string, to: string): Promise<void> {
    await this.act(text, "Edit");
    await this.say(to);
  }

  /** It asks once more. */
  async remove(text: string): Promise<void> {
    await this.act(text, "Delete");
    await this.act(text, "Delete for good");
  }

  /** Opens the network panel, if it is not open. */
  network(): Promise<Locator> {
    return openNetwork(this.page);
  }

  /** Presses a button of the network panel, and waits until the lane suffers it. */
  suffer(fault: string): Promise<void> {
    return sufferOn(this.page, fault);
  }

  /** What the network panel has counted. */
  figures(): Promise<Figures> {
    return judgedOn(this.page) as Promise<Figures>;
  }

  /** For this person's pages, who have a clock, so much time passes at once. */
  timePasses(millis: number): Promise<void> {
    return this.context.clock.fastForward(millis);
  }

  /** How many publishes lie in the browser's database: these survive their page. */
  kept(): Promise<number> {
    return this.page.evaluate(async () => {
      const answer = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error ?? new Error("no database"));
        });
      const opening = indexedDB.open("carillon");
      // Whoever only looks must not make it: it would stay without what the client puts in.
      opening.onupgradeneeded = () => opening.transaction?.abort();
      const database = await answer(opening).catch(() => undefined);
      if (database === undefined) return 0;
      const count = await answer(database.transaction("publishes").objectStore("publishes").count());
      database.close();
      return count;
    });
  }

  /** The lane that this page connects through. */
  async lane(): Promise<string> {
    const lane = await this.page.evaluate(() => sessionStorage.getItem("network.lane"));
    return lane ?? expect.fail("the page has no lane of its own");
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** The people of one test. */
export class Company {
  readonly #people: Person[] = [];

  /** As {@link Person.comeIn}; leaves with the test. */
  async comeIn(...who: Parameters<typeof Person.comeIn>): Promise<Person> {
    const person = await Person.comeIn(...who);
    this.#people.push(person);
    return person;
  }

  /** Whoever has left already. */
  forget(person: Person): void {
    this.#people.splice(this.#people.indexOf(person), 1);
  }

  /** All go, and none of them saw an error or asked another host. */
  async leave(): Promise<void> {
    for (const person of this.#people.splice(0)) {
      expect(person.errors).toEqual([]);
      expect(person.foreign).toEqual([]);
      await person.close();
    }
  }
}

/** Of the ways to the server, those that a page has to do without. */
interface Blocked {
  readonly webSockets?: boolean;
  readonly eventStreams?: boolean;
  readonly longPolls?: boolean;
}

async function block(context: BrowserContext, { webSockets = false, eventStreams = false, longPolls = false }: Blocked): Promise<void> {
  // Closed on the way.
  if (webSockets) await context.routeWebSocket(/./, (socket) => void socket.close({ code: 1013 }));
  await context.route(
    ({ pathname }) => pathname === "/live",
    (route) => {
      const isEventStream = route.request().headers()["accept"] === "text/event-stream";
      if (!(isEventStream ? eventStreams : longPolls)) return route.continue();
      if (!isEventStream) return route.abort();
      // Held back, as by a proxy that waits for the end of an answer before it gives it on, and gives up before that.
      setTimeout(() => void route.abort().catch(() => {}), 1_500);
      return undefined;
    },
  );
}

/** For {@link Coming.before}: nothing else gets through, not even where that would be sooner, as it may be where all is slow. */
export const only = {
  websocket: (context: BrowserContext) => block(context, { eventStreams: true, longPolls: true }),
  "event-stream": (context: BrowserContext) => block(context, { webSockets: true, longPolls: true }),
  "long-poll": (context: BrowserContext) => block(context, { webSockets: true, eventStreams: true }),
} as const;

/** Makes a room of one test alone. Answers its name. */
export async function newRoom(server: string, name: string): Promise<string> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${await tokenOf(server, "maker")}` };
  const body = JSON.stringify({ name, topic: `Of ${name}` });
  const answer = await ask(`${server}/apps/chat/rooms`, { method: "POST", headers, body });
  if (answer.status !== 201) throw new Error(`room: ${answer.status} ${answer.text}`);
  return name;
}

/** Has a lane suffer what no button offers. */
export async function suffer(server: string, lane: string, order: object): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(`${server}/network/lanes/${lane}`, { method: "POST", headers, body: JSON.stringify(order) });
  if (answer.status !== 200) throw new Error(`lane: ${answer.status} ${answer.text}`);
}

export async function tokenOf(server: string, name: string): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(`${server}/apps/login`, { method: "POST", headers, body: JSON.stringify({ name }) });
  if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.text}`);
  return (JSON.parse(answer.text) as { readonly token: string }).token;
}

/** Publishes in a room by plain HTTP. Answers the status. */
export async function post(server: string, token: string, room: string, payload: object, key?: string): Promise<number> {
  const headers = {
    "Content-Type": "application/json",
    Authorization: `Bearer ${token}`,
    ...(key !== undefined && { "Idempotency-Key": key }),
  };
  return (await ask(`${server}/channels/chat:room:${room}`, { method: "POST", headers, body: JSON.stringify(payload) })).status;
}

/** Fills a room with numbered messages. */
export async function fill(server: string, name: string, room: string, count: number, tab: string): Promise<void> {
  const token = await tokenOf(server, name);
  for (let n = 1; n <= count; n++) {
    const payload = { kind: "message", text: `${name} says ${n}`, tab, n };
    const status = await post(server, token, room, payload, `${tab}-${String(n).padStart(16, "0")}`);
    if (status !== 201) throw new Error(`publish: ${status}`);
  }
}

/** All that the server keeps of a room, as a reader gets it who knows neither the page nor the client. */
export const kept = (server: string, room: string) => keptOf(server, `chat:room:${room}`, "reader");

/** All that the server keeps of a channel, as this user may read it. */
export async function keptOf(server: string, channel: string, user: string): Promise<readonly Publication[]> {
  const token = await tokenOf(server, user);
  const all: Publication[] = [];
  let after = "0";
  for (;;) {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await ask(`${server}/channels/${channel}?after=${after}&limit=500`, { headers });
    if (answer.status !== 200) throw new Error(`history: ${answer.status} ${answer.text}`);
    const page = JSON.parse(answer.text) as { publications: Publication[]; position: string; more: boolean };
    all.push(...page.publications);
    after = page.position;
    if (!page.more) return all;
  }
}
