// Couriers as a list of which only the rows in sight are elements: thousands of them would make every change slow. One stop of
// the Tab key; the arrows, Home and End go along it.

import { make, setText } from "@carillon/look";
import type { Mover } from "./fleet-model.js";
import { ageText, dutyNames } from "./words.js";

const ROW = 40;
/** So many rows beyond either edge are there already. */
const SPARE = 4;

export class CourierList {
  readonly #space = make("div", "space");
  #movers: readonly Mover[] = [];
  #now = 0;
  #chosen: string | undefined;
  #active: string | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly choose: (mover: Mover) => void,
  ) {
    root.append(this.#space);
    root.addEventListener("scroll", () => this.#draw());
    root.addEventListener("keydown", (event) => this.#onKey(event));
    root.addEventListener("focus", () => this.#activate(Math.max(0, this.#at())));
    root.addEventListener("click", (event) => {
      const id = (event.target as Element).closest<HTMLElement>("[data-id]")?.dataset["id"];
      const mover = this.#movers.find((one) => one.id === id);
      if (mover !== undefined) this.#pick(mover);
    });
  }

  show(movers: readonly Mover[], now: number, chosen: string | undefined): void {
    this.#movers = movers;
    this.#now = now;
    this.#chosen = chosen;
    this.#draw();
  }

  #at(): number {
    return this.#movers.findIndex(({ id }) => id === this.#active);
  }

  #pick(mover: Mover): void {
    this.#active = this.#chosen = mover.id;
    this.choose(mover);
    this.#draw();
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.#at();
    const last = this.#movers.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 10, PageUp: at - 10 }[event.key];
    const mover = this.#movers[at];
    if ((event.key === "Enter" || event.key === " ") && mover !== undefined) this.#pick(mover);
    else if (to === undefined) return;
    else this.#activate(Math.max(0, Math.min(last, to)));
    event.preventDefault();
  }

  #activate(at: number): void {
    this.#active = this.#movers[at]?.id;
    const top = at * ROW;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + ROW > this.root.scrollTop + this.root.clientHeight) this.root.scrollTop = top + ROW - this.root.clientHeight;
    this.#draw();
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.root;
    this.#space.style.height = `${this.#movers.length * ROW}px`;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const seen = this.#movers.slice(first, first + Math.ceil(clientHeight / ROW) + 2 * SPARE);
    const rows = this.#space.children;
    while (rows.length > seen.length) rows[rows.length - 1]?.remove();
    while (rows.length < seen.length) this.#space.append(newRow());
    seen.forEach((mover, i) => this.#fill(rows[i] as HTMLElement, mover, first + i));
    const active = seen.findIndex(({ id }) => id === this.#active);
    if (active < 0) this.root.removeAttribute("aria-activedescendant");
    else this.root.setAttribute("aria-activedescendant", (rows[active] as HTMLElement).id);
  }

  #fill(row: HTMLElement, mover: Mover, at: number): void {
    const drawn = mover.motion.at(this.#now);
    row.id = `courier-${mover.id}`;
    row.dataset["id"] = mover.id;
    row.style.top = `${at * ROW}px`;
    row.setAttribute("aria-posinset", String(at + 1));
    row.setAttribute("aria-setsize", String(this.#movers.length));
    row.setAttribute("aria-selected", String(mover.id === this.#chosen));
    row.classList.toggle("active", mover.id === this.#active);
    (row.children[0] as HTMLElement).dataset["duty"] = mover.duty;
    setText(row.children[1] as Element, mover.id);
    setText(row.children[2] as Element, dutyNames[mover.duty]);
    setText(row.children[3] as Element, drawn === undefined || drawn.state === "live" ? "" : ageText(drawn.age));
  }
}

function newRow(): HTMLElement {
  const row = make("div", "courier", make("span", "duty-sign"), make("b", ""), make("span", "hint"), make("span", "hint age"));
  row.setAttribute("role", "option");
  return row;
}
