// What the page takes from the browser, where the client takes the same by itself but has to be told more.

import type { Page } from "@carillon/client";
import type { LaneHost } from "../network/lane.js";

export const browserPage: Page = {
  isOnline: () => navigator.onLine,
  isHidden: () => document.visibilityState === "hidden",
  listen(type, listener) {
    const target: EventTarget = type === "visibilitychange" || type === "resume" ? document : window;
    target.addEventListener(type, listener);
    return () => target.removeEventListener(type, listener);
  },
};

/** What a lane of this page needs of the browser. With a name it is the same one again after a reload. */
export function browserLane(name: string | undefined, changed: () => void): LaneHost {
  return {
    fetch: (input, init) => fetch(input, init),
    ...(name !== undefined && { name }),
    storage: name === undefined ? undefined : sessionStorage,
    setTimeout: (run, millis) => setTimeout(run, millis),
    clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
    changed,
  };
}

/** 22 characters of base64url that nobody guesses: 128 bits. */
export function freshKey(): string {
  const base64 = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  return base64.slice(0, 22).replaceAll("+", "-").replaceAll("/", "_");
}
