package dev.carillon.redis;

import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A record as Redis keeps and pushes it. Numbers are big-endian.
 *
 * <pre>
 *  0  version         1
 *  1  flags           1 has a sender · 2 has an idempotency key · 4 the data is bytes, else JSON · 8 is a map's ·
 *                     16 removes its key's value · 64 the data was taken out, and null stands there
 *  2  offset          8 bytes
 * 10  check           4 bytes
 * 14  previousCheck   4 bytes
 * 18  at              8 bytes
 * 26  fromLength      4 bytes, 0 without a sender
 * 30  keyLength       2 bytes, 0 without a key
 * 32  dataLength      4 bytes
 * 36  of a map: mapKeyLength 2 bytes, tagLength 2 bytes, 0 without a tag; then both, UTF-8
 *     from            UTF-8
 *     key             UTF-8, then fingerprintHigh 8 bytes, fingerprintLow 8 bytes; nothing without a key
 *     data
 * </pre>
 *
 * <p>A node makes the flags, the check and what follows {@code at} ({@code carillon.lua} makes the rest, in the step that
 * gives the record its place). What is pushed has the epoch's 8 bytes before it. Reading is a total function: any bytes are
 * a record, or null.
 */
final class RecordFormat {

    /** Offsets are exact in Lua's numbers up to here. */
    static final long OFFSET_MAX = 1L << 53;

    static final byte VERSION = 1;
    static final int HEADER_BYTES = 36;
    static final int EPOCH_BYTES = 8;

    private static final int LENGTHS_AT = 26;
    private static final int HAS_FROM = 1;
    private static final int HAS_ONCE = 2;
    private static final int IS_BYTES = 4;
    private static final int IS_KEYED = 8;
    private static final int IS_REMOVED = 16;
    private static final int IS_REDACTED = 64;
    private static final int FLAGS = HAS_FROM | HAS_ONCE | IS_BYTES | IS_KEYED | IS_REMOVED | IS_REDACTED;
    private static final int CHANGE_BYTES = 4;
    private static final int MARK_BYTES = 16;
    private static final int KEY_LENGTH_MAX = 0xFFFF;
    private static final byte[] NOTHING = {};

    private RecordFormat() {}

    /**
     * What was pushed.
     *
     * @param epoch not 0
     */
    record Pushed(long epoch, LogRecord record) {}

    /** The epoch, the flags and the check of an entry, as {@code append} takes them. */
    static byte[] start(SharedLog.Entry entry) {
        int flags = (entry.from() == null ? 0 : HAS_FROM)
                | (entry.once() == null ? 0 : HAS_ONCE)
                | (entry.data().form() == Data.Form.BYTES ? IS_BYTES : 0)
                | (entry.change() == null ? 0 : IS_KEYED)
                | (entry.change() != null && entry.change().isRemoved() ? IS_REMOVED : 0);
        return ByteBuffer.allocate(EPOCH_BYTES + 1 + Integer.BYTES)
                .putLong(entry.epoch())
                .put((byte) flags)
                .putInt(entry.check())
                .array();
    }

    /**
     * What an entry's record has from its lengths on.
     *
     * @throws IllegalArgumentException for an idempotency key of no or more than 65,535 bytes
     */
    static byte[] rest(SharedLog.Entry entry) {
        byte[] from = entry.from() == null ? NOTHING : utf8(entry.from());
        LogRecord.Once once = entry.once();
        byte[] key = once == null ? NOTHING : utf8(once.key());
        if (key.length > KEY_LENGTH_MAX || (once != null && key.length == 0)) {
            throw new IllegalArgumentException("idempotency key of " + key.length + " bytes, not from 1 to 65535");
        }
        Data data = entry.data();
        byte[] change = entry.change() == null ? NOTHING : change(entry.change());
        int dataAt =
                HEADER_BYTES - LENGTHS_AT + change.length + from.length + key.length + (once == null ? 0 : MARK_BYTES);
        ByteBuffer rest = ByteBuffer.allocate(Math.addExact(dataAt, data.length()));
        rest.putInt(from.length).putShort((short) key.length).putInt(data.length());
        rest.put(change).put(from);
        if (once != null) {
            rest.put(key).put(mark(once));
        }
        data.copyTo(rest.array(), dataAt);
        return rest.array();
    }

    private static byte[] change(Change change) {
        byte[] key = utf8(change.key());
        byte[] tag = change.tag() == null ? NOTHING : utf8(change.tag());
        return ByteBuffer.allocate(CHANGE_BYTES + key.length + tag.length)
                .putShort((short) key.length)
                .putShort((short) tag.length)
                .put(key)
                .put(tag)
                .array();
    }

    /** A key's fingerprint, as it is kept. */
    static byte[] mark(LogRecord.Once once) {
        return ByteBuffer.allocate(MARK_BYTES)
                .putLong(once.fingerprintHigh())
                .putLong(once.fingerprintLow())
                .array();
    }

    /** What was pushed; null where the bytes are nothing that is pushed. */
    static @Nullable Pushed pushed(byte[] bytes) {
        if (bytes.length < EPOCH_BYTES) {
            return null;
        }
        long epoch = ByteBuffer.wrap(bytes).getLong();
        LogRecord record = record(bytes, EPOCH_BYTES);
        return record == null || epoch == 0 ? null : new Pushed(epoch, record);
    }

    /** The record that begins here and goes to the end; null where the bytes are none. */
    static @Nullable LogRecord record(byte[] bytes, int start) {
        int length = bytes.length - start;
        if (length < HEADER_BYTES || bytes[start] != VERSION) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, start + 1, HEADER_BYTES - 1);
        int flags = header.get();
        long offset = header.getLong();
        int check = header.getInt();
        int previousCheck = header.getInt();
        long at = header.getLong();
        int fromLength = header.getInt();
        int keyLength = Short.toUnsignedInt(header.getShort());
        int dataLength = header.getInt();
        boolean hasFrom = (flags & HAS_FROM) != 0;
        boolean hasOnce = (flags & HAS_ONCE) != 0;
        boolean isKeyed = (flags & IS_KEYED) != 0;
        if (isKeyed && length < HEADER_BYTES + CHANGE_BYTES) {
            return null;
        }
        int changeLength = isKeyed ? changeLength(bytes, start + HEADER_BYTES) : 0;
        long declared =
                (long) HEADER_BYTES + changeLength + fromLength + keyLength + (hasOnce ? MARK_BYTES : 0) + dataLength;
        if ((flags & ~FLAGS) != 0
                || (!isKeyed && (flags & IS_REMOVED) != 0)
                || offset < 1
                || offset > OFFSET_MAX
                || fromLength < 0
                || dataLength < 0
                || (!hasFrom && fromLength != 0)
                || hasOnce != (keyLength != 0)
                || declared != length) {
            return null;
        }
        Change change = isKeyed ? change(bytes, start + HEADER_BYTES, (flags & IS_REMOVED) != 0) : null;
        int fromAt = start + HEADER_BYTES + changeLength;
        int keyAt = fromAt + fromLength;
        String from = hasFrom ? text(bytes, fromAt, fromLength) : null;
        String key = hasOnce ? text(bytes, keyAt, keyLength) : null;
        if ((isKeyed && change == null) || (hasFrom && from == null) || (hasOnce && key == null)) {
            return null;
        }
        LogRecord.Once once = key == null ? null : once(key, bytes, keyAt + keyLength);
        Data.Form form = (flags & IS_BYTES) == 0 ? Data.Form.JSON : Data.Form.BYTES;
        Data data = Data.own(form, Arrays.copyOfRange(bytes, bytes.length - dataLength, bytes.length));
        boolean isRedacted = (flags & IS_REDACTED) != 0;
        return isRedacted && !data.equals(Data.NONE)
                ? null
                : new LogRecord(offset, check, previousCheck, at, from, once, data, change, isRedacted);
    }

    private static int changeLength(byte[] bytes, int at) {
        ByteBuffer lengths = ByteBuffer.wrap(bytes, at, CHANGE_BYTES);
        return CHANGE_BYTES + Short.toUnsignedInt(lengths.getShort()) + Short.toUnsignedInt(lengths.getShort());
    }

    /** Null where it names no key, or a tag that can't be one. */
    private static @Nullable Change change(byte[] bytes, int at, boolean isRemoved) {
        ByteBuffer lengths = ByteBuffer.wrap(bytes, at, CHANGE_BYTES);
        int keyLength = Short.toUnsignedInt(lengths.getShort());
        int tagLength = Short.toUnsignedInt(lengths.getShort());
        String key = text(bytes, at + CHANGE_BYTES, keyLength);
        String tag = tagLength == 0 ? null : text(bytes, at + CHANGE_BYTES + keyLength, tagLength);
        if (key == null || !Change.isText(key) || (tagLength > 0 && (tag == null || !Change.isText(tag)))) {
            return null;
        }
        return new Change(key, tag, isRemoved);
    }

    private static LogRecord.Once once(String key, byte[] bytes, int markAt) {
        ByteBuffer mark = ByteBuffer.wrap(bytes, markAt, MARK_BYTES);
        return new LogRecord.Once(key, mark.getLong(), mark.getLong());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Null where the bytes are not UTF-8. */
    static @Nullable String text(byte[] bytes, int at, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, at, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
