package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * What several connections of one event loop are given in one turn, once, in memory that the kernel can read: a connection
 * that is given nothing else sends it from here. Valid until the end of the turn. Owned by the loop.
 */
@SuppressWarnings("ReferenceEquality") // encoded forms are made once, so they are known by identity
final class SharedFrames implements AutoCloseable {

    /** What one turn shares at most; beyond it each connection has a copy. */
    static final int BYTES_MAX = 256 << 10;

    /** Null before its first use and after its end. */
    private @Nullable ByteBuf memory;

    private byte @Nullable [] newest;
    private int newestAt;
    private boolean isClosed;

    /** Where the bytes lie, those of the call before or new ones behind all others; −1 where there is no room for them. */
    int place(byte[] frames) {
        if (frames == newest) {
            return newestAt;
        }
        ByteBuf to = memory;
        if (to == null) {
            if (isClosed) {
                return -1;
            }
            to = Unpooled.directBuffer(BYTES_MAX, BYTES_MAX);
            memory = to;
        }
        if (to.writableBytes() < frames.length) {
            return -1;
        }
        newest = frames;
        newestAt = to.writerIndex();
        to.writeBytes(frames);
        return newestAt;
    }

    /** The memory that {@link #place} tells places in; only after that has told one, in the same turn. */
    ByteBuf memory() {
        if (memory == null) {
            throw new IllegalStateException("nothing is shared");
        }
        return memory;
    }

    /** The turn is over, and so is all that was placed. */
    void clear() {
        newest = null;
        if (memory != null) {
            memory.clear();
        }
    }

    /** Frees the memory; nothing is shared from here on. */
    @Override
    public void close() {
        clear();
        isClosed = true;
        if (memory != null) {
            memory.release();
            memory = null;
        }
    }
}
