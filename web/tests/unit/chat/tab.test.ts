// Who a tab is, over reloads and duplicates.

import { expect, test } from "vitest";
import { Drafts } from "../../../apps/src/chat/drafts.js";
import { Tab } from "../../../apps/src/chat/tab.js";

function storage(copied?: Map<string, string>): { readonly map: Map<string, string>; getItem(key: string): string | null; setItem(key: string, value: string): void } {
  const map = new Map(copied);
  return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value) };
}

let ids = 0;
const newId = () => `id${++ids}`;
const free = () => Promise.resolve(true);

test("a tab counts on after a reload, for each room by itself", async () => {
  const kept = storage();
  const tab = await Tab.open(kept, free, newId);
  expect([tab.next("general"), tab.next("general"), tab.next("random")]).toEqual([1, 2, 1]);
  const after = await Tab.open(kept, free, newId);
  expect(after.id).toBe(tab.id);
  expect(after.isDuplicate).toBe(false);
  expect([after.next("general"), after.next("random")]).toEqual([3, 2]);
});

test("a tab that was duplicated is somebody else and counts from 1", async () => {
  const kept = storage();
  const tab = await Tab.open(kept, free, newId);
  tab.next("general");
  const copy = await Tab.open(storage(kept.map), (id) => Promise.resolve(id !== tab.id), newId);
  expect(copy.id).not.toBe(tab.id);
  expect(copy.isDuplicate).toBe(true);
  expect(copy.next("general")).toBe(1);
});

test("what is no memory of ours is left aside", async () => {
  const odd = storage(new Map([["chat.tab", "<b>"], ["chat.counts", "{"], ["chat.drafts", "[1]"]]));
  const tab = await Tab.open(odd, free, newId);
  expect(tab.id).toMatch(/^id/);
  expect(tab.next("general")).toBe(1);
  expect(new Drafts(odd).of("general")).toBe("");
});

test("a draft stays with its room until it is sent", () => {
  const kept = storage();
  new Drafts(kept).keep("general", "to be");
  const drafts = new Drafts(kept);
  expect([drafts.of("general"), drafts.has("general"), drafts.has("random")]).toEqual(["to be", true, false]);
  drafts.keep("general", "");
  expect(new Drafts(kept).has("general")).toBe(false);
});
