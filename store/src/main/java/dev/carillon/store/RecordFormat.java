package dev.carillon.store;

import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stored record, without its offset, which is in the key. Numbers are big-endian.
 *
 * <pre>
 *  0  version         1
 *  1  flags           1 has a sender · 2 has an idempotency key · 4 the data is bytes, else JSON
 *  2  check           4 bytes
 *  6  previousCheck   4 bytes
 * 10  at              8 bytes
 * 18  fromLength      4 bytes, 0 without a sender
 * 22  keyLength       2 bytes, 0 without a key
 * 24  from            UTF-8
 *     key             UTF-8, then fingerprintHigh 8 bytes, fingerprintLow 8 bytes; nothing without a key
 *     data            the rest
 * </pre>
 *
 * <p>Version 2 is that of a change of a map, or of a redacted record. It has more flags (8 is a change of a map · 16 which
 * has a tag · 32 removes its key · 64 is redacted), and four bytes more in its fixed part:
 *
 * <pre>
 * 24  mapKeyLength    2 bytes, 0 without a change
 * 26  tagLength       2 bytes, 0 without a tag
 * 28  from, key and fingerprint as above, then map key and tag, UTF-8, then data
 * </pre>
 *
 * <p>The lengths stand in the fixed part so that a record's size and time can be told from its first {@link #HEADER_BYTES}
 * bytes. It carries no checksum: the library keeps one for each block of a file and each entry of its write-ahead log.
 */
final class RecordFormat {

    static final int HEADER_BYTES = 24;

    /** Of version 2. */
    static final int HEADER_BYTES_MAX = 28;

    private static final byte VERSION = 1;
    private static final byte VERSION_2 = 2;
    private static final int HAS_FROM = 1;
    private static final int HAS_ONCE = 2;
    private static final int IS_BYTES = 4;
    private static final int FLAGS_1 = HAS_FROM | HAS_ONCE | IS_BYTES;
    private static final int HAS_CHANGE = 8;
    private static final int HAS_TAG = 16;
    private static final int IS_REMOVED = 32;
    private static final int IS_REDACTED = 64;
    private static final int FLAGS_2 = FLAGS_1 | HAS_CHANGE | HAS_TAG | IS_REMOVED | IS_REDACTED;
    private static final int FINGERPRINT_BYTES = 16;
    private static final int KEY_LENGTH_MAX = 0xFFFF;

    private static final byte[] NOTHING = {};

    private RecordFormat() {}

    /**
     * What the fixed part tells.
     *
     * @param at when the record was accepted
     * @param dataLength in bytes
     * @param check the record's check
     * @param changeBytes of a map: the bytes of its key and tag; 0 where it is no change
     */
    record Shape(long at, int dataLength, int check, int changeBytes) {}

    /** @throws IllegalArgumentException for an idempotency key of more than 65,535 bytes */
    static byte[] encode(LogRecord record) {
        byte[] from = record.from() == null ? NOTHING : Utf8.encode(record.from());
        LogRecord.Once once = record.once();
        byte[] key = once == null ? NOTHING : Utf8.encode(once.key());
        if (key.length > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException("idempotency key of " + key.length + " bytes, at most 65535");
        }
        Data data = record.data();
        Change change = record.change();
        byte[] mapKey = change == null ? NOTHING : Utf8.encode(change.key());
        byte[] tag = change == null || change.tag() == null ? NOTHING : Utf8.encode(change.tag());
        boolean isOfStream = change == null && !record.isRedacted();
        int dataAt = (isOfStream ? HEADER_BYTES : HEADER_BYTES_MAX)
                + from.length
                + key.length
                + (once == null ? 0 : FINGERPRINT_BYTES)
                + mapKey.length
                + tag.length;
        ByteBuffer value = ByteBuffer.allocate(Math.addExact(dataAt, data.length()));
        value.put(isOfStream ? VERSION : VERSION_2).put((byte) flags(record));
        value.putInt(record.check()).putInt(record.previousCheck()).putLong(record.at());
        value.putInt(from.length).putShort((short) key.length);
        if (!isOfStream) {
            value.putShort((short) mapKey.length).putShort((short) tag.length);
        }
        value.put(from);
        if (once != null) {
            value.put(key).putLong(once.fingerprintHigh()).putLong(once.fingerprintLow());
        }
        value.put(mapKey).put(tag);
        data.copyTo(value.array(), dataAt);
        return value.array();
    }

    private static int flags(LogRecord record) {
        Change change = record.change();
        return (record.from() == null ? 0 : HAS_FROM)
                | (record.once() == null ? 0 : HAS_ONCE)
                | (record.data().form() == Data.Form.BYTES ? IS_BYTES : 0)
                | (change == null ? 0 : HAS_CHANGE)
                | (change == null || change.tag() == null ? 0 : HAS_TAG)
                | (change == null || !change.isRemoved() ? 0 : IS_REMOVED)
                | (record.isRedacted() ? IS_REDACTED : 0);
    }

    /**
     * What the fixed part of a value tells.
     *
     * @param start the value's first {@link #HEADER_BYTES} bytes or more; all of them where it is shorter
     * @param length the length of the whole value
     */
    static Decoded<Shape> shape(byte[] start, int length) {
        if (length < HEADER_BYTES || start.length < HEADER_BYTES) {
            return Decoded.refused(Decoded.Reason.LENGTH);
        }
        ByteBuffer header = ByteBuffer.wrap(start);
        byte version = header.get();
        if (version != VERSION && version != VERSION_2) {
            return Decoded.refused(Decoded.Reason.VERSION);
        }
        int headerBytes = version == VERSION ? HEADER_BYTES : HEADER_BYTES_MAX;
        if (length < headerBytes || start.length < headerBytes) {
            return Decoded.refused(Decoded.Reason.LENGTH);
        }
        int flags = header.get();
        int check = header.getInt();
        header.getInt();
        long at = header.getLong();
        int fromLength = header.getInt();
        int keyLength = Short.toUnsignedInt(header.getShort());
        int mapKeyLength = version == VERSION ? 0 : Short.toUnsignedInt(header.getShort());
        int tagLength = version == VERSION ? 0 : Short.toUnsignedInt(header.getShort());
        if ((flags & ~(version == VERSION ? FLAGS_1 : FLAGS_2)) != 0
                || ((flags & HAS_FROM) == 0 && fromLength != 0)
                || ((flags & HAS_ONCE) == 0 && keyLength != 0)
                || ((flags & HAS_CHANGE) == 0) != (mapKeyLength == 0)
                || ((flags & HAS_TAG) == 0) != (tagLength == 0)
                || ((flags & HAS_CHANGE) == 0 && (flags & (HAS_TAG | IS_REMOVED)) != 0)
                || (version == VERSION_2 && (flags & (HAS_CHANGE | IS_REDACTED)) == 0)) {
            return Decoded.refused(Decoded.Reason.FLAGS);
        }
        long dataAt = (long) headerBytes
                + fromLength
                + keyLength
                + ((flags & HAS_ONCE) == 0 ? 0 : FINGERPRINT_BYTES)
                + mapKeyLength
                + tagLength;
        if (fromLength < 0 || dataAt > length) {
            return Decoded.refused(Decoded.Reason.DECLARED_LENGTH);
        }
        return Decoded.value(new Shape(at, (int) (length - dataAt), check, mapKeyLength + tagLength));
    }

    /** The record with this offset that the value stands for. */
    static Decoded<LogRecord> decode(long offset, byte[] value) {
        if (offset < 1) {
            return Decoded.refused(Decoded.Reason.RANGE);
        }
        return switch (shape(value, value.length)) {
            case Decoded.Refused<Shape>(Decoded.Reason reason) -> Decoded.refused(reason);
            case Decoded.Value<Shape>(Shape shape) -> decodeRest(offset, value, shape);
        };
    }

    private static Decoded<LogRecord> decodeRest(long offset, byte[] value, Shape shape) {
        ByteBuffer buffer = ByteBuffer.wrap(value);
        int flags = value[1];
        int previousCheck = buffer.getInt(6);
        int fromLength = buffer.getInt(18);
        int keyLength = Short.toUnsignedInt(buffer.getShort(22));
        int fromAt = value[0] == VERSION ? HEADER_BYTES : HEADER_BYTES_MAX;
        int keyAt = fromAt + fromLength;

        @Nullable String from = null;
        if ((flags & HAS_FROM) != 0) {
            from = Utf8.decode(value, fromAt, fromLength);
            if (from == null) {
                return Decoded.refused(Decoded.Reason.TEXT);
            }
        }
        LogRecord.@Nullable Once once = null;
        if ((flags & HAS_ONCE) != 0) {
            String key = Utf8.decode(value, keyAt, keyLength);
            if (key == null) {
                return Decoded.refused(Decoded.Reason.TEXT);
            }
            int fingerprintAt = keyAt + keyLength;
            once = new LogRecord.Once(key, buffer.getLong(fingerprintAt), buffer.getLong(fingerprintAt + 8));
        }
        Change change = null;
        if ((flags & HAS_CHANGE) != 0) {
            change = change(value, value.length - shape.dataLength() - shape.changeBytes(), flags);
            if (change == null) {
                return Decoded.refused(Decoded.Reason.TEXT);
            }
        }
        Data.Form form = (flags & IS_BYTES) == 0 ? Data.Form.JSON : Data.Form.BYTES;
        Data data = Data.own(form, Arrays.copyOfRange(value, value.length - shape.dataLength(), value.length));
        return Decoded.value(new LogRecord(
                offset,
                shape.check(),
                previousCheck,
                shape.at(),
                from,
                once,
                data,
                change,
                (flags & IS_REDACTED) != 0));
    }

    /** The change whose key and tag begin here; null where they are none. */
    private static @Nullable Change change(byte[] value, int at, int flags) {
        ByteBuffer buffer = ByteBuffer.wrap(value);
        int keyLength = Short.toUnsignedInt(buffer.getShort(24));
        int tagLength = Short.toUnsignedInt(buffer.getShort(26));
        String key = Utf8.decode(value, at, keyLength);
        String tag = Utf8.decode(value, at + keyLength, tagLength);
        boolean hasTag = (flags & HAS_TAG) != 0;
        if (key == null || tag == null || !Change.isText(key) || (hasTag && !Change.isText(tag))) {
            return null;
        }
        return new Change(key, hasTag ? tag : null, (flags & IS_REMOVED) != 0);
    }
}
