// Everything that moves, on one canvas above the town, drawn once a frame while anything moves.

import { DomUtil, Layer, type Map as LeafletMap, Point } from "leaflet";
import type { LonLat } from "./channels.js";

/** What draws: places by longitude and latitude become points of the view. */
export interface Brush {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly zoom: number;
  at(place: LonLat): { readonly x: number; readonly y: number };
}

export class MoverLayer extends Layer {
  readonly #canvas = DomUtil.create("canvas", "mover-canvas");
  #leaflet: LeafletMap | undefined;
  #frame = 0;

  constructor(private readonly paint: (brush: Brush) => void) {
    super();
  }

  override onAdd(map: LeafletMap): this {
    this.#leaflet = map;
    map.getPane("overlayPane")?.append(this.#canvas);
    this.#frame = requestAnimationFrame(this.#next);
    return this;
  }

  override onRemove(): this {
    cancelAnimationFrame(this.#frame);
    this.#canvas.remove();
    return this;
  }

  readonly #next = (): void => {
    this.#frame = requestAnimationFrame(this.#next);
    this.#draw();
  };

  #draw(): void {
    const map = this.#leaflet;
    const context = this.#canvas.getContext("2d");
    if (map === undefined || context === null) return;
    const { x: width, y: height } = map.getSize();
    const density = devicePixelRatio;
    if (this.#canvas.width !== width * density || this.#canvas.height !== height * density) {
      this.#canvas.width = width * density;
      this.#canvas.height = height * density;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
    }
    const corner = map.containerPointToLayerPoint(new Point(0, 0));
    DomUtil.setPosition(this.#canvas, corner);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const at = ([lon, lat]: LonLat) => map.latLngToContainerPoint([lat, lon]);
    this.paint({ context, width, height, zoom: map.getZoom(), at });
  }
}

/** A courier: an arrow in a disc, pale where nobody knows any more. */
export function drawCourier({ context, at }: Brush, place: LonLat, heading: number, look: { readonly fill: string; readonly edge: string; readonly size: number; readonly alpha?: number }): void {
  const { x, y } = at(place);
  const { fill, edge, size, alpha = 1 } = look;
  context.save();
  context.globalAlpha = alpha;
  context.translate(x, y);
  context.rotate((heading * Math.PI) / 180);
  context.beginPath();
  context.moveTo(0, -size);
  context.lineTo(size * 0.75, size * 0.8);
  context.lineTo(0, size * 0.4);
  context.lineTo(-size * 0.75, size * 0.8);
  context.closePath();
  context.fillStyle = fill;
  context.strokeStyle = edge;
  context.lineWidth = Math.max(1.5, size / 6);
  context.lineJoin = "round";
  context.stroke();
  context.fill();
  context.restore();
}
