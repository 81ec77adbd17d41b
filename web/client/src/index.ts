// @carillon/client: a WebSocket that comes back, and channels that lose and repeat nothing.

export { CarillonSocket, type CarillonSocketEventMap, type CarillonSocketOptions } from "./socket.js";
export { createClient, type Client, type ClientEvents, type ClientOptions, type Stats } from "./client.js";
export { stateText, type ClientState } from "./client-state.js";
export { CarillonError, type ErrorKind } from "./errors.js";
export { Subscription, type Delivery, type SubscribeOptions } from "./subscription.js";
export type { SubscriptionState } from "./subscription-state.js";
export type { Receipt } from "./lane.js";
export type { OutboxLimits, PublishOptions } from "./outbox.js";
export type { AnyChannels, ChannelData, ChannelName } from "./channels.js";
export type { Backoff } from "./backoff.js";
export type { LinkOptions, Transition } from "./link.js";
export type { LinkState } from "./link-state.js";
export type { Connection, ConnectionEvents, Transport } from "./transport.js";
export type { Environment, NativeSocket, NativeSocketConstructor, Page, PageEvent, SocketData } from "./environment.js";
