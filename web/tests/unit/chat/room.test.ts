// How a room is paged up.

import { expect, test } from "vitest";
import type { Received } from "@carillon/client";
import type { ChatClient } from "../../../apps/src/chat/channels.js";
import type { RoomPayload } from "../../../apps/src/chat/payload.js";
import { Room, type RoomHost } from "../../../apps/src/chat/room.js";
import { Judge } from "../../../apps/src/network/judge.js";
import { FakeClock } from "../client/support/clock.js";

const KEPT = 150;

function publication(offset: number): Received<RoomPayload> {
  const data = { kind: "message", text: `line ${offset}`, tab: "t", n: offset } as const;
  return { kind: "publication", channel: "chat:room:general", position: `p${offset}`, offset, from: "ada", idempotencyKey: `k${offset}`, data };
}

/** The host of a room of which 150 messages are kept, and what is asked of it. */
function host(asked: string[]): RoomHost {
  async function history(_: string, { before, limit = 0 }: { before?: string; limit?: number }) {
    asked.push(before ?? "the newest");
    const end = before === undefined ? KEPT : Number(before.slice(1)) - 1;
    const publications = Array.from({ length: Math.min(limit, end) }, (_, at) => publication(end - Math.min(limit, end) + 1 + at));
    return { publications, position: `p${end}`, more: end > limit };
  }
  const clock = new FakeClock();
  return { client: { history } as unknown as ChatClient, user: "bo", clock, judge: new Judge(), newKey: () => "", changed: () => {}, beganAnew: () => {} };
}

test("each step upwards brings a whole page, and the last one the beginning", async () => {
  const asked: string[] = [];
  const room = new Room("general", host(asked));
  await room.reload();
  while (room.above === "more") await room.loadOlder();
  expect(room.above).toBe("beginning");
  expect(room.fold.messages().map(({ text }) => text)).toEqual(Array.from({ length: KEPT }, (_, at) => `line ${at + 1}`));
  expect(asked).toEqual(["the newest", "p91", "p31"]);
});
