// Where a courier is drawn. Fixes come now and then, late, in bursts and out of order; what is drawn is where the courier was a
// little while ago, between two fixes that are there already. So nothing has to be guessed: past the newest fix nobody moves.

/** One fix, in degrees; `t` and `n` order it, by the phone's clock and count. */
export interface Fix {
  readonly t: number;
  readonly n?: number | undefined;
  readonly lon: number;
  readonly lat: number;
  readonly heading?: number | undefined;
}

export interface Drawn {
  readonly lon: number;
  readonly lat: number;
  /** Degrees from north over east. */
  readonly heading: number;
  /** Milliseconds since the newest fix was made. */
  readonly age: number;
  readonly state: Freshness;
}

/** Live: heard of just now. Stale: not for a while. Lost: for so long that nobody can tell. */
export type Freshness = "live" | "stale" | "lost";

/** In milliseconds since the newest fix was made. */
export const STALE_MILLIS = 6_000;
export const LOST_MILLIS = 60_000;

/** Between fixes farther apart than this nobody knows the way: the courier jumps. */
const JUMP_MILLIS = 15_000;
const FIXES_MAX = 64;
/** So many of the last fixes tell how long they take to get here. */
const DELAYS = 20;
const LAG_MIN = 400;
const LAG_MAX = 6_000;
/** Time is drawn at most so much faster or slower than it goes, unless it is off by more than that can mend. */
const SLEW = 0.35;
const SNAP_MILLIS = 2_500;
/** In metres: what moves less keeps its direction. */
const STILL = 2;
/** A courier so close to its way is on it. */
const ON_WAY = 25;

const METRES_A_DEGREE = 111_320;

interface Point {
  readonly x: number;
  readonly y: number;
}

function metres(origin: Fix, { lon, lat }: { readonly lon: number; readonly lat: number }): Point {
  const cosine = Math.cos((origin.lat * Math.PI) / 180);
  return { x: (lon - origin.lon) * METRES_A_DEGREE * cosine, y: (lat - origin.lat) * METRES_A_DEGREE };
}

export function isAfter(one: Fix, other: Fix): boolean {
  return one.t !== other.t ? one.t > other.t : (one.n ?? 0) > (other.n ?? 0);
}

/** From one direction to another by the shorter turn. */
export function turned(from: number, to: number, share: number): number {
  const turn = ((((to - from) % 360) + 540) % 360) - 180;
  return (from + turn * share + 360) % 360;
}

export class Motion {
  /** By the phone's clock, ascending; each once. */
  readonly #fixes: Fix[] = [];
  /** How long before it came each of the last fixes was made, by two clocks that need not agree. */
  readonly #delays: number[] = [];
  /** When the last of them came. */
  #came = NaN;
  #way: Way | undefined;
  /** The moment that is drawn, by the phone's clock. */
  #drawn: number | undefined;
  #drawnAt = 0;
  #heading = 0;
  #isTurned = false;

  constructor(private readonly isGliding: () => boolean = () => true) {}

  get newest(): Fix | undefined {
    return this.#fixes.at(-1);
  }

  /** The way that the courier follows: between fixes that are on it, it goes around the corners. */
  follow(line: readonly (readonly [number, number])[]): void {
    this.#way = new Way(line);
  }

  /** Takes a fix; one that it has already changes nothing. `came`: when it was first here or could have been. */
  add(fix: Fix, came: number): void {
    let at = this.#fixes.length;
    while (at > 0 && isAfter(this.#fixes[at - 1] as Fix, fix)) at--;
    const before = this.#fixes[at - 1];
    if (before !== undefined && !isAfter(fix, before)) return;
    this.#fixes.splice(at, 0, fix);
    if (this.#fixes.length > FIXES_MAX) this.#fixes.shift();
    // Of those that come together the newest tells how long that takes: the others had to wait for it.
    const delay = came - fix.t;
    const isTogether = came === this.#came && this.#delays.length > 0;
    this.#came = came;
    if (isTogether) this.#delays.push(Math.min(delay, this.#delays.pop() as number));
    else if (this.#delays.push(delay) > DELAYS) this.#delays.shift();
  }

  /** How it is drawn now; undefined before the first fix. */
  at(now: number): Drawn | undefined {
    const newest = this.newest;
    if (newest === undefined) return undefined;
    const shift = Math.min(...this.#delays);
    const age = Math.max(0, now - shift - newest.t);
    const state = age < STALE_MILLIS ? "live" : age < LOST_MILLIS ? "stale" : "lost";
    const place = this.isGliding() ? this.#between(this.#moment(now, shift, newest.t)) : { fix: newest, next: newest, share: 1 };
    return { ...this.#place(place), age, state };
  }

  /**
   * The moment to draw: behind now by as long as the next fix can take. It runs evenly, never back, and waits at the newest fix:
   * from there the next one is reached in even steps, too.
   */
  #moment(now: number, shift: number, newest: number): number {
    const wanted = now - shift - this.#lag(shift);
    const before = this.#drawn;
    if (before === undefined) this.#drawn = Math.min(wanted, newest);
    else {
      const passed = Math.max(0, now - this.#drawnAt);
      const off = wanted - (before + passed);
      const next = off > SNAP_MILLIS ? wanted : before + passed * (1 + Math.max(-SLEW, Math.min(SLEW, off / 1_000)));
      this.#drawn = Math.max(before, Math.min(next, newest));
    }
    this.#drawnAt = now;
    return this.#drawn;
  }

  #lag(shift: number): number {
    const gaps: number[] = [];
    for (let i = Math.max(1, this.#fixes.length - 8); i < this.#fixes.length; i++) {
      gaps.push((this.#fixes[i] as Fix).t - (this.#fixes[i - 1] as Fix).t);
    }
    const period = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 1_000;
    // What was held back in a tunnel says nothing about how late the next fix will be.
    const late = this.#delays.map((delay) => delay - shift).filter((delay) => delay < SNAP_MILLIS);
    return Math.max(LAG_MIN, Math.min(LAG_MAX, 1.2 * period + Math.max(...late)));
  }

  #between(moment: number): Between {
    const fixes = this.#fixes;
    let i = fixes.length - 1;
    while (i > 0 && (fixes[i] as Fix).t > moment) i--;
    const fix = fixes[i] as Fix;
    const next = fixes[i + 1];
    if (next === undefined || moment <= fix.t || next.t - fix.t > JUMP_MILLIS) return { fix, next: fix, share: 0 };
    return { fix, next, share: (moment - fix.t) / (next.t - fix.t) };
  }

  #place({ fix, next, share }: Between): { readonly lon: number; readonly lat: number; readonly heading: number } {
    const step = metres(fix, next);
    const moves = Math.hypot(step.x, step.y) >= STILL;
    const onWay = share > 0 && moves ? this.#way?.between(fix, next, share) : undefined;
    if (!this.#isTurned) this.#heading = this.#fixes.findLast((one) => !isAfter(one, fix) && one.heading !== undefined)?.heading ?? 0;
    if (fix.heading !== undefined && next.heading !== undefined) this.#heading = turned(fix.heading, next.heading, share);
    else if (moves && share > 0) this.#heading = (Math.atan2(step.x, step.y) * 180) / Math.PI;
    this.#isTurned = true;
    const heading = (this.#heading + 360) % 360;
    if (onWay !== undefined) return { ...onWay, heading };
    return { lon: fix.lon + (next.lon - fix.lon) * share, lat: fix.lat + (next.lat - fix.lat) * share, heading };
  }
}

interface Between {
  readonly fix: Fix;
  readonly next: Fix;
  readonly share: number;
}

/** A line through town, measured along itself. */
class Way {
  readonly #points: readonly Point[];
  readonly #along: readonly number[];
  readonly #origin: Fix;

  constructor(line: readonly (readonly [number, number])[]) {
    const [lon = 0, lat = 0] = line[0] ?? [];
    this.#origin = { t: 0, lon, lat };
    this.#points = line.map(([lon, lat]) => metres(this.#origin, { lon, lat }));
    const along = [0];
    for (let i = 1; i < this.#points.length; i++) along.push((along[i - 1] as number) + distance(this.#points[i - 1] as Point, this.#points[i] as Point));
    this.#along = along;
  }

  /** The place on it between two fixes; undefined where they are not on it, or it does not lead from one to the other. */
  between(fix: Fix, next: Fix, share: number): { readonly lon: number; readonly lat: number } | undefined {
    const from = metres(this.#origin, fix);
    const to = metres(this.#origin, next);
    const a = this.#project(from);
    const b = this.#project(to);
    if (a === undefined || b === undefined || b.along < a.along) return undefined;
    if (b.along - a.along > 1.6 * distance(from, to) + 10) return undefined;
    // The phone's error stays, or the courier would leap onto the way and off it.
    const point = this.#pointAt(a.along + (b.along - a.along) * share);
    const errorX = (from.x - a.point.x) * (1 - share) + (to.x - b.point.x) * share;
    const errorY = (from.y - a.point.y) * (1 - share) + (to.y - b.point.y) * share;
    const cosine = Math.cos((this.#origin.lat * Math.PI) / 180);
    return {
      lon: this.#origin.lon + (point.x + errorX) / METRES_A_DEGREE / cosine,
      lat: this.#origin.lat + (point.y + errorY) / METRES_A_DEGREE,
    };
  }

  #project(place: Point): { readonly along: number; readonly point: Point } | undefined {
    let nearest: { readonly along: number; readonly point: Point } | undefined;
    let off = ON_WAY;
    for (let i = 0; i + 1 < this.#points.length; i++) {
      const a = this.#points[i] as Point;
      const b = this.#points[i + 1] as Point;
      const length = distance(a, b);
      if (length === 0) continue;
      const share = Math.max(0, Math.min(1, ((place.x - a.x) * (b.x - a.x) + (place.y - a.y) * (b.y - a.y)) / length ** 2));
      const point = { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
      if (distance(place, point) >= off) continue;
      off = distance(place, point);
      nearest = { along: (this.#along[i] as number) + share * length, point };
    }
    return nearest;
  }

  #pointAt(along: number): Point {
    let i = 0;
    while (i + 2 < this.#along.length && (this.#along[i + 1] as number) < along) i++;
    const a = this.#points[i] as Point;
    const b = this.#points[i + 1] as Point;
    const length = distance(a, b);
    const share = length === 0 ? 0 : Math.max(0, Math.min(1, (along - (this.#along[i] as number)) / length));
    return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}
