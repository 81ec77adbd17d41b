package dev.carillon.engine;

import java.time.Duration;

/**
 * What is set for a channel.
 *
 * @param durability what an acknowledged publication survives
 * @param historyCountMax keeps at most so many publications; at least 1
 * @param historyBytesMax keeps at most so many bytes, by {@link LogRecord#bytes}; the newest publication is kept anyway
 * @param historyAgeMax keeps a publication at most so long
 * @param idempotencyCountMax remembers at most so many idempotency keys
 * @param idempotencyAgeMax remembers a key at most so long
 * @param forgetAfter after the last publication has gone: how long the epoch and the head are remembered
 * @param tellsAt whether readers are told when a publication was accepted
 */
public record ChannelSettings(
        Durability durability,
        int historyCountMax,
        long historyBytesMax,
        Duration historyAgeMax,
        int idempotencyCountMax,
        Duration idempotencyAgeMax,
        Duration forgetAfter,
        boolean tellsAt) {

    /** The most publications that a channel can be set to keep. */
    public static final int HISTORY_COUNT_LIMIT = 1_000_000;

    /** What a channel has when nothing else is set. */
    public static final ChannelSettings DEFAULT = new ChannelSettings(
            Durability.DISK,
            10_000,
            64L << 20,
            Duration.ofDays(7),
            10_000,
            Duration.ofMinutes(15),
            Duration.ofDays(30));

    /** @throws IllegalArgumentException if a bound is out of range; the message names it */
    public ChannelSettings {
        requireRange("history count", historyCountMax, 1, HISTORY_COUNT_LIMIT);
        requireRange("history bytes", historyBytesMax, 1, Long.MAX_VALUE);
        requireRange("history age", historyAgeMax.toMillis(), 1, Long.MAX_VALUE);
        requireRange("idempotency count", idempotencyCountMax, 1, HISTORY_COUNT_LIMIT);
        requireRange("idempotency age", idempotencyAgeMax.toMillis(), 1, Long.MAX_VALUE);
        requireRange("forget after", forgetAfter.toMillis(), 0, Long.MAX_VALUE);
    }

    /** Settings of a channel whose readers are told when a publication was accepted. */
    public ChannelSettings(
            Durability durability,
            int historyCountMax,
            long historyBytesMax,
            Duration historyAgeMax,
            int idempotencyCountMax,
            Duration idempotencyAgeMax,
            Duration forgetAfter) {
        this(
                durability,
                historyCountMax,
                historyBytesMax,
                historyAgeMax,
                idempotencyCountMax,
                idempotencyAgeMax,
                forgetAfter,
                true);
    }

    private static void requireRange(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not from " + min + " to " + max);
        }
    }

    /** The same, whose readers are not told when a publication was accepted. */
    public ChannelSettings withoutAt() {
        return new ChannelSettings(
                durability,
                historyCountMax,
                historyBytesMax,
                historyAgeMax,
                idempotencyCountMax,
                idempotencyAgeMax,
                forgetAfter,
                false);
    }

    /** The same with another durability. */
    public ChannelSettings with(Durability other) {
        return new ChannelSettings(
                other,
                historyCountMax,
                historyBytesMax,
                historyAgeMax,
                idempotencyCountMax,
                idempotencyAgeMax,
                forgetAfter,
                tellsAt);
    }
}
