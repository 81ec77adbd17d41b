// The map as both pages have it.

import { control, Map as LeafletMap } from "leaflet";
import type { LonLat } from "./channels.js";
import type { Town } from "./dispatch.js";
import { MoverLayer, type Brush } from "./mover-layer.js";
import type { Palette } from "./palette.js";
import { TownLayer } from "./town-layer.js";

/** Whether things glide; where somebody does not want that, they are where they were last seen. */
export const reducesMotion = matchMedia("(prefers-reduced-motion: reduce)");

export function openMap(root: HTMLElement, town: Town, zoom: number, palette: Palette, paint: (brush: Brush) => void): LeafletMap {
  const map = new LeafletMap(root, {
    attributionControl: false,
    zoomControl: false,
    zoomAnimation: false,
    fadeAnimation: false,
    inertia: !reducesMotion.matches,
    minZoom: 12,
    maxZoom: 19,
    maxBounds: [
      [town.middle[1] - 0.06, town.middle[0] - 0.12],
      [town.middle[1] + 0.06, town.middle[0] + 0.12],
    ],
  });
  control.zoom({ position: "topright" }).addTo(map);
  map.setView([town.middle[1], town.middle[0]], zoom);
  const ground = new TownLayer(town, palette).addTo(map);
  new MoverLayer(paint).addTo(map);
  const redraw = () => ground.redraw();
  palette.onChange(redraw);
  void document.fonts.ready.then(redraw);
  return map;
}

/** A sign on the map that stays where it is, with a text. */
export function drawPin({ context, at }: Brush, place: LonLat, sign: string, colour: string, paper: string): void {
  const { x, y } = at(place);
  context.save();
  context.translate(x, y);
  context.beginPath();
  context.moveTo(0, 0);
  context.bezierCurveTo(-4, -10, -14, -14, -14, -25);
  context.arc(0, -25, 14, Math.PI, 0);
  context.bezierCurveTo(14, -14, 4, -10, 0, 0);
  context.fillStyle = colour;
  context.strokeStyle = paper;
  context.lineWidth = 2;
  context.stroke();
  context.fill();
  context.fillStyle = paper;
  context.font = "600 14px Inter, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(sign, 0, -25);
  context.restore();
}
