package dev.carillon.websocket;

import java.nio.ByteBuffer;

/**
 * The exclusive or of RFC 6455 §5.3, in place and eight bytes at a time. Masking and unmasking are the same operation.
 *
 * <p>{@code key} is the masking key, big endian, turned so that its first byte belongs to the byte at {@code from};
 * {@link #turn} gives the key for what follows. Buffers are big endian, indexes absolute.
 */
final class Masking {
    private Masking() {}

    /** The key for the byte after {@code bytes} more bytes. */
    static int turn(int key, int bytes) {
        return Integer.rotateLeft(key, (bytes & 3) << 3);
    }

    /** Masks or unmasks {@code [from, to)}. */
    static void apply(ByteBuffer bytes, int from, int to, int key) {
        long wide = wide(key);
        int at = from;
        for (; at + 8 <= to; at += 8) {
            bytes.putLong(at, bytes.getLong(at) ^ wide);
        }
        for (int shift = 56; at < to; at++, shift -= 8) {
            bytes.put(at, (byte) (bytes.get(at) ^ (int) (wide >>> shift)));
        }
    }

    /**
     * Unmasks {@code [from, to)} and checks it as UTF-8 in the same pass.
     *
     * @param state the state of {@link Utf8} before the first byte
     * @return the state after the last byte; with {@link Utf8#REJECT} the rest is left as it was
     */
    static int applyToText(ByteBuffer bytes, int from, int to, int key, int state) {
        long wide = wide(key);
        int now = state;
        int at = from;
        for (; at + 8 <= to; at += 8) {
            long word = bytes.getLong(at) ^ wide;
            bytes.putLong(at, word);
            if (now != Utf8.ACCEPT || (word & Utf8.HIGH_BITS) != 0) {
                now = Utf8.nextWord(now, word);
                if (now == Utf8.REJECT) {
                    return now;
                }
            }
        }
        for (int shift = 56; at < to; at++, shift -= 8) {
            byte octet = (byte) (bytes.get(at) ^ (int) (wide >>> shift));
            bytes.put(at, octet);
            now = Utf8.next(now, octet);
        }
        return now;
    }

    private static long wide(int key) {
        return ((long) key << 32) | (key & 0xFFFF_FFFFL);
    }
}
