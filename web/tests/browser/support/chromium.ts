// The distribution's Chromium, headless, with nothing of it calling home.

import { chromium, type Browser } from "playwright-core";

/** `keepsPages`: a page that was left can be shown again as it was, which Playwright switches off. */
export async function launchChromium({
  hosts = [],
  keepsPages = false,
}: { readonly hosts?: readonly string[]; readonly keepsPages?: boolean } = {}): Promise<Browser> {
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(",");
  return chromium.launch({
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
  });
}
