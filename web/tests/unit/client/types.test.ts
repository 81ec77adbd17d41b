// Behaviour 20, the part of the compiler: `npm run check` fails where an expected error is none.

import { expect, test } from "vitest";
import type { ChannelData, ChannelName, Client } from "@carillon/client";

interface Message {
  readonly text: string;
}

interface Channels {
  "room:{id}": Message;
  "room:{id}:reads": { readonly upTo: number };
  announcements: string;
}

function use(client: Client<Channels>): void {
  void client.publish("room:1", { text: "hello" });
  void client.publish("announcements", "closed on Monday");
  void client.subscribe("announcements").each((delivery) => {
    if (delivery.kind === "publication") delivery.data.toUpperCase();
  });
  // @ts-expect-error: there is no such channel
  client.subscribe("rooms");
  // @ts-expect-error: that is no data of this channel
  void client.publish("announcements", { text: "hello" });
  void client.subscribe("room:1").each((delivery) => {
    // @ts-expect-error: a gap has no data
    void delivery.data;
  });
}

test("names and data of channels are checked by the compiler", () => {
  const name: ChannelName<Channels> = "room:2";
  const data: ChannelData<Channels, "announcements"> = "a string";
  expect([name, data, typeof use]).toEqual(["room:2", "a string", "function"]);
});

test("importing the client where there is neither a page nor a WebSocket does nothing", async () => {
  const { createClient } = await import("@carillon/client");
  const client = createClient({ url: "ws://server/live" });
  expect(client.state).toEqual({ kind: "idle", queued: 0 });
  client.close();
});
