package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/**
 * Waits for the first byte of a connection to a TLS port. A TLS handshake gets its handler, which no connection has before;
 * to plain HTTP is said what this port speaks; anything else is closed. Owned by the event loop.
 */
// What becomes of a close is told by the channel's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class TlsDoor extends ChannelInboundHandlerAdapter {

    /** The content type of a record with a handshake message (RFC 8446 §5.1). */
    private static final int HANDSHAKE = 22;

    private final Tls tls;
    private final GatewayCounters counters;
    private boolean isOver;

    TlsDoor(Tls tls, GatewayCounters counters) {
        this.tls = tls;
        this.counters = counters;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isOver || !(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
            ReferenceCountUtil.release(message);
            return;
        }
        int first = bytes.getUnsignedByte(bytes.readerIndex());
        SslHandler handler = first == HANDSHAKE ? tls.newHandler(context.alloc()) : null;
        if (handler != null) {
            context.pipeline().replace(this, null, handler);
            context.fireChannelRead(message);
            return;
        }
        isOver = true;
        ReferenceCountUtil.release(message);
        if (first >= 'A' && first <= 'Z') {
            counters.plainRefused.increment();
            context.writeAndFlush(answer()).addListener((ChannelFutureListener) sent -> Sockets.linger(sent.channel()));
        } else {
            counters.tlsFailed.increment();
            context.close();
        }
    }

    private static ByteBuf answer() {
        ServerMessage.Refusal refusal = ServerMessage.Refusal.of(
                null, Code.BAD_REQUEST, null, "this port speaks TLS: ask it as https:// or wss://");
        String body = new String(refusal.toJson(), StandardCharsets.UTF_8) + "\n";
        return Unpooled.copiedBuffer(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\nConnection: close\r\n\r\n" + body,
                StandardCharsets.US_ASCII);
    }
}
