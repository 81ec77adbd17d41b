// @carillon/client/fallback: for where WebSockets do not get through.

export { withFallback, type FallbackOptions } from "./with-fallback.js";
export { eventStream } from "./event-stream.js";
export { longPoll } from "./long-poll.js";
