// Which part of the page is shown: on a wide screen all of them, on a phone one at a time.

import { byId, icon } from "@carillon/look";

export type Pane = "rooms" | "room" | "side";
export type Side = "people" | "network";

/** As wide as this, the people of the room stand beside it unless they were closed. */
const WIDE = "(min-width: 68rem)";

/** Phones: one pane at a time. */
const NARROW = "(max-width: 45rem)";

export class Panes {
  readonly #root = byId("chat");
  readonly #toggles = { people: byId("people-toggle"), network: byId("network-toggle") };
  #side: Side | undefined;

  /** @param changed is told which part beside the room is shown */
  constructor(private readonly changed: (side: Side | undefined) => void) {
    byId("to-rooms").append(icon("arrow-left"));
    byId("to-rooms").addEventListener("click", () => this.show("rooms"));
    for (const side of ["people", "network"] as const) {
      this.#toggles[side].addEventListener("click", () => this.toggle(side));
    }
    byId("people").querySelector("[data-close]")?.append(icon("x"));
    byId("people").querySelector("[data-close]")?.addEventListener("click", () => this.closeSide());
    this.#showSide(matchMedia(WIDE).matches ? "people" : undefined);
  }

  get isNarrow(): boolean {
    return matchMedia(NARROW).matches;
  }

  get side(): Side | undefined {
    return this.#side;
  }

  get pane(): Pane {
    return this.#root.dataset["pane"] as Pane;
  }

  show(pane: Pane): void {
    this.#root.dataset["pane"] = pane;
  }

  toggle(side: Side): void {
    if (this.#side === side) return this.closeSide();
    this.#showSide(side);
    this.show("side");
    byId(side).querySelector<HTMLElement>("button")?.focus();
  }

  /** Gives the focus back to what had opened it, if it lies in there. */
  closeSide(): void {
    const side = this.#side;
    if (side === undefined) return;
    const hadFocus = byId("side").contains(document.activeElement);
    this.#showSide(undefined);
    this.show("room");
    if (hadFocus) this.#toggles[side].focus();
  }

  #showSide(side: Side | undefined): void {
    this.#side = side;
    byId("side").hidden = side === undefined;
    byId("people").hidden = side !== "people";
    byId("network").hidden = side !== "network";
    for (const name of ["people", "network"] as const) this.#toggles[name].setAttribute("aria-expanded", String(name === side));
    this.changed(side);
  }
}
