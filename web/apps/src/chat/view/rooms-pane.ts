// The rooms, with what is unread in them.

import { byId, icon, make } from "@carillon/look";
import type { ChatModel } from "../chat-model.js";
import type { Drafts } from "../drafts.js";
import { isRoom } from "../payload.js";
import type { Room } from "../room.js";
import { Keyed, type Drawn } from "./keyed.js";
import { setText, showAvatar } from "./parts.js";

export interface RoomsActions {
  open(room: Room): void;
  /** Makes a room, or answers why not. */
  create(name: string, topic: string): Promise<string | undefined>;
}

export class RoomsPane {
  readonly #list = byId("room-list");
  readonly #form = byId<HTMLFormElement>("room-form");
  readonly #toggle = byId<HTMLButtonElement>("new-room");
  readonly #name = byId<HTMLInputElement>("room-name");
  readonly #topic = byId<HTMLInputElement>("room-topic");
  readonly #rows: Keyed<Room>;

  constructor(
    private readonly model: ChatModel,
    private readonly drafts: Drafts,
    private readonly actions: RoomsActions,
  ) {
    this.#rows = new Keyed(this.#list, ({ name }) => name, (room) => this.#row(room));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#toggle.append(icon("plus"));
    this.#toggle.addEventListener("click", () => this.#showForm(this.#form.hidden !== false));
    byId("room-cancel").addEventListener("click", () => this.#showForm(false));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#create();
    });
    this.#form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#showForm(false);
    });
    showAvatar(byId("me-avatar"), model.user);
    byId("me-name").textContent = model.user;
  }

  draw(): void {
    const { listed, open, refused } = this.model;
    this.#rows.draw(listed);
    const isPending = listed.length === 0;
    setText(byId("rooms-note"), refused ?? (isPending ? "The rooms are on their way…" : ""));
    byId("rooms-note").hidden = refused === undefined && !isPending;
    // One stop of the Tab key: the open room.
    for (const room of listed) {
      const button = this.#rows.element(room.name)?.querySelector("button");
      if (button != null) button.tabIndex = room === (open ?? listed[0]) ? 0 : -1;
    }
  }

  focus(): void {
    this.#list.querySelector<HTMLButtonElement>('button[tabindex="0"]')?.focus();
  }

  #row(room: Room): Drawn<Room> {
    const sign = make("span", "sign", "#");
    const draft = make("span", "draft", icon("pencil"));
    const mentions = make("span", "badge mention");
    const count = make("span", "badge");
    for (const seen of [sign, mentions, count]) seen.setAttribute("aria-hidden", "true");
    const said = make("span", "hidden-text said");
    const button = make("button", "room-link", sign, make("span", "name", room.name), said, draft, mentions, count);
    button.type = "button";
    button.addEventListener("click", () => this.actions.open(room));
    const update = () => {
      const isOpen = room === this.model.open;
      const unread = this.model.unread(room);
      const more = unread.isMore ? "+" : "";
      button.classList.toggle("has-unread", unread.count > 0);
      if (isOpen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      count.hidden = unread.count === 0;
      setText(count, `${unread.count}${more}`);
      mentions.hidden = unread.mentions === 0;
      setText(mentions, `@${unread.mentions}`);
      draft.hidden = isOpen || !this.drafts.has(room.name);
      const unreadText = unread.count > 0 ? `, ${unread.count}${more} unread` : "";
      const mentionText = unread.mentions > 0 ? `, ${unread.mentions} of them mention you` : "";
      setText(said, unreadText + mentionText + (draft.hidden ? "" : ", a draft"));
    };
    return { element: make("li", "", button), update };
  }

  #key(event: KeyboardEvent): void {
    const buttons = [...this.#list.querySelectorAll<HTMLButtonElement>("button")];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const last = buttons.length - 1;
    const to = { ArrowUp: Math.max(0, at - 1), ArrowDown: Math.min(last, at + 1), Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined || event.altKey) return;
    event.preventDefault();
    buttons[to]?.focus();
  }

  #showForm(isShown: boolean): void {
    this.#form.hidden = !isShown;
    this.#toggle.setAttribute("aria-expanded", String(isShown));
    setText(byId("room-error"), "");
    if (isShown) this.#name.focus();
    else this.#toggle.focus();
  }

  async #create(): Promise<void> {
    const name = this.#name.value.trim().toLowerCase().replace(/^#/, "").replace(/[\s_]+/g, "-");
    const problem = isRoom(name)
      ? await this.actions.create(name, this.#topic.value.trim())
      : "A room’s name has letters, digits, and single hyphens between them.";
    setText(byId("room-error"), problem ?? "");
    if (problem !== undefined) return this.#name.focus();
    this.#form.reset();
    this.#form.hidden = true;
    this.#toggle.setAttribute("aria-expanded", "false");
  }
}
