// Carillon's protocol for TypeScript: the mirror of the Java room of the same name, without dependencies.

export { BinaryFeed, type BinaryMessage } from "./binary-feed.js";
export { writeClientBinary } from "./binary-write.js";
export * from "./codes.js";
export * from "./messages.js";
export * from "./names.js";
export { readClientMessage, type Outcome } from "./read.js";
export { readServerMessage } from "./read-server.js";
export { writeClientMessage, writeServerMessage } from "./write.js";
export type { JsonObject, JsonValue } from "./json.js";
