package dev.carillon.gateway;

import dev.carillon.websocket.ReadBuffer;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;

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
        socket.closeFuture().addListener(_ -> counters.connections.decrementAndGet());
        InetSocketAddress from = socket.remoteAddress();
        Visitors.Arrival arrival = from == null ? null : hall.visitors().arrive(from.getAddress(), open);
        if (arrival == null) {
            var _ = socket.close(); // it has gone already, or there is nothing that could be said to it
            return;
        }
        socket.closeFuture().addListener(_ -> hall.visitors().leave(arrival));
        socket.config().setRecvByteBufAllocator(new ReadBuffer());
        ChannelPipeline pipeline = socket.pipeline();
        Tls tls = hall.tls();
        if (tls != null) {
            pipeline.addLast(new TlsDoor(tls, counters)).addLast(tlsFailures);
        }
        int headBytes = hall.settings().headerBytesMax();
        ByteCounter bytes = new ByteCounter(); // behind TLS: it counts what was said, and not how it was sealed
        pipeline.addLast(bytes)
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(headBytes / 2)
                        .setMaxHeaderSize(headBytes)
                        .setInitialBufferSize(128)))
                .addLast(new HttpConnection(hall, bytes, arrival));
    }
}
