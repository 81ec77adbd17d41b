package dev.carillon.gateway;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts how handshakes end, and what goes wrong with TLS: that is the peer's doing, and no failure of ours. */
// What becomes of a close is told by the channel's end.
@SuppressWarnings("FutureReturnValueIgnored")
@ChannelHandler.Sharable
final class TlsFailures extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(TlsFailures.class);

    private final GatewayCounters counters;

    TlsFailures(GatewayCounters counters) {
        this.counters = counters;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {

        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                counters.tlsHandshakes.increment();
            } else {
                counters.tlsFailed.increment();
                LOG.debug("a TLS handshake failed: {}", handshake.cause().getMessage());
            }
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Throwable reason = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (!(reason instanceof SSLException)) {
            context.fireExceptionCaught(cause);
            return;
        }
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls != null && tls.handshakeFuture().isSuccess()) {
            counters.tlsFailed.increment();
            LOG.debug("TLS was broken: {}", reason.getMessage());
        }
        context.close();
    }
}
