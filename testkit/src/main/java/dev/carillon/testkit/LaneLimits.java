package dev.carillon.testkit;

import java.time.Duration;

/**
 * The bounds of a fault proxy.
 *
 * @param lanes the most lanes at a time, beside the default one
 * @param connections the most connections through one lane at a time; one more is reset
 * @param bufferBytes what is held of one connection, each way; then its sender has to wait
 * @param lease a lane ends when nobody has asked for it, and no client has sent anything through it, for so long
 */
public record LaneLimits(int lanes, int connections, int bufferBytes, Duration lease) {

    /** What holds when nothing else is set. */
    public static final LaneLimits DEFAULT = new LaneLimits(64, 64, 64 << 10, Duration.ofSeconds(60));

    boolean areUsable() {
        return lanes >= 0 && connections >= 1 && bufferBytes >= 1 && lease.isPositive();
    }
}
