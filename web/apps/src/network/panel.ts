// The network panel: what this page's own lane suffers, what is judged of what arrived, and by which way it came. Its buttons
// act on the fault proxy only; none of them closes a connection of the page.

import { icon, make, setText } from "@carillon/look";
import type { Fault, LaneState, PageLane } from "./lane.js";

export interface PanelFigures {
  readonly sent: number;
  readonly confirmed: number;
  readonly seen: number;
  readonly lost: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly gaps: number;
}

export interface PanelHost {
  readonly lane: PageLane;
  figures(): PanelFigures;
  /** In words: what carries the messages now; undefined while nothing does. */
  carrier(): string | undefined;
  burst(): void;
  reset(): void;
  close(): void;
}

interface Choice {
  readonly name: string;
  readonly hint: string;
  readonly fault: Fault;
}

const choices: readonly Choice[] = [
  { name: "Cut", hint: "every connection is reset, and no new one comes through", fault: { fault: "cut" } },
  { name: "Refuse", hint: "what is open stays open; no new connection comes through", fault: { fault: "refuse" } },
  { name: "Hang", hint: "no bytes pass, and nobody is told", fault: { fault: "hang", direction: "both" } },
  { name: "Half open", hint: "the server’s end is closed, and this page isn’t told", fault: { fault: "half-open", direction: "down" } },
  { name: "Up only", hint: "bytes to the server pass; its answers do not", fault: { fault: "one-way", direction: "up" } },
  { name: "Down only", hint: "bytes from the server pass; yours do not", fault: { fault: "one-way", direction: "down" } },
  { name: "Delay", hint: "everything takes 2 s longer, each way", fault: { fault: "delay", direction: "both", millis: 2_000 } },
  { name: "Throttle", hint: "500 bytes a second, each way", fault: { fault: "throttle", direction: "both", bytesPerSecond: 500 } },
  { name: "Single bytes", hint: "each byte travels by itself", fault: { fault: "split", direction: "both" } },
];

interface Figure {
  readonly key: keyof PanelFigures;
  readonly name: string;
  readonly hint: string;
  readonly isBad?: true;
}

const figureNames: readonly Figure[] = [
  { key: "sent", name: "sent", hint: "messages that this tab was given to send" },
  { key: "confirmed", name: "confirmed", hint: "of these, kept by the server" },
  { key: "seen", name: "seen", hint: "messages of all senders that arrived here, each counted once" },
  { key: "gaps", name: "gaps told", hint: "how often the server said itself that something is gone" },
  { key: "lost", name: "lost", hint: "numbers that were skipped and have not come since", isBad: true },
  { key: "duplicate", name: "duplicate", hint: "numbers that came again", isBad: true },
  { key: "reordered", name: "reordered", hint: "numbers that came after a greater one", isBad: true },
];

export class NetworkPanel {
  readonly #lane = make("p", "hint lane");
  readonly #carrier = make("p", "carrier");
  readonly #restore = make("button", "fault restore", make("b", "", "Restore"), make("span", "", "everything passes again"));
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #figures = new Map<keyof PanelFigures, HTMLElement>();

  constructor(
    root: HTMLElement,
    private readonly host: PanelHost,
  ) {
    const title = make("h2", "", "Network");
    title.id = "network-title";
    const close = make("button", "icon", icon("x"));
    close.type = "button";
    close.setAttribute("aria-label", "Close the network panel");
    close.addEventListener("click", () => host.close());
    root.replaceChildren(make("div", "pane-head", title, close), this.#carrier, this.#faults(), this.#lane, ...this.#judged());
  }

  #faults(): HTMLElement {
    const group = make("div", "faults");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "What this page’s network suffers");
    for (const { name, hint, fault } of choices) {
      const button = make("button", "fault", make("b", "", name), make("span", "", hint));
      button.type = "button";
      button.dataset["fault"] = nameOf(fault);
      button.addEventListener("click", () => void this.host.lane.suffer(fault));
      this.#buttons.set(nameOf(fault), button);
      group.append(button);
    }
    this.#restore.type = "button";
    this.#restore.dataset["fault"] = "none";
    this.#restore.addEventListener("click", () => void this.host.lane.suffer({ fault: "none" }));
    group.append(this.#restore);
    return group;
  }

  #judged(): HTMLElement[] {
    const figures = make("dl", "figures");
    for (const { key, name, hint, isBad } of figureNames) {
      const value = make("dd", isBad ? "bad" : "", "0");
      value.dataset["figure"] = key;
      const term = make("dt", "", name);
      term.title = hint;
      this.#figures.set(key, value);
      figures.append(make("div", "", term, value));
    }
    const burst = make("button", "button small", "Send a burst of 50");
    burst.addEventListener("click", () => this.host.burst());
    const reset = make("button", "quiet", "Count anew");
    reset.addEventListener("click", () => this.host.reset());
    for (const button of [burst, reset]) button.type = "button";
    burst.dataset["act"] = "burst";
    reset.dataset["act"] = "reset";
    const hint =
      "Judged by numbers that the senders put into their messages, not by what the server says. Kill the server and start it again: the page goes on by itself.";
    return [make("h3", "", "What arrived"), figures, make("p", "buttons", burst, reset), make("p", "hint", hint)];
  }

  draw(): void {
    const { state } = this.host.lane;
    setText(this.#lane, laneText(state));
    const carrier = this.host.carrier();
    setText(this.#carrier, carrier === undefined ? "No connection just now" : `Messages come by ${carrier}`);
    const suffered = state.kind === "open" ? nameOf(state.fault) : "none";
    for (const [name, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(name === suffered));
      button.disabled = state.kind !== "open";
    }
    this.#restore.disabled = suffered === "none";
    const figures = this.host.figures();
    for (const [key, element] of this.#figures) {
      setText(element, String(figures[key]));
      element.classList.toggle("raised", figures[key] > 0);
    }
  }
}

/** One-way has a direction that matters; of the others there is one each. */
function nameOf(fault: Fault): string {
  return fault.fault === "one-way" ? `one-way ${fault.direction}` : fault.fault;
}

function laneText(state: LaneState): string {
  switch (state.kind) {
    case "unknown":
      return "The server cannot be reached; the page asks it for a lane of its own.";
    case "none":
      return state.why;
    case "open": {
      const { up, down, open, total } = state.counts;
      const connections = `${open} of ${total} ${total === 1 ? "connection" : "connections"} open`;
      return `This page’s own lane, port ${state.port}: ${connections}, ${bytes(up)} up, ${bytes(down)} down.`;
    }
  }
}

function bytes(count: number): string {
  return count < 10_000 ? `${count} B` : `${Math.round(count / 1_000)} kB`;
}
