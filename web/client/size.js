// Prints what the client costs a page: minified, and gzipped as a server would send it.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const parts = { "CarillonSocket alone": "CarillonSocket", "createClient alone": "createClient", everything: "*" };

for (const [title, name] of Object.entries(parts)) {
  const names = name === "*" ? "*" : `{ ${name} }`;
  const { outputFiles } = await build({
    stdin: {
      contents: `export ${names} from "./src/index.ts";`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const [{ contents }] = outputFiles;
  console.log(`${title}: ${contents.length} B, gzip ${gzipSync(contents, { level: 9 }).length} B`);
}
