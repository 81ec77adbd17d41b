// The notifications lab: its figures against counts that know nothing of it, and what its panes do on a bad network. N1, N2
// and so on are the scenarios that it was planned by.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { LabPage, panes } from "./support/notifications.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let chromium: Browser;

beforeAll(async () => {
  server = await startServer();
  chromium = await launchChromium();
});
afterAll(async () => {
  await chromium?.close();
  await server?.stop();
});

interface Parts {
  readonly framing: number;
  readonly envelope: number;
  readonly data: number;
}

const sum = ({ framing, envelope, data }: Parts) => framing + envelope + data;

test("N1: of 200 that are published at once, each pane has each once and in order", async () => {
  const lab = await LabPage.open(chromium, server.url);
  await lab.live();
  await lab.click("burst");
  await lab.whole(200);
  await lab.close();
});

test("N2: WebSocket takes fewer bytes than an event stream, that fewer than long polls; the proxy counted the same within 5 %", async () => {
  const lab = await LabPage.open(chromium, server.url, { query: "" });
  await lab.live();
  await expect.poll(() => lab.all("received").then((all) => Math.min(...all))).toBeGreaterThanOrEqual(8);
  // Between one message and the next nothing is under way.
  await lab.click("run");
  const shares = async () =>
    (await lab.exported()).panes.map((pane) => Math.abs((pane as unknown as { readonly disagreement: number }).disagreement));
  await expect.poll(async () => Math.max(...(await shares()))).toBeLessThan(0.05);

  const each = Object.fromEntries(await Promise.all(panes.map(async (id) => [id, await lab.number(id, "bytesPerMessage")] as const)));
  expect(each["websocket"]).toBeLessThan(each["sse"] ?? 0);
  expect(each["websocket"]).toBeLessThan(each["eventsource"] ?? 0);
  expect(each["sse"]).toBeLessThan(each["longpoll"] ?? 0);
  expect(each["eventsource"]).toBeLessThan(each["longpoll"] ?? 0);

  const { panes: exported, verdict } = await lab.exported();
  for (const pane of exported) {
    const { received, up, down, id } = pane as unknown as { readonly received: number; readonly up: Parts; readonly down: Parts; readonly id: string };
    // Those that are under way when the window begins may fall to either side of it.
    expect(Math.abs(down.data - 100 * received), id).toBeLessThanOrEqual(300);
    expect(sum(up) + sum(down), id).toBeGreaterThan(down.data);
  }
  expect(verdict.join("\n")).toContain("WebSocket takes the fewest bytes");
  await lab.close();
});

test("N3: cut for three seconds, each goes on from its offset with each message once", async () => {
  const lab = await LabPage.open(chromium, server.url, { query: "" });
  await lab.live();
  await lab.set("rate", 7); // 20 a second
  await expect.poll(() => lab.all("received").then((all) => Math.min(...all))).toBeGreaterThan(10);
  await lab.click("cut-all");
  for (const id of panes) await expect.poll(() => lab.state(id)).toMatch(/^Cut · /);
  const atCut = await lab.number("websocket", "received");
  await lab.page.waitForTimeout(3_000);
  await lab.click("cut-all");
  await lab.live();
  for (const id of panes) await expect.poll(() => lab.text(id, "recovered"), { message: id }).toMatch(/recovered from offset \d+/);
  await expect.poll(() => lab.number("websocket", "received")).toBeGreaterThan(atCut + 30);
  await lab.click("run");
  await lab.alike();
  await lab.close();
});

test("N8: tokens that live ten seconds are renewed by every reader of the client, and nothing is missed", async () => {
  const lab = await LabPage.open(chromium, server.url, { query: "" });
  await lab.set("rate", 5); // 5 a second
  await lab.click("tokens");
  await lab.live();
  const clients = ["websocket", "sse", "longpoll"] as const;
  for (const id of clients) await expect.poll(() => lab.text(id, "recovered"), { message: id }).toContain("token renewed");
  await lab.click("run");
  await lab.alike();
  await lab.close();
});

describe("the inbox", () => {
  test("what one is pressing stays under the pointer, whatever comes meanwhile", async () => {
    const lab = await LabPage.open(chromium, server.url);
    const { page } = lab;
    const rows = () => page.locator(".note-row").count();
    await lab.click("bell");
    await page.locator("#send-note").hover();
    await page.mouse.down();
    const user = await page.evaluate(() => localStorage.getItem("inbox.user"));
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ kind: "note", title: "Meanwhile", body: "" });
    expect((await fetch(`${server.url}/channels/inbox:${user}`, { method: "POST", headers, body })).status).toBe(201);
    await expect.poll(rows).toBe(1);
    await page.mouse.up();
    await expect.poll(rows).toBe(2);
    await lab.close();
  });

  test("N9: what one tab has read, the other has read too; a toast comes where somebody looks", async () => {
    const one = await LabPage.open(chromium, server.url);
    // Headless, every tab believes that it is looked at; the second one is told otherwise.
    await one.context.addInitScript(() => Object.defineProperty(document, "visibilityState", { get: () => "hidden" }));
    const other = await LabPage.in(one.context, server.url);
    const count = (lab: LabPage) => lab.page.locator("#bell").getAttribute("aria-label");
    for (const lab of [one, other]) {
      await lab.page.locator("#bell[data-link=live]").waitFor();
      // They don't stay.
      await lab.page.evaluate(() => {
        const told: string[] = ((window as unknown as { told: string[] }).told = []);
        const note = (records: MutationRecord[]) => records.forEach(({ addedNodes }) => addedNodes.forEach((node) => told.push(node.textContent ?? "")));
        new MutationObserver(note).observe(document.getElementById("toasts") as Node, { childList: true });
      });
    }
    const user = await one.page.evaluate(() => localStorage.getItem("inbox.user"));
    const address = `${server.url}/channels/inbox:${user}`;
    const headers = { "Content-Type": "application/json" };
    for (const title of ["Rye is out", "The bridge is up"]) {
      const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify({ kind: "note", title, body: "" }) });
      expect(answer.status).toBe(201);
    }
    await expect.poll(() => count(one)).toBe("Inbox, 2 unread");
    await expect.poll(() => count(other)).toBe("Inbox, 2 unread");
    const told = (lab: LabPage) => lab.page.evaluate(() => (window as unknown as { told: string[] }).told);
    await expect.poll(() => told(one)).toEqual(["Rye is out", "The bridge is up"]);
    expect(await told(other)).toEqual([]);

    await one.click("bell");
    await one.click("mark-all");
    await expect.poll(() => count(other)).toBe("Inbox, 0 unread");
    await expect.poll(() => count(one)).toBe("Inbox, 0 unread");
    await one.page.locator("[data-act^=archive]").first().click();
    await other.click("bell");
    await expect.poll(() => other.page.locator("#inbox-list li").count()).toBe(1);
    await other.page.reload();
    await other.click("bell");
    await expect.poll(() => other.page.locator("#inbox-list li").allTextContents().then((rows) => rows.join())).toContain("Rye is out");
    await expect.poll(() => count(other)).toBe("Inbox, 0 unread");
    await one.close();
  });
});
