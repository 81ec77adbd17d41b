package dev.carillon.gateway;

import dev.carillon.websocket.WebSocketConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What a connection was given in this turn of its loop, gathered for one write: a place in {@link SharedFrames} as long as
 * it lies there in one piece, else a buffer of its own. Holds nothing between turns. Owned by the loop.
 */
final class Gathered {

    /** A turn that has gathered so much is written at once. */
    static final int WRITE_BYTES = 64 << 10;

    private final ByteBufAllocator allocator;
    private final Turn turn;
    private final Runnable flush;

    /** Null while there is nothing, or all of it is shared. */
    private @Nullable ByteBuf bytes;

    private int sharedAt;
    /** 0 unless all that was gathered is shared. */
    private int sharedBytes;

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
        return bytes == null ? sharedBytes : bytes.readableBytes();
    }

    /** Adds bytes, of which so many are JSON, and of that so many are data. */
    void add(byte[] more, long jsonBytes, long dataBytes) {
        ByteBuf to = bytes;
        if (to == null) {
            to = ownBuffer(more.length);
        }
        to.writeBytes(more);
        json += jsonBytes;
        data += dataBytes;
    }

    /** As {@link #add} for bytes that other connections of this loop are probably given in this turn too. */
    void addShared(byte[] more, long jsonBytes, long dataBytes) {
        int at = bytes == null ? turn.share(more) : -1;
        if (at < 0 || (sharedBytes > 0 && at != sharedAt + sharedBytes)) {
            add(more, jsonBytes, dataBytes);
            return;
        }
        if (sharedBytes == 0) {
            sharedAt = at;
            turn.atEnd(flush);
        }
        sharedBytes += more.length;
        json += jsonBytes;
        data += dataBytes;
    }

    /** A buffer with what is there so far, and room for so much more. */
    private ByteBuf ownBuffer(int more) {
        ByteBuf made = allocator.directBuffer(Math.max(256, sharedBytes + more));
        if (sharedBytes == 0) {
            turn.atEnd(flush);
        } else {
            made.writeBytes(turn.sharedMemory(), sharedAt, sharedBytes);
            sharedBytes = 0;
        }
        bytes = made;
        return made;
    }

    /** Takes what was gathered; null where there is nothing. */
    @Nullable
    ByteBuf take() {
        ByteBuf taken = bytes == null && sharedBytes > 0 ? ownBuffer(0) : bytes;
        bytes = null;
        return taken;
    }

    /** Sends what was gathered as frames; false where the connection is not open, and nothing was sent. */
    boolean sendTo(WebSocketConnection connection, int payloadBytes) {
        int length = sharedBytes;
        if (length > 0) {
            sharedBytes = 0;
            return connection.sendShared(turn.sharedMemory(), sharedAt, length, payloadBytes);
        }
        ByteBuf own = take();
        return own != null && connection.send(own, payloadBytes);
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
        sharedBytes = 0;
        ByteBuf dropped = take();
        if (dropped != null) {
            dropped.release();
        }
    }
}
