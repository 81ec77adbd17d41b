// @carillon/client: a WebSocket that comes back, and channels that lose and repeat nothing.

export { CarillonSocket, type CarillonSocketEventMap, type CarillonSocketOptions } from "./socket.js";
export {
  createClient,
  type Client,
  type ClientEvents,
  type ClientOptions,
  type HistoryOf,
  type HistoryOptions,
  type Stats,
} from "./client.js";
export { stateText, type Carrier, type ClientState } from "./client-state.js";
export { CarillonError, type ErrorKind } from "./errors.js";
export type { Delivery, Received, ReceivedSignal, Redaction } from "./delivery.js";
export { Subscription, type SubscribeOptions, type SubscriptionEvents } from "./subscription.js";
export type { SubscriptionState } from "./subscription-state.js";
export type { GetToken, TokenReason } from "./identity.js";
export type { Receipt } from "./lane.js";
export type { OutboxLimits, PublishOptions, RestoredPublish } from "./outbox.js";
export type { KeptPublish, QueueStore } from "./queue-store.js";
export type { AnyChannels, ChannelData, ChannelName } from "./channels.js";
export type { Backoff } from "./backoff.js";
export { transitionText, type LinkOptions, type Transition } from "./link.js";
export type { LinkState } from "./link-state.js";
export { webSocket, type Connection, type ConnectionEvents, type Transport, type TransportContext, type TransportName } from "./transport.js";
export type { Environment, NativeSocket, NativeSocketConstructor, Page, PageEvent, SocketData, Tabs } from "./environment.js";
export type { Gap, GapCause, JsonValue, Position, Present, Tracking } from "@carillon/protocol";
