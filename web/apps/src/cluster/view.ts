// What the page draws: machines with their buttons, readers with their figures, steps of a way.

import { make, setText } from "@carillon/look";
import type { Tally } from "../notifications/tally.js";
import type { ClusterState, Order } from "./desk.js";
import { readerNames, when, type Step } from "./path.js";
import type { ReaderId, ReaderState } from "./readers.js";

export interface ReaderView {
  readonly id: ReaderId;
  readonly state: ReaderState;
  readonly isStale: boolean;
  /** Unknown before its first connection, and while it has none. */
  readonly node: number | undefined;
  readonly tally: Tally;
  readonly gaps: number;
}

const requests: { readonly [Id in ReaderId]: string } = {
  websocket: "createClient, by WebSocket",
  eventsource: "new EventSource('/channels/…')",
  longpoll: "fetch('/channels/…?after=…&wait=5s')",
};

const figures = ["received", "lost", "duplicate", "reordered", "gaps"] as const;
const figureNames: { readonly [F in (typeof figures)[number]]: string } = { received: "received", lost: "lost", duplicate: "duplicate", reordered: "reordered", gaps: "gaps told" };

export class MachinesView {
  readonly #cards = new Map<string, HTMLElement>();

  constructor(
    private readonly root: HTMLElement,
    private readonly give: (order: Order) => void,
  ) {}

  draw({ nodes, redis }: ClusterState, readers: readonly ReaderView[]): void {
    for (const { number, state, process, starts, connections } of nodes) {
      const card = this.#card(`node-${number}`, "machine card", () => [this.#button(`Kill node-${number}`, () => `nodes/${number}/kill`, `kill-${number}`)]);
      card.dataset["state"] = state;
      setText(part(card, "state"), state === "up" ? "Serves" : "Comes back");
      setText(part(card, "process"), `process ${process}${starts > 1 ? `, start ${starts}` : ""}; ${connections} ${connections === 1 ? "connection" : "connections"}`);
      const own = readers.filter(({ node }) => node === number).map(({ id }) => readerNames[id]);
      setText(part(card, "carries"), own.length === 0 ? "Carries none of this page’s readers." : `Carries this page’s ${own.join(" and ")}.`);
      (card.querySelector("button") as HTMLButtonElement).disabled = state !== "up";
    }
    this.#drawRedis(redis);
  }

  #drawRedis({ state, process }: ClusterState["redis"]): void {
    const card = this.#card("Redis", "machine redis card", () => [
      this.#button("Pause Redis", (button) => (button.dataset["does"] === "resume" ? "redis/resume" : "redis/pause"), "redis-pause"),
      this.#button("Kill Redis", () => "redis/kill", "redis-kill"),
    ]);
    card.dataset["state"] = state;
    setText(part(card, "state"), { up: "Serves", paused: "Stands still", down: "Comes back" }[state]);
    setText(part(card, "process"), `process ${process}`);
    setText(part(card, "carries"), "Keeps every channel, in its append-only file too.");
    const [pause, kill] = card.querySelectorAll("button") as unknown as [HTMLButtonElement, HTMLButtonElement];
    const isPaused = state === "paused";
    pause.dataset["does"] = isPaused ? "resume" : "pause";
    setText(pause, isPaused ? "Let Redis go on" : "Pause Redis");
    pause.disabled = kill.disabled = state === "down";
  }

  #card(name: string, className: string, buttons: () => readonly HTMLElement[]): HTMLElement {
    const known = this.#cards.get(name);
    if (known !== undefined) return known;
    const head = make("div", "machine-head", make("h3", "", name), make("span", "state", ""));
    const card = make("li", className, head, make("p", "process"), make("p", "carries"), make("p", "buttons", ...buttons()));
    card.dataset["machine"] = name;
    this.#cards.set(name, card);
    this.root.append(card);
    return card;
  }

  #button(text: string, order: (button: HTMLButtonElement) => Order, id: string): HTMLButtonElement {
    const button = make("button", "button small plain", text);
    button.type = "button";
    button.id = id;
    button.addEventListener("click", () => this.give(order(button)));
    return button;
  }
}

function part(card: HTMLElement, className: string): HTMLElement {
  return card.querySelector(`.${className}`) as HTMLElement;
}

export class ReadersView {
  readonly #cards = new Map<ReaderId, HTMLElement>();

  constructor(private readonly root: HTMLElement) {}

  draw(readers: readonly ReaderView[]): void {
    for (const reader of readers) {
      const card = this.#card(reader.id);
      const { state, isStale, tally, gaps } = reader;
      card.dataset["state"] = isStale ? "stale" : state;
      setText(part(card, "state"), stateText(reader));
      const values = { received: tally.received, lost: tally.lost, duplicate: tally.duplicate, reordered: tally.reordered, gaps };
      for (const figure of figures) {
        const value = card.querySelector(`[data-figure="${figure}"]`) as HTMLElement;
        setText(value, String(values[figure]));
        value.classList.toggle("bad", figure !== "received" && values[figure] > 0);
      }
    }
  }

  #card(id: ReaderId): HTMLElement {
    const known = this.#cards.get(id);
    if (known !== undefined) return known;
    const list = make("dl", "figures");
    for (const figure of figures) {
      const value = make("dd", "", "0");
      value.dataset["figure"] = figure;
      list.append(make("div", "", make("dt", "", figureNames[figure]), value));
    }
    const name = readerNames[id];
    const card = make("li", "reader card", make("h3", "", name[0]?.toUpperCase() + name.slice(1)), make("code", "request", requests[id]), make("p", "state"), list);
    card.dataset["reader"] = id;
    this.#cards.set(id, card);
    this.root.append(card);
    return card;
  }
}

function stateText({ id, state, isStale, node }: ReaderView): string {
  const where = node === undefined ? "" : ` by node-${node}`;
  if (isStale) return `Stale: ${node === undefined ? "its node" : `node-${node}`} hears nothing from Redis. What comes meanwhile comes later.`;
  switch (state) {
    case "live":
      return `Live${where}${id === "longpoll" ? ", this time" : ""}`;
    case "connecting":
      return "Connecting";
    case "waiting":
      return "Comes back with its position";
    case "closed":
      return "Closed";
  }
}

export function drawPath(root: HTMLElement, steps: readonly Step[]): void {
  const whole = Math.max(1, ...steps.map(({ after }) => after));
  root.replaceChildren(
    ...steps.map(({ place, after, text }) => {
      const rail = make("span", "rail");
      rail.style.setProperty("--at", String(Math.max(0, after) / whole));
      rail.setAttribute("aria-hidden", "true");
      const row = make("li", "", make("span", "when", when(after)), make("span", "", text), rail);
      row.dataset["place"] = place;
      return row;
    }),
  );
}
