// The way of one publication, from what was seen of it: on the wires by the cluster, at both ends by this page.

import type { Sighting } from "./desk.js";
import type { ReaderId } from "./readers.js";

export interface Step {
  readonly place: "sent" | Sighting["place"] | "received" | "acknowledged";
  /** Since it was sent, in microseconds. */
  readonly after: number;
  readonly text: string;
}

export interface Journey {
  readonly sentAt: number;
  readonly acknowledgedAt: number;
  readonly receivedAt: Readonly<Partial<Record<ReaderId, number>>>;
  readonly sightings: readonly Sighting[];
}

export const readerNames: { readonly [Id in ReaderId]: string } = { websocket: "WebSocket", eventsource: "EventSource", longpoll: "long poll" };

/** In the order of their times; where two clocks' readings are the same, in the order of the way. */
export function stepsOf({ sentAt, acknowledgedAt, receivedAt, sightings }: Journey): readonly Step[] {
  const steps: Step[] = [{ place: "sent", after: 0, text: "This page sends it." }];
  for (const { place, node, via, micros } of sightings) {
    const text = textOf(place, node, via);
    if (text !== undefined) steps.push({ place, after: micros - sentAt, text });
  }
  for (const [id, at] of Object.entries(receivedAt) as [ReaderId, number][]) {
    steps.push({ place: "received", after: at - sentAt, text: `This page has it by its ${readerNames[id]}.` });
  }
  steps.push({ place: "acknowledged", after: acknowledgedAt - sentAt, text: "This page has the acknowledgement." });
  return steps.sort((a, b) => a.after - b.after);
}

/** Undefined for what is not about the first way: a page of history that another reader asked for later, say. */
function textOf(place: Sighting["place"], node: number, via: string): string | undefined {
  const [, name = ""] = via.split(".");
  switch (place) {
    case "asked":
      return `The front passes it to node-${node}.`;
    case "called":
      return `node-${node} gives it to Redis.`;
    case "pushed":
      return `Redis tells node-${node}.`;
    case "delivered":
      return name in readerNames ? `node-${node} delivers it to this page’s ${readerNames[name as ReaderId]}.` : undefined;
  }
}

export function when(micros: number): string {
  const millis = micros / 1_000;
  return Math.abs(millis) < 10 ? `${millis.toFixed(2)} ms` : `${Math.round(millis).toLocaleString("en")} ms`;
}
