// The state of this page's own connection, always at the same place.

import { byId } from "@carillon/look";
import { linkText, type Link } from "./link.js";

let link: Link = { kind: "connecting" };
let ticking: ReturnType<typeof setTimeout> | undefined;

export function showLink(next: Link): void {
  link = next;
  paint();
}

function paint(): void {
  clearTimeout(ticking);
  const pill = byId("pill");
  const text = linkText(link, navigator.onLine, performance.now());
  pill.dataset["link"] = link.kind;
  const label = byId("pill-text");
  if (label.textContent !== text) label.textContent = text;
  if (link.kind === "waiting") ticking = setTimeout(paint, 500);
}

window.addEventListener("online", paint);
window.addEventListener("offline", paint);
