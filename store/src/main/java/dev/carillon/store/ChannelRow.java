package dev.carillon.store;

import dev.carillon.engine.LogRecord;
import java.nio.ByteBuffer;

/**
 * What is known of a channel beside its records.
 *
 * <p>As a value in the store it is written when the channel begins and when it is trimmed, not with every append: the
 * newest record tells the head, and only where none is kept the row does. In memory it is always complete.
 *
 * <pre>
 *  0  version      1
 *  1  id           8 bytes, big-endian like all numbers here
 *  9  epoch        8
 * 17  head         8
 * 25  headCheck    4
 * 29  headAt       8
 * 37  oldest       8
 * 45  oldestOnce   8
 * </pre>
 *
 * <p>Version 2 is the same of a map that was compacted.
 *
 * @param id the first half of the keys of its records; never the same for two epochs that are kept
 * @param epoch the life of the stream
 * @param head the offset of the newest record that was ever stored; 0 only in a stored row
 * @param headCheck that one's check
 * @param headAt when that one was accepted
 * @param oldest no record before this offset is in the store, but what a compaction has left; at most head + 1
 * @param oldestOnce no idempotency key used before this offset is in the store; at most head + 1
 * @param isCompacted whether records before {@code oldest} may have been left
 */
record ChannelRow(
        long id, long epoch, long head, int headCheck, long headAt, long oldest, long oldestOnce, boolean isCompacted) {

    private static final byte VERSION = 1;
    private static final byte VERSION_COMPACTED = 2;
    private static final int BYTES = 53;

    /** A channel that begins. */
    static ChannelRow begun(long id, long epoch) {
        return new ChannelRow(id, epoch, 0, 0, 0, 1, 1, false);
    }

    ChannelRow withHead(LogRecord record) {
        return new ChannelRow(id, epoch, record.offset(), record.check(), record.at(), oldest, oldestOnce, isCompacted);
    }

    ChannelRow withHead(long offset, RecordFormat.Shape record) {
        return new ChannelRow(id, epoch, offset, record.check(), record.at(), oldest, oldestOnce, isCompacted);
    }

    ChannelRow trimmed(long toOldest, long toOldestOnce) {
        return new ChannelRow(id, epoch, head, headCheck, headAt, toOldest, toOldestOnce, isCompacted);
    }

    ChannelRow compacted() {
        return new ChannelRow(id, epoch, head, headCheck, headAt, oldest, oldestOnce, true);
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .put(isCompacted ? VERSION_COMPACTED : VERSION)
                .putLong(id)
                .putLong(epoch)
                .putLong(head)
                .putInt(headCheck)
                .putLong(headAt)
                .putLong(oldest)
                .putLong(oldestOnce)
                .array();
    }

    static Decoded<ChannelRow> decode(byte[] value) {
        if (value.length == 0) {
            return Decoded.refused(Decoded.Reason.LENGTH);
        }
        ByteBuffer buffer = ByteBuffer.wrap(value);
        byte version = buffer.get();
        if (version != VERSION && version != VERSION_COMPACTED) {
            return Decoded.refused(Decoded.Reason.VERSION);
        }
        if (value.length != BYTES) {
            return Decoded.refused(Decoded.Reason.LENGTH);
        }
        ChannelRow row = new ChannelRow(
                buffer.getLong(),
                buffer.getLong(),
                buffer.getLong(),
                buffer.getInt(),
                buffer.getLong(),
                buffer.getLong(),
                buffer.getLong(),
                version == VERSION_COMPACTED);
        boolean inRange = row.id >= 1
                && row.head >= 0
                && row.oldest >= 1
                && row.oldestOnce >= 1
                && row.oldest - 1 <= row.head
                && row.oldestOnce - 1 <= row.head;
        return inRange ? Decoded.value(row) : Decoded.refused(Decoded.Reason.RANGE);
    }
}
