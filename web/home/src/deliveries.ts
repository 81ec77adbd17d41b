// One channel, read in four ways. Each reader owns nothing but its position, presents it when it comes again, and could
// hand it to any of the others.

import { actionOf, readServerMessage, type Gap, type HistoryPage, type Publication } from "@carillon/protocol";
import { backoffMillis, type Link } from "./link.js";
import { PlainWebSocket } from "./observe.js";

const WAIT = "25s";

export interface Progress {
  readonly link: Link;
  readonly position: string;
  readonly offset: number;
  readonly count: number;
  /** Why something is missing; undefined as long as nothing is. */
  readonly gap: string | undefined;
}

export abstract class Reader {
  private state: Progress;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  /** @param changed is called after each step, with true where a publication came */
  constructor(
    protected readonly channel: string,
    start: { readonly position: string; readonly offset: number },
    private readonly changed: (progress: Progress, rang: boolean) => void,
  ) {
    this.state = { ...start, link: { kind: "paused" }, count: 0, gap: undefined };
  }

  get progress(): Progress {
    return this.state;
  }

  start(): void {
    if (this.state.link.kind !== "paused") return;
    this.become({ kind: "connecting" });
    this.open(this.state.position);
  }

  pause(): void {
    clearTimeout(this.timer);
    this.cut();
    this.become({ kind: "paused" });
  }

  /** Connects, to be given what follows the position. */
  protected abstract open(after: string): void;

  /** Drops the connection, if there is one. */
  protected abstract cut(): void;

  protected become(link: Link): void {
    if (link.kind === "live") this.failures = 0;
    this.state = { ...this.state, link };
    this.changed(this.state, false);
  }

  protected receive({ position, offset }: Publication): void {
    this.state = { ...this.state, position, offset, count: this.state.count + 1 };
    this.changed(this.state, true);
  }

  protected missed(gap: Gap | undefined): void {
    if (gap === undefined) return;
    this.state = { ...this.state, position: gap.next, offset: 0, gap: gap.cause };
    this.changed(this.state, false);
  }

  protected reopenLater(millis = backoffMillis(this.failures++, Math.random)): void {
    clearTimeout(this.timer);
    this.become({ kind: "waiting", until: performance.now() + millis });
    this.timer = setTimeout(() => {
      this.become({ kind: "connecting" });
      this.open(this.state.position);
    }, millis);
  }
}

export class WebSocketReader extends Reader {
  private socket: WebSocket | undefined;

  protected override open(after: string): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new PlainWebSocket(`${scheme}://${location.host}/channels/${this.channel}?after=${after}`);
    this.socket = socket;
    let reopenAfter: number | undefined;
    socket.addEventListener("open", () => this.become({ kind: "catching-up" }));
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      const outcome = readServerMessage(event.data);
      if (outcome.kind === "refused") return;
      const { message } = outcome;
      switch (message.type) {
        case "subscribed":
          this.missed(message.gap);
          this.become({ kind: "live" });
          break;
        case "publication":
          this.receive(message);
          break;
        case "gap":
          this.missed(message);
          break;
        case "reconnect":
          reopenAfter = message.after;
          socket.close(1000);
          break;
        default:
          break;
      }
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      if (code >= 4000 && actionOf(code) === "stop") this.become({ kind: "refused", why: reason || String(code) });
      else this.reopenLater(reopenAfter);
    });
  }

  protected override cut(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close(1000);
  }
}

export class EventSourceReader extends Reader {
  private source: EventSource | undefined;

  protected override open(after: string): void {
    const source = new EventSource(`/channels/${this.channel}?after=${after}`);
    this.source = source;
    source.addEventListener("open", () => this.become({ kind: "live" }));
    source.addEventListener("message", (event: MessageEvent<string>) => {
      const outcome = readServerMessage(event.data);
      if (outcome.kind === "read" && outcome.message.type === "publication") this.receive(outcome.message);
    });
    source.addEventListener("gap", (event: MessageEvent<string>) => this.missed(JSON.parse(event.data) as Gap));
    source.addEventListener("error", () => {
      // The browser comes back by itself and presents the last id; it gives up for good only on a refusal.
      if (source.readyState === EventSource.CONNECTING) this.become({ kind: "connecting" });
      else if (this.source === source) {
        this.cut();
        this.reopenLater();
      }
    });
  }

  protected override cut(): void {
    this.source?.close();
    this.source = undefined;
  }
}

export class LongPollReader extends Reader {
  private request: AbortController | undefined;

  protected override open(after: string): void {
    const request = new AbortController();
    this.request = request;
    void this.poll(after, request);
  }

  private async poll(after: string, request: AbortController): Promise<void> {
    try {
      let from = after;
      for (;;) {
        this.become({ kind: "live" });
        const page = await readPage(this.channel, `after=${from}&wait=${WAIT}`, request.signal);
        if (this.request !== request) return;
        this.missed(page.gap);
        for (const publication of page.publications) this.receive(publication);
        from = page.position;
      }
    } catch {
      if (this.request === request) this.reopenLater();
    }
  }

  protected override cut(): void {
    this.request?.abort();
    this.request = undefined;
  }
}

/** Asks when it is told to, and only then. */
export class PlainReader extends Reader {
  protected override open(): void {
    void this.ask();
  }

  private async ask(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const page = await readPage(this.channel, `after=${this.progress.position}`);
        this.missed(page.gap);
        for (const publication of page.publications) this.receive(publication);
        more = page.more;
      }
      this.become({ kind: "paused" });
    } catch {
      this.become({ kind: "paused" });
    }
  }

  protected override cut(): void {
    // Nothing is held between two requests.
  }
}

/** What GET answers: a history without the type that it has among messages. */
type Page = Omit<HistoryPage, "type" | "id">;

/** One page of a channel. Any answer but 200 is an error. */
export async function readPage(channel: string, query: string, signal?: AbortSignal): Promise<Page> {
  const answer = await fetch(`/channels/${channel}?${query}`, { cache: "no-store", signal: signal ?? null });
  if (!answer.ok) throw new Error(`${answer.status} on GET /channels/${channel}`);
  return (await answer.json()) as Page;
}
