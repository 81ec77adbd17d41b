// @carillon/client/map: the newest value of each key of a channel of kind map (PROTOCOL.md §5.2).

import type { AnyChannels, ChannelData, ChannelName } from "../channels.js";
import type { Client } from "../client.js";
import { LiveMap, type MapOptions } from "./live-map.js";

export { LiveMap, type MapOptions, type SavedMap, type SetOptions } from "./live-map.js";

/**
 * Reads a channel of kind map; as `subscribe` does, so a channel is read by one of them, and once. Throws what `subscribe`
 * throws; what the server refuses, `ended` is rejected with.
 */
export function map<Channels = AnyChannels, Signals = AnyChannels, Name extends ChannelName<Channels> = ChannelName<Channels>>(
  client: Client<Channels, Signals>,
  channel: Name,
  options?: MapOptions<ChannelData<Channels, Name>>,
): LiveMap<ChannelData<Channels, Name>, ChannelData<Signals, Name>> {
  return new LiveMap(client as unknown as Client, channel, options);
}
