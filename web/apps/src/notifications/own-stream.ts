// An EventSource on a channel, for one tab alone: what seven tabs of a browser can't all have over HTTP/1.1.

export type StreamState = "connecting" | "live" | "waiting" | "closed";

export interface StreamEvents {
  told(): void;
  state(state: StreamState): void;
}

export class OwnStream {
  #source: EventSource;

  constructor(address: string, events: StreamEvents) {
    events.state("connecting");
    const source = (this.#source = new EventSource(address));
    source.addEventListener("hello", () => events.state("live"));
    source.addEventListener("message", () => events.told());
    source.addEventListener("error", () => events.state(source.readyState === EventSource.CLOSED ? "closed" : "waiting"));
  }

  close(): void {
    this.#source.close();
  }
}
