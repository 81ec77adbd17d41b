// The page at /chat: who comes in, and what the page is made of.

import { createClient } from "@carillon/client";
import { withFallback } from "@carillon/client/fallback";
import { persistedQueue } from "@carillon/client/persist";
import { byId, setUpThemeSwitch } from "@carillon/look";
import { PageLane } from "../network/lane.js";
import { browserPage, freshKey } from "../page/browser.js";
import { ChatModel } from "./chat-model.js";
import type { Channels, ChatClient, Signals } from "./channels.js";
import { Drafts } from "./drafts.js";
import { askForName, forget, logIn, LoginRefused, onForgotten, remember, remembered, type Login } from "./login.js";
import { claimByLock, Tab } from "./tab.js";
import { ChatView, roomInAddress } from "./view/chat-view.js";

const clock = {
  now: () => Date.now(),
  setTimeout: (run: () => void, millis: number) => setTimeout(run, millis),
  clearTimeout: (timer: unknown) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** In milliseconds. Short, because a page that shows what it survives is looked at while it does. */
const BACKOFF = { min: 100, first: 500, max: 3_000 };

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
void start();

async function start(): Promise<void> {
  const name = remembered();
  const login: Login = name === undefined ? await askForName() : { user: name, token: "" };
  remember(login.user);
  onForgotten(() => location.reload());
  const tab = await Tab.open(sessionStorage, claimByLock, freshKey);
  let changed = () => {};
  const lane = new PageLane({
    ...clock,
    fetch: (input, init) => fetch(input, init),
    storage: tab.isDuplicate ? undefined : sessionStorage,
    changed: () => changed(),
  });
  await lane.open();
  changed = run(login, tab, lane);
}

/** Answers what is to be called when something has changed that is not the model's. */
function run(login: Login, tab: Tab, lane: PageLane): () => void {
  const { user } = login;
  const pass = new Pass(login);
  const client: ChatClient = createClient<Channels, Signals>({
    url: "/live",
    getToken: () => pass.next(),
    transport: lane.carry(withFallback()),
    persist: persistedQueue(`chat:${user}`),
    backoff: BACKOFF,
    environment: { page: lane.page(browserPage) },
  });
  let draw = () => {};
  const changed = onceAFrame(() => draw());
  const model = new ChatModel({ client, user, tab, clock, storage: localStorage, newKey: freshKey, changed });
  const view = new ChatView(model, {
    lane,
    drafts: new Drafts(sessionStorage),
    createRoom: (room, topic) => createRoom(room, topic, pass.token),
    leave: () => {
      model.stop();
      client.logout();
      forget();
      location.reload();
    },
    changed,
  });
  draw = () => view.draw();
  client.on("lost", () => view.lost());
  client.on("error", ({ error, channel }) => console.error(channel ?? "client", error));
  window.addEventListener("pagehide", () => model.stop());
  model.start(roomInAddress());
  changed();
  view.begin();
  return changed;
}

/** The token in use: the one from the login first, then one for the same name whenever the client needs another. */
class Pass {
  token: string;
  #isFresh: boolean;

  constructor(private readonly login: Login) {
    this.token = login.token;
    this.#isFresh = login.token !== "";
  }

  async next(): Promise<string> {
    if (this.#isFresh) {
      this.#isFresh = false;
      return this.token;
    }
    try {
      this.token = (await logIn(this.login.user)).token;
      return this.token;
    } catch (error) {
      if (error instanceof LoginRefused) {
        forget();
        location.reload();
      }
      throw error;
    }
  }
}

/** Answers why it was not made, or undefined. */
async function createRoom(name: string, topic: string, token: string): Promise<string | undefined> {
  try {
    const response = await fetch("/apps/chat/rooms", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ name, topic }),
    });
    if (response.ok) return undefined;
    const { message } = (await response.json()) as { readonly message?: string };
    return message ?? `The server answers ${response.status}.`;
  } catch {
    return "The server cannot be reached.";
  }
}

/** Draws at most once a frame; where there are no frames, because nobody looks, now and then all the same. */
function onceAFrame(draw: () => void): () => void {
  let isDue = false;
  function run(): void {
    if (!isDue) return;
    isDue = false;
    draw();
  }
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(run);
    setTimeout(run, 200);
  };
}
