// A lane of the server's fault proxy: a port of its own that leads to the server, and suffers what it is asked for.

import { expect } from "vitest";
import type { Server } from "./server.js";

export interface FaultOrder {
  readonly fault: "none" | "cut" | "hang" | "half-open" | "one-way" | "delay" | "throttle" | "split" | "refuse";
  readonly direction?: "up" | "down" | "both";
  readonly millis?: number;
  readonly bytesPerSecond?: number;
}

export interface LaneState {
  readonly lane: string;
  readonly port: number;
  readonly fault: FaultOrder["fault"];
  readonly bytes: Readonly<Record<"up" | "down", { readonly taken: number; readonly passed: number }>>;
  readonly connections: { readonly open: number; readonly total: number; readonly refused: number };
}

export interface Lane {
  /** Such as http://127.0.0.1:40123 */
  readonly url: string;
  state(): Promise<LaneState>;
  /** Resolves once the fault holds. */
  suffer(order: FaultOrder): Promise<LaneState>;
  end(): Promise<void>;
}

export async function openLane(server: Server): Promise<Lane> {
  const lanes = `${server.url}/network/lanes`;
  const ask = async (path: string, init: RequestInit): Promise<LaneState> => {
    const answer = await fetch(`${lanes}${path}`, init);
    expect(answer.status, path).toBeLessThan(300);
    return (await answer.json()) as LaneState;
  };
  const { lane, port } = await ask("", { method: "POST" });
  return {
    url: `http://127.0.0.1:${port}`,
    state: () => ask(`/${lane}`, {}),
    suffer: (order) => ask(`/${lane}`, { method: "POST", body: JSON.stringify(order) }),
    async end() {
      expect((await fetch(`${lanes}/${lane}`, { method: "DELETE" })).status).toBe(204);
    },
  };
}
