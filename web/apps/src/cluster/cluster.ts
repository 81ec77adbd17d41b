// The page at /cluster of `./carillon cluster`: which node carries what, the way of one publication, and buttons that kill.

import { byId, painter, setText, setUpThemeSwitch } from "@carillon/look";
import { freshKey } from "../page/browser.js";
import { showState } from "../page/pill.js";
import { Tally } from "../notifications/tally.js";
import { give, markOf, sightingsOf, stateOf, type ClusterState, type Order } from "./desk.js";
import { stepsOf } from "./path.js";
import { micros, Publisher, type Sent } from "./publisher.js";
import { openReader, readerIds, type Numbered, type ReaderId, type ReaderState } from "./readers.js";
import { drawPath, MachinesView, ReadersView, type ReaderView } from "./view.js";

const LOOK_MILLIS = 400;
/** So often the way of another one is shown. */
const PATH_MILLIS = 1_500;
/** So many of the newest can still be looked for. */
const KEPT = 20;

class OwnReader implements ReaderView {
  state: ReaderState = "connecting";
  isStale = false;
  node: number | undefined;
  gaps = 0;
  readonly tally = new Tally();
  /** When the newest came, by their marks. */
  readonly #receivedAt = new Map<string, number>();

  constructor(readonly id: ReaderId) {
    this.tally.reset(0);
  }

  take({ n, mark }: Numbered): void {
    this.tally.see(n);
    if (!this.#receivedAt.has(mark)) this.#receivedAt.set(mark, micros());
    for (const oldest of this.#receivedAt.keys()) {
      if (this.#receivedAt.size <= KEPT) break;
      this.#receivedAt.delete(oldest);
    }
  }

  receivedAt(mark: string): number | undefined {
    return this.#receivedAt.get(mark);
  }
}

class ClusterPage {
  readonly #page = freshKey();
  readonly #channel = `cluster:${this.#page}`;
  readonly #readers = readerIds.map((id) => new OwnReader(id));
  readonly #machines = new MachinesView(byId("machines"), (order) => void this.#order(order));
  readonly #list = new ReadersView(byId("readers"));
  readonly #publisher = new Publisher(this.#channel, this.#page, (sent) => this.#sent.push(sent));
  readonly #paint = painter(() => this.#draw());
  #sent: Sent[] = [];
  #state: ClusterState | undefined;
  #isHeld = false;
  #problem = "";

  /** Does nothing where the server stands alone. */
  async open(): Promise<void> {
    const hold = byId("hold");
    hold.addEventListener("click", () => {
      this.#isHeld = !this.#isHeld;
      hold.setAttribute("aria-pressed", String(this.#isHeld));
    });
    const isAlone = (await this.#look()) === "alone";
    byId("alone").hidden = !isAlone;
    byId("cluster").hidden = isAlone;
    byId("pill").hidden = isAlone;
    if (isAlone) return;
    for (const reader of this.#readers) this.#follow(reader);
    void this.#publisher.run();
    setInterval(() => void this.#look(), LOOK_MILLIS);
    setInterval(() => void this.#showPath(), PATH_MILLIS);
  }

  #follow(reader: OwnReader): void {
    const changed = this.#paint;
    openReader(
      reader.id,
      this.#channel,
      `${this.#page}.${reader.id}`,
      {
        state: (state) => {
          reader.state = state;
          changed();
        },
        stale: (isStale) => {
          reader.isStale = isStale;
          changed();
        },
        publication: (data) => {
          reader.take(data);
          changed();
        },
        gap: () => {
          reader.gaps++;
          reader.tally.resync();
          changed();
        },
      },
      showState,
    );
  }

  async #look(): Promise<"alone" | "cluster"> {
    try {
      const state = await stateOf(this.#page);
      if (state === "alone") return "alone";
      this.#state = state;
      this.#problem = "";
      for (const reader of this.#readers) {
        const own = state.connections.findLast(({ via }) => via === `${this.#page}.${reader.id}`);
        // Between two polls there is none, and the next one tells.
        if (own !== undefined) reader.node = own.node;
        else if (reader.state !== "live") reader.node = undefined;
      }
    } catch {
      this.#problem = "The cluster can’t be reached. Is it still running?";
    }
    this.#paint();
    return "cluster";
  }

  async #order(order: Order): Promise<void> {
    try {
      await give(order);
    } catch {
      this.#problem = "That order did not reach the cluster.";
    }
    await this.#look();
  }

  #draw(): void {
    setText(byId("said"), this.#said());
    setText(byId("published"), String(this.#publisher.acknowledged));
    setText(byId("retries"), String(this.#publisher.retries));
    if (this.#state !== undefined) this.#machines.draw(this.#state, this.#readers);
    this.#list.draw(this.#readers);
  }

  #said(): string {
    if (this.#problem !== "") return this.#problem;
    const { redis, nodes } = this.#state ?? { redis: { state: "up" }, nodes: [] };
    if (redis.state === "paused") return "Redis stands still: readers stay connected, publishes are refused or wait, and nothing is lost.";
    if (redis.state === "down") return "Redis was killed, and is started again on what its append-only file holds.";
    const away = nodes.filter(({ state }) => state === "down").map(({ number }) => `node-${number}`);
    return away.length === 0 ? "" : `${away.join(" and ")} was killed: its readers go on at others, from their positions.`;
  }

  /** Of the newest that all readers have. */
  async #showPath(): Promise<void> {
    if (this.#isHeld || document.visibilityState === "hidden") return;
    this.#sent = this.#sent.slice(-KEPT);
    const found = this.#sent.findLast(({ id }) => this.#readers.every((reader) => reader.receivedAt(markOf(id)) !== undefined));
    if (found === undefined) return;
    try {
      const sightings = await sightingsOf(found.id);
      if (this.#isHeld) return;
      const receivedAt = Object.fromEntries(this.#readers.map((reader) => [reader.id, reader.receivedAt(markOf(found.id))])) as Record<ReaderId, number>;
      drawPath(byId("path"), stepsOf({ ...found, receivedAt, sightings }));
      byId("path-none").hidden = true;
      byId("path").dataset["n"] = String(found.n);
    } catch {
      // That the cluster can't be reached is said already.
    }
  }
}

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
void new ClusterPage().open();
