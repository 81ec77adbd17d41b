package dev.carillon.store;

import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState.UsedKey;
import java.nio.ByteBuffer;

/**
 * A stored idempotency key, without the offset that it was used at, which is in the key. Numbers are big-endian.
 *
 * <pre>
 *  0  version           1
 *  1  check             4 bytes
 *  5  at                8 bytes
 * 13  fingerprintHigh   8 bytes
 * 21  fingerprintLow    8 bytes
 * 29  key               UTF-8, the rest
 * </pre>
 */
final class OnceFormat {

    private static final byte VERSION = 1;
    private static final int HEADER_BYTES = 29;

    private OnceFormat() {}

    static byte[] encode(LogRecord.Once once, int check, long at) {
        byte[] key = Utf8.encode(once.key());
        return ByteBuffer.allocate(HEADER_BYTES + key.length)
                .put(VERSION)
                .putInt(check)
                .putLong(at)
                .putLong(once.fingerprintHigh())
                .putLong(once.fingerprintLow())
                .put(key)
                .array();
    }

    static Decoded<UsedKey> decode(long offset, byte[] value) {
        if (offset < 1) {
            return Decoded.refused(Decoded.Reason.RANGE);
        }
        if (value.length < HEADER_BYTES) {
            return Decoded.refused(Decoded.Reason.LENGTH);
        }
        ByteBuffer buffer = ByteBuffer.wrap(value);
        if (buffer.get() != VERSION) {
            return Decoded.refused(Decoded.Reason.VERSION);
        }
        int check = buffer.getInt();
        long at = buffer.getLong();
        long high = buffer.getLong();
        long low = buffer.getLong();
        String key = Utf8.decode(value, HEADER_BYTES, value.length - HEADER_BYTES);
        if (key == null) {
            return Decoded.refused(Decoded.Reason.TEXT);
        }
        return Decoded.value(new UsedKey(new LogRecord.Once(key, high, low), offset, check, at));
    }
}
