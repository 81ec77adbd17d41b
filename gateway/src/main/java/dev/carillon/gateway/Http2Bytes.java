package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Between TLS and the frames of one HTTP/2 connection: counts what passes, and makes one flush of all that its streams ask for
 * in a turn of the loop, so that they share TLS records and calls to the system. Owned by the event loop.
 */
// What becomes of a write is told by the promise that came with it.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Bytes extends ChannelDuplexHandler {

    private final GatewayCounters counters;
    private final Turn turn;
    private Runnable flushOnce = () -> {};
    /** True exactly when {@link #flushOnce} waits for the turn's end. */
    private boolean isDue;
    /** True when something was written since the last flush. */
    private boolean isDirty;

    private long in;
    private long out;

    Http2Bytes(GatewayCounters counters, Turn turn) {
        this.counters = counters;
        this.turn = turn;
    }

    /** All bytes received. */
    long in() {
        return in;
    }

    /** All bytes written. */
    long out() {
        return out;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        flushOnce = () -> flushNow(context);
    }

    private void flushNow(ChannelHandlerContext context) {
        isDue = false;
        isDirty = false;
        context.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes) {
            in += bytes.readableBytes();
            counters.http2BytesIn.add(bytes.readableBytes());
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            out += bytes.readableBytes();
            counters.http2BytesOut.add(bytes.readableBytes());
        }
        isDirty = true;
        context.write(message, promise);
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        if (isDirty && !isDue) {
            isDue = true;
            turn.atLast(flushOnce);
        }
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        flushNow(context);
        context.close(promise);
    }
}
