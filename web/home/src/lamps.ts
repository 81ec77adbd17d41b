// Four lamps for readyState, and the trail of the states that were passed with their times: CLOSING is often over within
// a millisecond, and would else be missed.

import { byId, make } from "@carillon/look";

const NAMES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;

export class Lamps {
  private readonly lamps = [...byId("lamps").querySelectorAll<HTMLElement>("li")];
  private readonly trail = byId("trail");
  private shown = -1;
  private startedAt = 0;

  /** A new socket: the trail starts again. */
  begin(socket: WebSocket): void {
    this.shown = -1;
    this.trail.replaceChildren();
    this.startedAt = performance.now();
    this.show(socket);
  }

  show(socket: WebSocket): void {
    const state = socket.readyState;
    if (state === this.shown) return;
    const millis = performance.now() - this.startedAt;
    this.shown = state;
    this.lamps.forEach((lamp, i) => {
      lamp.toggleAttribute("data-lit", i === state);
      if (i === state) lamp.setAttribute("aria-current", "step");
      else lamp.removeAttribute("aria-current");
    });
    const entry = make("li", "", make("b", "", `${state} ${NAMES[state]}`), ` ${elapsed(millis)}`);
    entry.dataset["state"] = String(state);
    this.trail.append(entry);
  }
}

function elapsed(millis: number): string {
  if (millis < 1) return "at once";
  return millis < 1000 ? `after ${millis.toFixed(1)} ms` : `after ${(millis / 1000).toFixed(2)} s`;
}
