// Bundles the apps' pages into dist/: each page beside the others, and in a folder what they load.

import { fileURLToPath } from "node:url";
import { bundle } from "@carillon/look/bundle.js";

await bundle({
  src: fileURLToPath(new URL("src/", import.meta.url)),
  dist: fileURLToPath(new URL("dist/", import.meta.url)),
  scripts: [
    "chat/chat.ts",
    "chat/chat.css",
    "documents/documents.ts",
    "documents/documents.css",
    "notifications/notifications.ts",
    "notifications/notifications.css",
    "notifications/tab.ts",
    "tracking/tracking.ts",
    "tracking/fleet.ts",
    "tracking/tracking.css",
  ],
  files: [
    "chat/chat.html",
    "documents/documents.html",
    "notifications/notifications.html",
    "notifications/notifications-tab.html",
    "tracking/tracking.html",
    "tracking/fleet.html",
  ],
  parts: "page/parts",
  assets: "apps-assets",
});
