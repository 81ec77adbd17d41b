// The honest state of a reader, and of this page.

export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "catching-up" }
  | { readonly kind: "live" }
  /** Tries again at this time, in milliseconds of performance.now(). */
  | { readonly kind: "waiting"; readonly until: number }
  | { readonly kind: "paused" }
  /** The server said not to come again. */
  | { readonly kind: "refused"; readonly why: string };

export function linkText(link: Link, online: boolean, now: number): string {
  switch (link.kind) {
    case "connecting":
      return "Connecting";
    case "catching-up":
      return "Catching up";
    case "live":
      return "Live";
    case "waiting":
      return online ? `Reconnecting in ${Math.max(1, Math.ceil((link.until - now) / 1000))} s` : "Offline";
    case "paused":
      return "Paused";
    case "refused":
      return `Refused: ${link.why}`;
  }
}

/** The wait before the next try, in milliseconds: doubling up to 8 s, less a random part so that not all come at once. */
export function backoffMillis(failures: number, random: () => number): number {
  const full = Math.min(8_000, 500 * 2 ** failures);
  return full * (0.5 + 0.5 * random());
}
