// The distribution's Chromium, headless, with nothing of it calling home.

import { chromium, type Browser, type LaunchOptions } from "playwright-core";

interface LaunchOf {
  readonly hosts?: readonly string[];
  /** A page that was left can be shown again as it was, which Playwright switches off. */
  readonly keepsPages?: boolean;
}

export async function launchChromium(of: LaunchOf = {}): Promise<Browser> {
  return chromium.launch(options(of));
}

/** One that can be killed as a whole, as by the kernel when there is no memory. */
export async function launchMortalChromium(): Promise<{ readonly browser: Browser; kill(): Promise<void> }> {
  const server = await chromium.launchServer(options({}));
  return { browser: await chromium.connect(server.wsEndpoint()), kill: () => server.kill() };
}

function options({ hosts = [], keepsPages = false }: LaunchOf): LaunchOptions {
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(",");
  return {
    ...(keepsPages && { ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(rules === "" ? [] : [`--host-resolver-rules=${rules}`]),
    ],
  };
}
