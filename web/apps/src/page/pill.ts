// The state of this page's connection, in one place and in the same words on every page.

import { stateText, type ClientState } from "@carillon/client";
import { byId, setText } from "@carillon/look";

/** Going from room to room is over before anybody could read that it happened. */
const BRIEF_MILLIS = 250;

/** Which of the look's pills it is. */
const kinds: { readonly [Kind in ClientState["kind"]]: string } = {
  live: "live",
  "catching-up": "catching-up",
  connecting: "connecting",
  waiting: "waiting",
  offline: "waiting",
  suspended: "waiting",
  failed: "refused",
  idle: "paused",
  closed: "paused",
};

let shown: ClientState["kind"] | undefined;
let briefly: ReturnType<typeof setTimeout> | undefined;
let ticking: ReturnType<typeof setTimeout> | undefined;

export function showState(state: ClientState): void {
  const isBrief = shown === "live" && state.kind === "catching-up";
  if (!isBrief) return paint(state);
  briefly ??= setTimeout(() => paint(state), BRIEF_MILLIS);
}

function paint(state: ClientState): void {
  clearTimeout(briefly);
  clearTimeout(ticking);
  briefly = undefined;
  shown = state.kind;
  byId("pill").hidden = false;
  byId("pill").dataset["link"] = kinds[state.kind];
  const text = stateText(state, Date.now());
  setText(byId("pill-text"), text);
  // Nobody wants a countdown read to them.
  setText(byId("pill-said"), text.replace(/ in \d+ s/, ""));
  if (state.kind === "waiting") ticking = setTimeout(() => paint(state), 500);
}
