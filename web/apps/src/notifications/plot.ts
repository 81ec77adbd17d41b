// The figures over the last minutes, one line a pane. Lines differ in their dashes as well as in their colours, and each is
// named at its end.

import { make } from "@carillon/look";
import { paneIds, paneNames, type PaneFigures, type PaneId } from "./figures.js";

const WIDTH = 900;
const HEIGHT = 320;
const LEFT = 62;
const RIGHT = 200;
const TOP = 12;
const BOTTOM = 26;
/** Points that are kept, one a second. */
const POINTS = 120;
const SVG = "http://www.w3.org/2000/svg";

export type Plotted = "bytesPerMessage" | "p95";

const units: { readonly [P in Plotted]: string } = { bytesPerMessage: "B", p95: "ms" };
const titles: { readonly [P in Plotted]: string } = { bytesPerMessage: "Bytes for a message", p95: "Latency, 95 of 100 within" };

type Point = { readonly [P in Plotted]: number | undefined };

export class Plot {
  readonly #lines = new Map<PaneId, Point[]>(paneIds.map((id) => [id, []]));
  readonly #svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  readonly #frame: HTMLElement;
  shown: Plotted = "bytesPerMessage";
  /** Whether the end, where the newest figures are, was once brought into view. */
  #hasShownEnd = false;

  constructor(root: HTMLElement) {
    // On a phone it is scrolled, by the keyboard too.
    const frame = (this.#frame = make("div", "plot-frame", this.#svg));
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "The plot");
    root.replaceChildren(frame);
  }

  add(figures: readonly PaneFigures[]): void {
    for (const { id, bytesPerMessage, p95 } of figures) {
      const points = this.#lines.get(id);
      points?.push({ bytesPerMessage, p95 });
      if (points !== undefined && points.length > POINTS) points.shift();
    }
  }

  reset(): void {
    for (const points of this.#lines.values()) points.length = 0;
  }

  draw(): void {
    const lines = [...this.#lines].map(([id, points]) => ({ id, values: points.map((point) => point[this.shown]) }));
    const all = lines.flatMap(({ values }) => values).filter((value): value is number => value !== undefined && value > 0);
    const [low, high] = range(all);
    const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.log(Math.max(value, low) / low) / Math.log(high / low));
    const parts: Element[] = [];
    for (let tick = low; tick <= high * 1.01; tick *= 10) parts.push(...axis(y(tick), label(tick, units[this.shown])));
    parts.push(text(LEFT, HEIGHT - 6, "two minutes ago", "axis-label"), text(WIDTH - RIGHT, HEIGHT - 6, "now", "axis-label end"));
    parts.push(...this.#drawn(lines, y));
    this.#svg.replaceChildren(...parts);
    if (!this.#hasShownEnd) this.#frame.scrollLeft = this.#frame.scrollWidth;
    this.#hasShownEnd = true;
    const said = lines.map(({ id, values }) => `${paneNames[id]} ${label(values.at(-1), units[this.shown])}`);
    this.#svg.setAttribute("aria-label", `${titles[this.shown]}, now: ${said.join(", ")}`);
  }

  #drawn(lines: readonly { readonly id: PaneId; readonly values: readonly (number | undefined)[] }[], y: (value: number) => number): Element[] {
    const step = (WIDTH - LEFT - RIGHT) / (POINTS - 1);
    const ends: { readonly id: PaneId; at: number; readonly value: number }[] = [];
    const drawn: Element[] = [];
    for (const { id, values } of lines) {
      const from = WIDTH - RIGHT - (values.length - 1) * step;
      const points = values.flatMap((value, i) => (value === undefined ? [] : [`${(from + i * step).toFixed(1)},${y(value).toFixed(1)}`]));
      drawn.push(element("polyline", { points: points.join(" "), class: `line ${id}` }));
      const last = values.at(-1);
      if (last !== undefined) ends.push({ id, at: y(last), value: last });
    }
    // Names that would lie on each other are moved apart.
    ends.sort((a, b) => a.at - b.at);
    for (const [i, end] of ends.entries()) end.at = Math.max(end.at, (ends[i - 1]?.at ?? -Infinity) + 15);
    const over = Math.max(0, (ends.at(-1)?.at ?? 0) - (HEIGHT - BOTTOM));
    for (const { id, at, value } of ends) {
      drawn.push(text(WIDTH - RIGHT + 8, at - over + 4, `${short[id]}  ${label(value, units[this.shown])}`, `name ${id}`));
    }
    return drawn;
  }
}

const short: { readonly [Id in PaneId]: string } = {
  websocket: "WebSocket",
  sse: "SSE",
  eventsource: "EventSource",
  longpoll: "long poll",
  poll: "polling",
};

/** Whole powers of ten around the values. */
function range(values: readonly number[]): readonly [number, number] {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values, 100)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values, 10 * low)));
  return [low, high];
}

function label(value: number | undefined, unit: string): string {
  if (value === undefined) return "–";
  const rounded = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return `${rounded.toLocaleString("en")} ${unit}`;
}

function axis(y: number, name: string): Element[] {
  return [element("line", { x1: String(LEFT), x2: String(WIDTH - RIGHT), y1: String(y), y2: String(y), class: "axis" }), text(LEFT - 8, y + 4, name, "axis-label end")];
}

function text(x: number, y: number, content: string, className: string): Element {
  const drawn = element("text", { x: String(x), y: String(y), class: className });
  drawn.textContent = content;
  return drawn;
}

function element(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
