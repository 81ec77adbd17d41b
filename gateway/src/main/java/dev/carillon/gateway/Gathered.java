package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What a connection was given in this turn of its loop, gathered into one buffer for one write. Holds nothing between
 * turns. Owned by the loop.
 */
final class Gathered {

    /** A turn that has gathered so much is written at once. */
    static final int WRITE_BYTES = 64 << 10;

    private final ByteBufAllocator allocator;
    private final Turn turn;
    private final Runnable flush;
    private @Nullable ByteBuf bytes;
    private long json;
    private long data;
    private long saved;

    /** @param flush takes what is gathered and writes it */
    Gathered(ByteBufAllocator allocator, Turn turn, Runnable flush) {
        this.allocator = allocator;
        this.turn = turn;
        this.flush = flush;
    }

    int size() {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /** Adds bytes, of which so many are JSON, and of that so many are data. */
    void add(byte[] more, long jsonBytes, long dataBytes) {
        ByteBuf to = bytes;
        if (to == null) {
            to = allocator.directBuffer(Math.max(256, more.length));
            bytes = to;
            turn.atEnd(flush);
        }
        to.writeBytes(more);
        json += jsonBytes;
        data += dataBytes;
    }

    /** Takes what was gathered; null where there is nothing. */
    @Nullable
    ByteBuf take() {
        ByteBuf taken = bytes;
        bytes = null;
        return taken;
    }

    /** The JSON among what was gathered since it was last asked. */
    long takeJson() {
        long taken = json;
        json = 0;
        return taken;
    }

    /** The data among it. */
    long takeData() {
        long taken = data;
        data = 0;
        return taken;
    }

    /** Tells that so many bytes of the JSON that is added were saved by deflating. */
    void save(long jsonBytes) {
        saved += jsonBytes;
    }

    /** How much of the JSON was saved since it was last asked. */
    long takeSaved() {
        long taken = saved;
        saved = 0;
        return taken;
    }

    /** Lets go of what was not written. */
    void drop() {
        ByteBuf dropped = take();
        if (dropped != null) {
            dropped.release();
        }
    }
}
