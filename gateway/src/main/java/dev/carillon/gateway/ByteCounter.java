package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2DataFrame;

/**
 * Counts the bytes of an HTTP connection in front of its codec; of a stream of HTTP/2 those of its DATA frames, since its heads are
 * compressed together with those of others. Owned by the event loop.
 */
// What becomes of a write is told by the promise that came with it.
@SuppressWarnings("FutureReturnValueIgnored")
final class ByteCounter extends ChannelDuplexHandler {

    private long in;
    private long out;
    private long allIn;

    /** The bytes received since it was last asked. */
    long takeIn() {
        long taken = in;
        in = 0;
        return taken;
    }

    /** All bytes received. */
    long allIn() {
        return allIn;
    }

    /** Whether bytes were received since it was last asked for them. */
    boolean hasIn() {
        return in > 0;
    }

    /** The bytes written since it was last asked. */
    long takeOut() {
        long taken = out;
        out = 0;
        return taken;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        int came = bytesOf(message);
        in += came;
        allIn += came;
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        out += bytesOf(message);
        context.write(message, promise);
    }

    private static int bytesOf(Object message) {
        if (message instanceof ByteBuf bytes) {
            return bytes.readableBytes();
        }
        return message instanceof Http2DataFrame data ? data.content().readableBytes() : 0;
    }
}
