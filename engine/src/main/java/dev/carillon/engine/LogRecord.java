package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import java.nio.charset.StandardCharsets;
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
 * @param change what it does to a map; null in a stream
 * @param isRedacted whether its data was taken out; then {@code data} is {@link Data#NONE}
 */
public record LogRecord(
        long offset,
        int check,
        int previousCheck,
        long at,
        @Nullable String from,
        @Nullable Once once,
        Data data,
        @Nullable Change change,
        boolean isRedacted) {

    /** What a record counts for beside its data when a history is bounded by bytes. */
    public static final int OVERHEAD_BYTES = 64;

    /** One of a stream, as it was published. */
    public LogRecord(
            long offset, int check, int previousCheck, long at, @Nullable String from, @Nullable Once once, Data data) {
        this(offset, check, previousCheck, at, from, once, data, null, false);
    }

    public LogRecord {
        if (offset < 1) {
            throw new IllegalArgumentException("offset " + offset + " is below 1");
        }
    }

    /** What it counts for when a history is bounded by bytes: its data, its key and tag, and {@link #OVERHEAD_BYTES}. */
    public int bytes() {
        return data.length() + bytesOf(change) + OVERHEAD_BYTES;
    }

    /** What a map's key and tag count for. */
    static int bytesOf(@Nullable Change change) {
        if (change == null) {
            return 0;
        }
        return utf8Bytes(change.key()) + (change.tag() == null ? 0 : utf8Bytes(change.tag()));
    }

    private static int utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Whether it gives its key a value. */
    public boolean hasValue() {
        return change != null && !change.isRemoved();
    }

    /** The same without its data. */
    public LogRecord redacted() {
        return new LogRecord(offset, check, previousCheck, at, from, once, Data.NONE, change, true);
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
