// Draws the panes: a few times a second at most, so that people can read them.

import { make, setText } from "@carillon/look";
import { bytesOf, type Parts } from "./account.js";
import { paneNames, type PaneFigures, type PaneId } from "./figures.js";
import type { Pane } from "./pane.js";
import { bytes, millis } from "./verdict.js";

const requestLines: { readonly [Id in PaneId]: string } = {
  websocket: "the client over WebSocket",
  sse: "the client over POST /live",
  eventsource: "new EventSource('/channels/…')",
  longpoll: "the client, POST /live again and again",
  poll: "fetch('/channels/…?after=…')",
};

interface Term {
  readonly name: string;
  readonly title: string;
  value(figures: PaneFigures): string;
  isBad?(figures: PaneFigures): boolean;
}

const terms: { readonly [Key: string]: Term } = {
  received: { name: "received", title: "messages, each counted once", value: ({ received }) => number(received) },
  lost: { name: "lost", title: "numbers that were skipped and have not come since", value: ({ lost }) => number(lost), isBad: ({ lost }) => lost > 0 },
  duplicate: { name: "twice", title: "numbers that came again", value: ({ duplicate }) => number(duplicate), isBad: ({ duplicate }) => duplicate > 0 },
  reordered: { name: "out of order", title: "numbers that came after a greater one", value: ({ reordered }) => number(reordered), isBad: ({ reordered }) => reordered > 0 },
  requests: { name: "requests", title: "HTTP requests that the server read, handshakes and preflights included", value: ({ requests }) => number(requests) },
  reconnects: { name: "reconnects", title: "how often it came back", value: ({ reconnects }) => number(reconnects) },
  p50: { name: "p50", title: "half of the messages are here within", value: ({ p50 }) => time(p50) },
  p95: { name: "p95", title: "95 of 100 are here within", value: ({ p95 }) => time(p95) },
  p99: { name: "p99", title: "99 of 100 are here within", value: ({ p99, samples }) => (samples < 20 ? "–" : time(p99)) },
};

export interface PanesHost {
  cut(pane: Pane): void;
  anew(pane: Pane): void;
}

export class PaneView {
  readonly root: HTMLElement;
  readonly #state = make("p", "state");
  readonly #note = make("p", "hint note");
  readonly #big = make("b", "big", "–");
  readonly #bar = make("span", "bar-parts");
  readonly #parts = make("p", "hint parts");
  readonly #figures = new Map<string, HTMLElement>();
  readonly #agreement = make("p", "hint agreement");
  readonly #recovered = make("p", "hint recovered");
  readonly #cut: HTMLButtonElement;

  constructor(
    private readonly pane: Pane,
    host: PanesHost,
  ) {
    const { id } = pane;
    const name = paneNames[id];
    this.#cut = make("button", "quiet cut", "Cut");
    this.#cut.type = "button";
    this.#cut.addEventListener("click", () => (pane.state.kind === "closed" ? host.anew(pane) : host.cut(pane)));
    const figures = make("dl", "figures");
    for (const [key, { name: term, title }] of Object.entries(terms)) {
      const value = make("dd", "", "0");
      value.dataset["figure"] = key;
      const label = make("dt", "", term);
      label.title = title;
      this.#figures.set(key, value);
      figures.append(make("div", "", label, value));
    }
    this.#big.dataset["figure"] = "bytesPerMessage";
    this.#recovered.dataset["figure"] = "recovered";
    this.#agreement.dataset["figure"] = "agreement";
    const head = make("div", "pane-head", make("h3", "", make("span", `swatch ${id}`), name), this.#cut);
    const cost = make("p", "cost", this.#big, make("span", "", " for a message"));
    this.root = make("li", "pane card", head, make("code", "request", requestLines[id]), this.#state, this.#note, cost, this.#bar, this.#parts, figures, this.#recovered, this.#agreement);
    this.root.dataset["pane"] = id;
  }

  draw(figures: PaneFigures): void {
    const { pane } = this;
    this.#drawState();
    const { bytesPerMessage } = figures;
    setText(this.#big, bytesPerMessage === undefined ? "–" : bytes(bytesPerMessage));
    this.#drawParts(figures);
    for (const [key, term] of Object.entries(terms)) {
      const value = this.#figures.get(key);
      if (value === undefined) continue;
      setText(value, term.value(figures));
      value.classList.toggle("bad", term.isBad?.(figures) === true);
    }
    const { disagreement } = figures;
    setText(this.#agreement, disagreement === undefined ? "Not counted yet" : `The proxy counted ${difference(disagreement)}`);
    setText(this.#recovered, recovery(pane, figures));
  }

  #drawState(): void {
    const { pane } = this;
    const { state } = pane;
    this.root.dataset["state"] = state.kind;
    const text =
      state.kind === "live" ? `Live by ${state.carrier}` : state.kind === "catching-up" ? "Catching up" : state.kind === "connecting" ? "Connecting" : state.text;
    setText(this.#state, pane.isCut && state.kind !== "closed" ? `Cut · ${text}` : text);
    setText(this.#note, (state.kind === "live" && state.note) || "");
    const label = state.kind === "closed" ? "Open anew" : pane.isCut ? "Restore" : "Cut";
    setText(this.#cut, label);
    this.#cut.setAttribute("aria-label", `${label}: ${paneNames[pane.id]}`);
    this.#cut.disabled = pane.lane.state.kind !== "open";
  }

  #drawParts({ up, down, measured }: PaneFigures): void {
    const sum: Parts = { framing: up.framing + down.framing, envelope: up.envelope + down.envelope, data: up.data + down.data };
    const all = bytesOf(sum);
    const kinds = ["framing", "envelope", "data"] as const;
    if (this.#bar.childElementCount === 0) this.#bar.append(...kinds.map((kind) => make("span", kind)));
    for (const [i, kind] of kinds.entries()) {
      const part = this.#bar.children[i] as HTMLElement;
      part.style.flexGrow = String(all === 0 ? 1 : Math.max(0, sum[kind] / all));
    }
    const each = (value: number) => (measured === 0 ? "–" : Math.round(value / measured).toLocaleString("en"));
    setText(this.#parts, `${each(sum.framing)} framing + ${each(sum.envelope)} envelope + ${each(sum.data)} data; ${each(bytesOf(up))} of it up`);
  }
}

function recovery({ resyncs, lastGap, renewals, newest }: Pane, { recoveredFrom, recoveryMillis }: PaneFigures): string {
  const said: string[] = [];
  if (recoveredFrom !== undefined && recoveryMillis !== undefined) {
    said.push(`recovered from offset ${recoveredFrom}, ${millis(recoveryMillis)} after it broke`);
  }
  if (resyncs > 0) said.push(`resynced (${lastGap}), now at offset ${newest?.offset ?? "–"}`);
  if (renewals > 1) said.push(`token renewed ${renewals - 1} ${renewals === 2 ? "time" : "times"}`);
  return said.join("; ");
}

function difference(share: number): string {
  const percent = Math.abs(share) * 100;
  if (percent < 0.05) return "the same";
  return `${percent.toFixed(1)} % ${share > 0 ? "fewer" : "more"} bytes`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}

function time(value: number | undefined): string {
  return value === undefined ? "–" : millis(value);
}
