// Squares of the map in the usual scheme of web maps: at zoom z the world is 2^z by 2^z of them.

/** Couriers are tagged with tiles of this zoom by the server. */
export const COURIER_ZOOM = 16;

export interface View {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export interface TileRange {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function column(lon: number, zoom: number): number {
  return Math.floor(((lon + 180) / 360) * 2 ** zoom);
}

function row(lat: number, zoom: number): number {
  const sine = Math.sin((lat * Math.PI) / 180);
  return Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 2 ** zoom);
}

/** The tiles that a view shows a part of. */
export function tilesIn({ west, south, east, north }: View, zoom: number): TileRange {
  return { left: column(west, zoom), top: row(north, zoom), right: column(east, zoom), bottom: row(south, zoom) };
}

/** With a ring of tiles around it, so that a small move needs nothing new. */
export function ringed({ left, top, right, bottom }: TileRange): TileRange {
  return { left: left - 1, top: top - 1, right: right + 1, bottom: bottom + 1 };
}

export function covers(one: TileRange, other: TileRange): boolean {
  return one.left <= other.left && one.top <= other.top && one.right >= other.right && one.bottom >= other.bottom;
}

export function tagsOf({ left, top, right, bottom }: TileRange, zoom: number): string[] {
  const tags: string[] = [];
  for (let x = left; x <= right; x++) for (let y = top; y <= bottom; y++) tags.push(`${zoom}/${x}/${y}`);
  return tags;
}

/** The middle of the tile with this name, as longitude and latitude. */
export function middleOf(tag: string): readonly [number, number] {
  const [zoom = 0, x = 0, y = 0] = tag.split("/").map(Number);
  const world = 2 ** zoom;
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + 0.5)) / world))) * 180) / Math.PI;
  return [((x + 0.5) / world) * 360 - 180, lat];
}
