// The bell with its count, the list below it, and toasts for what comes while somebody looks.

import { createClient, type Client } from "@carillon/client";
import { withFallback } from "@carillon/client/fallback";
import { byId, icon, make, setText } from "@carillon/look";
import { logIn, LoginRefused } from "../chat/login.js";
import { iconButton, momentOf, timeOf } from "../chat/view/parts.js";
import { freshKey } from "../page/browser.js";
import { Inbox, type InboxEvent, type Note } from "./inbox.js";

type InboxChannels = { readonly "inbox:{user}": InboxEvent };

const REMEMBERED = "inbox.user";
const TOAST_MILLIS = 6_000;
const TOASTS_MAX = 3;

const examples: readonly (readonly [string, string])[] = [
  ["Your order is on its way", "Two loaves of rye, with Cyd, in about ten minutes."],
  ["Mira answered you", "“The bridge is down again, come over.”"],
  ["The deploy is through", "Version 42 on three nodes, nobody noticed."],
  ["Table 7 wants to pay", "Coffee, tart, and the window seat."],
];

/** Whose inbox it is: a guest's name that this browser keeps. */
function guest(): string {
  const kept = localStorage.getItem(REMEMBERED);
  if (kept !== null && /^guest-[a-z0-9]{6}$/.test(kept)) return kept;
  const name = `guest-${freshKey().toLowerCase().replace(/[^a-z0-9]/g, "x").slice(0, 6)}`;
  localStorage.setItem(REMEMBERED, name);
  return name;
}

export class InboxView {
  readonly #user = guest();
  readonly #inbox = new Inbox();
  readonly #client: Client<InboxChannels>;
  readonly #list = byId("inbox-list");
  readonly #bell = byId<HTMLButtonElement>("bell");
  /** Notes up to here were there when this page came: no toast is due for them. */
  #isCurrent = false;
  #example = 0;

  constructor() {
    this.#client = createClient<InboxChannels>({
      url: "/live",
      transport: withFallback(),
      getToken: async () => (await logIn(this.#user)).token,
    });
    const subscription = this.#client.subscribe(this.#channel, { last: 200 });
    this.#client.on("state", ({ kind }) => {
      this.#isCurrent ||= kind === "live";
      this.#bell.dataset["link"] = kind;
    });
    void subscription.each((delivery) => {
      if (delivery.kind === "gap") this.#inbox.forget();
      if (delivery.kind !== "publication") return this.#draw();
      this.#inbox.take(delivery.data, delivery.offset, delivery.at);
      if (delivery.data.kind === "note" && this.#isCurrent) this.#toast(delivery.data.title);
      this.#draw();
    });
    this.#listen();
    this.#draw();
  }

  get #channel(): "inbox:{user}" {
    return `inbox:${this.#user}` as "inbox:{user}";
  }

  #listen(): void {
    const panel = byId("inbox");
    this.#bell.append(icon("bell"));
    this.#bell.addEventListener("click", () => this.#show(panel.hidden !== false));
    byId("inbox-close").append(icon("x"));
    byId("inbox-close").addEventListener("click", () => this.#show(false));
    byId("mark-all").addEventListener("click", () => this.#say({ kind: "read", upTo: this.#inbox.head }));
    byId("send-note").addEventListener("click", () => {
      const [title, body] = examples[this.#example++ % examples.length] ?? ["A note", ""];
      this.#say({ kind: "note", title, body });
    });
    panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.#show(false));
    setText(byId("inbox-curl"), `curl ${location.origin}/channels/${this.#channel} -H 'Content-Type: application/json' -d '{"kind":"note","title":"From a terminal","body":""}'`);
  }

  #show(isShown: boolean): void {
    byId("inbox").hidden = !isShown;
    this.#bell.setAttribute("aria-expanded", String(isShown));
    if (isShown) byId("inbox-title").focus();
    else this.#bell.focus();
  }

  #say(event: InboxEvent): void {
    this.#client.publish(this.#channel, event).then(
      () => setText(byId("inbox-said"), ""),
      (error: unknown) => setText(byId("inbox-said"), error instanceof LoginRefused ? error.message : "That could not be said to the server."),
    );
  }

  #draw(): void {
    const { unread, notes } = this.#inbox;
    setText(byId("bell-count"), unread > 99 ? "99+" : String(unread));
    byId("bell-count").hidden = unread === 0;
    this.#bell.setAttribute("aria-label", `Inbox, ${unread} unread`);
    byId<HTMLButtonElement>("mark-all").disabled = unread === 0;
    byId("inbox-empty").hidden = notes.length > 0;
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["act"] : undefined;
    this.#list.replaceChildren(...notes.map((note) => this.#row(note)));
    // What had the focus was drawn anew.
    if (held !== undefined) (this.#list.querySelector<HTMLElement>(`[data-act="${held}"]`) ?? byId("inbox-title")).focus();
  }

  #row({ offset, at, title, body, isRead }: Note): HTMLElement {
    const time = make("time", "hint", at === undefined ? "" : timeOf(at));
    if (at !== undefined) {
      time.dateTime = new Date(at).toISOString();
      time.title = momentOf(at);
    }
    const toggle = make("button", "quiet", isRead ? "Mark unread" : "Mark read");
    toggle.type = "button";
    toggle.dataset["act"] = `toggle-${offset}`;
    toggle.setAttribute("aria-label", `${toggle.textContent}: ${title}`);
    toggle.addEventListener("click", () => this.#say({ kind: isRead ? "unread" : "read", of: offset }));
    const archive = iconButton("icon", "x", `Put away: ${title}`, () => this.#say({ kind: "archive", of: offset }));
    archive.dataset["act"] = `archive-${offset}`;
    const head = make("p", "note-head", make("b", "", title), time);
    const row = make("li", isRead ? "note-row" : "note-row unread", head, make("p", "note-body", body), make("p", "buttons", toggle, archive));
    if (!isRead) head.prepend(make("span", "hidden-text", "Unread: "));
    return row;
  }

  /** In the tab that is looked at only. */
  #toast(title: string): void {
    if (document.visibilityState !== "visible" || !byId("inbox").hidden) return;
    const toasts = byId("toasts");
    const toast = make("p", "toast", icon("bell"), make("span", "", title));
    toasts.append(toast);
    while (toasts.childElementCount > TOASTS_MAX) toasts.firstElementChild?.remove();
    setTimeout(() => toast.remove(), TOAST_MILLIS);
  }
}
