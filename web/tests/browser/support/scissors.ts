// A TCP proxy on loopback that knows where messages end: it counts the WebSocket frames, events, requests and answers that
// pass, in both directions, and can cut every connection right after any one of them.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Scissors {
  /** Such as http://127.0.0.1:40123 */
  readonly url: string;
  /** How many messages have passed. */
  readonly passed: number;
  readonly cuts: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Requests for a WebSocket are reset. */
  blocksWebSockets: boolean;
  /** Every connection is reset, and every new one. */
  refuses: boolean;
  close(): Promise<void>;
}

/** Cuts once, right after so many messages. */
export async function startScissors(targetPort: number, cutAfter = Infinity): Promise<Scissors> {
  const open = new Set<Socket>();
  const state = { passed: 0, cuts: 0, blocksWebSockets: false, refuses: false };

  /** Answers how many of the bytes may still pass. */
  function count(ends: readonly number[]): number | undefined {
    for (const end of ends) {
      if (++state.passed === cutAfter) return end;
    }
    return undefined;
  }

  function cut(): void {
    state.cuts++;
    // What was let through arrives; then the connection is gone, without a goodbye of WebSocket's or HTTP's.
    for (const socket of open) socket.destroySoon();
    open.clear();
  }

  const listener = createServer({ noDelay: true }, (near) => {
    if (state.refuses) return void near.resetAndDestroy();
    const far = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const talk = { isWebSocket: false };
    const [up, down] = [new Messages("up", talk), new Messages("down", talk)];
    for (const [from, to, messages] of [[near, far, up], [far, near, down]] as const) {
      open.add(from);
      from.on("data", (bytes: Buffer) => {
        if (!open.has(from)) return;
        const asksForWebSocket = from === near && /^upgrade: websocket/im.test(bytes.toString("latin1"));
        if (asksForWebSocket && state.blocksWebSockets) return void near.resetAndDestroy();
        const last = count(messages.endsIn(bytes));
        to.write(last === undefined ? bytes : bytes.subarray(0, last));
        if (last !== undefined) cut();
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroySoon();
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    get passed() {
      return state.passed;
    },
    get connections() {
      return Math.ceil(open.size / 2);
    },
    get cuts() {
      return state.cuts;
    },
    get blocksWebSockets() {
      return state.blocksWebSockets;
    },
    set blocksWebSockets(blocks: boolean) {
      state.blocksWebSockets = blocks;
    },
    get refuses() {
      return state.refuses;
    },
    set refuses(refuses: boolean) {
      state.refuses = refuses;
      if (refuses) for (const socket of open) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

/** Finds where messages end in one direction of one connection. */
class Messages {
  /** Bytes of the head that is being read, or of the event. */
  #rest = Buffer.alloc(0);
  /** Bytes of the body that are to come. */
  #body = 0;
  #isStream = false;

  constructor(
    private readonly direction: "up" | "down",
    private readonly talk: { isWebSocket: boolean },
  ) {}

  /** The places in this piece after which a message has ended. */
  endsIn(bytes: Buffer): number[] {
    const ends: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      const end = this.#next(bytes, at);
      if (end === undefined) break;
      at = end.at;
      if (end.isMessage) ends.push(at);
    }
    return ends;
  }

  #next(bytes: Buffer, at: number): { readonly at: number; readonly isMessage: boolean } | undefined {
    if (this.#body > 0) {
      const taken = Math.min(this.#body, bytes.length - at);
      this.#body -= taken;
      return { at: at + taken, isMessage: this.#body === 0 };
    }
    const before = this.#rest.length;
    const all = Buffer.concat([this.#rest, bytes.subarray(at)]);
    const found = this.#isStream ? eventIn(all) : this.talk.isWebSocket ? frameIn(all) : this.#headIn(all);
    if (found === undefined) {
      this.#rest = all;
      return undefined;
    }
    this.#rest = Buffer.alloc(0);
    this.#body = found.body;
    return { at: at + found.length - before, isMessage: found.body === 0 };
  }

  #headIn(all: Buffer): Found | undefined {
    const end = all.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = all.toString("latin1", 0, end);
    if (this.direction === "down" && head.startsWith("HTTP/1.1 101")) this.talk.isWebSocket = true;
    this.#isStream = this.direction === "down" && /^content-type: text\/event-stream/im.test(head);
    return { length: end + 4, body: Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0) };
  }
}

interface Found {
  /** Of the head, in bytes. */
  readonly length: number;
  readonly body: number;
}

function eventIn(all: Buffer): Found | undefined {
  const end = all.indexOf("\n\n");
  return end < 0 ? undefined : { length: end + 2, body: 0 };
}

/** RFC 6455 §5.2 */
function frameIn(all: Buffer): Found | undefined {
  if (all.length < 2) return undefined;
  const [, second = 0] = all;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const head = 2 + lengthBytes + (second & 0x80 ? 4 : 0);
  if (all.length < head) return undefined;
  const body = short === 126 ? all.readUInt16BE(2) : short === 127 ? Number(all.readBigUInt64BE(2)) : short;
  return { length: head, body };
}
