// Pages of another origin than the server's, with nothing on them but the client.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Pages {
  /** Such as http://127.0.0.1:40123; every path below it is a page. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startPages(): Promise<Pages> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("lab.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const script = outputFiles[0]?.text ?? "";
  const listener = createServer(({ url = "/" }, answer) => {
    const isScript = url === "/lab.js";
    answer.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    answer.end(isScript ? script : `<!doctype html><title>${url}</title><script src="/lab.js"></script><h1>${url}</h1>`);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async close() {
      listener.closeAllConnections();
      listener.close();
      await once(listener, "close");
    },
  };
}
