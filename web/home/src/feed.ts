// What the server tells about the WebSockets that this page opens (development mode only): one event stream for the
// page's id, which the cookie `carillon_inspect` ties to the handshake.

export interface Handshake {
  readonly connection: number;
  readonly at: number;
  readonly request: string;
  readonly response: string;
  /** Undefined over HTTP/2, which proves otherwise that the server has understood. */
  readonly proof?: Proof;
}

export interface Proof {
  readonly key: string;
  readonly guid: string;
  readonly accept: string;
}

/** A frame as it went over the wire; "in" is towards the server. Bytes are hexadecimal. */
export interface Frame {
  readonly connection: number;
  readonly at: number;
  readonly direction: "in" | "out";
  readonly opcode: number;
  readonly fin: boolean;
  /** Without the mask. */
  readonly header: string;
  readonly mask: string | null;
  /** Unmasked, at most the first 512 bytes. */
  readonly payload: string;
  /** Of the whole payload. */
  readonly length: number;
}

export interface RoundTrip {
  readonly connection: number;
  readonly at: number;
  readonly millis: number;
}

export interface Closed {
  readonly connection: number;
  readonly at: number;
  readonly code: number;
  readonly reason: string;
  readonly clean: boolean;
  readonly by: "client" | "server" | "network";
}

export interface Bytes {
  readonly framing: number;
  readonly envelope: number;
  readonly data: number;
}

export interface Totals {
  readonly connection: number;
  readonly in: Bytes;
  readonly out: Bytes;
}

interface FeedEvents {
  readonly handshake: Handshake;
  readonly frame: Frame;
  readonly roundtrip: RoundTrip;
  readonly closed: Closed;
  readonly totals: Totals;
}

export type FeedEvent = { [K in keyof FeedEvents]: { readonly type: K } & FeedEvents[K] }[keyof FeedEvents];

const COOKIE = "carillon_inspect";
/**
 * So long a stream may neither open nor fail, as behind something that holds it back. Whatever is opened sooner than the stream
 * stays unseen, so this is not to be met by a machine that is only slow.
 */
const READY_WITHIN_MILLIS = 10_000;

export class Feed {
  private readonly id = randomId();
  private readonly ready: Promise<void>;

  constructor(onEvent: (event: FeedEvent) => void, onAvailable: (available: boolean) => void) {
    const source = new EventSource(`/inspect/${this.id}`);
    this.ready = new Promise((resolve) => {
      source.addEventListener("ready", () => {
        onAvailable(true);
        resolve();
      });
      source.addEventListener("error", () => {
        if (source.readyState === EventSource.CLOSED) onAvailable(false);
        resolve();
      });
      setTimeout(resolve, READY_WITHIN_MILLIS);
    });
    for (const type of ["handshake", "frame", "roundtrip", "closed", "totals"] as const) {
      source.addEventListener(type, (event: MessageEvent<string>) => {
        onEvent({ type, ...(JSON.parse(event.data) as object) } as FeedEvent);
      });
    }
  }

  /** Marks the sockets that are opened from now on, once the server listens for them (or won't). */
  async mark(): Promise<void> {
    await this.ready;
    document.cookie = `${COOKIE}=${this.id}; SameSite=Strict; path=/`;
  }

  /** Other sockets of this browser are none of the inspector's business. */
  unmark(): void {
    document.cookie = `${COOKIE}=; SameSite=Strict; path=/; max-age=0`;
  }
}

/** 128 random bits as 22 characters of base64url. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
