package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/** Counts the bytes of an HTTP connection in front of its codec. Owned by the event loop. */
// What becomes of a write is told by the promise that came with it.
@SuppressWarnings("FutureReturnValueIgnored")
final class ByteCounter extends ChannelDuplexHandler {

    private long in;
    private long out;

    /** The bytes received since it was last asked. */
    long takeIn() {
        long taken = in;
        in = 0;
        return taken;
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
        if (message instanceof ByteBuf bytes) {
            in += bytes.readableBytes();
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            out += bytes.readableBytes();
        }
        context.write(message, promise);
    }
}
