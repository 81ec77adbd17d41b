// Prints what the client costs a page, beside others, all bundled the same way: minified by esbuild as one ES module, and
// gzipped as a server would send it. Fails where the core is over its budget.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const CORE_BYTES_MAX = 10_240;

const core = 'export { createClient } from "@carillon/client";';
const parts = [
  ["@carillon/client: createClient", core],
  ["  … with /fallback", `${core} export { withFallback } from "@carillon/client/fallback";`],
  ["  … with /persist", `${core} export { persistedQueue } from "@carillon/client/persist";`],
  ["  … with /map", `${core} export { map } from "@carillon/client/map";`],
  ["  … with /tabs", `${core} export { sharedClient } from "@carillon/client/tabs";`],
  ["  … with /binary", `${core} export { binaryWebSocket } from "@carillon/client/binary";`],
  ["@carillon/client: CarillonSocket", 'export { CarillonSocket } from "@carillon/client";'],
];
const others = [
  ["socket.io-client: io", 'export { io } from "socket.io-client";'],
  ["centrifuge: Centrifuge", 'export { Centrifuge } from "centrifuge";'],
  ["partysocket: WebSocket", 'export { WebSocket } from "partysocket";'],
];

async function sizes(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("../tests", import.meta.url)) },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const [{ contents: bytes }] = outputFiles;
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length };
}

const number = (bytes) => bytes.toLocaleString("en").padStart(7);
let coreBytes;
for (const [title, contents] of [...parts, ...others]) {
  const { minified, gzipped } = await sizes(contents);
  coreBytes ??= gzipped;
  const more = title.startsWith("  …") ? `  (+${(gzipped - coreBytes).toLocaleString("en")})` : "";
  console.log(`${title.padEnd(34)} ${number(minified)} B minified ${number(gzipped)} B gzip${more}`);
}
const isOver = coreBytes > CORE_BYTES_MAX;
console.log(`createClient: ${number(coreBytes).trim()} of ${number(CORE_BYTES_MAX).trim()} B${isOver ? ": OVER ITS BUDGET" : ""}`);
if (isOver) process.exitCode = 1;
