// Delivery tracking's channels, told to the client once (docs/tracking.md).

import type { Client } from "@carillon/client";
import type { Fix } from "./motion.js";

export type Stage = "placed" | "accepted" | "preparing" | "picked_up" | "nearby" | "delivered" | "cancelled";

export type Duty = "free" | "to_shop" | "to_home" | "on_break";

/** Longitude and latitude, in degrees. */
export type LonLat = readonly [number, number];

export interface StageEvent {
  readonly stage: Stage;
  readonly version: number;
  readonly t: number;
  readonly shop?: { readonly name: string; readonly at: LonLat };
  readonly home?: LonLat;
  readonly courier?: string;
}

/** A fix that the server believed; `r`: when it had it. */
export interface JudgedFix extends Fix {
  readonly r: number;
  readonly acc?: number;
  readonly speed?: number;
}

export interface Eta {
  /** In seconds from `t` on. */
  readonly low: number;
  readonly high: number;
  readonly metres: number;
  readonly street: string;
  readonly to: "shop" | "home";
  readonly t: number;
}

export interface RouteLine {
  readonly to: "shop" | "home";
  readonly line: readonly LonLat[];
}

/** One of the fleet, in short words: of these there are thousands a second. */
export interface FleetPlace {
  readonly t: number;
  readonly r: number;
  readonly lon: number;
  readonly lat: number;
  readonly h: number;
  readonly d: Duty;
}

export interface Channels {
  readonly "tracking:order:{id}": StageEvent;
  readonly "tracking:place:{id}": JudgedFix | Eta | RouteLine;
  readonly "tracking:trail:{id}": { readonly fixes: readonly JudgedFix[] };
  readonly "tracking:fleet": FleetPlace;
  readonly "tracking:counts": Partial<Readonly<Record<Duty, number>>>;
}

export type TrackingClient = Client<Channels>;
