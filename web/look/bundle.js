// How every page is bundled: into a folder that the server serves as it stands.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const look = fileURLToPath(new URL("src/", import.meta.url));

/**
 * Empties `dist` and fills it anew.
 *
 * @param {object} page
 * @param {string} page.src the folder of the sources
 * @param {string} page.dist
 * @param {string[]} page.scripts what is bundled, scripts and styles alike, relative to `src`
 * @param {string[]} [page.files] what goes there as it stands, but for the parts that a page of HTML names
 * @param {string} [page.parts] the folder of these parts, relative to `src`
 * @param {string} [page.assets] the folder in `dist` for all but `files`
 */
export async function bundle({ src, dist, scripts, files = [], parts = "", assets = "" }) {
  rmSync(dist, { recursive: true, force: true });
  const at = join(dist, assets);
  mkdirSync(at, { recursive: true });
  await build({
    entryPoints: [join(look, "theme.ts"), ...scripts.map((name) => join(src, name))],
    outdir: at,
    entryNames: "[name]",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "chrome123", "firefox120", "safari17.5"],
    loader: { ".woff2": "copy", ".png": "dataurl" },
    assetNames: "[name]",
    logLevel: "warning",
  });
  copyFileSync(join(look, "favicon.svg"), join(at, "favicon.svg"));
  for (const name of files) {
    if (name.endsWith(".html")) writeFileSync(join(dist, basename(name)), assemble(join(src, name), join(src, parts)));
    else copyFileSync(join(src, name), join(dist, basename(name)));
  }
}

/** A line `<!-- part: name -->` stands for the file of that name, so that no two pages differ where they shouldn't. */
function assemble(page, parts) {
  return readFileSync(page, "utf8").replaceAll(/^( *)<!-- part: ([a-z-]+) -->\n/gm, (_, indent, part) =>
    readFileSync(join(parts, `${part}.html`), "utf8").replaceAll(/^/gm, indent).replace(/ +$/, ""),
  );
}
