// Which data a channel carries, told to the compiler once.

import type { JsonValue } from "@carillon/protocol";

/** Any channel, any data: what a client knows that was told nothing. */
export type AnyChannels = { readonly [name: string]: JsonValue };

/** `room:{id}:typing` stands for every name with something in the place of the braces. */
type NamesOf<P extends string> = P extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${NamesOf<After>}`
  : P;

/** The names of channels that `Channels` has a pattern for. */
export type ChannelName<Channels> = { [P in keyof Channels & string]: NamesOf<P> }[keyof Channels & string];

/** The data of a channel of this name. */
export type ChannelData<Channels, Name extends string> = {
  [P in keyof Channels & string]: Name extends NamesOf<P> ? Channels[P] : never;
}[keyof Channels & string];
