// The page at /notifications: one channel of its own, a publisher, and five panes that read it.

import { createClient } from "@carillon/client";
import { byId, make, setText, setUpThemeSwitch } from "@carillon/look";
import { logIn } from "../chat/login.js";
import { NetworkDrawer } from "../network/drawer.js";
import { Lanes } from "../network/lanes.js";
import type { PanelFigures } from "../network/panel.js";
import { browserPage, freshKey } from "../page/browser.js";
import { showState } from "../page/pill.js";
import { paneIds, type Load, type PaneFigures } from "./figures.js";
import { InboxView } from "./inbox-view.js";
import { Pane } from "./pane.js";
import { PaneView } from "./panes-view.js";
import { Plot, type Plotted } from "./plot.js";
import { Publisher } from "./publisher.js";
import type { LabChannels } from "./readers.js";
import { ServerClock } from "./server-clock.js";
import { bytes, millis, rateText, verdict } from "./verdict.js";

const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];
const SIZES = [40, 60, 100, 200, 500, 1_000, 4_000, 16_000];
/** So often the panes are drawn, and so often what they cost is asked for; in milliseconds. */
const DRAW_MILLIS = 250;
const MEASURE_MILLIS = 1_000;
const BURST = 200;
/** Of tokens that the readers come with, if they are to. */
const TOKEN_SECONDS = 10;

class Lab {
  readonly #clock = new ServerClock();
  readonly #channel = `lab:${freshKey()}`;
  readonly #plot = new Plot(byId("plot"));
  readonly #publisher: Publisher;
  #panes: Pane[] = [];
  #drawer: NetworkDrawer | undefined;
  #views: PaneView[] = [];
  /** True until all panes were live once: then the first window begins. */
  #isWarmingUp = true;
  #hasTokens = false;
  /** Windows so far. */
  #windows = 0;

  constructor() {
    const client = createClient<LabChannels>({ url: "/live" });
    client.on("state", showState);
    showState(client.state);
    this.#publisher = new Publisher(client, this.#channel, () => this.load);
    this.#listen();
  }

  get load(): Load {
    return {
      rate: RATES[Number(byId<HTMLInputElement>("rate").value)] ?? 1,
      size: SIZES[Number(byId<HTMLInputElement>("size").value)] ?? 100,
      pollMillis: Number(byId<HTMLSelectElement>("poll-every").value),
    };
  }

  async begin(): Promise<void> {
    this.#makePanes();
    await Promise.all(this.#panes.map((pane) => pane.open()));
    this.#network();
    if (new URLSearchParams(location.search).get("run") !== "no") this.#publisher.start();
    setInterval(() => this.#draw(), DRAW_MILLIS);
    setInterval(() => void this.#measure(), MEASURE_MILLIS);
    window.addEventListener("pagehide", () => this.#panes.forEach((pane) => pane.leave()));
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#beginAnew());
  }

  #makePanes(): void {
    const detour = Number(new URLSearchParams(location.search).get("through") ?? "");
    const host = {
      channel: this.#channel,
      clock: this.#clock,
      page: browserPage,
      detour: Number.isInteger(detour) && detour > 0 && detour < 65_536 ? detour : undefined,
      pollMillis: () => this.load.pollMillis,
      size: () => this.load.size,
      getToken: () => (this.#hasTokens ? async () => (await logIn("lab", TOKEN_SECONDS)).token : undefined),
    };
    this.#panes = paneIds.map((id) => new Pane(id, host));
    this.#views = this.#panes.map(
      (pane) =>
        new PaneView(pane, {
          cut: (cut) => void cut.suffer(cut.isCut ? { fault: "none" } : { fault: "cut" }),
          anew: (closed) => closed.begin(),
        }),
    );
    byId("panes").replaceChildren(...this.#views.map(({ root }) => root));
    this.#draw();
  }

  #network(): void {
    const sum = (of: "received" | "resyncs" | "lost" | "duplicate" | "reordered") =>
      this.#panes.reduce((total, pane) => total + (of === "resyncs" ? pane.resyncs : pane.tally[of]), 0);
    this.#drawer = new NetworkDrawer({
      lane: new Lanes(this.#panes),
      figures: (): PanelFigures => ({
        seen: sum("received"),
        gaps: sum("resyncs"),
        lost: sum("lost"),
        duplicate: sum("duplicate"),
        reordered: sum("reordered"),
      }),
      carrier: () => `${this.#panes.filter(({ state }) => state.kind === "live").length} of ${this.#panes.length} panes are live`,
      judgedBy: "All panes suffer alike, and are counted together, by the numbers in the messages; what publishes is spared.",
      reset: () => void this.#anew(),
    });
  }

  /** Each pane by a new reader, and a new window when they are live. */
  #beginAnew(): void {
    for (const pane of this.#panes) pane.begin();
    this.#isWarmingUp = true;
    delete byId("panes").dataset["window"];
    this.#draw();
  }

  #listen(): void {
    byId("rate").addEventListener("input", () => this.#loadChanged());
    byId("size").addEventListener("input", () => this.#loadChanged());
    byId("poll-every").addEventListener("change", () => this.#loadChanged());
    byId("run").addEventListener("click", () => {
      if (this.#publisher.isRunning) this.#publisher.stop();
      else this.#publisher.start();
      this.#draw();
    });
    byId("burst").addEventListener("click", () => this.#publisher.burst(BURST));
    byId("cut-all").addEventListener("click", () => void this.#cutAll());
    byId("reset").addEventListener("click", () => void this.#anew());
    byId("export").addEventListener("click", () => this.#export());
    byId("tokens").addEventListener("click", () => {
      this.#hasTokens = !this.#hasTokens;
      this.#beginAnew();
    });
    for (const button of document.querySelectorAll<HTMLElement>("[data-plot]")) {
      button.addEventListener("click", () => {
        this.#plot.shown = button.dataset["plot"] as Plotted;
        this.#plot.draw();
        for (const other of document.querySelectorAll("[data-plot]")) other.setAttribute("aria-pressed", String(other === button));
      });
    }
  }

  #loadChanged(): void {
    if (this.#publisher.isRunning) this.#publisher.start();
    void this.#anew();
  }

  async #cutAll(): Promise<void> {
    const isCut = this.#panes.some((pane) => pane.isCut);
    await Promise.all(this.#panes.map((pane) => pane.suffer({ fault: isCut ? "none" : "cut" })));
    this.#draw();
  }

  async #anew(): Promise<void> {
    await Promise.all(this.#panes.map((pane) => pane.measure()));
    for (const pane of this.#panes) pane.reset(this.#publisher.published);
    this.#windows++;
    byId("panes").dataset["window"] = String(this.#windows);
    this.#plot.reset();
    this.#draw();
  }

  async #measure(): Promise<void> {
    await Promise.all(this.#panes.map((pane) => pane.measure()));
    this.#plot.add(this.#panes.map((pane) => pane.figures()));
    this.#plot.draw();
    if (this.#isWarmingUp && this.#panes.every(({ state }) => state.kind === "live")) {
      this.#isWarmingUp = false;
      await this.#anew();
    }
  }

  #draw(): void {
    const figures = this.#panes.map((pane) => pane.figures());
    for (const [i, view] of this.#views.entries()) view.draw(figures[i] as PaneFigures);
    this.#drawer?.draw();
    const { load } = this;
    setText(byId("rate-text"), rateText(load.rate));
    setText(byId("size-text"), bytes(load.size));
    setText(byId("run"), this.#publisher.isRunning ? "Pause" : "Publish");
    const isCut = this.#panes.some((pane) => pane.isCut);
    setText(byId("cut-all"), isCut ? "Restore all" : "Cut all");
    byId("cut-all").setAttribute("aria-pressed", String(isCut));
    byId("tokens").setAttribute("aria-pressed", String(this.#hasTokens));
    this.#drawVerdict(verdict(figures, load));
    const { offset } = this.#clock;
    if (offset !== undefined) {
      const { millis: away, plusMinus } = offset;
      setText(byId("clock"), `Its clock is ${millis(Math.abs(away))} ${away < 0 ? "behind" : "ahead of"} this page’s, ± ${millis(plusMinus)}, which is taken into account.`);
    }
    const why = this.#panes.map((pane) => pane.lane.state).find((state) => state.kind === "none");
    const failed = this.#publisher.failed > 0 ? `${this.#publisher.failed} publishes failed. ` : "";
    setText(byId("said"), failed + (why === undefined ? "" : `${why.why} Nothing is counted, and nothing can be cut.`));
  }

  #drawVerdict(said: readonly string[]): void {
    const list = byId("verdict");
    while (list.childElementCount > said.length) list.lastElementChild?.remove();
    for (const [i, sentence] of said.entries()) {
      if (list.children[i] === undefined) list.append(make("li", ""));
      setText(list.children[i] as Element, sentence);
    }
  }

  #export(): void {
    const figures = this.#panes.map((pane) => ({ ...pane.figures(), state: pane.state }));
    const { offset } = this.#clock;
    const exported = { at: new Date().toISOString(), ...this.load, published: this.#publisher.published, clock: offset, userAgent: navigator.userAgent, panes: figures, verdict: verdict(figures, this.load) };
    const link = make("a", "");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(exported, undefined, 2)], { type: "application/json" }));
    link.download = "carillon-notifications.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 0);
  }
}

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
new InboxView();
void new Lab().begin();
