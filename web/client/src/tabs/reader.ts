// One tab's reader of one channel. It owns its position, as every reader does, so that it doesn't matter which tab leads: with
// each new leader it holds back what is told live, reads what it lacks from the history after its position, and goes over to what
// it held. A publication that it has already is left out.

import type { Position } from "@carillon/protocol";
import type { HistoryOf, HistoryOptions } from "../client.js";
import type { Delivery } from "../delivery.js";
import { CarillonError } from "../errors.js";
import { Inbox } from "../inbox.js";

/** How a tab reads; as a client's subscription does. */
export interface SharedSubscribeOptions {
  /** Go on after this position. */
  readonly after?: Position | undefined;
  /** Without `after`: begin with the newest so many. */
  readonly last?: number | undefined;
  /** Deliveries that may wait for a slow handler, 1 000 unless told. What is beyond is read from the history later. */
  readonly buffer?: number | undefined;
}

export interface ReaderHost {
  /** Asks the leader, and the next one where this one goes. */
  history(channel: string, options: HistoryOptions): Promise<HistoryOf<unknown>>;
  later(run: () => void): void;
  ended(): void;
  handlerFailed(error: unknown, channel: string): void;
}

const BUFFER = 1_000;

type Phase =
  /** No leader has said yet that it reads the channel. */
  | "waiting"
  /** Reading what it lacks; what is told live is held. */
  | "joining"
  | "live"
  /** Its handler is slow: nothing is taken until it has caught up. */
  | "behind"
  | "ended";

/** Read it by `each` or by `for await`; by one of them, once. */
export class SharedSubscription<Data = unknown> implements AsyncIterable<Delivery<Data>> {
  #phase: Phase = "waiting";
  #position: Position | undefined;
  #offset: number | undefined;
  /** Grows with each join, so that what an earlier one was waiting for is for nobody. */
  #joins = 0;
  #held: Delivery<unknown>[] = [];
  /** What was held does not follow what is read: there was a gap, or it was too much. */
  #isHeldBroken = false;
  readonly #inbox: Inbox<Delivery<unknown>>;
  readonly #buffer: number;
  #isRead = false;

  constructor(
    readonly channel: string,
    private readonly options: SharedSubscribeOptions,
    private readonly host: ReaderHost,
  ) {
    this.#position = options.after;
    this.#buffer = options.buffer ?? BUFFER;
    this.#inbox = new Inbox(this.#buffer, () => this.#drained());
  }

  /** Where reception stands; each delivery has its own, which is what an app should keep. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Whether all that was published is received as it comes. */
  get isLive(): boolean {
    return this.#phase === "live";
  }

  /** Whether no leader has told it anything yet. */
  get isWaiting(): boolean {
    return this.#phase === "waiting";
  }

  /**
   * Calls the handler for each delivery, one at a time: the next one waits until its promise is settled. An error of the handler
   * goes to the `error` listeners and does not stop the rest. Resolves when the subscription has ended.
   */
  async each(handler: (delivery: Delivery<Data>) => void | Promise<void>): Promise<void> {
    for await (const delivery of this) {
      try {
        await handler(delivery);
      } catch (error) {
        this.host.handlerFailed(error, this.channel);
      }
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Delivery<Data>, undefined> {
    if (this.#isRead) throw new Error(`"${this.channel}" is being read already.`);
    this.#isRead = true;
    return {
      next: () => this.#inbox.next() as Promise<IteratorResult<Delivery<Data>, undefined>>,
      return: () => {
        this.unsubscribe();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** Ends it, in this tab. What has arrived may still be read. */
  unsubscribe(): void {
    this.end(undefined);
  }

  // What follows is for the tab.

  /** Whoever leads is another one, or none: what it tells from now on may not follow what was told. */
  detach(): void {
    if (this.#phase === "ended") return;
    this.#phase = "waiting";
    this.#joins++;
    this.#held = [];
  }

  /** From now on everything is told; the channel stood there. */
  wanted(position: Position): void {
    if (this.#phase !== "waiting") return;
    const isFresh = this.#position === undefined && !this.options.last;
    if (isFresh) this.#position = position;
    // What is told next may lie before that position, so only who knows its own offset, or begins anywhere, can go on from there.
    if (isFresh || (this.#position === position && this.#offset !== undefined)) this.#phase = "live";
    else void this.#join();
  }

  told(delivery: Delivery<unknown>): void {
    if (this.#phase === "joining") this.#hold(delivery);
    if (this.#phase === "live") this.#take(delivery);
  }

  end(error: CarillonError | undefined): void {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    this.#joins++;
    this.#held = [];
    this.#inbox.end(error);
    this.host.ended();
  }

  /** Reads on after its position until the end, and then what was held meanwhile. */
  async #join(): Promise<void> {
    this.#phase = "joining";
    const mine = ++this.#joins;
    let hasLooked = false;
    try {
      for (;;) {
        this.#held = [];
        this.#isHeldBroken = false;
        const isFirst = this.#position === undefined;
        const page = await this.#history(isFirst ? { limit: this.options.last } : { after: this.#position });
        if (mine !== this.#joins) return;
        this.#read(page);
        if (this.#offset === undefined && !hasLooked) {
          hasLooked = true;
          const newest = await this.#newest();
          if (mine !== this.#joins) return;
          if (newest?.position === this.#position) this.#offset = newest?.offset;
          else if (newest !== undefined) continue;
        }
        if (this.#inbox.isFull) return this.#fallBehind();
        // The newest few are a page that has more before it, which nobody asked for.
        if (!this.#isHeldBroken && (isFirst || !page.more)) break;
      }
    } catch (error) {
      if (mine !== this.#joins) return;
      if (error instanceof CarillonError && error.kind !== "queue_full") return this.end(error);
      return this.host.later(() => mine === this.#joins && void this.#join());
    }
    this.#phase = "live";
    for (const delivery of this.#held.splice(0)) if (this.isLive) this.#take(delivery);
  }

  #history(options: HistoryOptions): Promise<HistoryOf<unknown>> {
    return this.host.history(this.channel, options);
  }

  /**
   * Where nothing was published after its position, the newest publication has the offset of that place, by which a reader knows
   * what a leader that is behind tells once more; where it is another one, something has been published meanwhile.
   */
  async #newest(): Promise<HistoryOf<unknown>["publications"][number] | undefined> {
    const { publications } = await this.#history({ limit: 1 });
    return publications[0];
  }

  #read({ publications, position, gap }: HistoryOf<unknown>): void {
    if (gap !== undefined) this.#deliver({ kind: "gap", channel: this.channel, ...gap });
    for (const publication of publications) this.#take(publication);
    this.#position = position;
  }

  #hold(delivery: Delivery<unknown>): void {
    // What is read next says itself whether something is gone.
    this.#isHeldBroken ||= delivery.kind === "gap" || this.#held.length >= this.#buffer;
    if (this.#isHeldBroken) this.#held = [];
    else this.#held.push(delivery);
  }

  #take(delivery: Delivery<unknown>): void {
    if (delivery.kind !== "gap") {
      const isKnown = this.#offset !== undefined && delivery.offset <= this.#offset;
      // Of a publication that it has, a reader is told only that its data was taken out.
      if (isKnown && delivery.kind === "publication") return;
      if (!isKnown) {
        this.#offset = delivery.offset;
        this.#position = delivery.position;
      }
    }
    this.#deliver(delivery);
    if (this.#phase === "live" && this.#inbox.isFull) this.#fallBehind();
  }

  #deliver(delivery: Delivery<unknown>): void {
    if (delivery.kind === "gap") {
      this.#offset = undefined;
      this.#position = delivery.next;
    }
    this.#inbox.push(delivery);
  }

  #fallBehind(): void {
    this.#phase = "behind";
    this.#joins++;
    this.#held = [];
  }

  #drained(): void {
    if (this.#phase === "behind") void this.#join();
  }
}
