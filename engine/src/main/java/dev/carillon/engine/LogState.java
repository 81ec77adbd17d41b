package dev.carillon.engine;

import dev.carillon.protocol.Change;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a log keeps about one channel, as {@link ChannelLog#open} answers it. Immutable.
 *
 * <p>The sizes and times of the records come without the records, because the bounds of a history are kept by them.
 */
public final class LogState {

    private final long epoch;
    private final long oldest;
    private final long head;
    private final int headCheck;
    private final long headAt;
    private final int[] bytes;
    private final long[] at;
    private final List<UsedKey> keys;
    private final List<LogRecord> changes;

    /**
     * The arrays are this object's own from now on.
     *
     * @param oldest the offset of the oldest record kept; head + 1 where none is
     * @param head the offset of the newest record that was ever stored in this epoch
     * @param headAt when that one was accepted
     * @param bytes {@link LogRecord#bytes} of each record from {@code oldest} to {@code head}
     * @param at {@link LogRecord#at} of each
     * @param keys the idempotency keys that are kept, in offset order
     * @param changes of a map: of each key its newest record that is kept, in offset order
     */
    public LogState(
            long epoch,
            long oldest,
            long head,
            int headCheck,
            long headAt,
            int[] bytes,
            long[] at,
            List<UsedKey> keys,
            List<LogRecord> changes) {
        if (head < 1 || oldest < 1 || head - oldest + 1 != bytes.length || bytes.length != at.length) {
            throw new IllegalArgumentException(
                    "oldest " + oldest + ", head " + head + ", " + bytes.length + " records");
        }
        this.epoch = epoch;
        this.oldest = oldest;
        this.head = head;
        this.headCheck = headCheck;
        this.headAt = headAt;
        this.bytes = bytes;
        this.at = at;
        this.keys = List.copyOf(keys);
        this.changes = List.copyOf(changes);
    }

    /** That of a stream. */
    public LogState(
            long epoch,
            long oldest,
            long head,
            int headCheck,
            long headAt,
            int[] bytes,
            long[] at,
            List<UsedKey> keys) {
        this(epoch, oldest, head, headCheck, headAt, bytes, at, keys, List.of());
    }

    public long epoch() {
        return epoch;
    }

    public long oldest() {
        return oldest;
    }

    public long head() {
        return head;
    }

    public int headCheck() {
        return headCheck;
    }

    public long headAt() {
        return headAt;
    }

    public int recordCount() {
        return bytes.length;
    }

    /** {@link LogRecord#bytes} of the record at {@code oldest + index}. */
    public int bytesOf(int index) {
        return bytes[index];
    }

    /** {@link LogRecord#at} of the record at {@code oldest + index}. */
    public long atOf(int index) {
        return at[index];
    }

    public List<UsedKey> keys() {
        return keys;
    }

    /** Of each key of a map its newest record that is kept, in offset order; empty for a stream. */
    public List<LogRecord> changes() {
        return changes;
    }

    /** Finds the newest record of each key of a map. */
    public static final class Newest {
        private final Map<String, LogRecord> byKey = new LinkedHashMap<>();

        /** Takes the next record, in offset order; one that is no change is left out. */
        public void add(LogRecord record) {
            Change change = record.change();
            if (change != null) {
                byKey.remove(change.key());
                byKey.put(change.key(), record);
            }
        }

        /** The newest of each key, in offset order. */
        public List<LogRecord> records() {
            return List.copyOf(byKey.values());
        }
    }

    /**
     * An idempotency key that was used, which may outlive its record.
     *
     * @param offset the record's offset
     * @param check the record's check
     * @param at when the record was accepted, in milliseconds since 1970-01-01T00:00Z
     */
    public record UsedKey(LogRecord.Once once, long offset, int check, long at) {}
}
