// The page at /tracking: an order is placed, and its customer sees it come.

import { createClient } from "@carillon/client";
import { withFallback } from "@carillon/client/fallback";
import { byId, icon, make, setUpThemeSwitch } from "@carillon/look";
import { LatLngBounds, type Map as LeafletMap } from "leaflet";
import { NetworkDrawer } from "../network/drawer.js";
import { PageLane } from "../network/lane.js";
import { carrierText } from "../network/panel.js";
import { browserLane, browserPage } from "../page/browser.js";
import { showState } from "../page/pill.js";
import type { Channels, LonLat, StageEvent, TrackingClient } from "./channels.js";
import { askForTown, cancel, passes, placeOrder, Refused, ServerClock, tunnel, type Town } from "./dispatch.js";
import { drawCourier, type Brush } from "./mover-layer.js";
import { OrderModel } from "./order-model.js";
import { OrderView } from "./order-view.js";
import { Palette } from "./palette.js";
import { drawPin, openMap, reducesMotion } from "./town-map.js";
import { stageNames } from "./words.js";

const BACKOFF = { min: 100, first: 500, max: 3_000 };
/** The map moves after the courier only so often. */
const LOOK_MILLIS = 4_000;
const TUNNEL_SECONDS = 15;
const TOAST_MILLIS = 8_000;

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
void start();

async function start(): Promise<void> {
  try {
    const town = await askForTown();
    const page = new TrackingPage(town);
    window.addEventListener("hashchange", () => location.reload());
    const id = /^#\/([A-Za-z0-9_-]{22})$/.exec(location.hash)?.[1];
    if (id === undefined) page.offer();
    else await page.follow(id);
  } catch (error) {
    byId("problem").textContent = error instanceof Refused ? error.message : "The server cannot be reached. Is it running?";
    if (!(error instanceof Refused)) console.error(error);
    byId("problem").hidden = false;
  }
}

class TrackingPage {
  readonly #palette = new Palette(byId("map"));
  readonly #map: LeafletMap;
  readonly #clock = new ServerClock();
  #model: OrderModel | undefined;
  #view: OrderView | undefined;
  #showsPhone = false;
  #lookedAt = 0;
  #isFollowing = true;

  constructor(private readonly town: Town) {
    this.#map = openMap(byId("map"), town, 14, this.#palette, (brush) => this.#paint(brush));
    this.#map.on("dragstart", () => this.#follows(false));
    byId("recentre").addEventListener("click", () => this.#follows(true));
  }

  /** Before there is an order. */
  offer(): void {
    byId("offer").hidden = false;
    const shops = byId("shops");
    this.town.shops.forEach(({ name }, shop) => {
      const button = make("button", "shop", make("b", "", name), make("span", "hint", "Order here"));
      button.type = "button";
      button.addEventListener("click", () => void this.#order(shop));
      shops.append(make("li", "", button));
    });
  }

  async #order(shop: number): Promise<void> {
    try {
      const { id } = await placeOrder({ shop });
      location.hash = `#/${id}`;
    } catch (error) {
      byId("problem").textContent = error instanceof Refused ? error.message : "The server cannot be reached.";
      byId("problem").hidden = false;
    }
  }

  async follow(id: string): Promise<void> {
    byId("sheet").hidden = false;
    let draw = () => {};
    const lane = new PageLane(browserLane("tracking", () => draw()));
    await lane.open();
    const getToken = passes({ as: "customer", order: id }, this.#clock);
    const client: TrackingClient = createClient<Channels>({
      url: "/live",
      getToken,
      transport: lane.carry(withFallback()),
      backoff: BACKOFF,
      environment: { page: lane.page(browserPage) },
    });
    byId("pill").hidden = false;
    client.on("state", showState);
    client.on("error", ({ error, channel }) => console.error(channel ?? "client", error));
    const model = (this.#model = new OrderModel(id, {
      client,
      clock: this.#clock,
      now: () => Date.now(),
      isGliding: () => !reducesMotion.matches,
      changed: () => draw(),
      news: (event) => this.#toast(event),
      setTimeout: (run, millis) => setTimeout(run, millis),
    }));
    const view = (this.#view = new OrderView(model, (there) => this.#clock.here(there)));
    const drawer = new NetworkDrawer({
      lane,
      figures: () => model.judge.verdict,
      carrier: () => carrierText(client.state),
      judgedBy: "Judged by the numbers of the stages and the times of the phone’s fixes, not by what the server says.",
      reset: () => model.judge.reset(),
    });
    draw = () => {
      view.draw();
      drawer.draw();
    };
    setInterval(() => view.draw(), 1_000);
    this.#buttons(id);
    this.#expose(model, client);
  }

  #buttons(id: string): void {
    byId("tunnel").addEventListener("click", () => void tunnel(id, TUNNEL_SECONDS).catch(() => this.#say("This courier is nobody of ours: its phone decides.")));
    byId("cancel").addEventListener("click", () => void cancel(id).catch((error: unknown) => this.#say(error instanceof Refused ? error.message : "The server cannot be reached.")));
    const phone = byId<HTMLButtonElement>("phone");
    phone.addEventListener("click", () => {
      this.#showsPhone = !this.#showsPhone;
      phone.setAttribute("aria-pressed", String(this.#showsPhone));
    });
  }

  /** For tests, and for whoever looks: what is drawn, not what is known. */
  #expose(model: OrderModel, client: TrackingClient): void {
    (window as { __track?: object }).__track = {
      drawn: () => model.motion.at(Date.now()),
      trail: () => model.trail,
      stages: () => model.stages,
      gaps: () => model.gaps,
      journeys: () => ({ last: model.journeys.last, p99: model.journeys.quantile(0.99), count: model.journeys.count }),
      stats: () => client.stats(),
    };
  }

  #toast(event: StageEvent): void {
    this.#say(event.stage === "nearby" ? "Your courier is nearby: go to the door." : `${stageNames[event.stage]}.`);
  }

  #say(text: string): void {
    const toast = make("p", "toast", icon("bell"), make("span", "", text));
    byId("toasts").append(toast);
    setTimeout(() => toast.remove(), TOAST_MILLIS);
  }

  #follows(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    this.#lookedAt = 0;
    byId("recentre").hidden = isFollowing;
  }

  #paint(brush: Brush): void {
    const model = this.#model;
    if (model === undefined) {
      for (const { at } of this.town.shops) drawPin(brush, at, "●", this.#palette.of("--metal-deep"), this.#palette.of("--card"));
      return;
    }
    const now = Date.now();
    const drawn = model.isOver ? undefined : model.motion.at(now);
    this.#paintWay(brush, model);
    if (model.shop !== undefined) drawPin(brush, model.shop.at, "S", this.#palette.of("--metal-deep"), this.#palette.of("--card"));
    if (model.home !== undefined) drawPin(brush, model.home, "H", this.#palette.of("--accent"), this.#palette.of("--card"));
    if (drawn !== undefined) {
      const place: LonLat = [drawn.lon, drawn.lat];
      if (this.#showsPhone && model.motion.newest !== undefined) this.#paintPhone(brush, model.motion.newest);
      const alpha = drawn.state === "live" ? 1 : drawn.state === "stale" ? 0.55 : 0.3;
      this.#paintDisc(brush, place, drawn.state === "live");
      drawCourier(brush, place, drawn.heading, { fill: this.#palette.of("--accent"), edge: this.#palette.of("--card"), size: 15, alpha });
    }
    this.#look(now, model, drawn === undefined ? undefined : [drawn.lon, drawn.lat]);
  }

  /** Whoever is not live has a broken ring: its state is not said by paleness alone. */
  #paintDisc({ context, at }: Brush, place: LonLat, isLive: boolean): void {
    const { x, y } = at(place);
    context.beginPath();
    context.arc(x, y, 21, 0, 2 * Math.PI);
    context.fillStyle = this.#palette.of("--card");
    context.globalAlpha = 0.75;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash(isLive ? [] : [4, 4]);
    context.strokeStyle = this.#palette.of(isLive ? "--accent" : "--warn");
    context.lineWidth = 2;
    context.stroke();
    context.setLineDash([]);
  }

  /** What the phone said last, as it said it, beside what is drawn of it. */
  #paintPhone({ context, at }: Brush, { lon, lat }: { readonly lon: number; readonly lat: number }): void {
    const { x, y } = at([lon, lat]);
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.strokeStyle = this.#palette.of("--warn");
    context.lineWidth = 2.5;
    context.stroke();
  }

  #paintWay(brush: Brush, model: OrderModel): void {
    const { context } = brush;
    context.lineJoin = context.lineCap = "round";
    if (!model.isOver && model.route !== undefined) {
      line(brush, model.route.line);
      context.strokeStyle = this.#palette.of("--way");
      context.lineWidth = 7;
      context.stroke();
    }
    line(brush, model.trail.map(({ lon, lat }) => [lon, lat] as const));
    context.strokeStyle = this.#palette.of("--accent");
    context.lineWidth = 3;
    context.setLineDash([1, 6]);
    context.stroke();
    context.setLineDash([]);
  }

  /** Keeps the courier and where it goes in view, unless somebody looks elsewhere. */
  #look(now: number, model: OrderModel, courier: LonLat | undefined): void {
    if (!this.#isFollowing || now - this.#lookedAt < LOOK_MILLIS || model.home === undefined || model.shop === undefined) return;
    const hasIt = model.stages.some(({ stage }) => stage === "picked_up");
    const goal = hasIt ? model.home : model.shop.at;
    const ends = courier === undefined ? [model.shop.at, model.home] : [courier, goal];
    const bounds = new LatLngBounds(ends.map(([lon, lat]) => [lat, lon] as [number, number]));
    if (this.#lookedAt !== 0 && this.#isInView(ends) && this.#map.getZoom() >= Math.min(17, this.#map.getBoundsZoom(bounds) - 1)) return;
    this.#lookedAt = now;
    const sheet = byId("sheet").getBoundingClientRect();
    const isBelow = sheet.width > innerWidth * 0.8;
    this.#map.fitBounds(bounds, {
      paddingTopLeft: isBelow ? [48, 64] : [Math.min(sheet.right + 48, innerWidth / 2), 72],
      paddingBottomRight: isBelow ? [48, Math.min(innerHeight - sheet.top, innerHeight * 0.6) + 32] : [72, 72],
      maxZoom: 17,
      animate: false,
    });
    this.#view?.draw();
  }

  #isInView(places: readonly LonLat[]): boolean {
    const bounds = this.#map.getBounds().pad(-0.15);
    return places.every(([lon, lat]) => bounds.contains([lat, lon]));
  }
}

function line({ context, at }: Brush, places: readonly LonLat[]): void {
  context.beginPath();
  for (const place of places) {
    const { x, y } = at(place);
    context.lineTo(x, y);
  }
}
