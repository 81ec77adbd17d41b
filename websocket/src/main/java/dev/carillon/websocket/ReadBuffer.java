package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is read into. While it speaks HTTP, a small buffer a read, because the codec may keep it. A WebSocket's
 * decoder keeps nothing, so from the upgrade on it is one large buffer that all connections of the loop are read into in
 * turn: nothing is allocated for a read, and one system call brings all that has come. One a connection; owned by its loop.
 */
public final class ReadBuffer implements RecvByteBufAllocator, RecvByteBufAllocator.ExtendedHandle {

    private static final int OWN_BYTES = 4 << 10;
    private static final int SHARED_BYTES = 64 << 10;

    /** So many reads in a row, while each fills its buffer; then it is the others' turn. */
    private static final int READS_MAX = 16;

    private static final FastThreadLocal<ByteBuf> SHARED = new FastThreadLocal<>() {
        @Override
        protected ByteBuf initialValue() {
            return Unpooled.directBuffer(SHARED_BYTES, SHARED_BYTES);
        }

        @Override
        protected void onRemoval(ByteBuf buffer) {
            buffer.release();
        }
    };

    /** Null before the first read. */
    private @Nullable ChannelConfig config;

    private boolean isShared;
    private int reads;
    private int attempted;
    private int last;

    /** From now on the connection is read by who keeps nothing of a buffer. */
    static void share(Channel channel) {
        if (channel.config().getRecvByteBufAllocator() instanceof ReadBuffer buffer) {
            buffer.isShared = true;
        }
    }

    @Override
    public ExtendedHandle newHandle() {
        return this;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
        if (isShared) {
            ByteBuf shared = SHARED.get();
            if (shared.refCnt() == 1) { // else somebody keeps what was read before
                return shared.clear().retain();
            }
        }
        return allocator.ioBuffer(OWN_BYTES);
    }

    @Override
    public int guess() {
        return isShared ? SHARED_BYTES : OWN_BYTES;
    }

    @Override
    public void reset(ChannelConfig of) {
        config = of;
        reads = 0;
        last = 0;
    }

    @Override
    public void incMessagesRead(int count) {
        reads += count;
    }

    @Override
    public void lastBytesRead(int bytes) {
        last = bytes;
    }

    @Override
    public int lastBytesRead() {
        return last;
    }

    @Override
    public void attemptedBytesRead(int bytes) {
        attempted = bytes;
    }

    @Override
    public int attemptedBytesRead() {
        return attempted;
    }

    @Override
    public boolean continueReading() {
        return continueReading(() -> attempted == last);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier mayHaveMore) {
        return config != null && config.isAutoRead() && reads < READS_MAX && last > 0 && mayHaveMore.get();
    }

    @Override
    public void readComplete() {}
}
