// What was begun in a room and not sent: kept for each room, over a reload of this tab.

import type { TabStorage } from "./tab.js";

const KEY = "chat.drafts";

export class Drafts {
  readonly #texts: Map<string, string>;

  constructor(private readonly storage: TabStorage) {
    this.#texts = new Map(textsIn(storage.getItem(KEY)));
  }

  of(room: string): string {
    return this.#texts.get(room) ?? "";
  }

  has(room: string): boolean {
    return this.of(room).trim() !== "";
  }

  keep(room: string, text: string): void {
    if (text === "") this.#texts.delete(room);
    else this.#texts.set(room, text);
    this.storage.setItem(KEY, JSON.stringify(Object.fromEntries(this.#texts)));
  }
}

function textsIn(text: string | null): readonly [string, string][] {
  try {
    const texts: unknown = JSON.parse(text ?? "{}");
    return Object.entries(texts as object).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  } catch {
    return [];
  }
}
