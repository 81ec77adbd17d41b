// Who is at the document, as awareness has it.

import type { Awareness } from "y-protocols/awareness";

/** So many colours documents.css has. */
export const COLORS = 8;

export interface Person {
  readonly client: number;
  readonly name: string;
  /** 0 to {@link COLORS}. */
  readonly color: number;
  readonly isSelf: boolean;
}

/** Everybody, oneself first, then by name. What others say of themselves is not believed to have any form. */
export function people(awareness: Awareness): Person[] {
  const all: Person[] = [];
  awareness.getStates().forEach((state, client) => {
    const user: unknown = state["user"];
    const name = typeof user === "object" && user !== null && "name" in user && typeof user.name === "string" ? user.name : "";
    all.push({ client, name: name.slice(0, 40) || "Somebody", color: client % COLORS, isSelf: client === awareness.clientID });
  });
  return all.sort((one, other) => Number(other.isSelf) - Number(one.isSelf) || one.name.localeCompare(other.name) || one.client - other.client);
}
