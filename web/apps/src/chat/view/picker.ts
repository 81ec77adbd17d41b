// All reactions, beside the message that asks for one.

import { make } from "@carillon/look";
import { ALL, nameOf, pictureOf } from "./reactions.js";

export class Picker {
  readonly #root = make("div", "picker");
  #choose: ((emoji: string) => void) | undefined;
  #opener: HTMLElement | undefined;

  constructor() {
    this.#root.setAttribute("role", "dialog");
    this.#root.setAttribute("aria-label", "Choose a reaction");
    this.#root.hidden = true;
    for (const emoji of ALL) {
      const button = make("button", "tool-button", pictureOf(emoji));
      button.type = "button";
      button.title = nameOf(emoji);
      button.setAttribute("aria-label", nameOf(emoji));
      button.addEventListener("click", () => {
        this.#choose?.(emoji);
        this.close();
      });
      this.#root.append(button);
    }
    document.body.append(this.#root);
    this.#root.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", ({ target }) => {
      if (this.isOpen && target instanceof Node && !this.#root.contains(target)) this.close(false);
    });
  }

  get isOpen(): boolean {
    return !this.#root.hidden;
  }

  open(near: HTMLElement, choose: (emoji: string) => void): void {
    this.#choose = choose;
    this.#opener = near;
    this.#root.hidden = false;
    const at = near.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#root;
    const isRoomBelow = at.bottom + height + 12 < innerHeight;
    this.#root.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    this.#root.style.top = `${Math.max(8, isRoomBelow ? at.bottom + 4 : at.top - height - 4)}px`;
    this.#root.querySelector("button")?.focus();
  }

  close(givesFocusBack = true): void {
    if (!this.isOpen) return;
    this.#root.hidden = true;
    this.#choose = undefined;
    if (givesFocusBack) this.#opener?.focus();
  }

  #key(event: KeyboardEvent): void {
    const buttons = [...this.#root.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const columns = Math.max(1, buttons.filter((button) => button.offsetTop === buttons[0]?.offsetTop).length);
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const step = steps[event.key];
    if (event.key === "Escape") this.close();
    else if (step !== undefined) buttons[at + step]?.focus();
    // It is beside everything in the page's order, so Tab goes back to where it came from.
    else if (event.key === "Tab") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
