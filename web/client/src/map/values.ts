// What a map comes to, delivery by delivery. A snapshot is put together aside and takes the place of what is shown in one
// step, once it is whole: until then what is shown may be old, but it is never half of something, and never older than before.

import type { Position } from "@carillon/protocol";
import type { MapDelivery, Received } from "../delivery.js";

export class Values<Value> {
  /** By key. A publication that is given again is the same object as before. */
  #shown: Map<string, Received<Value>>;
  /** The snapshot that is coming in; undefined while none is. */
  #coming: Map<string, Received<Value>> | undefined;
  /** What is shown is the map as of here; undefined before there was one. */
  #position: Position | undefined;
  #changed = new Set<string>();

  constructor(position?: Position, publications: readonly Received<Value>[] = []) {
    this.#position = position;
    this.#shown = new Map(publications.map((publication) => [publication.key ?? "", publication]));
  }

  get shown(): ReadonlyMap<string, Received<Value>> {
    return this.#shown;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  /** The keys whose shown values have changed since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Answers whether it is to be seen now. */
  take(delivery: MapDelivery<Value>): boolean {
    switch (delivery.kind) {
      case "reset":
        this.#coming = new Map();
        return false;
      case "current":
        if (this.#coming !== undefined) this.#show(this.#coming);
        this.#coming = undefined;
        this.#position = delivery.position;
        break;
      case "publication":
      case "removed": {
        const { key = "" } = delivery;
        const values = this.#coming ?? this.#shown;
        if (delivery.kind === "publication") values.set(key, delivery);
        else if (!values.delete(key)) break;
        if (values === this.#shown) this.#changed.add(key);
      }
    }
    if (this.#coming === undefined && "position" in delivery) this.#position = delivery.position;
    return this.#changed.size > 0;
  }

  #show(snapshot: Map<string, Received<Value>>): void {
    for (const key of this.#shown.keys()) if (!snapshot.has(key)) this.#changed.add(key);
    for (const [key, publication] of snapshot) {
      const before = this.#shown.get(key);
      // A position names one publication, whatever has become of the rest.
      if (before?.position === publication.position) snapshot.set(key, before);
      else this.#changed.add(key);
    }
    this.#shown = snapshot;
  }
}
