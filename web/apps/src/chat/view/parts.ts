// Small things that several views draw.

import { icon, make, type IconName } from "@carillon/look";

export { setText } from "@carillon/look";

const TONES = 8;

/** Always the same one of a few tones for a name (FNV-1a). */
function toneOf(name: string): string {
  let hash = 2_166_136_261;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return String((hash >>> 13) % TONES);
}

/** The round sign beside a name. It says nothing that the name doesn't. */
export function avatar(name: string): HTMLElement {
  const sign = make("span", "avatar");
  sign.setAttribute("aria-hidden", "true");
  showAvatar(sign, name);
  return sign;
}

export function showAvatar(sign: HTMLElement, name: string): void {
  sign.dataset["tone"] = toneOf(name);
  sign.textContent = (/[A-Za-z0-9]/.exec(name)?.[0] ?? "?").toUpperCase();
}

/** A button that shows an icon and says a name. */
export function iconButton(className: string, name: IconName, label: string, onClick: () => void): HTMLButtonElement {
  const button = make("button", className, icon(name));
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.addEventListener("click", onClick);
  return button;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dateOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function timeOf(at: number): string {
  return clock.format(at);
}

export function momentOf(at: number): string {
  return moment.format(at);
}

export function dayOf(at: number): string {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const day = new Date(at);
  if (day.toDateString() === today.toDateString()) return "Today";
  if (day.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (day.getFullYear() === today.getFullYear() ? date : dateOfYear).format(day);
}
