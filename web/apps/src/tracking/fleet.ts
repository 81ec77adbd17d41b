// The page at /fleet: all couriers, of which the page is given only those that it shows.

import { createClient } from "@carillon/client";
import { withFallback } from "@carillon/client/fallback";
import { byId, make, setText, setUpThemeSwitch } from "@carillon/look";
import type { Map as LeafletMap } from "leaflet";
import { NetworkDrawer } from "../network/drawer.js";
import { PageLane } from "../network/lane.js";
import { carrierText } from "../network/panel.js";
import { browserLane, browserPage } from "../page/browser.js";
import { showState } from "../page/pill.js";
import type { Channels, Duty, TrackingClient } from "./channels.js";
import { CourierList } from "./courier-list.js";
import { askForTown, passes, Refused, ServerClock, type Town } from "./dispatch.js";
import { FleetModel, type Mover } from "./fleet-model.js";
import { drawCourier, type Brush } from "./mover-layer.js";
import { Palette } from "./palette.js";
import { middleOf } from "./tiles.js";
import { openMap, reducesMotion } from "./town-map.js";
import { dutyNames } from "./words.js";

const BACKOFF = { min: 100, first: 500, max: 3_000 };
const DUTIES = Object.keys(dutyNames) as Duty[];
/** Figures change at most so often, so that they can be read. */
const FIGURES_MILLIS = 1_000;

const colours: Readonly<Record<Duty, string>> = { free: "--free", to_shop: "--to-shop", to_home: "--to-home", on_break: "--on-break" };

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
void start();

async function start(): Promise<void> {
  try {
    const town = await askForTown();
    await new FleetPage(town).open();
  } catch (error) {
    byId("problem").textContent = error instanceof Refused ? error.message : "The server cannot be reached. Is it running?";
    if (!(error instanceof Refused)) console.error(error);
    byId("problem").hidden = false;
  }
}

class FleetPage {
  readonly #palette = new Palette(byId("map"));
  readonly #map: LeafletMap;
  readonly #shown = new Set<Duty>(DUTIES);
  #search = "";
  #chosen: string | undefined;
  #model: FleetModel | undefined;
  #lane: PageLane | undefined;
  readonly #list = new CourierList(byId("couriers"), (mover) => this.#choose(mover));
  #bytes: { readonly down: number; readonly at: number; readonly received: number } | undefined;

  constructor(town: Town) {
    this.#map = openMap(byId("map"), town, 17, this.#palette, (brush) => this.#paint(brush));
    this.#map.on("moveend", () => this.#look());
  }

  async open(): Promise<void> {
    let changed = () => {};
    const lane = (this.#lane = new PageLane(browserLane("fleet", () => changed())));
    await lane.open();
    lane.watch(true);
    const clock = new ServerClock();
    const client: TrackingClient = createClient<Channels>({
      url: "/live",
      getToken: passes({ as: "dispatcher" }, clock),
      transport: lane.carry(withFallback()),
      backoff: BACKOFF,
      environment: { page: lane.page(browserPage) },
    });
    byId("pill").hidden = false;
    client.on("state", showState);
    client.on("error", ({ error, channel }) => console.error(channel ?? "client", error));
    const model = (this.#model = new FleetModel({ client, clock, now: () => Date.now(), isGliding: () => !reducesMotion.matches, changed: () => {} }));
    const drawer = new NetworkDrawer({
      // The page shows what the lane carries all the time, whether the drawer is open or not.
      lane: {
        get state() {
          return lane.state;
        },
        suffer: (fault) => lane.suffer(fault),
        watch: () => {},
      },
      figures: () => ({ seen: model.judge.seen, reordered: model.judge.reordered }),
      carrier: () => carrierText(client.state),
      judgedBy: "Of each courier only the newest place is owed; a place that is older than the one before would be reordered. Judged by the phones’ clocks.",
      reset: () => model.judge.reset(),
    });
    changed = () => drawer.draw();
    this.#filters();
    this.#look();
    setInterval(() => this.#draw(), FIGURES_MILLIS);
    (window as { __track?: object }).__track = {
      keys: () => [...model.movers.keys()],
      tracked: () => model.tracked,
      drawn: (id: string) => model.movers.get(id)?.motion.at(Date.now()),
      received: () => model.received,
      total: () => model.total(),
      view: (lon: number, lat: number, zoom: number) => void this.#map.setView([lat, lon], zoom, { animate: false }),
    };
  }

  #look(): void {
    const bounds = this.#map.getBounds();
    this.#model?.look({ west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() }, this.#map.getZoom());
    this.#draw();
  }

  #filters(): void {
    const filters = byId("filters");
    for (const duty of DUTIES) {
      const sign = make("span", "duty-sign");
      sign.dataset["duty"] = duty;
      const button = make("button", "quiet filter", sign, make("span", "", dutyNames[duty]), make("b", "", "0"));
      button.type = "button";
      button.dataset["duty"] = duty;
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        if (!this.#shown.delete(duty)) this.#shown.add(duty);
        button.setAttribute("aria-pressed", String(this.#shown.has(duty)));
        this.#draw();
      });
      filters.append(button);
    }
    const search = byId<HTMLInputElement>("search");
    search.addEventListener("input", () => {
      this.#search = search.value.trim().toLowerCase();
      this.#draw();
    });
  }

  #isShown({ id, duty }: Mover): boolean {
    return this.#shown.has(duty) && (this.#search === "" || id.toLowerCase().includes(this.#search));
  }

  #choose(mover: Mover): void {
    this.#chosen = mover.id;
    const { newest } = mover.motion;
    if (newest !== undefined) this.#map.setView([newest.lat, newest.lon], Math.max(17, this.#map.getZoom()), { animate: false });
  }

  #draw(): void {
    const model = this.#model;
    if (model === undefined) return;
    const total = model.total();
    const all = DUTIES.reduce((sum, duty) => sum + total[duty], 0);
    for (const button of byId("filters").children) {
      const { duty } = (button as HTMLElement).dataset;
      setText(button.lastElementChild as Element, number(total[duty as Duty]));
    }
    const now = Date.now();
    const shown = [...model.movers.values()].filter((mover) => this.#isShown(mover)).sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#list.show(shown, now, this.#chosen);
    const isClose = model.tracked !== undefined;
    setText(byId("count"), isClose ? `${number(shown.length)} of ${number(all)} couriers in and around the view` : `${number(all)} couriers; come closer to see each`);
    this.#drawFigures(model, now);
  }

  #drawFigures(model: FleetModel, now: number): void {
    const state = this.#lane?.state;
    const down = state?.kind === "open" ? state.counts.down : undefined;
    const before = this.#bytes;
    if (before !== undefined && now - before.at < FIGURES_MILLIS * 0.9) return;
    // The lane's counts come in steps of their own: what has come since is told with the next one.
    if (down !== undefined && down === before?.down && model.received > before.received) return;
    if (down !== undefined && before !== undefined) {
      const seconds = (now - before.at) / 1_000;
      setText(byId("bytes"), `${number(Math.round((down - before.down) / seconds))} B/s`);
      setText(byId("values"), `${number(Math.round((model.received - before.received) / seconds))}/s`);
    }
    if (down !== undefined) this.#bytes = { down, at: now, received: model.received };
    const sorted = [...model.delays].sort((a, b) => a - b);
    const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1];
    setText(byId("p99"), p99 === undefined ? "–" : `${Math.round(p99)} ms`);
    setText(byId("tiles"), model.tracked === undefined ? "none" : String((model.tracked.right - model.tracked.left + 1) * (model.tracked.bottom - model.tracked.top + 1)));
  }

  #paint(brush: Brush): void {
    const model = this.#model;
    if (model === undefined) return;
    if (model.tracked === undefined) return this.#paintCounts(brush, model);
    const now = Date.now();
    const edge = this.#palette.of("--card");
    for (const mover of model.movers.values()) {
      const drawn = this.#isShown(mover) ? mover.motion.at(now) : undefined;
      if (drawn === undefined) continue;
      const alpha = drawn.state === "live" ? 1 : 0.45;
      const isChosen = mover.id === this.#chosen;
      drawCourier(brush, [drawn.lon, drawn.lat], drawn.heading, { fill: this.#palette.of(colours[mover.duty]), edge: isChosen ? this.#palette.of("--ink") : edge, size: isChosen ? 14 : 9, alpha });
    }
  }

  #paintCounts(brush: Brush, model: FleetModel): void {
    const { context, at } = brush;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const [tile, counts] of model.counts()) {
      const count = DUTIES.reduce((sum, duty) => sum + (this.#shown.has(duty) ? (counts[duty] ?? 0) : 0), 0);
      if (count === 0) continue;
      const { x, y } = at(middleOf(tile));
      const radius = 8 + 2.2 * Math.sqrt(count);
      context.beginPath();
      context.arc(x, y, Math.min(radius, 34), 0, 2 * Math.PI);
      context.fillStyle = this.#palette.of("--accent");
      context.globalAlpha = 0.85;
      context.fill();
      context.globalAlpha = 1;
      context.fillStyle = this.#palette.of("--on-accent");
      context.font = "600 12px Inter, sans-serif";
      context.fillText(String(count), x, y);
    }
  }
}

function number(value: number): string {
  return value.toLocaleString("en-GB");
}
