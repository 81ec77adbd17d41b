// The town under everything: drawn once for each view that the map comes to rest in, on one canvas, from what the server has
// drawn up. Nothing is fetched from anywhere else.

import { DomUtil, Layer, type Map as LeafletMap, Point } from "leaflet";
import type { LonLat } from "./channels.js";
import type { Town } from "./dispatch.js";
import type { Palette } from "./palette.js";

interface Colours {
  readonly land: string;
  readonly water: string;
  readonly park: string;
  readonly road: string;
  readonly casing: string;
  readonly main: string;
  readonly text: string;
}

/** How much is drawn beyond the edges, as a share of the view: what a drag brings in is there already. */
const MARGIN = 0.5;
/** From this zoom on, main roads have names; all roads from the next. */
const NAMES_ZOOM = 15;

export class TownLayer extends Layer {
  readonly #canvas = DomUtil.create("canvas", "town-canvas");
  readonly #names: readonly string[];
  #leaflet: LeafletMap | undefined;

  constructor(
    private readonly town: Town,
    private readonly palette: Palette,
  ) {
    super();
    this.#names = town.names;
  }

  override onAdd(map: LeafletMap): this {
    this.#leaflet = map;
    map.getPane("tilePane")?.append(this.#canvas);
    map.on("moveend zoomend viewreset resize", this.#draw, this);
    this.#draw();
    return this;
  }

  override onRemove(map: LeafletMap): this {
    this.#canvas.remove();
    map.off("moveend zoomend viewreset resize", this.#draw, this);
    return this;
  }

  /** Draws again, such as in other colours. */
  redraw(): void {
    if (this.#leaflet !== undefined) this.#draw();
  }

  #corner = new Point(0, 0);

  #draw(): void {
    const map = this.#leaflet;
    if (map === undefined) return;
    const size = map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const corner = (this.#corner = map.containerPointToLayerPoint(margin.multiplyBy(-1)));
    const width = size.x + 2 * margin.x;
    const height = size.y + 2 * margin.y;
    const density = devicePixelRatio;
    this.#canvas.width = width * density;
    this.#canvas.height = height * density;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    DomUtil.setPosition(this.#canvas, corner);
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.scale(density, density);
    this.#paint(context, width, height, map.getZoom());
  }

  #at([lon, lat]: LonLat): Point {
    return (this.#leaflet as LeafletMap).latLngToLayerPoint([lat, lon]).subtract(this.#corner);
  }

  #paint(context: CanvasRenderingContext2D, width: number, height: number, zoom: number): void {
    const colours = this.#colours();
    context.fillStyle = colours.land;
    context.fillRect(0, 0, width, height);
    for (const park of this.town.parks) this.#area(context, park, colours.park);
    this.#area(context, this.town.river, colours.water);
    const wide = Math.max(1, 2 ** (zoom - 14) * 1.6);
    const roads = this.#roads();
    const isClose = zoom >= 15;
    if (isClose) this.#lines(context, roads, colours.casing, (isMain) => wide * (isMain ? 2 : 1.2) + 2);
    this.#lines(context, roads.filter(({ isMain }) => !isMain), colours.road, () => wide * 1.2);
    this.#lines(context, roads.filter(({ isMain }) => isMain), colours.main, () => wide * 2);
    if (zoom >= NAMES_ZOOM) this.#writeNames(context, roads.filter(({ isMain }) => isMain || zoom > NAMES_ZOOM), colours, width, height);
  }

  #colours(): Colours {
    const of = (name: string) => this.palette.of(name);
    return {
      land: of("--land"),
      water: of("--water"),
      park: of("--park"),
      road: of("--road"),
      casing: of("--casing"),
      main: of("--main-road"),
      text: of("--street"),
    };
  }

  #roads(): readonly Road[] {
    const { roads, crossings } = this.town;
    const points = crossings.map((place) => this.#at(place));
    const all: Road[] = [];
    for (let i = 0; i < roads.length; i += 4) {
      const a = points[roads[i] as number];
      const b = points[roads[i + 1] as number];
      if (a !== undefined && b !== undefined) all.push({ a, b, isMain: roads[i + 2] === 1, name: roads[i + 3] as number });
    }
    return all;
  }

  #area(context: CanvasRenderingContext2D, line: readonly LonLat[], colour: string): void {
    context.beginPath();
    for (const place of line) {
      const { x, y } = this.#at(place);
      context.lineTo(x, y);
    }
    context.closePath();
    context.fillStyle = colour;
    context.fill();
  }

  #lines(context: CanvasRenderingContext2D, roads: readonly Road[], colour: string, width: (isMain: boolean) => number): void {
    context.strokeStyle = colour;
    context.lineCap = "round";
    for (const isMain of [false, true]) {
      context.lineWidth = width(isMain);
      context.beginPath();
      for (const road of roads) {
        if (road.isMain !== isMain) continue;
        context.moveTo(road.a.x, road.a.y);
        context.lineTo(road.b.x, road.b.y);
      }
      context.stroke();
    }
  }

  /** Each name now and then, along its road. */
  #writeNames(context: CanvasRenderingContext2D, roads: readonly Road[], colours: Colours, width: number, height: number): void {
    const written = new Map<number, Point[]>();
    context.font = "500 11px Inter, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const { a, b, name } of roads) {
      const middle = a.add(b).divideBy(2);
      if (middle.x < 0 || middle.y < 0 || middle.x > width || middle.y > height) continue;
      const others = written.get(name) ?? [];
      const text = this.#names[name] ?? "";
      if (others.some((other) => other.distanceTo(middle) < 420) || a.distanceTo(b) * 1.7 < context.measureText(text).width) continue;
      written.set(name, [...others, middle]);
      let angle = Math.atan2(b.y - a.y, b.x - a.x);
      if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
      context.save();
      context.translate(middle.x, middle.y);
      context.rotate(angle);
      context.strokeStyle = colours.road;
      context.lineWidth = 3;
      context.strokeText(text, 0, 0);
      context.fillStyle = colours.text;
      context.fillText(text, 0, 0);
      context.restore();
    }
  }
}

interface Road {
  readonly a: Point;
  readonly b: Point;
  readonly isMain: boolean;
  readonly name: number;
}
