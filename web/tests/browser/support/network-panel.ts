// The network panel, which every app's page has: what is pressed in it, and what it counts.

import { expect } from "vitest";
import type { Locator, Page } from "playwright-core";

export interface Judged {
  readonly lost: number;
  readonly duplicate: number;
  readonly reordered: number;
}

/** As the chat counts. */
export interface Figures extends Judged {
  readonly sent: number;
  readonly confirmed: number;
  readonly seen: number;
  readonly gaps: number;
}

/** Opens the panel, if it is not open. */
export async function openNetwork(page: Page): Promise<Locator> {
  const panel = page.locator("#network");
  if (!(await panel.isVisible())) {
    await page.locator("#network-toggle").click();
    await panel.waitFor();
  }
  return panel;
}

/** Presses the button of a fault, or Restore, and waits until the lane suffers it. */
export async function sufferOn(page: Page, fault: string): Promise<void> {
  const panel = await openNetwork(page);
  const asked = page.waitForResponse((response) => response.url().includes("/network/lanes/") && response.request().method() === "POST");
  await panel.locator(`[data-fault="${fault}"]`).click();
  await asked;
  // It is over by itself, perhaps before anybody looks.
  if (fault === "kill") return;
  if (fault === "none") await expect.poll(() => panel.locator('.fault[aria-pressed="true"]').count()).toBe(0);
  else await expect.poll(() => panel.locator(`[data-fault="${fault}"]`).getAttribute("aria-pressed")).toBe("true");
}

/** What the panel has counted. */
export async function judgedOn(page: Page): Promise<Judged & Partial<Figures>> {
  const panel = await openNetwork(page);
  const pairs = await panel.locator("[data-figure]").evaluateAll((all) =>
    (all as HTMLElement[]).map((one) => [one.dataset["figure"], Number(one.textContent)] as const),
  );
  return Object.fromEntries(pairs) as unknown as Judged & Partial<Figures>;
}
