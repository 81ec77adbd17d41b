package dev.carillon.engine;

import dev.carillon.protocol.Data;
import org.jspecify.annotations.Nullable;

/**
 * One publication as the log keeps it.
 *
 * @param offset its place; the first of an epoch is 1, the next is one more
 * @param check the random value that stands for it in positions
 * @param previousCheck the check of the record before it (0 for the first), so that the position before the oldest
 *     record can still be verified
 * @param at when it was accepted, in milliseconds since 1970-01-01T00:00Z
 * @param from the publisher's name; null for an anonymous one
 * @param once the idempotency key it came with; null without
 * @param data what the publisher gave
 */
public record LogRecord(
        long offset,
        int check,
        int previousCheck,
        long at,
        @Nullable String from,
        @Nullable Once once,
        Data data) {

    /** What a record counts for beside its data when a history is bounded by bytes. */
    public static final int OVERHEAD_BYTES = 64;

    public LogRecord {
        if (offset < 1) {
            throw new IllegalArgumentException("offset " + offset + " is below 1");
        }
    }

    /** What it counts for when a history is bounded by bytes: its data and {@link #OVERHEAD_BYTES}. */
    public int bytes() {
        return data.length() + OVERHEAD_BYTES;
    }

    /**
     * An idempotency key and what it was first used for.
     *
     * @param key 16 to 64 characters
     * @param fingerprintHigh the first 64 bits of the data's fingerprint
     * @param fingerprintLow the next 64
     */
    public record Once(String key, long fingerprintHigh, long fingerprintLow) {}
}
