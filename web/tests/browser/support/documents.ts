// Windows on documents, each in a context of its own, so that nothing reaches another one but through the server.

import { expect } from "vitest";
import type { Browser, BrowserContext, Page, WebSocketRoute } from "playwright-core";

/** The network of one window, between its page and the server. */
export interface Net {
  /** No connection can be made, and those that there were are gone. */
  isDown: boolean;
  /** What the server says is kept does not arrive. */
  losesReceipts: boolean;
}

export interface Window {
  readonly page: Page;
  readonly net: Net;
  /** What is written, without what is only shown in it. */
  text(): Promise<string>;
  /** The word for all that it holds. */
  hash(): Promise<string | null>;
  saved(): Promise<void>;
  /** Until it says so of what is saved. */
  says(words: string | RegExp): Promise<void>;
  /** Writes at the end. */
  type(what: string): Promise<void>;
}

export interface WindowOptions {
  readonly query?: string;
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Whether its network can be changed. */
  readonly hasNet?: boolean;
}

const SAVED = 100;

/** Opens windows, and closes all of them. */
export class Windows {
  readonly #browser: () => Browser;
  readonly #contexts: BrowserContext[] = [];

  constructor(browser: () => Browser) {
    this.#browser = browser;
  }

  async open(url: string, name: string, { query = "", colorScheme = "light", viewport, hasNet = false }: WindowOptions = {}): Promise<Window> {
    const context = await this.#browser().newContext({ colorScheme, reducedMotion: "reduce", ...(viewport === undefined ? {} : { viewport }) });
    this.#contexts.push(context);
    // What two windows have in common they have from the server.
    await context.addInitScript(() => void Reflect.deleteProperty(globalThis, "BroadcastChannel"));
    const page = await context.newPage();
    page.on("pageerror", (error) => expect.fail(String(error)));
    const net = hasNet ? await routed(page) : { isDown: false, losesReceipts: false };
    await page.goto(`${url}/documents${query}#${name}`);
    const window: Window = {
      page,
      net,
      text: () => textOf(page),
      hash: () => page.locator(".hash").first().textContent(),
      saved: () => says(page, "Saved"),
      says: (words) => says(page, words),
      async type(what) {
        await editor(page).click();
        await page.keyboard.press("ControlOrMeta+End");
        await page.keyboard.type(what);
      },
    };
    if (query === "") {
      await window.saved();
      await expect.poll(() => window.text()).not.toBe("");
    }
    return window;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }
}

async function says(page: Page, words: string | RegExp): Promise<void> {
  // The word is drawn with the next picture: until then it is about what was there before.
  await page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
  await expect.poll(() => page.locator(".saved").first().textContent()).toEqual(typeof words === "string" ? words : expect.stringMatching(words));
}

export const editor = (page: Page) => page.locator(".ProseMirror").first();

function textOf(page: Page): Promise<string> {
  return editor(page).evaluate((root) => {
    const copy = root.cloneNode(true) as Element;
    for (const shown of copy.querySelectorAll(".caret, .ProseMirror-separator")) shown.remove();
    return [...copy.querySelectorAll("h2, h3, h4, p")].map((line) => (line.textContent ?? "").replaceAll("\u2060", "")).join("\n");
  });
}

async function routed(page: Page): Promise<Net> {
  const open = new Set<WebSocketRoute>();
  let isDown = false;
  const net = {
    losesReceipts: false,
    get isDown() {
      return isDown;
    },
    set isDown(is: boolean) {
      isDown = is;
      if (is) for (const socket of open) void socket.close({ code: 1013 });
    },
  };
  await page.routeWebSocket(/\/documents\//, (socket) => {
    if (isDown) return void socket.close({ code: 1013 });
    open.add(socket);
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (!net.losesReceipts || typeof message === "string" || message[0] !== SAVED) socket.send(message);
    });
  });
  return net;
}
