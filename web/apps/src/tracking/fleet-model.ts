// The fleet as a dispatcher sees it: couriers where the map is close enough, and elsewhere how many there are.

import { map, type LiveMap } from "@carillon/client/map";
import type { Received } from "@carillon/client";
import type { Duty, FleetPlace, TrackingClient } from "./channels.js";
import type { ServerClock } from "./dispatch.js";
import { NewestJudge } from "./judged.js";
import { Motion } from "./motion.js";
import { COURIER_ZOOM, covers, ringed, tagsOf, tilesIn, type TileRange, type View } from "./tiles.js";

/** More tiles than that are not asked for; the server refuses more than 1 000. */
const TILES_MAX = 400;

export interface FleetHost {
  readonly client: TrackingClient;
  readonly clock: ServerClock;
  now(): number;
  isGliding(): boolean;
  changed(): void;
}

export interface Mover {
  readonly id: string;
  readonly motion: Motion;
  duty: Duty;
}

type Counts = Partial<Readonly<Record<Duty, number>>>;

export class FleetModel {
  /** Those in the tiles that are tracked. */
  readonly movers = new Map<string, Mover>();
  readonly judge = new NewestJudge();
  /** How many values of couriers have come, since the page was opened. */
  received = 0;
  /** Milliseconds from each of the last fixes to this page. */
  readonly delays: number[] = [];
  #fleet: LiveMap<FleetPlace> | undefined;
  #tracked: TileRange | undefined;
  readonly #counts: LiveMap<Counts>;

  constructor(private readonly host: FleetHost) {
    this.#counts = map(host.client, "tracking:counts") as unknown as LiveMap<Counts>;
    this.#counts.onChange(() => host.changed());
  }

  /** The tiles that the server is asked for; undefined while the map is too far away. */
  get tracked(): TileRange | undefined {
    return this.#tracked;
  }

  /** By tile. */
  counts(): Iterable<[string, Counts]> {
    return this.#counts;
  }

  total(): Record<Duty, number> {
    const sum = { free: 0, to_shop: 0, to_home: 0, on_break: 0 };
    for (const [, counts] of this.#counts) for (const duty of Object.keys(sum) as Duty[]) sum[duty] += counts[duty] ?? 0;
    return sum;
  }

  /** The map shows something else now. */
  look(view: View, zoom: number): void {
    const seen = tilesIn(view, COURIER_ZOOM);
    const wanted = ringed(seen);
    const tiles = (wanted.right - wanted.left + 1) * (wanted.bottom - wanted.top + 1);
    if (zoom < COURIER_ZOOM || tiles > TILES_MAX) return this.#forget();
    // What the ring has already is not asked for again, unless that were much more than is seen.
    const isEnough = this.#tracked !== undefined && covers(this.#tracked, seen) && covers(ringed(wanted), this.#tracked);
    if (isEnough) return;
    this.#tracked = wanted;
    const track = { tags: tagsOf(wanted, COURIER_ZOOM) };
    if (this.#fleet === undefined) {
      const fleet = (this.#fleet = map(this.host.client, "tracking:fleet", { track }) as unknown as LiveMap<FleetPlace>);
      fleet.onChange((keys) => fleet === this.#fleet && this.#changed(fleet, keys));
    } else this.#fleet.track(track);
  }

  #forget(): void {
    this.#fleet?.close();
    this.#fleet = undefined;
    this.#tracked = undefined;
    for (const id of [...this.movers.keys()]) this.#gone(id);
    this.host.changed();
  }

  #changed(fleet: LiveMap<FleetPlace>, keys: ReadonlySet<string>): void {
    const now = this.host.now();
    for (const id of keys) {
      const entry = fleet.entry(id);
      if (entry === undefined) this.#gone(id);
      else this.#place(id, entry, now);
    }
    this.host.changed();
  }

  #gone(id: string): void {
    this.movers.delete(id);
    this.judge.gone(id);
  }

  #place(id: string, { data }: Received<FleetPlace>, now: number): void {
    this.received++;
    this.judge.came(id, data);
    const mover = this.movers.get(id) ?? { id, motion: new Motion(() => this.host.isGliding()), duty: data.d };
    this.movers.set(id, mover);
    mover.duty = data.d;
    const came = Math.min(now, this.host.clock.here(data.r));
    mover.motion.add({ t: data.t, lon: data.lon, lat: data.lat, heading: data.h }, came);
    // A value out of a snapshot has been there for a while, which is no delay.
    const delay = now - this.host.clock.here(data.t);
    if (delay < 2_000) this.delays.push(delay);
    if (this.delays.length > 2_000) this.delays.shift();
  }
}
