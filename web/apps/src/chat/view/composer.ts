// The box for what is to be said. It is free again the moment something was sent.

import { byId, icon } from "@carillon/look";
import type { ChatModel } from "../chat-model.js";
import type { Drafts } from "../drafts.js";
import { TEXT_MAX } from "../payload.js";
import type { Room } from "../room.js";
import { typingText } from "../typing.js";
import { Completions } from "./completions.js";
import { setText } from "./parts.js";

/** From so many characters on it is told how many may be said. */
const COUNTED_FROM = TEXT_MAX - 400;

/** Taller than this, in CSS pixels, it scrolls. */
const HEIGHT_MAX = 200;

export class Composer {
  readonly #form = byId<HTMLFormElement>("composer");
  readonly #text = byId<HTMLTextAreaElement>("text");
  readonly #send = byId<HTMLButtonElement>("send");
  readonly #completions: Completions;
  #room: Room | undefined;
  #editing: { readonly key: string; readonly before: string } | undefined;

  constructor(
    private readonly model: ChatModel,
    private readonly drafts: Drafts,
    private readonly sent: () => void,
  ) {
    this.#send.append(icon("send-horizontal"));
    const names = () => model.mentionable;
    this.#completions = new Completions(byId("completions"), this.#text, names, () => this.#typed());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    for (const moved of ["click", "keyup"] as const) {
      this.#text.addEventListener(moved, (event) => {
        const isArrow = event instanceof KeyboardEvent && (event.key === "ArrowLeft" || event.key === "ArrowRight");
        if (moved === "click" || isArrow) this.#completions.update();
      });
    }
    byId("edit-cancel").addEventListener("click", () => this.cancel());
  }

  draw(): void {
    const room = this.model.open;
    if (room === this.#room) this.#completions.refresh();
    else this.#opened(room);
    setText(byId("typing"), typingText(room?.typing.users ?? []));
    byId("typing").classList.toggle("busy", (room?.typing.users.length ?? 0) > 0);
  }

  focus(): void {
    this.#text.focus();
  }

  edit(key: string, text: string): void {
    this.#editing = { key, before: this.#editing?.before ?? this.#text.value };
    this.#show(text);
    this.#text.focus();
    this.#text.setSelectionRange(text.length, text.length);
  }

  /** Leaves the edit; what was begun before is there again. Answers whether there was one. */
  cancel(): boolean {
    const editing = this.#editing;
    if (editing === undefined) return false;
    this.#editing = undefined;
    this.#show(editing.before);
    this.#text.focus();
    return true;
  }

  #opened(room: Room | undefined): void {
    const isFirst = this.#room === undefined && room !== undefined;
    const isTyped = isFirst && this.#text.value !== "";
    if (isTyped) this.#keepTyped(room);
    this.#editing = undefined;
    this.#room = room;
    this.#completions.close();
    this.#show(room === undefined ? "" : this.drafts.of(room.name));
    byId("text-label").textContent = room === undefined ? "Message" : `Message to ${room.name}`;
    this.#text.placeholder = room === undefined ? "" : `Message #${room.name}`;
    if (isTyped) this.#completions.update();
  }

  /** Over a slow line somebody types before there is a room; it goes behind what an earlier load of this tab had left there. */
  #keepTyped({ name }: Room): void {
    const typed = this.#text.value;
    const left = this.drafts.of(name);
    this.drafts.keep(name, left === "" ? typed : `${left} ${typed}`);
  }

  #show(text: string): void {
    this.#text.value = text;
    byId("editing").hidden = this.#editing === undefined;
    this.#send.setAttribute("aria-label", this.#editing === undefined ? "Send" : "Save the edit");
    this.#fit();
  }

  get #isSayable(): boolean {
    const { length } = this.#text.value.trim();
    return length > 0 && length <= TEXT_MAX;
  }

  #fit(): void {
    this.#send.disabled = !this.#isSayable;
    const { length } = this.#text.value.trim();
    const count = byId("text-count");
    count.hidden = length < COUNTED_FROM;
    count.classList.toggle("over", length > TEXT_MAX);
    if (!count.hidden) setText(count, `${length} of ${TEXT_MAX} characters`);
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(HEIGHT_MAX, this.#text.scrollHeight)}px`;
  }

  #typed(): void {
    this.#fit();
    this.#completions.update();
    if (this.#editing !== undefined || this.#room === undefined) return;
    this.drafts.keep(this.#room.name, this.#text.value);
    this.model.typed(this.#text.value.trim() === "");
  }

  #key(event: KeyboardEvent): void {
    // Enter may end a word that an input method is still putting together.
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!event.shiftKey && this.#completions.key(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && this.#text.value === "" && this.#editing === undefined) {
      const last = this.model.lastOwn;
      if (last === undefined) return;
      event.preventDefault();
      this.edit(last.key, last.text);
    }
  }

  #submit(): void {
    const text = this.#text.value.trim();
    if (!this.#isSayable || this.#room === undefined) return;
    this.#completions.close();
    if (this.#editing !== undefined) {
      this.model.change({ kind: "edit", of: this.#editing.key, text });
      this.cancel();
      return;
    }
    this.#show("");
    this.drafts.keep(this.#room.name, "");
    this.model.say(text);
    this.sent();
  }
}
