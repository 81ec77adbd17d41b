package dev.carillon.store;

import java.nio.ByteBuffer;

/** The key of a record and of an idempotency key: the channel's id and the offset, 8 bytes each, big-endian. */
final class RecordKey {

    static final int BYTES = 16;

    private RecordKey() {}

    static byte[] of(long id, long offset) {
        return ByteBuffer.allocate(BYTES).putLong(id).putLong(offset).array();
    }

    /** The key behind every key of a channel up to this offset. */
    static byte[] after(long id, long offset) {
        return offset == Long.MAX_VALUE ? of(id + 1, 0) : of(id, offset + 1);
    }

    static long id(byte[] key) throws DamagedException {
        return at(key, 0);
    }

    static long offset(byte[] key) throws DamagedException {
        return at(key, 8);
    }

    private static long at(byte[] key, int index) throws DamagedException {
        if (key.length != BYTES) {
            throw new DamagedException("a key of " + key.length + " bytes");
        }
        return ByteBuffer.wrap(key).getLong(index);
    }
}
