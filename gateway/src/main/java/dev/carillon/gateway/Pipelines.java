package dev.carillon.gateway;

import dev.carillon.websocket.ReadBuffer;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Gives every connection that comes its pipeline, or closes it. Runs on the connection's event loop. */
final class Pipelines extends ChannelInitializer<SocketChannel> {

    private final Hall hall;
    private final TlsFailures tlsFailures;

    Pipelines(Hall hall) {
        this.hall = hall;
        this.tlsFailures = new TlsFailures(hall.counters());
    }

    @Override
    protected void initChannel(SocketChannel socket) {
        GatewayCounters counters = hall.counters();
        int open = counters.connections.incrementAndGet();
        InetSocketAddress from = socket.remoteAddress();
        Visitors.Arrival arrival = from == null ? null : hall.visitors().arrive(from.getAddress(), open);
        // One listener: two would take a list for as long as the connection lives.
        socket.closeFuture().addListener(_ -> onClosed(arrival));
        if (arrival == null) {
            var _ = socket.close(); // it has gone already, or there is nothing that could be said to it
            return;
        }
        socket.config().setRecvByteBufAllocator(new ReadBuffer());
        ChannelPipeline pipeline = socket.pipeline();
        Tls tls = hall.tls();
        if (tls != null) {
            pipeline.addLast(new TlsDoor(tls, counters)).addLast(tlsFailures);
            Http2Limits http2 = hall.settings().http2();
            if (http2 != null) {
                pipeline.addLast(new ProtocolChoice(hall, http2, arrival));
            }
        }
        int headBytes = hall.settings().headerBytesMax();
        ByteCounter bytes = new ByteCounter(); // behind TLS: it counts what was said, and not how it was sealed
        pipeline.addLast(bytes)
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(headBytes / 2)
                        .setMaxHeaderSize(headBytes)
                        .setInitialBufferSize(128)))
                .addLast(new HttpConnection(hall, bytes, arrival, false));
    }

    private void onClosed(Visitors.@Nullable Arrival arrival) {
        hall.counters().connections.decrementAndGet();
        if (arrival != null) {
            hall.visitors().leave(arrival);
        }
    }
}
