// The README's commands, one by one, as a newcomer types them: the browser lines in real Chromium, the rest in a shell.

import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { startServer, type Server } from "./support/server.js";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/** The code blocks of a language, in order, with the test's server in place of the one at port 8080. */
function blocks(language: string): string[] {
  const fenced = new RegExp("```" + language + "\\n([^]*?)```", "g");
  return [...readme.matchAll(fenced)].map((match) => (match[1] ?? "").replaceAll("localhost:8080", here()));
}

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

function here(): string {
  return server.url.replace("http://", "").replace("127.0.0.1", "localhost");
}

function run(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", command], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}\n${stdout}${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

/** Runs a command that goes on for ever until its output holds what is waited for. */
function runUntil(command: string, awaited: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", `exec ${command}`], { timeout: 30_000 });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (awaited.test(output)) child.kill();
    });
    child.on("close", () => {
      if (awaited.test(output)) resolve(output);
      else reject(new Error(`${command} ended without ${awaited}: ${output}`));
    });
  });
}

test("the browser lines and the six curl lines do what the README says", async () => {
  const [script] = blocks("js");
  const commands = blocks("sh").map((block) => block.trim());
  expect(commands.slice(0, 2)).toEqual(["./carillon serve", "./test"]);
  const [publish, get, longPoll, stream, signal, presence] = commands.slice(2);
  if (!script || !publish || !get || !longPoll || !stream || !signal || !presence) throw new Error("the README has fewer commands than that");

  const page = await chromium.newPage();
  const logged: string[] = [];
  page.on("console", (message) => logged.push(message.text()));
  await page.goto(`http://${here()}/docs`);
  await page.evaluate(script);
  await expect.poll(() => logged.join("\n")).toContain("subscribed");

  expect(JSON.parse(await run(publish))).toMatchObject({ type: "published", offset: 1, duplicate: false });
  await expect.poll(() => logged.join("\n")).toContain("publication");

  const page1 = JSON.parse(await run(get)) as { position: string; publications: unknown[] };
  expect(page1.publications).toMatchObject([{ offset: 1, data: { item: "coffee", table: 7 } }]);

  const polled = JSON.parse(await run(longPoll)) as typeof page1;
  expect(polled).toMatchObject({ position: page1.position, publications: page1.publications });

  const events = await runUntil(stream, /"item":"coffee"/);
  expect(events).toContain("event: hello");
  expect(events).toContain(`id: ${page1.position}`);

  expect(await run(signal)).toBe("");
  await expect.poll(() => logged.join("\n")).toContain("signal");
  expect(JSON.parse(await run(presence))).toMatchObject({ type: "presence", channel: "orders", users: [] });
  await page.close();
});

test("every page and picture that the README leads to is there", async () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(8);
  for (const link of links) {
    expect(() => readFileSync(new URL(`../../../${link}`, import.meta.url)), link).not.toThrow();
  }
});
