package dev.carillon.server;

import java.time.Duration;

/**
 * The bounds of the durable log. They stand here and not in the store, because a server without a data folder runs without
 * the store's jar.
 *
 * @param queueBytes appends may wait for their commit with this many bytes; more is refused as overloaded
 * @param queueReads reads may wait in this number; more is refused as overloaded
 * @param batchBytes one group commit writes about this many bytes at most
 * @param readCommitters threads that read
 * @param channelsCached the heads of this many channels are remembered
 * @param blockCacheBytes cache of what was read from files
 * @param writeBufferBytes records that are not yet in a sorted file
 * @param retryAfter after a failed write, how long until the next trial
 */
public record StoreLimits(
        long queueBytes,
        int queueReads,
        long batchBytes,
        int readCommitters,
        int channelsCached,
        long blockCacheBytes,
        long writeBufferBytes,
        Duration retryAfter) {

    private static final long MIB = 1 << 20;

    /** What holds when nothing else is set. */
    public static final StoreLimits DEFAULT =
            new StoreLimits(64 * MIB, 16_384, 4 * MIB, 2, 65_536, 64 * MIB, 64 * MIB, Duration.ofMillis(500));
}
