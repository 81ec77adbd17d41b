// A canvas of shapes: each is a map of Yjs, and where it is and how large is one value of it, so that an afternoon of dragging leaves one value.

import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { COLORS, people } from "./people.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 480;
const HEIGHT = 240;
const SIZE = 56;
const STEP = 8;

/** While a shape is dragged, others are told where it is at most so often. */
const DRAG_MILLIS = 100;

type Shape = Y.Map<unknown>;
type Place = readonly [x: number, y: number];

export interface Canvas {
  add(): void;
  destroy(): void;
}

/** A drawing of the shapes, in an element. Shapes are dragged, or moved by arrow keys; Delete takes one away; unless it is only to be looked at. */
export function draw(parent: HTMLElement, shapes: Y.Map<Shape>, awareness: Awareness, origin: object, mayChange: boolean): Canvas {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "canvas");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Shapes");
  parent.append(svg);
  const drawn = new Map<string, SVGGElement>();
  let drag: { id: string; dx: number; dy: number; sentAt: number; place: Place } | undefined;

  const change = (act: () => void) => {
    if (mayChange) shapes.doc?.transact(act, origin);
  };
  const move = (id: string, [x, y]: Place) => {
    const place = [clamp(x, WIDTH - SIZE), clamp(y, HEIGHT - SIZE)];
    change(() => shapes.get(id)?.set("p", place));
  };

  function element(id: string): SVGGElement {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.append(document.createElementNS(SVG, "rect"), document.createElementNS(SVG, "text"));
    group.addEventListener("pointerdown", (event) => {
      if (!mayChange) return;
      const [x, y] = placeOf(shapes.get(id));
      const at = pointIn(svg, event);
      drag = { id, dx: at[0] - x, dy: at[1] - y, sentAt: 0, place: [x, y] };
      group.setPointerCapture(event.pointerId);
      group.focus();
    });
    group.addEventListener("pointermove", (event) => {
      if (drag?.id !== id) return;
      const at = pointIn(svg, event);
      drag.place = [at[0] - drag.dx, at[1] - drag.dy];
      if (performance.now() - drag.sentAt < DRAG_MILLIS) return;
      drag.sentAt = performance.now();
      move(id, drag.place);
    });
    group.addEventListener("lostpointercapture", () => {
      if (drag?.id === id) move(id, drag.place);
      drag = undefined;
    });
    group.addEventListener("keydown", (event) => {
      const [x, y] = placeOf(shapes.get(id));
      const to: Readonly<Record<string, Place>> = {
        ArrowLeft: [x - STEP, y],
        ArrowRight: [x + STEP, y],
        ArrowUp: [x, y - STEP],
        ArrowDown: [x, y + STEP],
      };
      const place = to[event.key];
      if (place !== undefined) move(id, place);
      else if (event.key === "Delete" || event.key === "Backspace") change(() => shapes.delete(id));
      else return;
      event.preventDefault();
    });
    group.addEventListener("focus", () => awareness.setLocalStateField("shape", id));
    group.addEventListener("blur", () => awareness.setLocalStateField("shape", null));
    return group;
  }

  function paint(): void {
    const holders = new Map<unknown, string>();
    for (const person of people(awareness)) {
      if (!person.isSelf) holders.set(awareness.getStates().get(person.client)?.["shape"], person.name);
    }
    for (const [id, group] of drawn) {
      if (!shapes.has(id)) {
        drawn.delete(id); // first: that it has lost the focus is told, and painted
        group.remove();
      }
    }
    shapes.forEach((shape, id) => {
      if (!(shape instanceof Y.Map)) return;
      const group = drawn.get(id) ?? element(id);
      if (!drawn.has(id)) svg.append(group);
      drawn.set(id, group);
      const [x, y] = placeOf(shape);
      const holder = holders.get(id);
      const color = Number(shape.get("c"));
      group.setAttribute("class", `shape person-${color >= 0 && color < COLORS ? Math.floor(color) : 0}${holder === undefined ? "" : " held"}`);
      group.setAttribute("transform", `translate(${x} ${y})`);
      group.setAttribute("aria-label", `Shape at ${Math.round(x)}, ${Math.round(y)}${holder === undefined ? "" : `, held by ${holder}`}`);
      const [box, label] = group.children as unknown as [SVGRectElement, SVGTextElement];
      box.setAttribute("width", String(SIZE));
      box.setAttribute("height", String(SIZE));
      box.setAttribute("rx", "10");
      label.setAttribute("y", "-6");
      label.textContent = holder ?? "";
    });
  }

  shapes.observeDeep(paint);
  awareness.on("change", paint);
  paint();
  return {
    add() {
      const id = crypto.randomUUID();
      const count = shapes.size;
      change(() =>
        shapes.set(
          id,
          new Y.Map<unknown>([
            ["p", [24 + ((count * 72) % (WIDTH - SIZE - 24)), 32 + ((count * 40) % (HEIGHT - SIZE - 32))]],
            ["c", count % COLORS],
          ]),
        ),
      );
      drawn.get(id)?.focus();
    },
    destroy() {
      shapes.unobserveDeep(paint);
      awareness.off("change", paint);
      svg.remove();
    },
  };
}

function clamp(value: number, max: number): number {
  return Math.round(Math.min(max, Math.max(0, value)));
}

/** What others write there may be anything. */
function placeOf(shape: Shape | undefined): Place {
  const place: unknown = shape?.get("p");
  if (!Array.isArray(place)) return [0, 0];
  const [x = 0, y = 0] = place.map(Number);
  return [Number.isFinite(x) ? x : 0, Number.isFinite(y) ? y : 0];
}

function pointIn(svg: SVGSVGElement, event: PointerEvent): Place {
  const box = svg.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
}
