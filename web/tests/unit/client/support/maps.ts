// The maps of a fake server (PROTOCOL.md §5.2): the newest change of each key, for those who track it.

import type { Publication, ServerMessage, Subscribe, Tracking } from "@carillon/protocol";
import type { FakeCarillon } from "./carillon.js";
import type { Peer } from "./network.js";

type Tell = (message: ServerMessage) => void;

interface Reader {
  readonly track: Tracking;
  readonly tell: Tell;
  /** Keys of which it may hold a value. */
  readonly holds: Set<string>;
  /** What it was not given yet, by key, in the order of the offsets. */
  readonly waiting: Map<string, Publication>;
}

export class FakeMaps {
  readonly names = new Set<string>();
  /** Of removals before this offset nothing is known any more. */
  oldest = 0;
  /** Readers take nothing: of each key they are given the newest change, later. */
  isHeld = false;
  readonly #readers = new Map<string, Reader>();
  readonly #peers = new Map<Peer, number>();

  constructor(private readonly server: Pick<FakeCarillon, "log" | "head" | "position" | "epoch">) {}

  subscribe(peer: Peer, { channel, id, after, track = {} }: Omit<Subscribe, "type">, tell: Tell): void {
    const reader: Reader = { track, tell, holds: new Set(), waiting: new Map() };
    this.#readers.set(this.#nameOf(peer, channel), reader);
    const offset = this.#continued(channel, after);
    const isRecovered = offset !== undefined;
    tell({ type: "subscribed", id, channel, position: isRecovered && after ? after : "0", offset: offset ?? 0, recovered: isRecovered });
    if (!isRecovered) return this.#reset(channel, reader);
    for (const { key = "" } of this.#newest(channel)) reader.holds.add(key);
    for (const change of this.#newest(channel)) if (change.offset > offset) this.#give(reader, change, true);
    this.#current(channel, reader);
  }

  left(peer: Peer, channel?: string): void {
    for (const name of [...this.#readers.keys()]) {
      const isTheirs = channel === undefined ? name.startsWith(this.#nameOf(peer, "")) : name === this.#nameOf(peer, channel);
      if (isTheirs) this.#readers.delete(name);
    }
  }

  changed(change: Publication): void {
    for (const reader of this.#readersOf(change.channel)) this.#give(reader, change);
  }

  /** Readers take again what they are given. */
  release(): void {
    this.isHeld = false;
    for (const reader of this.#readers.values()) {
      for (const change of [...reader.waiting.values()]) this.#give(reader, change);
      reader.waiting.clear();
    }
  }

  /** Readers have taken so little that they begin anew. `half`: with so many values, for now. */
  reset(channel: string, half = Infinity): () => void {
    const rest: (() => void)[] = [];
    for (const reader of this.#readersOf(channel)) rest.push(this.#begin(channel, reader, half));
    return () => rest.forEach((give) => give());
  }

  /** Everything in it is gone. */
  purge(channel: string): void {
    const kept = this.server.log.filter((one) => one.channel !== channel);
    this.server.log.splice(0, Infinity, ...kept);
    this.server.epoch = String.fromCharCode(this.server.epoch.charCodeAt(0) + 1);
    this.oldest = 0;
    for (const reader of this.#readersOf(channel)) this.#reset(channel, reader);
  }

  /** What a reader of everything ends with. */
  valuesOf(channel: string): Record<string, unknown> {
    const values = this.#newest(channel).filter((one) => "data" in one);
    return Object.fromEntries(values.map((one) => [one.key, "data" in one && one.data]));
  }

  /** Undefined where it is not, and a snapshot is due. */
  #continued(channel: string, after: string | undefined): number | undefined {
    if (after === undefined || (after === "0" && this.server.head(channel) > 0)) return undefined;
    if (after === "0") return 0;
    const offset = Number(after.slice(18));
    return after[1] === this.server.epoch && offset >= this.oldest && offset <= this.server.head(channel) ? offset : undefined;
  }

  #reset(channel: string, reader: Reader): void {
    this.#begin(channel, reader, Infinity)();
  }

  #begin(channel: string, reader: Reader, half: number): () => void {
    reader.tell({ type: "reset", channel });
    reader.waiting.clear();
    reader.holds.clear();
    const values = this.#newest(channel).filter((change) => !("removed" in change));
    for (const value of values.slice(0, half)) this.#give(reader, value, true);
    return () => {
      for (const value of values.slice(half)) this.#give(reader, value, true);
      this.#current(channel, reader);
    };
  }

  #current(channel: string, reader: Reader): void {
    const offset = this.server.head(channel);
    reader.tell({ type: "current", channel, position: this.server.position(offset), offset });
  }

  #give(reader: Reader, change: Publication, isAtOnce = false): void {
    const { key = "" } = change;
    if (this.isHeld && !isAtOnce) {
      // It moves to the end.
      reader.waiting.delete(key);
      return void reader.waiting.set(key, change);
    }
    const { track, holds, tell } = reader;
    const isWanted = track.keys?.includes(key) ?? (track.tags === undefined || track.tags.includes(change.tag ?? ""));
    if (isWanted) {
      holds.add(key);
      tell(change);
    } else if (track.keys === undefined && holds.delete(key)) {
      const { type, channel, position, offset, at } = change;
      tell({ type, channel, position, offset, at, key, removed: true });
    }
  }

  /** Of each key, in the order of their offsets. */
  #newest(channel: string): Publication[] {
    const newest = new Map<string, Publication>();
    for (const one of this.server.log) {
      if (one.channel !== channel) continue;
      newest.delete(one.key ?? "");
      newest.set(one.key ?? "", one);
    }
    return [...newest.values()];
  }

  #readersOf(channel: string): Reader[] {
    return [...this.#readers].filter(([name]) => name.endsWith(` ${channel}`)).map(([, reader]) => reader);
  }

  #nameOf(peer: Peer, channel: string): string {
    const number = this.#peers.get(peer) ?? this.#peers.size;
    this.#peers.set(peer, number);
    return `${number} ${channel}`;
  }
}
