// A clock, a page, a network and a server, and clients that live among them.

import { CarillonSocket, createClient, webSocket, type CarillonSocketOptions, type Client, type ClientOptions, type Environment, type Transport } from "@carillon/client";
import { binaryWebSocket } from "@carillon/client/binary";
import { FakeCarillon } from "./carillon.js";
import { FakeClock, FakePage, seeded } from "./clock.js";
import { FakeHttp } from "./http.js";
import { FakeLocks, FakeStorage } from "./locks.js";
import { FakeNetwork } from "./network.js";
import { FakeTabs } from "./tabs.js";

/** The project `unit-binary` runs the client's tests with the other form of the messages. */
export const socketTransport: () => Transport = process.env["CARILLON_FORM"] === "binary" ? binaryWebSocket : webSocket;

export class World {
  readonly clock = new FakeClock();
  readonly page = new FakePage();
  readonly server = new FakeCarillon(this.clock);
  readonly network = new FakeNetwork(this.clock, this.server);
  readonly http = new FakeHttp(this.clock, this.server, this.network);
  readonly tabs = new FakeTabs();
  readonly locks = new FakeLocks();
  readonly sessionStorage = new FakeStorage();
  #keys = 0;

  constructor(readonly random: () => number = seeded(1)) {}

  get environment(): Environment {
    const { page, random, locks, sessionStorage } = this;
    const { WebSocket } = this.network;
    const { now, setTimeout, clearTimeout } = this.clock;
    return {
      WebSocket,
      now,
      setTimeout,
      clearTimeout,
      random,
      page,
      newKey: () => `key-${String(++this.#keys).padStart(18, "0")}`,
      joinTabs: this.tabs.join,
      fetch: this.http.fetch,
      locks,
      sessionStorage,
      requestEntries: () => [],
    };
  }

  client(options: Partial<ClientOptions> = {}): Client {
    return createClient({ url: "ws://server/live", environment: this.environment, transport: socketTransport(), ...options });
  }

  socket(options: CarillonSocketOptions = {}): CarillonSocket {
    return new CarillonSocket("ws://server/live", [], { environment: this.environment, ...options });
  }

  /** Reads a channel into a list of its data, with gaps as their causes. */
  read(client: Client, channel: string, options: Parameters<Client["subscribe"]>[1] = {}): unknown[] {
    const list: unknown[] = [];
    void client
      .subscribe(channel, options)
      .each((delivery) => void list.push(delivery.kind === "publication" ? delivery.data : delivery.kind === "gap" ? `gap: ${delivery.cause}` : `redacted: ${delivery.offset}`))
      .catch((error: unknown) => void list.push(error));
    return list;
  }

  advance(millis: number): Promise<void> {
    return this.clock.advance(millis);
  }
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
