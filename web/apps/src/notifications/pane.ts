// One reader and all that is known of it: its way to the server, what arrived, how late, and what that took in bytes.

import type { Page } from "@carillon/client";
import { PageLane, type Fault } from "../network/lane.js";
import { browserLane } from "../page/browser.js";
import { bytesOf, Window, type Account } from "./account.js";
import type { PaneFigures, PaneId } from "./figures.js";
import { openReader, type Publication, type Reader, type ReaderHost, type ReaderState } from "./readers.js";
import { Samples } from "./samples.js";
import { pageNow, type ServerClock } from "./server-clock.js";
import { Tally } from "./tally.js";

export interface PaneHost {
  readonly channel: string;
  readonly clock: ServerClock;
  readonly page: Page;
  /** Undefined where the readers come as strangers. */
  getToken(): ReaderHost["getToken"];
  /** A port of this machine that all panes take instead of their lanes, such as that of a proxy to be tried. */
  readonly detour: number | undefined;
  pollMillis(): number;
  /** Of a message's data, in bytes. */
  size(): number;
}

/** A lane whose connections go by another port. */
class DetouredLane extends PageLane {
  constructor(
    host: ConstructorParameters<typeof PageLane>[0],
    private readonly port: number | undefined,
  ) {
    super(host);
  }

  override through(address: string): string {
    if (this.port === undefined) return super.through(address);
    const url = new URL(address);
    url.port = String(this.port);
    return url.href;
  }
}

export class Pane {
  readonly tally = new Tally();
  readonly times = new Samples();
  readonly lane: PageLane;
  state: ReaderState = { kind: "connecting" };
  reconnects = 0;
  renewals = 0;
  resyncs = 0;
  /** Why the server began anew last. */
  lastGap = "";
  newest: Publication | undefined;
  recoveredFrom: number | undefined;
  recoveryMillis: number | undefined;
  #wasLive = false;
  #downSince: number | undefined;
  #reader: Reader | undefined;
  /** Readers so far. */
  #readers = 0;
  readonly #window = new Window();
  #lanePort = 0;

  constructor(
    readonly id: PaneId,
    private readonly host: PaneHost,
  ) {
    this.lane = new DetouredLane(
      browserLane(undefined, () => this.#laneChanged()),
      host.detour,
    );
  }

  /** Takes a lane and begins to read. */
  async open(): Promise<void> {
    await this.lane.open();
    await this.measure();
    this.begin();
  }

  /** Reads from now on, by a new reader. What was published before is none of its business. */
  begin(): void {
    const number = ++this.#readers;
    this.#reader?.close();
    this.tally.resync();
    this.renewals = 0;
    this.#wasLive = false;
    this.#downSince = undefined;
    const { channel, page } = this.host;
    const getToken = this.host.getToken();
    /** What a reader says after its end is not heard. */
    const ifCurrent = (run: () => void) => number === this.#readers && run();
    const host = { channel, page, lane: this.lane, pollMillis: () => this.host.pollMillis(), ...(getToken !== undefined && { getToken }) };
    this.#reader = openReader(this.id, host, {
      state: (state) => ifCurrent(() => this.#become(state)),
      publication: (publication) => ifCurrent(() => this.#take(publication)),
      gap: (cause) => ifCurrent(() => this.#gap(cause)),
      renewed: () => ifCurrent(() => this.renewals++),
    });
  }

  /** The page goes: its lane is somebody else's. */
  leave(): void {
    this.#readers++;
    this.#reader?.close();
    if (this.lane.state.kind === "open") void fetch(`/network/lanes/${this.lane.state.id}`, { method: "DELETE", keepalive: true });
  }

  get isCut(): boolean {
    return this.lane.state.kind === "open" && this.lane.state.fault.fault !== "none";
  }

  async suffer(fault: Fault): Promise<void> {
    await this.lane.suffer(fault);
    this.#reader?.moved();
  }

  /** Asks what the server counted; the answer also tells its clock. */
  async measure(): Promise<void> {
    if (this.lane.state.kind !== "open") return;
    try {
      const asked = pageNow();
      const answer = await fetch(`/network/lanes/${this.lane.state.id}/account`);
      const answered = pageNow();
      if (!answer.ok) return;
      const account = (await answer.json()) as Account;
      this.host.clock.take({ asked, server: account.at, answered });
      this.#window.take(account);
    } catch {
      // The server cannot be reached, and the figures stay as they are.
    }
  }

  /** Counts anew: the messages after this number, and the bytes from now on. */
  reset(from: number): void {
    this.tally.reset(from);
    this.times.reset();
    this.#window.reset();
    this.reconnects = this.resyncs = 0;
    this.recoveredFrom = this.recoveryMillis = undefined;
  }

  figures(): PaneFigures {
    const { requests, up, down } = this.#window.carried;
    const { received, lost, duplicate, reordered } = this.tally;
    const measured = down.data / this.host.size();
    return {
      id: this.id,
      received,
      lost,
      duplicate,
      reordered,
      requests,
      reconnects: this.reconnects,
      measured,
      bytesPerMessage: measured === 0 ? undefined : (bytesOf(up) + bytesOf(down)) / measured,
      up,
      down,
      p50: this.times.quantile(0.5),
      p95: this.times.quantile(0.95),
      p99: this.times.quantile(0.99),
      samples: this.times.count,
      disagreement: this.#window.disagreement,
      recoveredFrom: this.recoveredFrom,
      recoveryMillis: this.recoveryMillis,
    };
  }

  #laneChanged(): void {
    const port = this.lane.state.kind === "open" ? this.lane.state.port : 0;
    if (port !== 0 && port !== this.#lanePort) {
      this.#lanePort = port;
      this.#reader?.moved();
    }
  }

  #become(state: ReaderState): void {
    const isUp = state.kind === "live" || state.kind === "catching-up";
    if (!isUp && this.#wasLive && this.#downSince === undefined) this.#downSince = performance.now();
    if (isUp && this.#downSince !== undefined) {
      this.reconnects++;
      this.recoveryMillis = performance.now() - this.#downSince;
      this.recoveredFrom = this.newest?.offset;
      this.#downSince = undefined;
    }
    this.#wasLive ||= isUp;
    this.state = state;
  }

  #take(publication: Publication): void {
    const arrived = pageNow();
    const isNew = this.tally.see(publication.data.n);
    this.newest = publication;
    const offset = this.host.clock.offset;
    const isSeen = !this.host.page.isHidden();
    if (isNew && isSeen && publication.at !== undefined && offset !== undefined) {
      this.times.add(Math.max(0, arrived + offset.millis - publication.at));
    }
  }

  #gap(cause: string): void {
    this.resyncs++;
    this.lastGap = cause;
    this.tally.resync();
  }
}
