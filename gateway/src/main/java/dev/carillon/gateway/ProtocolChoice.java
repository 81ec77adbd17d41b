package dev.carillon.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/**
 * Waits for the end of a TLS handshake, which has agreed on a protocol (ALPN, RFC 7301). For HTTP/2 it puts its handlers in the
 * place of those of HTTP/1.1, which wait behind it; then it leaves. Owned by the event loop.
 */
final class ProtocolChoice extends ChannelInboundHandlerAdapter {

    private final Hall hall;
    private final Http2Limits limits;
    private final Visitors.Arrival arrival;

    ProtocolChoice(Hall hall, Http2Limits limits, Visitors.Arrival arrival) {
        this.hall = hall;
        this.limits = limits;
        this.arrival = arrival;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        context.fireUserEventTriggered(event);
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            ChannelPipeline pipeline = context.pipeline();
            SslHandler tls = pipeline.get(SslHandler.class);
            if (tls != null && ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
                pipeline.remove(HttpConnection.class);
                pipeline.remove(HttpServerCodec.class);
                pipeline.remove(ByteCounter.class);
                Http2Trunk.open(pipeline, hall, limits, arrival);
            }
            pipeline.remove(this);
        }
    }
}
