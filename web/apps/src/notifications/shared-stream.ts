// One event stream for all tabs of a browser: the tab that holds a lock reads it and tells the others; when that tab goes,
// the next one takes over from the last position that it was told, so nothing is missed and nothing comes twice.

/** What a tab is given, whoever read it. */
export interface Told {
  readonly offset: number;
  readonly position: string;
  readonly data: unknown;
}

export type StreamState = "connecting" | "live" | "waiting" | "closed";

export interface StreamEvents {
  told(publication: Told): void;
  /** `isLeader`: this tab is the one that reads. */
  state(state: StreamState, isLeader: boolean): void;
}

type Word =
  | { readonly kind: "told"; readonly publication: Told }
  /** `isAnew`: what was told before is of another life of the channel. */
  | { readonly kind: "begun"; readonly position: string; readonly isAnew: boolean }
  | { readonly kind: "state"; readonly state: StreamState }
  /** Of a tab that has just come. */
  | { readonly kind: "what now" };

export interface OwnStreamEvents {
  told(publication: Told): void;
  begun(position: string, isAnew: boolean): void;
  state(state: StreamState): void;
}

/** An EventSource on a channel, for this tab alone. */
export class OwnStream {
  #source: EventSource;

  constructor(address: string, after: string | undefined, events: OwnStreamEvents) {
    events.state("connecting");
    const source = (this.#source = new EventSource(after === undefined ? address : `${address}?after=${encodeURIComponent(after)}`));
    source.addEventListener("hello", ({ lastEventId }) => {
      events.begun(lastEventId, false);
      events.state("live");
    });
    source.addEventListener("gap", (event) => events.begun((event as MessageEvent).lastEventId, true));
    source.addEventListener("message", (event: MessageEvent<string>) => events.told(JSON.parse(event.data) as Told));
    source.addEventListener("error", () => events.state(source.readyState === EventSource.CLOSED ? "closed" : "waiting"));
  }

  close(): void {
    this.#source.close();
  }
}

export class SharedStream {
  readonly #others: BroadcastChannel;
  readonly #stop = new AbortController();
  #state: StreamState = "connecting";
  #stream: OwnStream | undefined;
  #position: string | undefined;
  #offset = 0;

  constructor(
    name: string,
    private readonly address: string,
    private readonly events: StreamEvents,
  ) {
    this.#others = new BroadcastChannel(name);
    this.#others.onmessage = ({ data }: MessageEvent<Word>) => this.#hear(data);
    this.#others.postMessage({ kind: "what now" } satisfies Word);
    // Asked for until this tab has it; held until this tab goes.
    navigator.locks.request(name, { signal: this.#stop.signal }, () => this.#lead()).catch(() => {});
    this.events.state(this.#state, false);
  }

  close(): void {
    this.#stop.abort();
    this.#stream?.close();
    this.#others.close();
  }

  #lead(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    this.#stream = new OwnStream(this.address, this.#position, {
      told: (publication) => this.#tell({ kind: "told", publication }),
      begun: (position, isAnew) => this.#tell({ kind: "begun", position, isAnew }),
      state: (state) => this.#tell({ kind: "state", state }),
    });
    return new Promise((resolve) => this.#stop.signal.addEventListener("abort", () => resolve()));
  }

  #tell(word: Word): void {
    this.#others.postMessage(word);
    this.#hear(word);
  }

  #hear(word: Word): void {
    switch (word.kind) {
      case "told":
        return this.#take(word.publication);
      case "begun":
        if (word.isAnew) this.#offset = 0;
        if (word.isAnew || this.#position === undefined) this.#position = word.position;
        return;
      case "state":
        this.#state = word.state;
        return this.events.state(word.state, this.#stream !== undefined);
      case "what now":
        if (this.#stream === undefined) return;
        if (this.#position !== undefined) this.#others.postMessage({ kind: "begun", position: this.#position, isAnew: false } satisfies Word);
        this.#others.postMessage({ kind: "state", state: this.#state } satisfies Word);
    }
  }

  /** Whoever took over may be told again what this tab has heard from the one before. */
  #take(publication: Told): void {
    if (publication.offset <= this.#offset) return;
    this.#offset = publication.offset;
    this.#position = publication.position;
    this.events.told(publication);
  }
}
