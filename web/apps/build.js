// Bundles the apps' pages into dist/: each page beside the others, and in a folder what they load.

import { fileURLToPath } from "node:url";
import { bundle } from "@carillon/look/bundle.js";

await bundle({
  src: fileURLToPath(new URL("src/", import.meta.url)),
  dist: fileURLToPath(new URL("dist/", import.meta.url)),
  scripts: ["chat/chat.ts", "chat/chat.css", "notifications/notifications.ts", "notifications/notifications.css", "notifications/tab.ts"],
  files: ["chat/chat.html", "notifications/notifications.html", "notifications/notifications-tab.html"],
  assets: "apps-assets",
});
