// One order as its customer sees it: its stages, where its courier is, and how each fix came here.

import { map, type LiveMap } from "@carillon/client/map";
import type { Delivery, Received } from "@carillon/client";
import type { Eta, JudgedFix, LonLat, RouteLine, Stage, StageEvent, TrackingClient } from "./channels.js";
import type { ServerClock } from "./dispatch.js";
import { Journeys } from "./journeys.js";
import { OrderJudge } from "./judged.js";
import { Motion } from "./motion.js";

export interface OrderHost {
  readonly client: TrackingClient;
  readonly clock: ServerClock;
  now(): number;
  isGliding(): boolean;
  changed(): void;
  /** Stages have come that were not there when the page was opened; only the newest of those that came together. */
  news(event: StageEvent): void;
  setTimeout(run: () => void, millis: number): unknown;
}

/** What comes within so many milliseconds came together: after a cut it is many at once. */
const TOGETHER_MILLIS = 300;
/** Older parts of the trail are not drawn. */
const TRAIL_MAX = 3_600;

export class OrderModel {
  readonly stages: StageEvent[] = [];
  readonly motion: Motion;
  readonly journeys = new Journeys();
  readonly judge = new OrderJudge();
  /** Each fix once, by the phone's clock. */
  readonly trail: JudgedFix[] = [];
  /** How often something was gone before it could be read. */
  gaps = 0;
  eta: Eta | undefined;
  route: RouteLine | undefined;
  #isNewsDue = false;
  readonly #openedAt: number;
  readonly #place: LiveMap<JudgedFix | Eta | RouteLine>;

  constructor(
    readonly id: string,
    private readonly host: OrderHost,
  ) {
    this.#openedAt = host.now();
    this.motion = new Motion(() => host.isGliding());
    const { client } = host;
    const stages = client.subscribe(`tracking:order:${id}`, { after: "0" });
    void stages.each((delivery) => this.#stage(delivery));
    this.#place = map(client, `tracking:place:${id}`) as unknown as LiveMap<JudgedFix | Eta | RouteLine>;
    this.#place.onChange((keys) => this.#placed(keys));
    const trail = client.subscribe(`tracking:trail:${id}`, { after: "0" });
    void trail.each((delivery) => this.#trailed(delivery));
  }

  get stage(): Stage | undefined {
    return this.stages.at(-1)?.stage;
  }

  get isOver(): boolean {
    return this.stage === "delivered" || this.stage === "cancelled";
  }

  get courier(): string | undefined {
    return this.stages.find(({ courier }) => courier !== undefined)?.courier;
  }

  get shop(): StageEvent["shop"] {
    return this.stages.find(({ shop }) => shop !== undefined)?.shop;
  }

  get home(): LonLat | undefined {
    return this.stages.find(({ home }) => home !== undefined)?.home;
  }

  #stage(delivery: Delivery<StageEvent>): void {
    if (delivery.kind === "gap") this.#gap();
    if (delivery.kind !== "publication") return;
    this.judge.stage(delivery.data.version);
    this.stages.push(delivery.data);
    this.host.changed();
    // What was there before the page is no news.
    if (this.#isNewsDue || this.host.clock.here(delivery.at ?? 0) < this.#openedAt) return;
    this.#isNewsDue = true;
    this.host.setTimeout(() => {
      this.#isNewsDue = false;
      const newest = this.stages.at(-1);
      if (newest !== undefined) this.host.news(newest);
    }, TOGETHER_MILLIS);
  }

  #placed(keys: ReadonlySet<string>): void {
    const entry = keys.has("courier") ? this.#place.entry("courier") : undefined;
    if (entry !== undefined) this.#sighted(entry as Received<JudgedFix>);
    if (keys.has("eta")) this.eta = this.#place.get("eta") as Eta | undefined;
    if (keys.has("route")) {
      this.route = this.#place.get("route") as RouteLine | undefined;
      if (this.route !== undefined) this.motion.follow(this.route.line);
    }
    this.host.changed();
  }

  #sighted({ data, at }: Received<JudgedFix>): void {
    const now = this.host.now();
    this.judge.placed(data);
    this.motion.add(data, this.#came(data.r));
    this.journeys.came({ made: this.host.clock.here(data.t), judged: this.host.clock.here(data.r), kept: this.host.clock.here(at ?? data.r), here: now });
  }

  #trailed(delivery: Delivery<{ readonly fixes: readonly JudgedFix[] }>): void {
    if (delivery.kind === "gap") this.#gap();
    if (delivery.kind !== "publication") return;
    for (const fix of delivery.data.fixes) {
      this.judge.trailed(fix);
      this.motion.add(fix, this.#came(fix.r));
      let at = this.trail.length;
      while (at > 0 && isLater(this.trail[at - 1] as JudgedFix, fix)) at--;
      this.trail.splice(at, 0, fix);
    }
    if (this.trail.length > TRAIL_MAX) this.trail.splice(0, this.trail.length - TRAIL_MAX);
    this.host.changed();
  }

  #gap(): void {
    this.gaps++;
    this.judge.gap();
  }

  /** What the server has had for long did not come just now, only to us. */
  #came(serverHadIt: number): number {
    return Math.min(this.host.now(), this.host.clock.here(serverHadIt));
  }
}

function isLater(one: JudgedFix, other: JudgedFix): boolean {
  return one.t !== other.t ? one.t > other.t : (one.n ?? 0) > (other.n ?? 0);
}
