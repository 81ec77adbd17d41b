// What the pages say.

import type { Duty, Eta, Stage } from "./channels.js";
import type { Freshness } from "./motion.js";

export const stageNames: Readonly<Record<Stage, string>> = {
  placed: "Order placed",
  accepted: "A courier is coming",
  preparing: "In the making",
  picked_up: "On its way to you",
  nearby: "Nearly there",
  delivered: "Delivered",
  cancelled: "Cancelled",
};

export const dutyNames: Readonly<Record<Duty, string>> = {
  free: "free",
  to_shop: "to a shop",
  to_home: "to a customer",
  on_break: "on a break",
};

/** The name of a courier without what tells it from its namesakes. */
export function firstName(courier: string): string {
  return courier.replace(/-[A-Za-z0-9_-]{4}$/, "");
}

/** In whole minutes, such as `4–6 min`; the range is from `t` on, by the clock that `now` is of. */
export function etaText({ low, high, t }: Eta, now: number): string {
  const passed = Math.max(0, (now - t) / 1_000);
  const from = Math.max(0, Math.floor((low - passed) / 60));
  const to = Math.max(1, Math.ceil((high - passed) / 60));
  return from === to ? `${to} min` : from === 0 ? `less than ${to} min` : `${from}–${to} min`;
}

export function ageText(millis: number): string {
  const seconds = Math.round(millis / 1_000);
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

export function freshnessText(state: Freshness, age: number): string {
  return state === "live" ? "Live position" : `Last seen ${ageText(age)}`;
}
