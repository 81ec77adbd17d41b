// A document of Yjs on Carillon (PROTOCOL.md §12). What it adds to y-websocket: a word for what is saved, waits that spread, cursors at a bounded rate, and an end where there is one.

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { IndexedCopy, type LocalCopy } from "./copy.js";
import { Keeper } from "./keeper.js";

const SYNC = 0;
const AWARENESS = 1;
const DENIED = 2;
const SAVED = 100;
const EPOCH = 101;
const SEED = 102;

const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

/** From here on a code says that the same would be refused again (PROTOCOL.md §9). */
const STOP = 4600;
const STOP_END = 5000;

/** The server tells everybody its own awareness back, which is renewed each 15 s. */
const SILENCE_MILLIS_MAX = 40_000;
const LOOK_MILLIS = 5_000;
const GOODBYE = 1000;
const GIVEN_UP = 4301;

/** As much of a browser's WebSocket as is used. */
export interface SocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
}

export interface DocOptions {
  /** Where documents are, such as `wss://example.com/documents`; an address of http does too. */
  readonly url: string;
  readonly name: string;
  /** One of yours. */
  readonly doc?: Y.Doc;
  /** Whether a copy is kept on this machine, in IndexedDB: then what was written offline is there after a reload. Or where it is kept. */
  readonly offline?: boolean | LocalCopy;
  /**
   * Writes with what a new document begins into an empty one. The server takes it only while nobody has written anything: of
   * several who say it at once one is believed.
   */
  readonly seed?: (empty: Y.Doc) => void;
  /** Asked before each connection. */
  readonly getToken?: () => string | Promise<string>;
  /** Which document you know by that name: {@link DocState.epoch} of an earlier page. */
  readonly epoch?: string;
  /** A cursor is sent at most once in so many milliseconds; 50 unless said otherwise. */
  readonly cursorMillis?: number;
  /** Between what the waits before a new connection grow, in milliseconds. */
  readonly backoff?: { readonly min: number; readonly max: number };
  /** For where there is no WebSocket, and for tests. */
  readonly connect?: (url: string) => SocketLike;
}

/** Why it will not come back by itself. */
export interface DocClose {
  /** Of the server, or 0 where it was closed here. 4618: another document has that name now. */
  readonly code: number;
  readonly reason: string;
}

/** A snapshot; a new object with each change. */
export interface DocState {
  readonly link: "connecting" | "connected" | "waiting" | "closed";
  /** True exactly when the document is here as the server had it when the connection began, and has been told of since. */
  readonly isSynced: boolean;
  /** True exactly when the server has said that everything written here is kept. */
  readonly isSaved: boolean;
  /** True exactly when all that is here is in the copy on this machine, too; absent where there is none, or it can't be written. */
  readonly isKept?: boolean;
  /** Why something written here was not taken; it stays here only. */
  readonly denied?: string;
  /** Which of the documents that have had this name it is; absent until something was kept of it. */
  readonly epoch?: string;
  readonly close?: DocClose;
}

export interface SharedDoc {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  state(): DocState;
  /** Is told each new state; returns how to be told no more. */
  subscribe(listener: (state: DocState) => void): () => void;
  /** Ends the connection for good. The document stays. */
  close(): void;
  /** The same, and takes away the copy on this machine. */
  forget(): Promise<void>;
}

/** Joins a document. */
export function doc(options: DocOptions): SharedDoc {
  return new Joined(options);
}

class Joined implements SharedDoc {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly #options: DocOptions;
  readonly #listeners = new Set<(state: DocState) => void>();
  #state: DocState;
  #socket: SocketLike | undefined;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cursorTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #look: ReturnType<typeof setInterval>;
  #heardAt = 0;
  readonly #keeper: Keeper | undefined;

  // ---- of this connection
  /** Whether the server was told all that it lacks: until then, a change is told with that. */
  #hasAnswered = false;
  /** Messages with changes that were sent. */
  #sent = 0;
  /** So many of them are kept. */
  #kept = 0;

  constructor(options: DocOptions) {
    this.#options = options;
    this.doc = options.doc ?? new Y.Doc();
    this.awareness = new Awareness(this.doc);
    this.#state = { link: "connecting", isSynced: false, isSaved: false, ...(options.epoch === undefined ? {} : { epoch: options.epoch }) };
    this.doc.on("update", this.#onUpdate);
    this.awareness.on("update", this.#onAwareness);
    this.#look = setInterval(() => this.#onLook(), LOOK_MILLIS);
    const copy = copyOf(options);
    this.#keeper = copy === undefined ? undefined : new Keeper(this.doc, copy, () => this.#onKeeping());
    void (this.#keeper === undefined ? this.#open() : this.#load(this.#keeper));
  }

  /** What is on this machine comes first: the server is asked for the rest, and told what it has not heard of. */
  async #load(keeper: Keeper): Promise<void> {
    const epoch = await keeper.load();
    if (this.#state.link === "closed") return;
    if (epoch !== undefined && this.#state.epoch === undefined) this.#become({ epoch });
    await this.#open();
  }

  #onKeeping(): void {
    const isKept = this.#keeper?.isKept;
    if (isKept === this.#state.isKept) return;
    const { isKept: _, ...state } = this.#state;
    this.#state = state;
    this.#become(isKept === undefined ? {} : { isKept });
  }

  state(): DocState {
    return this.#state;
  }

  subscribe(listener: (state: DocState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#end({ code: 0, reason: "closed" });
    this.#keeper?.close();
  }

  async forget(): Promise<void> {
    this.#end({ code: 0, reason: "closed" });
    await this.#keeper?.forget();
  }

  #become(change: Partial<DocState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }

  // ---- the connection

  async #open(): Promise<void> {
    this.#timer = undefined;
    try {
      const url = await this.#address();
      if (this.#state.link === "closed") return;
      const socket = (this.#options.connect ?? ((address) => new WebSocket(address) as unknown as SocketLike))(url);
      socket.binaryType = "arraybuffer";
      this.#socket = socket;
      this.#heardAt = Date.now();
      socket.onopen = () => this.#onOpen();
      socket.onmessage = ({ data }) => this.#onMessage(data);
      socket.onclose = ({ code, reason }) => this.#onClose(socket, code, reason);
    } catch {
      this.#wait(); // no token, or no address
    }
  }

  async #address(): Promise<string> {
    const { url, name, getToken } = this.#options;
    const address = new URL(`${url.replace(/^http/, "ws").replace(/\/$/, "")}/${encodeURIComponent(name)}`);
    address.searchParams.set("receipts", "true");
    if (this.#state.epoch !== undefined) address.searchParams.set("epoch", this.#state.epoch);
    if (getToken !== undefined) address.searchParams.set("token", await getToken());
    return address.href;
  }

  #onOpen(): void {
    this.#hasAnswered = false;
    this.#sent = 0;
    this.#kept = 0;
    const { denied: _, ...state } = this.#state;
    this.#state = state;
    this.#become({ link: "connected" });
    this.#sendSync(STEP_1, Y.encodeStateVector(this.doc));
    this.#sendCursor();
  }

  #onClose(socket: SocketLike, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#hasAnswered = false;
    removeAwarenessStates(this.awareness, this.#others(), this);
    if (code >= STOP && code < STOP_END) this.#end({ code, reason });
    else this.#wait();
  }

  #others(): number[] {
    return [...this.awareness.getStates().keys()].filter((client) => client !== this.doc.clientID);
  }

  #wait(): void {
    if (this.#state.link === "closed") return;
    const { min, max } = this.#options.backoff ?? { min: 200, max: 15_000 };
    const bound = Math.min(max, min * 2 ** this.#failures++);
    this.#timer = setTimeout(() => {
      this.#become({ link: "connecting" });
      void this.#open();
    }, min + Math.random() * (bound - min));
    this.#become({ link: "waiting", isSynced: false });
  }

  #end(close: DocClose): void {
    if (this.#state.link === "closed") return;
    clearTimeout(this.#timer);
    clearTimeout(this.#cursorTimer);
    clearInterval(this.#look);
    this.doc.off("update", this.#onUpdate);
    this.awareness.off("update", this.#onAwareness);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#become({ link: "closed", isSynced: false, close });
    socket?.close(GOODBYE);
    this.awareness.destroy();
  }

  /** A connection that says nothing is none: its end may never be heard of. */
  #onLook(): void {
    const socket = this.#socket;
    if (socket === undefined || Date.now() - this.#heardAt < SILENCE_MILLIS_MAX) return;
    socket.close(GIVEN_UP);
    this.#onClose(socket, GIVEN_UP, "nothing was heard");
  }

  // ---- what comes

  #onMessage(data: unknown): void {
    this.#heardAt = Date.now();
    const decoder = decoding.createDecoder(new Uint8Array(data as ArrayBuffer));
    switch (decoding.readVarUint(decoder)) {
      case SYNC:
        return this.#onSync(decoder);
      case AWARENESS:
        return applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(decoder), this);
      case DENIED:
        decoding.readVarUint(decoder);
        return this.#become({ denied: decoding.readVarString(decoder), isSaved: false });
      case SAVED:
        this.#kept = decoding.readVarUint(decoder);
        return this.#onKept();
      case EPOCH:
        return this.#onEpoch(decoding.readVarString(decoder));
    }
  }

  #onSync(decoder: decoding.Decoder): void {
    const step = decoding.readVarUint(decoder);
    const bytes = decoding.readVarUint8Array(decoder);
    if (step === STEP_1) {
      this.#sendChanges(STEP_2, Y.encodeStateAsUpdate(this.doc, bytes));
      this.#hasAnswered = true;
      if (isNothing(bytes) && isNothing(Y.encodeStateVector(this.doc))) this.#sendSeed();
    } else {
      Y.applyUpdate(this.doc, bytes, this);
      if (step === STEP_2) {
        this.#failures = 0;
        this.#become({ isSynced: true });
      }
    }
  }

  #onEpoch(epoch: string): void {
    if (epoch !== this.#state.epoch) this.#keeper?.setEpoch(epoch);
    this.#become({ epoch });
  }

  /** Saved is said only of what was sent over this connection after the server was told all that it lacked. */
  #onKept(): void {
    if (this.#hasAnswered && this.#kept >= this.#sent && this.#state.denied === undefined) this.#become({ isSaved: true });
  }

  // ---- what goes

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    if (this.#state.isSaved) this.#become({ isSaved: false });
    if (this.#hasAnswered) this.#sendChanges(UPDATE, update);
  };

  #sendChanges(step: number, update: Uint8Array): void {
    this.#sent++;
    if (this.#state.isSaved) this.#become({ isSaved: false });
    this.#sendSync(step, update);
  }

  /** It isn't written here: what the server has taken comes from there. */
  #sendSeed(): void {
    if (this.#options.seed === undefined) return;
    const empty = new Y.Doc();
    this.#options.seed(empty);
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SEED);
    encoding.writeVarUint8Array(encoder, Y.encodeStateAsUpdate(empty));
    this.#send(encoder);
    empty.destroy();
  }

  #sendSync(step: number, bytes: Uint8Array): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    encoding.writeVarUint(encoder, step);
    encoding.writeVarUint8Array(encoder, bytes);
    this.#send(encoder);
  }

  readonly #onAwareness = ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>, origin: unknown): void => {
    if (origin === this || ![...added, ...updated, ...removed].includes(this.doc.clientID)) return;
    this.#cursorTimer ??= setTimeout(() => this.#sendCursor(), this.#options.cursorMillis ?? 50);
  };

  #sendCursor(): void {
    clearTimeout(this.#cursorTimer);
    this.#cursorTimer = undefined;
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, AWARENESS);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.awareness, [this.doc.clientID]));
    this.#send(encoder);
  }

  #send(encoder: encoding.Encoder): void {
    if (this.#state.link === "connected") this.#socket?.send(encoding.toUint8Array(encoder) as Uint8Array<ArrayBuffer>);
  }
}

/** Whether a state vector is that of a document in which nobody has written. */
function isNothing(vector: Uint8Array): boolean {
  return vector.length === 1 && vector[0] === 0;
}

function copyOf({ offline, url, name }: DocOptions): LocalCopy | undefined {
  if (typeof offline === "object") return offline;
  return offline === true && typeof indexedDB !== "undefined" ? new IndexedCopy(`${url.replace(/^http/, "ws").replace(/\/$/, "")}/${name}`) : undefined;
}
