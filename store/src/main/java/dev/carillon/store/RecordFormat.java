package dev.carillon.store;

import dev.carillon.engine.LogRecord;
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
 * <p>The lengths stand in the fixed part so that a record's size and time can be told from its first {@link #HEADER_BYTES}
 * bytes. It carries no checksum: the library keeps one for each block of a file and each entry of its write-ahead log.
 */
final class RecordFormat {

    static final int HEADER_BYTES = 24;

    private static final byte VERSION = 1;
    private static final int HAS_FROM = 1;
    private static final int HAS_ONCE = 2;
    private static final int IS_BYTES = 4;
    private static final int FINGERPRINT_BYTES = 16;
    private static final int KEY_LENGTH_MAX = 0xFFFF;

    private RecordFormat() {}

    /**
     * What the fixed part tells.
     *
     * @param at when the record was accepted
     * @param dataLength in bytes
     * @param check the record's check
     */
    record Shape(long at, int dataLength, int check) {}

    /** @throws IllegalArgumentException for an idempotency key of more than 65,535 bytes */
    static byte[] encode(LogRecord record) {
        byte[] from = record.from() == null ? new byte[0] : Utf8.encode(record.from());
        LogRecord.Once once = record.once();
        byte[] key = once == null ? new byte[0] : Utf8.encode(once.key());
        if (key.length > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException("idempotency key of " + key.length + " bytes, at most 65535");
        }
        Data data = record.data();
        int flags = (record.from() == null ? 0 : HAS_FROM)
                | (once == null ? 0 : HAS_ONCE)
                | (data.form() == Data.Form.BYTES ? IS_BYTES : 0);
        int dataAt = HEADER_BYTES + from.length + key.length + (once == null ? 0 : FINGERPRINT_BYTES);
        ByteBuffer value = ByteBuffer.allocate(Math.addExact(dataAt, data.length()));
        value.put(VERSION).put((byte) flags);
        value.putInt(record.check()).putInt(record.previousCheck()).putLong(record.at());
        value.putInt(from.length).putShort((short) key.length).put(from);
        if (once != null) {
            value.put(key).putLong(once.fingerprintHigh()).putLong(once.fingerprintLow());
        }
        data.copyTo(value.array(), dataAt);
        return value.array();
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
        if (header.get() != VERSION) {
            return Decoded.refused(Decoded.Reason.VERSION);
        }
        int flags = header.get();
        int check = header.getInt();
        header.getInt();
        long at = header.getLong();
        int fromLength = header.getInt();
        int keyLength = Short.toUnsignedInt(header.getShort());
        if ((flags & ~(HAS_FROM | HAS_ONCE | IS_BYTES)) != 0
                || ((flags & HAS_FROM) == 0 && fromLength != 0)
                || ((flags & HAS_ONCE) == 0 && keyLength != 0)) {
            return Decoded.refused(Decoded.Reason.FLAGS);
        }
        long dataAt = (long) HEADER_BYTES + fromLength + keyLength + ((flags & HAS_ONCE) == 0 ? 0 : FINGERPRINT_BYTES);
        if (fromLength < 0 || dataAt > length) {
            return Decoded.refused(Decoded.Reason.DECLARED_LENGTH);
        }
        return Decoded.value(new Shape(at, (int) (length - dataAt), check));
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
        int keyAt = HEADER_BYTES + fromLength;

        @Nullable String from = null;
        if ((flags & HAS_FROM) != 0) {
            from = Utf8.decode(value, HEADER_BYTES, fromLength);
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
        Data.Form form = (flags & IS_BYTES) == 0 ? Data.Form.JSON : Data.Form.BYTES;
        Data data = Data.own(form, Arrays.copyOfRange(value, value.length - shape.dataLength(), value.length));
        return Decoded.value(new LogRecord(offset, shape.check(), previousCheck, shape.at(), from, once, data));
    }
}
