package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A client's side of RFC 6455 §5.2, as far as a load generator needs it: finds the frames in what was read, and writes
 * masked ones. It checks only what keeps it from losing its place. Stateless.
 */
final class Frames {

    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** Of a masked frame, at most. */
    static final int HEAD_BYTES_MAX = 14;

    /**
     * Every frame's. No proxy stands between us and the server, so it needn't be unpredictable; but it isn't 0 either, because
     * some servers don't unmask what is masked with 0.
     */
    private static final byte[] KEY = {0x5e, (byte) 0xed, (byte) 0xca, (byte) 0xfe};

    private static final int FIN = 0x80;
    private static final int RSV1 = 0x40;
    private static final int MASKED = 0x80;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** What is told of each frame. */
    interface Sink {
        /**
         * The payload is borrowed for the call.
         *
         * @param deflated whether RSV1 is set: what begins is compressed (RFC 7692 §6)
         */
        void onFrame(int opcode, boolean fin, boolean deflated, MemorySegment buffer, long at, int length)
                throws BenchException;
    }

    private Frames() {}

    /**
     * Tells of every frame that is whole.
     *
     * @return where the first one begins that isn't, which is {@code to} if there is none
     */
    static long read(MemorySegment buffer, long from, long to, Sink sink) throws BenchException {
        long at = from;
        while (to - at >= 2) {
            int first = buffer.get(ValueLayout.JAVA_BYTE, at);
            int second = buffer.get(ValueLayout.JAVA_BYTE, at + 1);
            long length = second;
            int head = 2;
            if (second < 0) {
                throw new BenchException("the server sent a masked frame");
            } else if (second == LENGTH_16) {
                head = 4;
            } else if (second == LENGTH_64) {
                head = 10;
            }
            if (to - at < head) {
                break;
            }
            if (head == 4) {
                length = Short.toUnsignedLong(buffer.get(SHORT, at + 2));
            } else if (head == 10) {
                length = buffer.get(LONG, at + 2);
            }
            if (length < 0 || length > buffer.byteSize() - head) {
                throw new BenchException("the server sent a frame of " + length + " bytes");
            }
            if (to - at - head < length) {
                break;
            }
            sink.onFrame(first & 0xF, (first & FIN) != 0, (first & RSV1) != 0, buffer, at + head, (int) length);
            at += head + length;
        }
        return at;
    }

    /** One whole masked frame. */
    static byte[] masked(int opcode, byte[] payload) {
        int head = payload.length < LENGTH_16 ? 2 : payload.length <= 0xFFFF ? 4 : 10;
        byte[] frame = new byte[head + KEY.length + payload.length];
        frame[0] = (byte) (FIN | opcode);
        if (head == 2) {
            frame[1] = (byte) (MASKED | payload.length);
        } else {
            frame[1] = (byte) (MASKED | (head == 4 ? LENGTH_16 : LENGTH_64));
            for (int i = 2; i < head; i++) {
                frame[i] = (byte) ((long) payload.length >>> (8 * (head - 1 - i)));
            }
        }
        System.arraycopy(KEY, 0, frame, head, KEY.length);
        System.arraycopy(payload, 0, frame, head + KEY.length, payload.length);
        int payloadAt = head + KEY.length;
        for (int i = payloadAt; i < frame.length; i++) {
            frame[i] ^= KEY[(i - payloadAt) & 3];
        }
        return frame;
    }

    /** Where the payload begins in a frame of {@link #masked}. */
    static int payloadAt(byte[] frame) {
        int length = frame[1] & 0x7F;
        return (length < LENGTH_16 ? 2 : length == LENGTH_16 ? 4 : 10) + KEY.length;
    }

    /** A byte of a masked payload, by its place in the payload. */
    static byte mask(int place, byte plain) {
        return (byte) (plain ^ KEY[place & 3]);
    }
}
