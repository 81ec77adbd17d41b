// Three readers of one channel, each on its own connection with a name by which the front tells where that leads.

import { CarillonError, createClient, webSocket, type ClientState } from "@carillon/client";

/** What is published: the n-th of this page, with a mark that is seen on the wires. */
export interface Numbered {
  readonly n: number;
  readonly mark: string;
}

export type ClusterChannels = { readonly "cluster:{id}": Numbered };

export const readerIds = ["websocket", "eventsource", "longpoll"] as const;
export type ReaderId = (typeof readerIds)[number];

export type ReaderState = "connecting" | "live" | "waiting" | "closed";

export interface ReaderEvents {
  state(state: ReaderState): void;
  /** Its node can't hear of what is published now, or can again. */
  stale(isStale: boolean): void;
  publication(data: Numbered): void;
  /** The server said that what follows doesn't follow what was read. */
  gap(cause: string): void;
}

/** In milliseconds. Short, because somebody is looking on. */
const BACKOFF = { min: 100, first: 200, max: 1_000 };
const POLL_WAIT = "5s";
const POLL_AGAIN_MILLIS = 250;

const BROKER_AWAY = 4008;
const BROKER_BACK = 4009;

/** From the channel's beginning. `via`: the name of its connection. */
export function openReader(id: ReaderId, channel: string, via: string, events: ReaderEvents, shown: (state: ClientState) => void): void {
  switch (id) {
    case "websocket":
      return byClient(channel, via, events, shown);
    case "eventsource":
      return byEventSource(channel, via, events);
    case "longpoll":
      return void byPolls(channel, via, events);
  }
}

const kinds: { readonly [Kind in ClientState["kind"]]: ReaderState } = {
  live: "live",
  "catching-up": "live",
  connecting: "connecting",
  idle: "connecting",
  waiting: "waiting",
  suspended: "waiting",
  offline: "waiting",
  failed: "closed",
  closed: "closed",
};

function byClient(channel: string, via: string, events: ReaderEvents, shown: (state: ClientState) => void): void {
  const client = createClient<ClusterChannels>({ url: `/live?via=${via}`, transport: webSocket(), backoff: BACKOFF });
  client.on("state", (state) => {
    shown(state);
    events.state(kinds[state.kind]);
    // A node says anew whether it is stale.
    if (kinds[state.kind] !== "live") events.stale(false);
  });
  client.on("error", ({ error }) => {
    if (error instanceof CarillonError) hear(error.code, events);
  });
  void client.subscribe(channel as "cluster:{id}", { after: "0" }).each((delivery) => {
    if (delivery.kind === "publication") events.publication(delivery.data);
    else if (delivery.kind === "gap") events.gap(delivery.cause);
  });
}

function hear(code: number | undefined, events: ReaderEvents): void {
  if (code === BROKER_AWAY) events.stale(true);
  if (code === BROKER_BACK) events.stale(false);
}

/** The browser's own, which comes back by itself with the last position. */
function byEventSource(channel: string, via: string, events: ReaderEvents): void {
  let after = "0";
  const open = (): void => {
    const source = new EventSource(`/channels/${channel}?after=${encodeURIComponent(after)}&via=${via}`);
    events.state("connecting");
    source.addEventListener("hello", () => {
      events.stale(false);
      events.state("live");
    });
    source.addEventListener("gap", (event: MessageEvent<string>) => events.gap((JSON.parse(event.data) as { readonly cause: string }).cause));
    source.addEventListener("message", (event: MessageEvent<string>) => {
      after = event.lastEventId;
      events.publication((JSON.parse(event.data) as { readonly data: Numbered }).data);
    });
    source.addEventListener("error", (event) => {
      // The server's events of that name have data; the browser's don't.
      if (event instanceof MessageEvent) return hear((JSON.parse(String(event.data)) as { readonly code?: number }).code, events);
      events.state("waiting");
      // It gives up for good on any answer but 200, such as the front's while no node is up.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, BACKOFF.first);
    });
  };
  open();
}

interface HistoryPage {
  readonly publications: readonly { readonly data: Numbered }[];
  readonly position: string;
  readonly gap?: { readonly cause: string };
}

/** Every request may reach another node. */
async function byPolls(channel: string, via: string, events: ReaderEvents): Promise<void> {
  let after = "0";
  let wait = "0s";
  events.state("connecting");
  for (;;) {
    try {
      const answer = await fetch(`/channels/${channel}?after=${encodeURIComponent(after)}&wait=${wait}&via=${via}`, { cache: "no-store" });
      if (answer.ok) {
        const page = (await answer.json()) as HistoryPage;
        events.state("live");
        events.stale(answer.headers.get("Carillon-Stale") === "true");
        if (page.gap !== undefined) events.gap(page.gap.cause);
        for (const { data } of page.publications) events.publication(data);
        after = page.position;
        wait = POLL_WAIT;
        continue;
      }
      hear(((await answer.json()) as { readonly code?: number }).code, events);
    } catch {
      // Cut: it asks again, with the position that it has.
    }
    events.state("waiting");
    await new Promise((resolve) => setTimeout(resolve, POLL_AGAIN_MILLIS));
  }
}
