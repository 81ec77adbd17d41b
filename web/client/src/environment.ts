// All that the client takes from its surroundings, so that tests can give it others.

/** The part of the browser's WebSocket that is used; the npm package `ws` has it too. */
export interface NativeSocket {
  binaryType: BinaryType;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: (() => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => void) | null;
  send(data: SocketData): void;
  close(code?: number, reason?: string): void;
}

/** What a WebSocket can send. */
export type SocketData = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;

/** As the browser's `WebSocket`. */
export type NativeSocketConstructor = new (url: string, protocols?: string | string[]) => NativeSocket;

/** What a page is told about itself and its network. Hints: none of them is believed without a look. */
export type PageEvent = "online" | "offline" | "pagehide" | "pageshow" | "visibilitychange" | "resume" | "focus";

/** The page that the client lives in. */
export interface Page {
  /** What the browser thinks of the network; false is a good hint, true none. */
  isOnline(): boolean;
  isHidden(): boolean;
  /** Answers how to stop listening. */
  listen(type: PageEvent, listener: () => void): () => void;
}

/** The other pages of this origin that have joined under the same name. */
export interface Tabs {
  tell(message: string | null): void;
  close(): void;
}

/** Sockets, time and chance. Everything that is left out is the browser's own. */
export interface Environment {
  /** Absent where there is none, such as on a server that renders the page; then nothing connects. */
  readonly WebSocket: NativeSocketConstructor | undefined;
  /** Wall clock, in milliseconds: it must go on while the machine sleeps. */
  now(): number;
  setTimeout(run: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
  /** From 0 up to, but not including, 1. */
  random(): number;
  /** 22 characters of base64url that nobody guesses: an idempotency key, or the id of a session. */
  newKey(): string;
  /** Absent outside a page. */
  readonly page: Page | undefined;
  /** Absent where there are no other pages. */
  readonly joinTabs?: ((name: string, heard: (message: unknown) => void) => Tabs) | undefined;
  /** What follows is used by the fallbacks alone, which take the browser's where it is left out. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly locks?: Pick<LockManager, "request"> | undefined;
  /** For the browser session. */
  readonly sessionStorage?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  /** What the browser remembers of its requests, with the protocol of each (`nextHopProtocol`). */
  readonly requestEntries?: (() => readonly { readonly name: string }[]) | undefined;
}

export function environment(given: Partial<Environment> = {}): Environment {
  return { ...native(), ...given };
}

function native(): Environment {
  const isPage = typeof document !== "undefined";
  return {
    // Looked up at each use: a page may be rendered on a server first, and libraries may replace it.
    get WebSocket() {
      return (globalThis as { WebSocket?: NativeSocketConstructor }).WebSocket;
    },
    now: () => Date.now(),
    setTimeout: (run, millis) => setTimeout(run, millis),
    clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
    random: () => Math.random(),
    newKey,
    page: isPage ? browserPage() : undefined,
    joinTabs: isPage ? browserTabs : undefined,
  };
}

/**
 * 131 random bits: 22 characters of base64url, but that `+` and `/` both become `-`. (`crypto.randomUUID` is missing on pages
 * served over plain HTTP; `getRandomValues` is not.)
 */
function newKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(17)))).slice(0, 22).replace(/\W/g, "-");
}

function browserTabs(name: string, heard: (message: unknown) => void): Tabs {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => heard(data);
  return { tell: (message) => channel.postMessage(message), close: () => channel.close() };
}

function browserPage(): Page {
  return {
    isOnline: () => navigator.onLine,
    isHidden: () => document.visibilityState === "hidden",
    listen(type, listener) {
      const target: EventTarget = type === "visibilitychange" || type === "resume" ? document : window;
      target.addEventListener(type, listener);
      return () => target.removeEventListener(type, listener);
    },
  };
}
