// Development mode: pages of this machine may come in on any port; pages of other hosts, and host names that were bound
// anew to this machine, may not.

import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Frame, Page } from "playwright-core";
import { launchChromium } from "./support/chromium.js";
import { page as readPage, publish } from "./support/http.js";
import { startServer, type Server } from "./support/server.js";

let server: Server;
let pages: HttpServer;
let pagesPort: number;
let chromium: Browser;
let page: Page;
/** Where the scripts of a test run: the page, or a frame in it. */
let here: Page | Frame;
/** Statuses that the server answered to the page, which the page itself may not see. */
let statuses: number[];

beforeAll(async () => {
  server = await startServer();
  await publish(server.url, "secret", { n: 1 });
  pages = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><title>A page</title>");
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  pagesPort = (pages.address() as AddressInfo).port;
  chromium = await launchChromium({ hosts: ["evil.test", "rebound.test"] });
});
afterAll(async () => {
  await chromium?.close();
  pages?.close();
  await server?.stop();
});
beforeEach(async () => {
  page = await chromium.newPage();
  here = page;
  statuses = [];
  page.on("response", (response) => {
    if (new URL(response.url()).port === String(server.port)) statuses.push(response.status());
  });
});
afterEach(() => page.close());

/** "open" with the first message, or "refused". */
function openLive(base: string): Promise<string> {
  return here.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${url.replace(/^http/, "ws")}/live`);
        socket.onmessage = (event: MessageEvent<string>) => {
          resolve(`open: ${(JSON.parse(event.data) as { type: string }).type}`);
          socket.close();
        };
        socket.onclose = () => resolve("refused");
      }),
    base,
  );
}

/** The answer's status as the page sees it, "opaque", or "refused". */
function post(base: string, channel: string, init: RequestInit): Promise<string> {
  return here.evaluate(
    ({ url, options }) =>
      fetch(url, { method: "POST", body: '{"n":2}', ...options }).then(
        (answer) => (answer.type === "opaque" ? "opaque" : String(answer.status)),
        () => "refused",
      ),
    { url: `${base}/channels/${channel}`, options: init },
  );
}

function readByEventSource(base: string): Promise<string> {
  return here.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const source = new EventSource(`${url}/channels/secret?after=0`);
        source.onmessage = () => {
          resolve("read");
          source.close();
        };
        source.onerror = () => {
          if (source.readyState === EventSource.CLOSED) resolve("refused");
        };
      }),
    base,
  );
}

function readByFetch(base: string): Promise<string> {
  return here.evaluate(
    (url) =>
      fetch(`${url}/channels/secret`).then(
        async (answer) => ((await answer.text()).includes('"publications"') ? "read" : "refused"),
        () => "refused",
      ),
    base,
  );
}

const JSON_BODY = { headers: { "Content-Type": "application/json" } };

async function published(channel: string): Promise<number> {
  return (await readPage(`${server.url}/channels/${channel}`)).publications.length;
}

describe("a page of another host", () => {
  beforeEach(async () => {
    await page.goto(`http://evil.test:${pagesPort}/`);
  });

  test.each(["127.0.0.1", "localhost"])("cannot open /live on %s", async (host) => {
    expect(await openLive(`http://${host}:${server.port}`)).toBe("refused");
  });

  test.each([
    ["as JSON", JSON_BODY],
    ["as plain text, which browsers send without asking first", { mode: "no-cors" as const }],
    ["as a form", { mode: "no-cors" as const, headers: { "Content-Type": "application/x-www-form-urlencoded" } }],
  ])("cannot publish %s", async (_, init) => {
    expect(await post(server.url, "evil", init)).not.toBe("201");
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(await published("evil")).toBe(0);
  });

  test("cannot publish by a form, which goes by navigation", async () => {
    await page.evaluate((action) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", enctype: "text/plain", action });
      form.innerHTML = `<input name='{"n":"' value='"}'>`;
      document.body.append(form);
      form.submit();
    }, `${server.url}/channels/evil`);
    await expect.poll(() => statuses.length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(await published("evil")).toBe(0);
  });

  test("cannot read", async () => {
    expect(await readByFetch(server.url)).toBe("refused");
    expect(await readByEventSource(server.url)).toBe("refused");
    expect(statuses.filter((status) => status < 400)).toEqual([]);
  });
});

test("a sandboxed frame, whose origin is null, can neither open /live nor publish", async () => {
  await page.goto(`http://127.0.0.1:${pagesPort}/`);
  await page.setContent('<iframe sandbox="allow-scripts" src="/frame"></iframe>');
  const frame = await page.waitForSelector("iframe").then((element) => element.contentFrame());
  here = frame ?? expect.fail("no frame");
  await here.waitForURL("**/frame");
  expect(await openLive(server.url)).toBe("refused");
  expect(await post(server.url, "nowhere", { mode: "no-cors" })).not.toBe("201");
  expect(statuses.filter((status) => status < 400)).toEqual([]);
  expect(await published("nowhere")).toBe(0);
});

describe("a host name that was bound anew to this machine", () => {
  const rebound = () => `http://rebound.test:${server.port}`;

  test("is refused on page load, /live, POST and reading", async () => {
    const answer = await page.goto(`${rebound()}/`);
    expect(answer?.status()).toBeGreaterThanOrEqual(400);
    expect(await openLive(rebound())).toBe("refused");
    expect(await post(rebound(), "rebound", JSON_BODY)).not.toBe("201");
    expect(await readByFetch(rebound())).toBe("refused");
    expect(await published("rebound")).toBe(0);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
  });
});

describe("a page of this machine", () => {
  test.each(["127.0.0.1", "localhost"])("on %s itself can do all", async (host) => {
    const base = `http://${host}:${server.port}`;
    expect((await page.goto(`${base}/guide.js`))?.status()).toBe(200);
    await expectAllowed(base, `own-${host}`);
  });

  test.each(["127.0.0.1", "localhost"])("on another port of %s can do all", async (host) => {
    await page.goto(`http://${host}:${pagesPort}/`);
    await expectAllowed(server.url, `other-${host}`);
  });

  async function expectAllowed(base: string, channel: string): Promise<void> {
    expect(await openLive(base)).toBe("open: hello");
    expect(await post(base, channel, JSON_BODY)).toBe("201");
    expect(await published(channel)).toBe(1);
    expect(await readByFetch(base)).toBe("read");
    expect(await readByEventSource(base)).toBe("read");
  }
});
