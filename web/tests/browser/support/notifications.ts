// The page at /notifications as a test sees it: its panes, their figures, and its inbox.

import { expect } from "vitest";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

export const panes = ["websocket", "sse", "eventsource", "longpoll", "poll"] as const;
export type PaneId = (typeof panes)[number];

export interface Visiting extends BrowserContextOptions {
  /** Without a question mark; the publisher rests unless told otherwise. */
  readonly query?: string;
}

export class LabPage {
  /** Exceptions, and errors of the console that nobody expects. */
  readonly errors: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/net::ERR_|WebSocket connection|Failed to load resource|CORS policy|EventSource's response/.test(message.text())) {
        this.errors.push(message.text());
      }
    });
  }

  static async open(chromium: Browser, url: string, { query = "run=no", ...options }: Visiting = {}): Promise<LabPage> {
    const context = await chromium.newContext({ reducedMotion: "reduce", ...options });
    return LabPage.in(context, url, query);
  }

  /** A further tab. */
  static async in(context: BrowserContext, url: string, query = "run=no"): Promise<LabPage> {
    const lab = new LabPage(context, await context.newPage());
    await lab.page.goto(`${url}/notifications?${query}`);
    return lab;
  }

  pane(id: PaneId): Locator {
    return this.page.locator(`[data-pane="${id}"]`);
  }

  async text(id: PaneId, figure: string): Promise<string> {
    return (await this.pane(id).locator(`[data-figure="${figure}"]`).textContent()) ?? "";
  }

  async number(id: PaneId, figure: string): Promise<number> {
    return Number((await this.text(id, figure)).replace(/[^0-9.]/g, ""));
  }

  async state(id: PaneId): Promise<string> {
    return (await this.pane(id).locator(".state").textContent()) ?? "";
  }

  /** The figure of each pane. */
  all(figure: string, of: readonly PaneId[] = panes): Promise<number[]> {
    return Promise.all(of.map((id) => this.number(id, figure)));
  }

  /** These are live; and if these are all, what comes from now on is counted. */
  async live(of: readonly PaneId[] = panes): Promise<void> {
    for (const id of of) await expect.poll(() => this.state(id), { message: id }).toMatch(/^Live by /);
    if (of === panes) await this.page.locator("#panes[data-window]").waitFor();
  }

  /** All is well: each of so many once, in order. */
  async whole(received: number, of: readonly PaneId[] = panes): Promise<void> {
    await expect.poll(() => this.all("received", of)).toEqual(of.map(() => received));
    await this.faultless(of);
  }

  /** All have as many once nobody publishes any more, whatever was under way until then; each once, in order. */
  async alike(of: readonly PaneId[] = panes): Promise<void> {
    await expect.poll(async () => new Set(await this.all("received", of)).size).toBe(1);
    await this.faultless(of);
  }

  async faultless(of: readonly PaneId[] = panes): Promise<void> {
    for (const figure of ["lost", "duplicate", "reordered"]) expect(await this.all(figure, of), figure).toEqual(of.map(() => 0));
  }

  async set(id: "rate" | "size", step: number): Promise<void> {
    await this.page.locator(`#${id}`).fill(String(step));
  }

  click(id: string): Promise<void> {
    return this.page.locator(`#${id}`).click();
  }

  /** What is exported. */
  async exported(): Promise<{ readonly panes: readonly (Record<string, never> & { readonly id: PaneId })[]; readonly verdict: readonly string[] }> {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.click("export")]);
    const stream = await download.createReadStream();
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    return JSON.parse(text) as never;
  }

  async close(): Promise<void> {
    expect(this.errors).toEqual([]);
    await this.context.close();
  }
}
