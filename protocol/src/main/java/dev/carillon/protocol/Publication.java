package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/**
 * One payload accepted into a channel (PROTOCOL.md §4); the same object on every delivery.
 *
 * @param channel where it was published
 * @param position the place after it: what a reader presents to go on from here
 * @param data what the publisher gave
 * @param from the publisher's name as its token or key proves it; null for an anonymous one
 * @param at when the node accepted it, in milliseconds since 1970-01-01T00:00Z by that node's clock; 0 where the channel
 *     is set not to tell
 * @param idempotencyKey the key that the publisher gave; null without
 * @param change what it does to a map; null in a stream
 * @param isRedacted whether its data was taken out; then {@code data} is {@link Data#NONE}
 */
public record Publication(
        ChannelName channel,
        Position position,
        Data data,
        @Nullable String from,
        long at,
        @Nullable String idempotencyKey,
        @Nullable Change change,
        boolean isRedacted) {

    /** One of a stream, as it was published. */
    public Publication(
            ChannelName channel,
            Position position,
            Data data,
            @Nullable String from,
            long at,
            @Nullable String idempotencyKey) {
        this(channel, position, data, from, at, idempotencyKey, null, false);
    }

    /** The place in the stream, comparable within an epoch; the first is 1. */
    public long offset() {
        return position.offset();
    }

    /** The same without the time. */
    public Publication withoutAt() {
        return new Publication(channel, position, data, from, 0, idempotencyKey, change, isRedacted);
    }

    /** The same without its data. */
    public Publication redacted() {
        return new Publication(channel, position, Data.NONE, from, at, idempotencyKey, change, true);
    }

    /** Whether there is data. */
    boolean hasData() {
        return !isRedacted && (change == null || !change.isRemoved());
    }
}
