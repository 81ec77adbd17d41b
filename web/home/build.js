// Bundles the page into dist/, which the server serves at "/". guide.js goes there as it stands.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const src = fileURLToPath(new URL("src/", import.meta.url));
const dist = fileURLToPath(new URL("dist/", import.meta.url));

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await build({
  entryPoints: ["home.ts", "theme.ts", "home.css"].map((name) => src + name),
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  loader: { ".woff2": "copy" },
  assetNames: "[name]",
  logLevel: "warning",
});
for (const name of ["index.html", "guide.js", "favicon.svg"]) copyFileSync(src + name, dist + name);
