package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Where the answers that a connection writes while one read is handed on lie behind each other, for one send: memory that a
 * loop's connections use in turn, so that an answer costs a copy and no buffer. Confined to its thread.
 */
@SuppressWarnings("ReferenceEquality") // whose it is, is known by identity
final class Cork {

    /** What it holds at most; a longer frame goes the long way. */
    static final int BYTES_MAX = 64 << 10;

    private static final FastThreadLocal<Cork> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected Cork initialValue() {
            return new Cork();
        }

        @Override
        protected void onRemoval(Cork cork) {
            cork.memory.release();
        }
    };

    private final ByteBuf memory = Unpooled.directBuffer(BYTES_MAX, BYTES_MAX);
    /** Null exactly while nothing lies here. */
    private @Nullable WebSocketConnection owner;

    private Cork() {}

    static Cork ofThread() {
        return OF_THREAD.get();
    }

    /** The memory to write so many bytes to; null where it has no room for them, or is another's. */
    @Nullable
    ByteBuf open(WebSocketConnection by, int bytes) {
        if ((owner != null && owner != by) || memory.writableBytes() < bytes) {
            return null;
        }
        owner = by;
        return memory;
    }

    /** What lies here. */
    ByteBuf memory() {
        return memory;
    }

    /** What lay here has gone, or is not wanted. */
    void close() {
        owner = null;
        memory.clear();
    }
}
