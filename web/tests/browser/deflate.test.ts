// permessage-deflate with peers that we did not write: Chromium negotiates it by itself, npm `ws` with every parameter.
// What they read must be what was sent, and it must really have been compressed: the server's own series say so.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import NodeWebSocket, { type PerMessageDeflateOptions } from "ws";
import { launchChromium } from "./support/chromium.js";
import { publish } from "./support/http.js";
import { startServer, type Server } from "./support/server.js";

const MODES = ["shared", "dedicated"] as const;
const WORDS = "the bells of the tower ring at noon, and the whole town hears the bells ring ";

let chromium: Browser;
let folder: string;

beforeAll(async () => {
  chromium = await launchChromium();
  folder = mkdtempSync(join(tmpdir(), "carillon-deflate-"));
});
afterAll(async () => {
  await chromium?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function deflateBytes(server: Server, direction: "in" | "out", form: "plain" | "deflated"): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const labels = `{direction="${direction}",form="${form}"}`;
  const line = metrics.split("\n").find((series) => series.startsWith(`carillon_deflate_bytes_total${labels}`));
  return Number(line?.split(" ").at(-1));
}

describe.each(MODES)("channels, %s", (mode) => {
  let server: Server;

  beforeAll(async () => {
    const file = join(folder, `${mode}.yaml`);
    writeFileSync(file, `deflate: {mode: ${mode}}\n`);
    server = await startServer({ args: ["--config", file] });
  });
  afterAll(() => server?.stop());

  test("Chromium reads and publishes compressed messages, and they are equal", async () => {
    const page = await chromium.newPage();
    await page.goto(`${server.url}/guide.js`);
    const own = await page.evaluate(
      async ({ words }) => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/channels/bells`);
        const received: string[] = [];
        Object.assign(window, { received, socket });
        await new Promise<void>((resolve, reject) => {
          socket.onclose = () => reject(new Error("closed"));
          socket.onmessage = ({ data }) => {
            const message = JSON.parse(data as string) as { type: string; data: string };
            if (message.type === "subscribed") resolve();
            if (message.type === "publication") received.push(message.data);
          };
        });
        const data = `from the page: ${words}`;
        socket.send(JSON.stringify({ type: "publish", channel: "bells", data }));
        return { extensions: socket.extensions, data };
      },
      { words: WORDS.repeat(20) },
    );
    expect(own.extensions).toContain("permessage-deflate");
    expect(own.extensions.includes("server_no_context_takeover")).toBe(mode === "shared");

    const received = () => page.evaluate(() => (window as unknown as { received: string[] }).received);
    await expect.poll(async () => (await received()).length, { timeout: 30_000 }).toBe(1);
    const sent = [own.data];
    for (let n = 0; n < 50; n++) {
      const data = `${n}: ${WORDS.repeat(1 + (n % 30))}`;
      sent.push(data);
      await publish(server.url, "bells", data);
    }
    await expect.poll(async () => (await received()).length, { timeout: 30_000 }).toBe(sent.length);
    expect(await received()).toEqual(sent);

    for (const direction of ["in", "out"] as const) {
      const plain = await deflateBytes(server, direction, "plain");
      const deflated = await deflateBytes(server, direction, "deflated");
      expect(plain, direction).toBeGreaterThan(WORDS.length);
      expect(deflated, direction).toBeGreaterThan(0);
      expect(deflated, direction).toBeLessThan(plain / 2);
    }
    await page.close();
  });
});

describe.each(MODES)("echo, %s", (mode) => {
  let echo: Server;

  beforeAll(async () => {
    echo = await startServer({ command: "echo", args: ["--deflate", mode] });
  });
  afterAll(() => echo?.stop());

  const offers: PerMessageDeflateOptions[] = [
    {},
    { serverMaxWindowBits: 8 },
    { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
    { serverMaxWindowBits: 12, clientMaxWindowBits: 15 },
    { serverNoContextTakeover: true },
    { clientNoContextTakeover: true },
    { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 15 },
  ];

  test.each(offers)("ws offers %j", async (offer) => {
    const socket = new NodeWebSocket(echo.url.replace(/^http/, "ws"), { perMessageDeflate: { threshold: 0, ...offer } });
    await once(socket, "open");
    expect(socket.extensions).toContain("permessage-deflate");
    const echoed: Buffer[] = [];
    socket.on("message", (data: Buffer) => echoed.push(data));
    const sent = Array.from({ length: 200 }, (_, n) =>
      n % 5 === 0
        ? Buffer.from(Array.from({ length: n * 7 }, (_, i) => (i * i * n) % 251))
        : Buffer.from(`${n} ${WORDS.repeat((n * n) % 97)}`),
    );
    for (const [n, message] of sent.entries()) socket.send(message, { compress: n % 7 !== 3, binary: n % 5 === 0 });
    await expect.poll(() => echoed.length, { timeout: 30_000 }).toBe(sent.length);
    for (const [n, message] of sent.entries()) expect(echoed[n]?.equals(message), `message ${n}`).toBe(true);
    socket.close(1000);
    expect((await once(socket, "close"))[0]).toBe(1000);
  });

  test("a message that inflates to more than the limit is refused with 1009", async () => {
    const socket = new NodeWebSocket(echo.url.replace(/^http/, "ws"), { perMessageDeflate: { threshold: 0 } });
    await once(socket, "open");
    socket.on("error", () => {});
    socket.send(Buffer.alloc(2 * 1024 * 1024));
    expect((await once(socket, "close"))[0]).toBe(1009);
  });
});
