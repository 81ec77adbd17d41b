// Carillon's protocol for TypeScript: the mirror of the Java room of the same name, without dependencies.

export * from "./codes.js";
export * from "./messages.js";
export * from "./names.js";
export { readClientMessage, readServerMessage, type Outcome } from "./read.js";
export { writeClientMessage, writeServerMessage } from "./write.js";
export type { JsonObject, JsonValue } from "./json.js";
