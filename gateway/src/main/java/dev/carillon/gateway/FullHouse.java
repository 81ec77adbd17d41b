package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/** Answers a connection that is one too many, before anything of it is read. */
final class FullHouse extends ChannelInboundHandlerAdapter {

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(answer()).addListener((ChannelFutureListener) sent -> Sockets.linger(sent.channel()));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ReferenceCountUtil.release(message);
    }

    private static ByteBuf answer() {
        String body =
                new String(ServerMessage.Refusal.of(null, Code.NODE_FULL, null).toJson(), StandardCharsets.UTF_8);
        return Unpooled.copiedBuffer(
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\nRetry-After: 5\r\nConnection: close\r\n\r\n" + body,
                StandardCharsets.US_ASCII);
    }
}
