// Bundles the page into dist/, which the server serves at "/". guide.js goes there as it stands.

import { fileURLToPath } from "node:url";
import { bundle } from "@carillon/look/bundle.js";

await bundle({
  src: fileURLToPath(new URL("src/", import.meta.url)),
  dist: fileURLToPath(new URL("dist/", import.meta.url)),
  scripts: ["home.ts", "home.css"],
  files: ["index.html", "guide.js"],
});
