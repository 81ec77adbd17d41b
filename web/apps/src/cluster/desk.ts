// What the front of `./carillon cluster` tells of the cluster, and takes orders for. A server that stands alone has none of it.

export interface NodeState {
  readonly number: number;
  readonly state: "up" | "down";
  readonly process: number;
  readonly starts: number;
  /** That the front passes on to it, of all pages. */
  readonly connections: number;
}

export interface RedisState {
  readonly state: "up" | "paused" | "down";
  readonly process: number;
}

export interface ClusterState {
  readonly nodes: readonly NodeState[];
  readonly redis: RedisState;
  /** This page's own, from the oldest to the newest. */
  readonly connections: readonly { readonly via: string; readonly node: number; readonly transport: string }[];
}

/** Where a marked publication was seen; `micros` since 1970. */
export interface Sighting {
  readonly place: "asked" | "called" | "pushed" | "delivered";
  readonly node: number;
  readonly via: string;
  readonly micros: number;
}

/** What is put into the data of a publication, so that it is seen on the wires. `id`: 22 characters of base64url. */
export const markOf = (id: string) => `carillon-mark-${id}`;

/** What it answers: "alone" where there is no cluster. Rejects where nobody answers. */
export async function stateOf(page: string): Promise<ClusterState | "alone"> {
  const answer = await fetch(`/cluster/state?page=${page}`, { cache: "no-store" });
  if (answer.status === 404) return "alone";
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return (await answer.json()) as ClusterState;
}

export async function sightingsOf(id: string): Promise<readonly Sighting[]> {
  const answer = await fetch(`/cluster/marks/${id}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return ((await answer.json()) as { readonly sightings: readonly Sighting[] }).sightings;
}

export type Order = `nodes/${number}/kill` | "redis/pause" | "redis/resume" | "redis/kill";

export async function give(order: Order): Promise<void> {
  const answer = await fetch(`/cluster/${order}`, { method: "POST" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
}
