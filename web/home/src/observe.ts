// Lets the page watch what the guide's script does, without the script knowing: its WebSocket is the browser's own,
// whose steps are reported, and its console is the browser's own, whose lines are shown.

export type ReadyState = 0 | 1 | 2 | 3;

export interface SocketObserver {
  /** A socket was made; it becomes the one that is watched. */
  opened(socket: WebSocket): void;
  /** Its readyState may have changed. */
  stepped(socket: WebSocket): void;
}

/** The browser's WebSocket, for the page's own use. */
export const PlainWebSocket = window.WebSocket;

export function observeWebSockets(observer: SocketObserver): void {
  window.WebSocket = class extends PlainWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols ?? []);
      observer.opened(this);
      for (const step of ["open", "error", "close"]) this.addEventListener(step, () => observer.stepped(this));
      watchFrames(this, observer);
    }

    override close(code?: number, reason?: string): void {
      super.close(code, reason);
      observer.stepped(this);
    }
  };
}

/** A close that the peer starts turns readyState to CLOSING without an event, so it is looked at on each frame too. */
function watchFrames(socket: WebSocket, observer: SocketObserver): void {
  let seen = socket.readyState;
  requestAnimationFrame(function look() {
    if (socket.readyState !== seen) {
      seen = socket.readyState;
      observer.stepped(socket);
    }
    if (seen !== PlainWebSocket.CLOSED) requestAnimationFrame(look);
  });
}

export type ConsoleLevel = "log" | "warn" | "error";

export function observeConsole(show: (level: ConsoleLevel, text: string) => void): void {
  for (const level of ["log", "warn", "error"] as const) {
    const original = console[level].bind(console);
    console[level] = (...values: unknown[]) => {
      original(...values);
      show(level, values.map(textOf).join(" "));
    };
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Event) return `[${value.constructor.name} ${value.type}]`;
  if (value instanceof Error) return String(value);
  return JSON.stringify(value) ?? String(value);
}
