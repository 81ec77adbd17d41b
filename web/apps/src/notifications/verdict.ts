// What the figures say, in words: nothing here is known beforehand.

import { bytesOf } from "./account.js";
import { paneNames, type Load, type PaneFigures } from "./figures.js";

/** With fewer messages than these, a figure says more about its first request than about what follows. */
export const ENOUGH = 5;

type Measured = PaneFigures & { readonly bytesPerMessage: number };

export function verdict(figures: readonly PaneFigures[], load: Load): string[] {
  const measured = figures.filter((pane): pane is Measured => pane.received >= ENOUGH && pane.bytesPerMessage !== undefined);
  if (measured.length < 2) return [`Not enough to go by: ${ENOUGH} messages in two panes at least.`];
  return [...onBytes(measured, load), ...onRequests(measured), ...onTimes(measured, load), ...onHarm(figures)];
}

function onBytes(measured: readonly Measured[], { rate, size }: Load): string[] {
  const [least, ...others] = measured.toSorted((a, b) => a.bytesPerMessage - b.bytesPerMessage);
  const most = others.at(-1);
  if (least === undefined || most === undefined) return [];
  const times = most.bytesPerMessage / least.bytesPerMessage;
  const share = (100 * (bytesOf(most.up) + bytesOf(most.down) - most.up.data - most.down.data)) / (bytesOf(most.up) + bytesOf(most.down));
  return [
    `${paneNames[least.id]} takes the fewest bytes: ${bytes(least.bytesPerMessage)} for a message of ${bytes(size)}, at ${rateText(rate)}.`,
    times < 1.05
      ? "The others take about as many: at this size and rate, bytes are no reason to choose."
      : `${paneNames[most.id]} takes the most: ${bytes(most.bytesPerMessage)}, ${times.toFixed(1)} times as many. ${share.toFixed(0)} % of what it carried was not data.`,
  ];
}

function onRequests(measured: readonly Measured[]): string[] {
  const asking = measured.filter(({ requests, received }) => requests > received / 4 && requests > 2);
  return asking.map(
    ({ id, requests, received }) =>
      `${paneNames[id]} asked ${requests} times for ${received} messages: ${(received / requests).toFixed(received < requests ? 2 : 1)} an answer.`,
  );
}

function onTimes(measured: readonly Measured[], { pollMillis }: Load): string[] {
  const timed = measured.filter((pane): pane is Measured & { p50: number; p99: number } => pane.p50 !== undefined && pane.p99 !== undefined);
  const pushed = timed.filter(({ id }) => id !== "poll").toSorted((a, b) => a.p50 - b.p50);
  const [fastest] = pushed;
  const slowest = pushed.at(-1);
  const said: string[] = [];
  if (fastest !== undefined && slowest !== undefined) {
    said.push(
      slowest.p50 - fastest.p50 < 5
        ? `Half of the messages are here within ${millis(slowest.p50)} by whatever waits for them: time is no reason to choose between these.`
        : `${paneNames[fastest.id]} is the fastest, with half of the messages within ${millis(fastest.p50)}; ${paneNames[slowest.id]} takes ${millis(slowest.p50)}.`,
    );
  }
  const poll = timed.find(({ id }) => id === "poll");
  if (poll !== undefined) said.push(`Plain polling, each ${millis(pollMillis)}, has half of them after ${millis(poll.p50)}, and 99 of 100 after ${millis(poll.p99)}.`);
  return said;
}

function onHarm(figures: readonly PaneFigures[]): string[] {
  const harmed = figures.filter(({ lost, duplicate, reordered }) => lost + duplicate + reordered > 0);
  if (harmed.length > 0) {
    return harmed.map(({ id, lost, duplicate, reordered }) => `${paneNames[id]}: ${lost} lost, ${duplicate} twice, ${reordered} out of order.`);
  }
  const back = figures.filter(({ reconnects }) => reconnects > 0);
  const cut = back.length === 0 ? "" : `, though ${back.length === figures.length ? "all" : back.length} of them had to come back`;
  return [`Nothing was lost, came twice or out of order${cut}.`];
}

export function bytes(count: number): string {
  return count < 10_000 ? `${Math.round(count).toLocaleString("en")} B` : `${(count / 1_000).toFixed(1)} kB`;
}

export function millis(value: number): string {
  if (value >= 1_000) return `${(value / 1_000).toFixed(value < 10_000 ? 1 : 0)} s`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

export function rateText(rate: number): string {
  return rate >= 1 ? `${rate} a second` : `one each ${(1 / rate).toFixed(0)} s`;
}
