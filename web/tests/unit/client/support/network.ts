// A network between fake sockets and whatever serves them. Every frame takes its time, in both directions; the line
// can be cut after any frame, hang, or refuse.

import type { ServerMessage } from "@carillon/protocol";
import type { NativeSocket, NativeSocketConstructor, SocketData } from "@carillon/client";
import { BinaryServer, commandOf } from "./binary-server.js";
import type { FakeClock } from "./clock.js";

/** The far end of a connection. */
export interface Peer {
  readonly isOpen: boolean;
  send(text: string): void;
  close(code: number, reason?: string): void;
}

export interface Service {
  opened(peer: Peer): void;
  message(peer: Peer, text: string): void;
  /** `code`: as the page closed it; absent where it was cut. */
  closed(peer: Peer, code?: number): void;
}

export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];
  /** `hang`: the connection is taken and never answered. */
  mode: "accept" | "hang" | "refuse" = "accept";
  /** Bytes vanish in both directions, and nobody is told. */
  blackhole = false;
  /** Whether the server knows carillon.v1.bin. */
  speaksBinary = true;
  /** How long a frame takes, in milliseconds. */
  latency = 1;
  /** Frames that arrived, in both directions and over all connections. */
  frames = 0;
  /** Cuts the connection once, right after so many frames have arrived. */
  cutAfter = Infinity;
  mostOpenAtOnce = 0;
  /** What every socket says that it has not sent yet, in bytes. */
  buffered = 0;
  /** With which codes pages closed connections. */
  readonly closeCodes: number[] = [];

  constructor(
    readonly clock: FakeClock,
    readonly service: Service,
  ) {}

  readonly WebSocket: NativeSocketConstructor = ((network: FakeNetwork) =>
    class extends FakeSocket {
      constructor(url: string, protocols: string | string[] = []) {
        super(network, url, protocols);
      }
    })(this);

  /** Connections that the server sees. */
  get open(): number {
    return this.sockets.filter(({ isOpen }) => isOpen).length;
  }

  readonly #cuts: (() => void)[] = [];

  /** What else is to be cut. */
  onCut(run: () => void): void {
    this.#cuts.push(run);
  }

  cut(): void {
    for (const socket of this.sockets) socket.lose(1006);
    for (const run of this.#cuts) run();
  }

  arrived(): void {
    if (++this.frames === this.cutAfter) this.cut();
  }
}

export class FakeSocket implements NativeSocket, Peer {
  binaryType: BinaryType = "blob";
  readonly extensions = "";
  readonly protocol: string;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
  #state: "connecting" | "open" | "closed" = "connecting";
  readonly far: Peer;
  /** Undefined where JSON is spoken. */
  readonly #binary: BinaryServer | undefined;

  constructor(
    private readonly network: FakeNetwork,
    readonly url: string,
    protocols: string | string[],
  ) {
    network.sockets.push(this);
    const isBinary = network.speaksBinary && protocols.includes("carillon.v1.bin");
    this.protocol = isBinary ? "carillon.v1.bin" : "carillon.v1";
    this.#binary = isBinary ? new BinaryServer() : undefined;
    const socket = this;
    this.far = {
      get isOpen() {
        return socket.isOpen;
      },
      send: (text) => {
        const data = this.#binary?.bytesOf(JSON.parse(text) as ServerMessage).buffer ?? text;
        this.#carry(() => this.onmessage?.({ data }));
      },
      close: (code, reason = "") => this.#carry(() => this.lose(code, reason)),
    };
    network.clock.setTimeout(() => this.#connect(), 1);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get bufferedAmount(): number {
    return this.network.buffered;
  }

  #connect(): void {
    if (this.#state !== "connecting" || this.network.mode === "hang") return;
    if (this.network.mode === "refuse") return this.lose(1006);
    this.#state = "open";
    this.network.mostOpenAtOnce = Math.max(this.network.mostOpenAtOnce, this.network.open);
    this.onopen?.();
    this.network.service.opened(this.far);
  }

  send(data: SocketData): void {
    if (this.#state === "connecting") throw new Error("InvalidStateError");
    if (this.#binary !== undefined && !(data instanceof Uint8Array)) throw new Error("A text on a binary connection.");
    const text = data instanceof Uint8Array ? commandOf(data) : String(data);
    this.#carry(() => this.network.service.message(this.far, text));
  }

  /** As seen from the page: the far end is told at once, the page a little later. */
  close(code = 1005, reason = ""): void {
    if (this.#state === "closed") return;
    const wasClean = this.#state === "open";
    if (wasClean) this.network.closeCodes.push(code);
    this.#state = "closed";
    this.network.service.closed(this.far, wasClean ? code : undefined);
    this.network.clock.setTimeout(() => this.onclose?.({ code: wasClean ? code : 1006, reason, wasClean }), 1);
  }

  /** The connection ends from outside: both sides are told. */
  lose(code: number, reason = ""): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.network.service.closed(this.far);
    this.onerror?.();
    this.onclose?.({ code, reason, wasClean: code !== 1006 });
  }

  #carry(arrive: () => void): void {
    this.network.clock.setTimeout(() => {
      if (this.#state !== "open" || this.network.blackhole) return;
      arrive();
      this.network.arrived();
    }, this.network.latency);
  }
}
