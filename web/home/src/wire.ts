// The inspector: frames, round trips, sums and the end of the guide's connection, as the server saw them.

import { byId, make, painter } from "@carillon/look";
import type { Bytes, Closed, FeedEvent, Frame, Totals } from "./feed.js";
import { costSentence, framingLength, headerFields, maskSentence, opcodeName, payloadText, segments } from "./frames.js";
import { showHandshake } from "./handshake.js";

const FRAMES_KEPT = 200;

interface SeenFrame {
  readonly frame: Frame;
  readonly number: number;
  /** Milliseconds since the handshake. */
  readonly since: number;
  roundTripMillis?: number;
}

export class Wire {
  private connection = 0;
  private startedAt = 0;
  private frames: SeenFrame[] = [];
  private count = 0;
  private selected: number | "newest" = "newest";
  private totals: Totals | undefined;
  private roundTripMillis: number | undefined;
  private closed: Closed | undefined;
  private readonly repaint = painter(() => this.paint());
  private readonly list = byId("frames");

  constructor() {
    this.list.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-number]");
      if (row !== null) this.select(Number(row.dataset["number"]));
    });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    byId("newest").addEventListener("click", () => this.select("newest"));
  }

  /** Events of other connections than the guide's newest are left alone. */
  on(event: FeedEvent): void {
    if (event.type === "handshake") {
      // The playground's has its session in the address.
      if (!/^(GET|CONNECT) \/live(?:\?(?!.*\bsession=)| )/.test(event.request)) return;
      this.begin(event.connection, event.at);
      void showHandshake(event);
    }
    if (event.connection !== this.connection) return;
    switch (event.type) {
      case "handshake":
        break;
      case "frame":
        this.frames.push({ frame: event, number: ++this.count, since: event.at - this.startedAt });
        if (this.frames.length > FRAMES_KEPT) this.frames.shift();
        break;
      case "roundtrip": {
        this.roundTripMillis = event.millis;
        const pong = this.frames.findLast(({ frame }) => frame.opcode === 10 && frame.direction === "in");
        if (pong !== undefined) pong.roundTripMillis = event.millis;
        break;
      }
      case "totals":
        this.totals = event;
        break;
      case "closed":
        this.closed = event;
        break;
    }
    this.repaint();
  }

  available(available: boolean): void {
    byId("handshake-empty").textContent = available
      ? "Nothing yet. Run the guide’s code, and its handshake appears here."
      : "The inspector is at work in development mode only, and this server isn’t in it.";
  }

  private begin(connection: number, at: number): void {
    this.connection = connection;
    this.startedAt = at;
    this.frames = [];
    this.count = 0;
    this.selected = "newest";
    this.totals = undefined;
    this.roundTripMillis = undefined;
    this.closed = undefined;
    this.list.replaceChildren();
  }

  private select(which: number | "newest"): void {
    this.selected = which;
    this.paint();
  }

  private onKey(event: KeyboardEvent): void {
    const at = this.frames.findIndex((seen) => seen === this.shown());
    const last = this.frames.length - 1;
    const steps: Readonly<Record<string, number>> = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last };
    const to = this.frames[Math.min(last, Math.max(0, steps[event.key] ?? NaN))];
    if (to === undefined) return;
    event.preventDefault();
    this.select(to.number);
    this.row(to.number)?.focus();
  }

  /** The newest one to show is the newest with data: pings would else push it away. */
  private shown(): SeenFrame | undefined {
    if (this.selected === "newest") return this.frames.findLast(({ frame }) => frame.opcode < 8) ?? this.frames.at(-1);
    return this.frames.find((seen) => seen.number === this.selected) ?? this.frames[0];
  }

  private row(number: number): HTMLElement | null {
    return this.list.querySelector(`[data-number="${number}"]`);
  }

  private paint(): void {
    this.paintList();
    this.paintDetail();
    this.paintFigures();
  }

  private paintList(): void {
    const shown = this.shown();
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 8;
    const oldest = this.frames[0]?.number ?? 0;
    while (Number(this.list.firstElementChild?.getAttribute("data-number") ?? oldest) < oldest) {
      this.list.firstElementChild?.remove();
    }
    const drawn = Number(this.list.lastElementChild?.getAttribute("data-number") ?? oldest - 1);
    for (const seen of this.frames) if (seen.number > drawn) this.list.append(frameRow(seen));
    for (const seen of this.frames) {
      const row = this.row(seen.number);
      row?.setAttribute("aria-selected", String(seen === shown));
      row?.setAttribute("tabindex", seen === shown ? "0" : "-1");
      const roundTrip = row?.querySelector(".rtt");
      if (roundTrip && seen.roundTripMillis !== undefined) roundTrip.textContent = millis(seen.roundTripMillis);
    }
    if (atEnd && this.selected === "newest") this.list.scrollTop = this.list.scrollHeight;
    byId("wire").hidden = this.count === 0;
    byId("newest").hidden = this.selected === "newest";
  }

  private paintDetail(): void {
    const seen = this.shown();
    if (seen === undefined) return;
    const { frame } = seen;
    byId("frame-title").textContent = `${frame.direction === "in" ? "Sent" : "Received"}: ${opcodeName(frame.opcode)}`;
    byId("frame-cost").textContent = costSentence(frame);
    const bytes = segments(frame).flatMap(({ kind, bytes }) => [make("span", `bytes ${kind}`, bytes.join(" ")), " "]);
    const cut = frame.length - frame.payload.length / 2;
    byId("frame-bytes").replaceChildren(...bytes, ...(cut > 0 ? [make("span", "cut", `and ${cut} bytes more`)] : []));
    byId("frame-fields").replaceChildren(
      ...headerFields(frame).map((field) =>
        make("tr", "", make("td", "", make("code", "", field.bits)), make("th", "", field.name), make("td", "", field.meaning)),
      ),
    );
    byId("frame-text").textContent = payloadText(frame);
    byId("frame-mask").textContent = maskSentence(frame) ?? "";
  }

  private paintFigures(): void {
    const { roundTripMillis, closed } = this;
    byId("rtt").textContent = roundTripMillis === undefined ? "–" : millis(roundTripMillis);
    byId("rtt-what").textContent =
      roundTripMillis === undefined ? "waiting for the server’s first ping" : "from the server’s ping to the browser’s pong";
    byId("closed-code").textContent = closed === undefined ? "–" : String(closed.code);
    byId("closed-why").textContent =
      closed === undefined
        ? "still open"
        : `${closed.reason === "" ? "no reason given" : closed.reason} · ${closed.clean ? "clean" : "not clean"}, by the ${closed.by}`;
    for (const direction of ["in", "out"] as const) {
      const bytes: Bytes = this.totals?.[direction] ?? { framing: 0, envelope: 0, data: 0 };
      for (const part of ["framing", "envelope", "data"] as const) {
        byId(`${direction}-${part}`).textContent = bytes[part].toLocaleString("en");
      }
    }
  }
}

function frameRow(seen: SeenFrame): HTMLElement {
  const { frame } = seen;
  const sent = frame.direction === "in";
  const row = make(
    "li",
    "",
    make("span", `way ${sent ? "sent" : "received"}`, sent ? "↑" : "↓"),
    make("span", "hidden-text", sent ? "sent " : "received "),
    make("span", "opcode", opcodeName(frame.opcode) + (frame.fin ? "" : " …")),
    make("span", "preview", payloadText(frame)),
    make("span", "rtt"),
    make("span", "cost", `${framingLength(frame)} + ${frame.length}`),
    make("span", "since", `${(seen.since / 1000).toFixed(2)} s`),
  );
  row.dataset["number"] = String(seen.number);
  row.dataset["kind"] = frame.opcode >= 8 ? "control" : "data";
  row.setAttribute("role", "option");
  return row;
}

function millis(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
