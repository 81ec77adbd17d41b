// The strip of four bells: one channel, four deliveries, each with its own position.

import { byId, painter } from "@carillon/look";
import { EventSourceReader, LongPollReader, PlainReader, readPage, WebSocketReader, type Progress, type Reader } from "./deliveries.js";
import { backoffMillis, linkText, type Link } from "./link.js";

const CHANNEL = "orders";
const KINDS = { websocket: WebSocketReader, eventsource: EventSourceReader, longpoll: LongPollReader, get: PlainReader };
type Kind = keyof typeof KINDS;

/** Browsers open no more than six connections to one HTTP/1.1 host; a page that nobody looks at gives these back. */
const YIELDS_WHEN_HIDDEN: readonly Kind[] = ["eventsource", "longpoll"];

class Bell {
  private readonly root: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly reader: Reader;
  private readonly repaint = painter(() => this.paint());
  private pausedByHiding = false;

  constructor(
    private readonly kind: Kind,
    start: { readonly position: string; readonly offset: number },
    private readonly onLink: (link: Link) => void,
  ) {
    this.root = byId(`bell-${kind}`);
    this.button = this.root.querySelector("button") as HTMLButtonElement;
    this.reader = new KINDS[kind](CHANNEL, start, (progress, rang) => this.changed(progress, rang));
    this.button.addEventListener("click", () => this.toggle());
    this.button.disabled = false;
    if (kind !== "get") this.reader.start();
    this.paint();
    if (YIELDS_WHEN_HIDDEN.includes(kind)) document.addEventListener("visibilitychange", () => this.onVisibility());
  }

  private changed(progress: Progress, rang: boolean): void {
    if (rang) this.ring();
    else this.onLink(progress.link);
    this.repaint();
  }

  private toggle(): void {
    this.pausedByHiding = false;
    if (this.reader.progress.link.kind === "paused") this.reader.start();
    else this.reader.pause();
  }

  private onVisibility(): void {
    if (document.hidden && this.reader.progress.link.kind !== "paused") {
      this.pausedByHiding = true;
      this.reader.pause();
    } else if (!document.hidden && this.pausedByHiding) {
      this.pausedByHiding = false;
      this.reader.start();
    }
  }

  private ring(): void {
    const bell = this.root.querySelector(".bell");
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const swing = [0, -16, 13, -9, 6, -3, 0].map((degrees) => ({ transform: `rotate(${degrees}deg)` }));
    const glow = [{ opacity: 1 }, { opacity: 0.35 }, { opacity: 1 }];
    bell?.animate(still ? glow : swing, { duration: still ? 400 : 1100, easing: "ease-out" });
  }

  private paint(): void {
    const { link, position, offset, count, gap } = this.reader.progress;
    this.set("count", String(count));
    this.set("position", position);
    this.set("offset", `offset ${offset}`);
    this.root.dataset["link"] = link.kind;
    const idle = this.kind === "get" && link.kind === "paused";
    const held = link.kind === "waiting" ? "Reconnecting" : linkText(link, navigator.onLine, performance.now());
    const state = idle ? "Asks when told to" : held;
    this.set("state", gap === undefined ? state : `${state} · gap: ${gap}`);
    if (this.kind !== "get") this.button.textContent = link.kind === "paused" ? "Resume" : "Pause";
  }

  private set(part: string, text: string): void {
    const element = this.root.querySelector(`.${part}`);
    if (element !== null) element.textContent = text;
  }
}

/** Begins all four at the channel's newest position. `onLink` hears of the WebSocket, which stands for this page. */
export async function startBells(onLink: (link: Link) => void): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      const { position, offset } = await readPage(CHANNEL, "limit=1");
      for (const kind of Object.keys(KINDS) as Kind[]) {
        new Bell(kind, { position, offset }, kind === "websocket" ? onLink : () => {});
      }
      return;
    } catch {
      const millis = backoffMillis(failures, Math.random);
      onLink({ kind: "waiting", until: performance.now() + millis });
      await new Promise((resolve) => setTimeout(resolve, millis));
    }
  }
}
