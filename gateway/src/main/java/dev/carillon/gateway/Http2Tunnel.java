package dev.carillon.gateway;

import dev.carillon.websocket.Handshake;
import dev.carillon.websocket.WebSocketHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a WebSocket on one stream of an HTTP/2 connection (RFC 8441 §5): DATA frames carry them, END_STREAM is what the
 * end of a TCP connection is elsewhere, and RST_STREAM its reset. Owned by the event loop.
 *
 * <p>Closing it ends our direction; the stream is over once the peer has ended its own, or reset after {@link
 * Sockets#LINGER_MILLIS}.
 */
// What becomes of a write is told by the stream's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Tunnel extends ChannelDuplexHandler {

    /** Whoever closes; null until somebody does. */
    private @Nullable ChannelPromise closing;

    private @Nullable Future<?> timer;

    private Http2Tunnel() {}

    /** Answers an accepted handshake and turns the stream over to {@code handler}; false, and nothing happens, if the peer has gone. */
    static boolean open(ChannelPipeline pipeline, Handshake.Accepted accepted, WebSocketHandler handler) {
        ChannelHandlerContext requests = pipeline.context(Http2Requests.class);
        if (requests == null || !requests.channel().isActive()) {
            return false;
        }
        Http2Headers head = new DefaultHttp2Headers().status(HttpResponseStatus.OK.codeAsText());
        accepted.agreed().forEach((name, value) -> head.add(name.toLowerCase(Locale.ROOT), value));
        requests.write(new DefaultHttp2HeadersFrame(head), requests.newPromise());
        while (!requests.handler().equals(pipeline.last())) {
            pipeline.removeLast();
        }
        pipeline.replace(requests.handler(), null, new Http2Tunnel());
        WebSocketHandler.open(pipeline, handler);
        return true;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case Http2DataFrame data -> {
                ByteBuf bytes = data.content();
                if (bytes.isReadable()) {
                    context.fireChannelRead(bytes);
                } else {
                    bytes.release();
                }
                onEnd(context, data.isEndStream());
            }
            case Http2HeadersFrame trailers -> onEnd(context, trailers.isEndStream());
            default -> ReferenceCountUtil.release(message);
        }
    }

    private static void onEnd(ChannelHandlerContext context, boolean isEnd) {
        if (isEnd) {
            context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        context.write(message instanceof ByteBuf bytes ? new DefaultHttp2DataFrame(bytes) : message, promise);
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        if (closing != null || !context.channel().isActive()) {
            context.close(promise);
            return;
        }
        closing = promise;
        timer = context.executor().schedule(() -> context.close(promise), Sockets.LINGER_MILLIS, TimeUnit.MILLISECONDS);
        context.writeAndFlush(new DefaultHttp2DataFrame(true), context.newPromise());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
        if (closing != null) {
            closing.trySuccess();
        }
        context.fireChannelInactive();
    }

    /** What breaks the rules of HTTP/2 is answered by the frames' codec, which resets the stream. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof Http2Exception)) {
            context.fireExceptionCaught(cause);
        }
    }
}
