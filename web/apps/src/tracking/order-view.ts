// The sheet beside the map: in words, what the map shows.

import { byId, make, setText } from "@carillon/look";
import type { Stage } from "./channels.js";
import type { Journey } from "./journeys.js";
import type { OrderModel } from "./order-model.js";
import { etaText, firstName, freshnessText, stageNames } from "./words.js";

const STEPS: readonly Stage[] = ["placed", "accepted", "preparing", "picked_up", "nearby", "delivered"];
/** Whoever listens instead of looking is told of a new place at most so often, and of a new stage at once. */
const SAID_MILLIS = 30_000;

const LEGS: readonly { readonly name: string; readonly from: keyof Journey; readonly to: keyof Journey }[] = [
  { name: "phone to server", from: "made", to: "judged" },
  { name: "judged and published", from: "judged", to: "kept" },
  { name: "channel to this page", from: "kept", to: "here" },
];

export class OrderView {
  readonly #legs = new Map<string, { readonly bar: HTMLElement; readonly value: HTMLElement }>();
  #said = "";
  #saidAt = -SAID_MILLIS;
  #saidStage: Stage | undefined;
  #saidWhere = false;

  constructor(
    private readonly model: OrderModel,
    /** A moment of the server's clock by ours. */
    private readonly here: (there: number) => number,
  ) {
    const list = byId("legs");
    for (const { name } of LEGS) {
      const bar = make("span", "leg-bar");
      const value = make("span", "leg-value", "…");
      list.append(make("div", "leg", make("dt", "", name), make("dd", "", bar, value)));
      this.#legs.set(name, { bar, value });
    }
  }

  draw(): void {
    const { model } = this;
    const { stage } = model;
    const now = Date.now();
    const drawn = model.isOver ? undefined : model.motion.at(now);
    const name = model.courier === undefined ? undefined : firstName(model.courier);
    text("headline", stage === undefined ? "Looking for your order" : stageNames[stage]);
    text("eta", this.#eta(now, drawn?.state === "lost"));
    text("who", name === undefined ? "" : `${name} brings it from ${model.shop?.name ?? "the shop"}.`);
    const fresh = byId("fresh");
    fresh.hidden = drawn === undefined;
    if (drawn !== undefined) {
      fresh.dataset["state"] = drawn.state;
      text("fresh-text", freshnessText(drawn.state, drawn.age));
    }
    this.#drawSteps();
    this.#drawJourney();
    this.#say(now, name, drawn?.state ?? "lost");
    for (const id of ["tunnel", "cancel", "phone"]) byId<HTMLButtonElement>(id).disabled = model.isOver || stage === undefined;
    byId("again").hidden = !model.isOver;
  }

  #eta(now: number, isLost: boolean): string {
    const { eta, isOver, stage } = this.model;
    if (isOver) return stage === "delivered" ? "Enjoy!" : "";
    if (eta === undefined) return "";
    return isLost ? "Nobody can tell when" : etaText({ ...eta, t: this.here(eta.t) }, now);
  }

  #drawSteps(): void {
    const list = byId("steps");
    const { stages, stage } = this.model;
    const steps = stage === "cancelled" ? [...stages.map((event) => event.stage)] : STEPS;
    if (list.childElementCount !== steps.length) list.replaceChildren(...steps.map(() => make("li", "step", make("span", "step-name"), make("time", ""))));
    steps.forEach((step, i) => {
      const item = list.children[i] as HTMLElement;
      const event = stages.find((one) => one.stage === step);
      item.dataset["stage"] = step;
      item.classList.toggle("done", event !== undefined);
      if (step === stage) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      setText(item.children[0] as HTMLElement, stageNames[step]);
      setText(item.children[1] as HTMLElement, event === undefined ? "" : clockText(this.here(event.t)));
    });
  }

  #drawJourney(): void {
    const { journeys } = this.model;
    const { last } = journeys;
    if (last === undefined) return;
    const longest = Math.max(50, ...LEGS.map(({ from, to }) => last[to] - last[from]));
    for (const { name, from, to } of LEGS) {
      const leg = this.#legs.get(name);
      const millis = last[to] - last[from];
      if (leg === undefined) continue;
      leg.bar.style.setProperty("--share", String(Math.max(0.01, Math.min(1, millis / longest))));
      setText(leg.value, `${Math.round(millis)} ms`);
    }
    const of = (share: number) => `${Math.round(journeys.quantile(share) ?? 0)} ms`;
    text("journey-sum", `From phone to page: ${Math.round(last.here - last.made)} ms; half of the last ${journeys.count} took at most ${of(0.5)}, 99 in 100 ${of(0.99)}.`);
  }

  #say(now: number, name: string | undefined, state: "live" | "stale" | "lost"): void {
    const { stage, eta, isOver } = this.model;
    if (stage === undefined) return;
    const where = eta === undefined || isOver ? "" : `, ${etaText({ ...eta, t: this.here(eta.t) }, now)} away, on ${eta.street}`;
    // Where the courier is, is news once.
    const isNews = stage !== this.#saidStage || (where !== "" && !this.#saidWhere);
    if (!isNews && now - this.#saidAt < SAID_MILLIS) return;
    const line = where === "" ? `${stageNames[stage]}.` : `${name ?? "Your courier"}${where}${state === "live" ? "" : ", as last seen"}.`;
    if (line === this.#said && !isNews) return;
    this.#said = line;
    this.#saidAt = now;
    this.#saidStage = stage;
    this.#saidWhere = where !== "";
    text("said", line);
  }
}

function clockText(millis: number): string {
  return new Date(millis).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function text(id: string, value: string): void {
  setText(byId(id), value);
}
