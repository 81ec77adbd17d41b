// @carillon/client/tabs: one connection for all tabs of an origin.

import type { AnyChannels } from "../channels.js";
import { browserTabsHost } from "./host.js";
import { SharedClient, type SharedOptions } from "./shared.js";

export type { SharedSubscribeOptions, SharedSubscription } from "./reader.js";
export type { SharedClient, SharedEvents, SharedOptions } from "./shared.js";

/**
 * Has all tabs of this name read and publish by one connection. One of them leads (by a Web Lock): it makes the client by `open`,
 * and tells the others what comes (by a BroadcastChannel). When it is closed, or dies, another one takes over: each tab has its
 * own position, and is given what it lacks from there, once and in order; a publish that has no answer yet is made again under its
 * idempotency key. Where there are no Web Locks or no BroadcastChannel, each tab has a connection of its own.
 *
 * Streams only: signals, presence and maps are a client's of the tab itself. All tabs of a name are to be of one user.
 */
export function sharedClient<Channels = AnyChannels>(options: SharedOptions): SharedClient<Channels> {
  return new SharedClient<Channels>(options, browserTabsHost());
}
