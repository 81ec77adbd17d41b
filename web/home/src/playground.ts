// The playground: every visitor's pointer, as signals, and bells that belong to whoever rang them last, as a map. It connects
// when somebody comes near it.

import { createClient, type Client, type NativeSocketConstructor } from "@carillon/client";
import { map, type LiveMap } from "@carillon/client/map";
import { byId, make, painter } from "@carillon/look";
import { bellAt, COLUMNS, keyOf, readPointing, ROWS, standing, TONES, type Pointing, type Rung } from "./board.js";
import { PlainWebSocket } from "./observe.js";

type Channels = { readonly "playground:board": Rung };
type Signals = { readonly "playground:board": Pointing };

const BOARD = "playground:board";
/** 20 times a second. */
const TICK_MILLIS = 50;
/** A pointer of which nothing was heard for so long has gone. */
const GONE_MILLIS = 4_000;
/** Others' pointers that are shown. */
const POINTERS_MAX = 50;
/** Bells that wait to be rung; a pointer that is faster leaves some out. */
const RINGING_MAX = 4;

const NAMES = ["Bourdon", "Tenor", "Treble", "Alto", "Carol", "Prime", "Hum", "Quint", "Tierce", "Nominal", "Octave", "Peal"];
const GLYPHS = ["●", "▲", "■", "◆", "★", "✚", "♥", "♪"];

interface Seen {
  readonly element: HTMLElement;
  heardAt: number;
}

class Playground {
  readonly #board = byId("board");
  readonly #cells: HTMLElement[] = [];
  readonly #pointers = new Map<string, Seen>();
  readonly #me: Rung;
  readonly #client: Client<Channels, Signals>;
  readonly #live: LiveMap<Rung, Pointing>;
  #at: { readonly x: number; readonly y: number } | undefined;
  #sent: { readonly x: number; readonly y: number } | undefined;
  /** Keys of bells that the pointer came over and that are still to be rung. */
  readonly #ringing = new Set<string>();
  #updates = 0;

  constructor() {
    const chance = crypto.getRandomValues(new Uint8Array(4));
    const [which = 0, tone = 0, ...rest] = chance;
    const suffix = rest.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#me = { by: `${NAMES[which % NAMES.length]} ${suffix}`, tone: tone % TONES };
    for (let i = 0; i < COLUMNS * ROWS; i++) this.#cells.push(make("span", "cell"));
    this.#board.replaceChildren(...this.#cells);
    this.#client = createClient<Channels, Signals>({ url: "/live", environment: { WebSocket: PlainWebSocket as unknown as NativeSocketConstructor } });
    this.#live = map<Channels, Signals, "playground:board">(this.#client, BOARD);
    this.#live.onChange((keys) => {
      this.#updates += keys.size;
      for (const key of keys) this.#drawCell(key);
      this.#drawStanding();
    });
    this.#live.onSignal(({ data }) => this.#heard(data));
    this.#live.ready.catch((error: unknown) => this.#say(error instanceof Error ? error.message : "The board cannot be read."));
    this.#listen();
    setInterval(() => this.#tick(), TICK_MILLIS);
    setInterval(() => this.#drawRate(), 1_000);
    byId("player").textContent = `${GLYPHS[this.#me.tone]} ${this.#me.by}`;
    byId("player").dataset["tone"] = String(this.#me.tone);
  }

  #listen(): void {
    const board = this.#board;
    board.addEventListener("pointermove", (event) => {
      const { left, top, width, height } = board.getBoundingClientRect();
      for (const { clientX, clientY } of event.getCoalescedEvents?.() ?? [event]) {
        this.#move(((clientX - left) / width) * 1_000, ((clientY - top) / height) * 1_000);
      }
    });
    board.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const { column, row } = this.#at === undefined ? { column: -1, row: 0 } : bellAt(this.#at.x, this.#at.y);
      const [dx = 0, dy = 0] = step;
      const to = { column: Math.min(COLUMNS - 1, Math.max(0, column + dx)), row: Math.min(ROWS - 1, Math.max(0, row + dy)) };
      this.#move(((to.column + 0.5) / COLUMNS) * 1_000, ((to.row + 0.5) / ROWS) * 1_000);
      this.#say(`Column ${to.column + 1}, row ${to.row + 1}`);
    });
  }

  #move(x: number, y: number): void {
    const within = (value: number) => Math.round(Math.min(1_000, Math.max(0, value)));
    this.#at = { x: within(x), y: within(y) };
    const { column, row } = bellAt(this.#at.x, this.#at.y);
    const key = keyOf(column, row);
    if (this.#live.get(key)?.by !== this.#me.by && this.#ringing.size < RINGING_MAX) this.#ringing.add(key);
  }

  #tick(): void {
    if (this.#at !== undefined && this.#at !== this.#sent && this.#client.signal(BOARD, { ...this.#me, ...this.#at })) {
      this.#sent = this.#at;
    }
    for (const key of this.#ringing) this.#live.set(key, this.#me).catch(() => this.#say("That bell was not rung: the server cannot be reached."));
    this.#ringing.clear();
    const now = performance.now();
    for (const [by, { element, heardAt }] of this.#pointers) {
      if (now - heardAt < GONE_MILLIS) continue;
      element.remove();
      this.#pointers.delete(by);
    }
  }

  #heard(data: unknown): void {
    const pointing = readPointing(data);
    if (pointing === undefined) return;
    this.#updates++;
    const { by, tone, x, y } = pointing;
    let seen = this.#pointers.get(by);
    if (seen === undefined) {
      if (this.#pointers.size >= POINTERS_MAX) return;
      const element = make("span", "visitor", `${GLYPHS[tone]} ${by}`);
      element.dataset["tone"] = String(tone);
      element.setAttribute("aria-hidden", "true");
      this.#board.append(element);
      seen = { element, heardAt: 0 };
      this.#pointers.set(by, seen);
    }
    seen.heardAt = performance.now();
    seen.element.style.left = `${x / 10}%`;
    seen.element.style.top = `${y / 10}%`;
  }

  #drawCell(key: string): void {
    const cell = this.#cells[Number(key.replace("bell-", ""))];
    if (cell === undefined) return;
    const rung = this.#live.get(key);
    const text = rung === undefined ? "" : (GLYPHS[rung.tone % TONES] ?? "");
    if (cell.textContent !== text) cell.textContent = text;
    if (rung === undefined) delete cell.dataset["tone"];
    else cell.dataset["tone"] = String(rung.tone % TONES);
    cell.toggleAttribute("data-mine", rung?.by === this.#me.by);
  }

  readonly #drawStanding = painter(() => {
    const holders = standing(this.#live);
    byId("holders").replaceChildren(
      ...holders.slice(0, 5).map(({ by, tone, bells }) => {
        const row = make("li", "", make("span", "", `${GLYPHS[tone % TONES]} ${by}${by === this.#me.by ? " (you)" : ""}`), make("b", "", String(bells)));
        row.dataset["tone"] = String(tone % TONES);
        return row;
      }),
    );
    const mine = holders.find(({ by }) => by === this.#me.by)?.bells ?? 0;
    this.#board.setAttribute("aria-label", `The board: you hold ${mine} of ${COLUMNS * ROWS} bells. Arrow keys move you; each bell that you come over is yours.`);
  });

  #drawRate(): void {
    byId("board-rate").textContent = `${this.#updates} ${this.#updates === 1 ? "update" : "updates"} in the last second, ${this.#pointers.size} others here`;
    this.#updates = 0;
  }

  #say(text: string): void {
    byId("board-said").textContent = text;
  }
}

export function setUpPlayground(): void {
  const near = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    near.disconnect();
    new Playground();
  });
  near.observe(byId("board"));
}
