// The messages of the open room. It stays at the newest only if it was there; otherwise what the reader looks at does not
// move, whatever is added above or below or grows. What was there when the room was opened stands outside the live region,
// so that no screen reader reads it all out; what comes later stands in it.

import { icon, make } from "@carillon/look";
import { compare, type Place } from "../fold.js";
import type { ChatModel } from "../chat-model.js";
import type { Room } from "../room.js";
import { RowWindow } from "../row-window.js";
import { rowsOf, type Above, type MessageRow, type Row } from "../rows.js";
import { Keyed, type Drawn } from "./keyed.js";
import { messageRow, type RowActions } from "./message-row.js";
import { dayOf, setText } from "./parts.js";

/** Nearer to the end than this, in CSS pixels, the reader looks at the newest. */
const NEAR = 40;
/** Nearer to the beginning than this more is shown, or else the next page read. */
const LOAD_AHEAD = 400;

const abovePhrases: { readonly [A in Above]: string } = {
  unknown: "",
  more: "Earlier messages",
  loading: "Loading earlier messages…",
  beginning: "This is where the room begins.",
  trimmed: "What was said before is no longer kept.",
  limit: "That is as much as this page holds at a time.",
  failed: "Earlier messages could not be loaded.",
};

export class MessageList {
  readonly #past = make("div", "rows");
  readonly #live = make("div", "rows");
  readonly #pastRows: Keyed<Row>;
  readonly #liveRows: Keyed<Row>;
  #room: Room | undefined;
  /** What stands behind this place came while the room was open. Undefined until it is known. */
  #liveFrom: Place | undefined;
  #isAtNewest = true;
  /** Where the list was scrolled to when that was looked at last. */
  #top = 0;
  /** The row that the reader looks at, and how far its top is below the list's. */
  #anchor: { readonly element: HTMLElement; readonly top: number } | undefined;
  #mustFindNew = false;
  #focusId: string | undefined;
  #window = new RowWindow();

  constructor(
    private readonly root: HTMLElement,
    private readonly toNewest: HTMLButtonElement,
    private readonly model: ChatModel,
    private readonly actions: RowActions,
    private readonly changed: () => void,
  ) {
    this.#live.setAttribute("role", "log");
    this.#past.setAttribute("role", "group");
    root.replaceChildren(this.#past, this.#live);
    const create = (row: Row) => this.#create(row);
    this.#pastRows = new Keyed(this.#past, ({ id }) => id, create);
    this.#liveRows = new Keyed(this.#live, ({ id }) => id, create);
    root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("focusin", (event) => this.#focused(event));
    toNewest.addEventListener("click", () => this.goToNewest());
    // Fonts arrive, windows are turned: nothing of that may move what is being read.
    const sizes = new ResizeObserver(() => this.#hold());
    for (const part of [root, this.#past, this.#live]) sizes.observe(part);
  }

  /** Whether the reader looks at the newest message. */
  get isAtNewest(): boolean {
    return this.#isAtNewest;
  }

  goToNewest(): void {
    this.#isAtNewest = true;
    this.#hold();
    this.changed();
  }

  draw(): void {
    const room = this.model.open;
    if (room === undefined) return;
    if (room !== this.#room) this.#opened(room);
    // The reader may have scrolled a moment ago, and the event is still to come: that is not to be undone.
    else if (this.root.scrollTop !== this.#top) this.#look();
    if (this.model.isOpenKnown) this.#liveFrom ??= room.head;
    const all = rowsOf({
      user: this.model.user,
      messages: room.fold.messages(),
      outgoing: room.outgoing,
      gaps: room.gaps,
      above: room.above,
      seams: room.seams,
      newFrom: this.model.newFrom,
      day: dayOf,
    });
    const rows = this.#window.cut(all, this.#isAtNewest, this.#mustFindNew ? "new" : undefined);
    const split = this.#splitAt(rows);
    this.#pastRows.draw(rows.slice(0, split));
    this.#liveRows.draw(rows.slice(split));
    this.#rove();
    this.#hold();
    if (this.#mustFindNew && this.model.isOpenKnown) this.#findNew();
    this.#drawToNewest(room);
    this.#loadWhereSeen(room);
  }

  #opened(room: Room): void {
    this.#room = room;
    this.#window = new RowWindow();
    this.#liveFrom = undefined;
    this.#isAtNewest = true;
    this.#mustFindNew = true;
    this.#anchor = undefined;
    this.#focusId = undefined;
    this.#pastRows.draw([]);
    this.#liveRows.draw([]);
    this.#past.setAttribute("aria-label", `Earlier messages in ${room.name}`);
    this.#live.setAttribute("aria-label", `Messages in ${room.name}`);
  }

  /** The first row of the live region. */
  #splitAt(rows: readonly Row[]): number {
    const from = this.#liveFrom;
    if (from === undefined) return rows.length;
    const first = rows.findIndex((row) => row.kind === "message" && (row.sending !== undefined || compare(row.message.place, from) > 0));
    if (first < 0) return rows.length;
    // The day and the divider above it belong to it.
    let split = first;
    while (split > 0 && rows[split - 1]?.kind !== "message" && rows[split - 1]?.kind !== "above") split--;
    return split;
  }

  #create(row: Row): Drawn<Row> {
    switch (row.kind) {
      case "message": {
        const drawn = messageRow(row, this.model.user, this.actions);
        return { element: drawn.element, update: (next) => drawn.update(next as MessageRow) };
      }
      case "above":
        return this.#createAbove();
      case "day":
        return { element: make("p", "day", make("span", "", row.day)), update: () => {} };
      case "new":
        return { element: make("p", "new", make("span", "", "New")), update: () => {} };
      case "gap":
        return { element: this.#createGap(row.cause), update: () => {} };
    }
  }

  #createAbove(): Drawn<Row> {
    const said = make("span", "");
    const retry = make("button", "quiet", "Try again");
    retry.type = "button";
    retry.addEventListener("click", () => void this.#room?.loadOlder());
    const update = (row: Row) => {
      if (row.kind !== "above") return;
      setText(said, abovePhrases[row.above]);
      retry.hidden = row.above !== "failed";
    };
    return { element: make("p", "above", said, " ", retry), update };
  }

  #createGap(cause: string): HTMLElement {
    const what =
      cause === "trimmed"
        ? "You were away for longer than this room remembers: some messages are gone for good."
        : "The room’s history began anew on the server: what stands above may be gone there.";
    const load = make("button", "quiet", "Load what is kept");
    load.type = "button";
    load.addEventListener("click", () => {
      this.#isAtNewest = true;
      this.#liveFrom = undefined;
      void this.#room?.reload();
    });
    const gap = make("p", "gap", icon("circle-dashed"), make("span", "", what), load);
    gap.dataset["cause"] = cause;
    return gap;
  }

  #drawToNewest(room: Room): void {
    const { count, isMore } = this.model.unread(room);
    this.toNewest.hidden = this.#isAtNewest;
    const text = count === 0 ? "To the newest" : `${count}${isMore ? "+" : ""} new`;
    if (this.toNewest.textContent !== text) this.toNewest.replaceChildren(icon("arrow-down"), make("span", "", text));
    this.toNewest.classList.toggle("has-new", count > 0);
  }

  #loadWhereSeen(room: Room): void {
    const isShort = this.root.scrollHeight <= this.root.clientHeight + LOAD_AHEAD;
    if (!this.model.isOpenKnown || !(isShort || this.root.scrollTop < LOAD_AHEAD)) return;
    if (this.#window.hidden > 0) {
      this.#window.grow();
      this.changed();
    } else if (room.above === "more") {
      void room.loadOlder();
    }
  }

  /** Puts back what the reader looks at to where it was. */
  #hold(): void {
    if (this.#isAtNewest) {
      this.root.scrollTop = this.root.scrollHeight;
    } else if (this.#anchor?.element.isConnected === true) {
      const moved = this.#topOf(this.#anchor.element) - this.#anchor.top;
      if (moved !== 0) this.root.scrollTop += moved;
    }
    this.#top = this.root.scrollTop;
  }

  /** A room with news that don't fit is opened at the first of them. */
  #findNew(): void {
    this.#mustFindNew = false;
    const divider = this.root.querySelector<HTMLElement>(".new");
    if (divider === null || this.#topOf(divider) >= 0) return;
    this.root.scrollTop += this.#topOf(divider) - 16;
    this.#scrolled();
  }

  #scrolled(): void {
    const wasAtNewest = this.#isAtNewest;
    this.#look();
    if (this.#room !== undefined) this.#loadWhereSeen(this.#room);
    if (wasAtNewest !== this.#isAtNewest) this.changed();
  }

  /** What the reader looks at now. */
  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    const isOwnDoing = scrollTop === this.#top;
    this.#top = scrollTop;
    this.#isAtNewest = scrollHeight - scrollTop - clientHeight <= NEAR;
    // Browsers scroll by whole pixels: where what was put back came to lie is not quite where it was, which must not add up.
    if (this.#isAtNewest) this.#anchor = undefined;
    else if (!isOwnDoing || this.#anchor?.element.isConnected !== true) this.#anchor = this.#topmost();
  }

  /** The first message that is seen. */
  #topmost(): { readonly element: HTMLElement; readonly top: number } | undefined {
    for (const element of this.root.querySelectorAll<HTMLElement>(".message")) {
      const top = this.#topOf(element);
      if (top + element.offsetHeight > 0) return { element, top };
    }
    return undefined;
  }

  #topOf(element: HTMLElement): number {
    return element.getBoundingClientRect().top - this.root.getBoundingClientRect().top;
  }

  // One stop of the Tab key for all messages; the arrows go from one to the next.

  #messages(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(".message")];
  }

  #rove(): void {
    const messages = this.#messages();
    const chosen = messages.find(({ dataset }) => dataset["id"] === this.#focusId) ?? messages.at(-1);
    for (const message of messages) message.tabIndex = message === chosen ? 0 : -1;
  }

  #focused({ target }: FocusEvent): void {
    const message = target instanceof Element ? target.closest<HTMLElement>(".message") : null;
    if (message === null || message.dataset["id"] === this.#focusId) return;
    this.#focusId = message.dataset["id"];
    this.#rove();
  }

  #key(event: KeyboardEvent): void {
    const { target, key } = event;
    const message = target instanceof Element ? target.closest<HTMLElement>(".message") : null;
    if (message === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const messages = this.#messages();
    const at = messages.indexOf(message);
    const next = { ArrowUp: messages[at - 1], ArrowDown: messages[at + 1], Home: messages[0], End: messages.at(-1) }[key];
    if (next !== undefined) {
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    } else if (key === "ArrowRight" || key === "ArrowLeft") {
      stepInside(message, target as HTMLElement, key === "ArrowRight" ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
  }
}

/** Among the buttons of a message; before the first is the message itself. */
function stepInside(message: HTMLElement, from: HTMLElement, step: number): void {
  const stops = [message, ...message.querySelectorAll<HTMLElement>("button:enabled")];
  stops[Math.min(stops.length - 1, Math.max(0, stops.indexOf(from) + step))]?.focus();
}
