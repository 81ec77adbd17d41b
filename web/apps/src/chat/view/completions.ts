// The names that are offered while a mention is typed.

import { make } from "@carillon/look";
import { candidates, complete, completionAt, type Completion } from "../mentions.js";
import { avatar } from "./parts.js";

const OFFERED_MAX = 6;

export class Completions {
  #at: Completion | undefined;
  #names: readonly string[] = [];
  #chosen = 0;

  constructor(
    private readonly list: HTMLElement,
    private readonly text: HTMLTextAreaElement,
    private readonly mentionable: () => readonly string[],
    private readonly completed: () => void,
  ) {
    text.addEventListener("blur", () => this.close());
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  /** The text or the caret has moved. */
  update(): void {
    const { value, selectionStart, selectionEnd } = this.text;
    this.#at = selectionStart === selectionEnd ? completionAt(value, selectionStart) : undefined;
    this.#names = this.#at === undefined ? [] : candidates(this.#at.prefix, this.mentionable(), OFFERED_MAX);
    this.#chosen = 0;
    this.#draw();
  }

  /**
   * Who can be meant has changed, perhaps because it has only now become known who is here. What is chosen stays chosen, and a
   * list that was closed stays closed.
   */
  refresh(): void {
    if (this.#at === undefined) return;
    const names = candidates(this.#at.prefix, this.mentionable(), OFFERED_MAX);
    if (names.length === this.#names.length && names.every((name, i) => name === this.#names[i])) return;
    const chosen = this.#names[this.#chosen];
    this.#names = names;
    this.#chosen = chosen === undefined ? 0 : Math.max(0, names.indexOf(chosen));
    this.#draw();
  }

  close(): void {
    this.#at = undefined;
    this.#names = [];
    this.#draw();
  }

  /** Whether the key was meant for it. */
  key(key: string): boolean {
    if (!this.isOpen) return false;
    const count = this.#names.length;
    if (key === "ArrowDown") this.#chosen = (this.#chosen + 1) % count;
    else if (key === "ArrowUp") this.#chosen = (this.#chosen + count - 1) % count;
    else if (key === "Enter" || key === "Tab") this.#take(this.#names[this.#chosen]);
    else if (key === "Escape") this.close();
    else return false;
    this.#draw();
    return true;
  }

  #take(name: string | undefined): void {
    if (this.#at === undefined || name === undefined) return;
    const { text, caret } = complete(this.text.value, this.#at, name);
    this.text.value = text;
    this.text.setSelectionRange(caret, caret);
    this.close();
    this.completed();
  }

  #draw(): void {
    this.list.hidden = this.#names.length === 0;
    this.list.replaceChildren(...this.#names.map((name, i) => this.#option(name, i)));
    if (this.isOpen) this.text.setAttribute("aria-activedescendant", `completion-${this.#chosen}`);
    else this.text.removeAttribute("aria-activedescendant");
  }

  #option(name: string, index: number): HTMLElement {
    const option = make("li", "", avatar(name), make("span", "", name));
    option.id = `completion-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(index === this.#chosen));
    // Before the text would lose the focus.
    option.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.#take(name);
    });
    return option;
  }
}
