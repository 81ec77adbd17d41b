// The distribution's Chromium, headless, with nothing of it calling home.

import { chromium, type Browser, type LaunchOptions } from "playwright-core";

export async function launchChromium({ hosts = [] }: { readonly hosts?: readonly string[] } = {}): Promise<Browser> {
  return chromium.launch(options(hosts));
}

/** One that can be killed as a whole, as by the kernel when there is no memory. */
export async function launchMortalChromium(): Promise<{ readonly browser: Browser; kill(): Promise<void> }> {
  const server = await chromium.launchServer(options([]));
  return { browser: await chromium.connect(server.wsEndpoint()), kill: () => server.kill() };
}

function options(hosts: readonly string[]): LaunchOptions {
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(",");
  return {
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
