package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * The last bytes that went one way on a connection, which the next message may refer to (RFC 7692 §7.1.1). Grows with what
 * it is given up to its limit. Owned by the connection's event loop.
 */
final class Context {
    private static final int BYTES_MIN = 256;
    private static final byte[] NONE = {};

    private final int bytesMax;
    private final LongAdder held;
    private byte[] bytes = NONE;
    private int size;

    /**
     * @param held is told how much memory is held
     */
    Context(int bytesMax, LongAdder held) {
        this.bytesMax = bytesMax;
        this.held = held;
    }

    /** What is kept lies from 0 to {@link #size}; not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    void append(byte[] message) {
        int more = Math.min(message.length, bytesMax);
        int at = makeRoom(more); // may replace the array
        System.arraycopy(message, message.length - more, bytes, at, more);
    }

    /** Appends what is readable; moves no index. */
    void append(ByteBuf message) {
        int more = Math.min(message.readableBytes(), bytesMax);
        int at = makeRoom(more);
        message.getBytes(message.writerIndex() - more, bytes, at, more);
    }

    void drop() {
        held.add(-bytes.length);
        bytes = NONE;
        size = 0;
    }

    /** Makes room for so many bytes behind what is kept of the old ones, and answers where it begins. */
    private int makeRoom(int more) {
        int kept = Math.min(size, bytesMax - more);
        int from = size - kept;
        int needed = kept + more;
        if (needed > bytes.length) {
            int wanted = Math.min(bytesMax, Math.max(BYTES_MIN, 2 * needed));
            held.add((long) wanted - bytes.length);
            bytes = Arrays.copyOf(bytes, wanted);
        }
        if (from > 0) {
            System.arraycopy(bytes, from, bytes, 0, kept);
        }
        size = needed;
        return kept;
    }
}
