package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The one handler behind an upgrade: bytes in, calls on a {@link WebSocketListener} out. One instance a connection; runs
 * on its event loop. {@link #upgrade} puts it in place of the HTTP handlers.
 */
// What becomes of a close is told by channelInactive.
@SuppressWarnings("FutureReturnValueIgnored")
public final class WebSocketHandler extends ChannelInboundHandlerAdapter {
    private final WebSocketLimits limits;
    private final WebSocketListener listener;
    private final @Nullable FrameObserver observer;
    private final @Nullable DeflatedMessages deflate;

    /** Both are null until the connection is open, and never again. */
    private @Nullable WebSocketConnection connection;

    private @Nullable FrameDecoder decoder;

    public WebSocketHandler(WebSocketLimits limits, WebSocketListener listener) {
        this(limits, listener, null);
    }

    /**
     * @param observer is shown every frame, or null
     */
    public WebSocketHandler(WebSocketLimits limits, WebSocketListener listener, @Nullable FrameObserver observer) {
        this(limits, listener, observer, null);
    }

    /**
     * @param observer is shown every frame, or null
     * @param deflate what was agreed of permessage-deflate, closed when the connection has ended; null for nothing
     */
    public WebSocketHandler(
            WebSocketLimits limits,
            WebSocketListener listener,
            @Nullable FrameObserver observer,
            @Nullable DeflatedMessages deflate) {
        this.limits = limits;
        this.listener = listener;
        this.observer = observer;
        this.deflate = deflate;
    }

    /**
     * Answers an accepted handshake and turns the pipeline over: writes the 101 past all HTTP handlers, removes them,
     * and adds {@code handler} as the last one, which gets the bytes that came behind the request. On the event loop; may
     * be called while the request is being handed on, or later if the caller stopped reading meanwhile (otherwise the
     * HTTP codec takes the first frames for a request).
     *
     * @param firstHttpHandler this handler and every one behind it is removed
     * @return false when the peer has gone meanwhile; then the listener hears nothing at all
     */
    public static boolean upgrade(
            ChannelPipeline pipeline,
            ChannelHandler firstHttpHandler,
            Handshake.Accepted accepted,
            WebSocketHandler handler) {
        ChannelHandlerContext codec = pipeline.context(firstHttpHandler);
        if (codec == null || !codec.channel().isActive()) {
            handler.dropDeflate();
            return false;
        }
        codec.write(accepted.response(codec.alloc()), codec.voidPromise());
        while (!firstHttpHandler.equals(pipeline.last())) {
            pipeline.removeLast();
        }
        pipeline.addLast(handler);
        pipeline.remove(firstHttpHandler);
        handler.openBehind(pipeline);
        return true;
    }

    /** Opens unless bytes that came behind the request have done so already. */
    private void openBehind(ChannelPipeline pipeline) {
        ChannelHandlerContext context = pipeline.context(this);
        if (context == null) {
            return; // closed by the listener meanwhile
        }
        try {
            open(context);
        } catch (RuntimeException e) {
            exceptionCaught(context, e);
        }
        context.flush();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        open(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message); // the end of the request, which the HTTP codec still had to tell
            return;
        }
        try {
            WebSocketConnection to = open(context);
            to.onBytes(in.readableBytes());
            if (to.isListening() && decoder != null) {
                Refusal refusal = decoder.decode(in);
                if (refusal != null) {
                    to.fail(refusal.code(), refusal.reason());
                }
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (connection != null) {
            connection.onReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (connection != null) {
            connection.onWritabilityChanged();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            context.close(); // the peer sends nothing any more, so it cannot take part in a closing handshake
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            context.close(); // reset by the peer: there is nobody left to tell
            return;
        }
        if (decoder != null) {
            decoder.dispose();
        }
        try {
            if (connection == null) {
                context.close();
            } else {
                connection.fail(CloseCode.INTERNAL_ERROR, "internal error");
            }
        } finally {
            listener.onFailure(cause);
        }
    }

    private WebSocketConnection open(ChannelHandlerContext context) {
        WebSocketConnection opened = connection;
        if (opened == null) {
            FrameDecoder reader = new FrameDecoder(
                    FrameDecoder.Role.SERVER,
                    limits.messageBytesMax(),
                    context.alloc(),
                    new Inbound(),
                    observer,
                    deflate);
            opened = new WebSocketConnection(context, listener, limits, reader, observer, deflate);
            decoder = reader;
            connection = opened;
            listener.onOpen(opened);
        }
        return opened;
    }

    private void end() {
        if (decoder != null) {
            decoder.dispose();
        }
        if (connection != null) {
            connection.onGone();
        }
        dropDeflate();
    }

    private void dropDeflate() {
        if (deflate != null) {
            deflate.close();
        }
    }

    /** What was decoded goes to the listener as long as the connection is open: after a close, data means nothing. */
    private final class Inbound implements FrameSink {
        @Override
        public void onText(ByteBuf payload) {
            if (connection != null && connection.isOpen()) {
                listener.onText(payload);
            }
        }

        @Override
        public void onBinary(ByteBuf payload) {
            if (connection != null && connection.isOpen()) {
                listener.onBinary(payload);
            }
        }

        @Override
        public void onPing(ByteBuf payload) {
            if (connection != null) {
                connection.onPing(payload);
            }
        }

        @Override
        public void onPong(ByteBuf payload) {
            if (connection != null && connection.isOpen()) {
                listener.onPong(payload);
            }
        }

        @Override
        public void onClose(int code, String reason) {
            if (connection != null) {
                connection.onPeerClose(code, reason);
            }
        }
    }
}
