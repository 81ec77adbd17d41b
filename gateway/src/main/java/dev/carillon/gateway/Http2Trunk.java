package dev.carillon.gateway;

import dev.carillon.protocol.ServerMessage;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;

/**
 * What the streams of one HTTP/2 connection have in common. Each of them is an {@link HttpConnection} of its own, asked once;
 * here are the connection's idling, signs of life and end. Owned by the event loop.
 *
 * <p><b>Windows.</b> What a stream sends and nobody here reads is bounded by the stream's window, 64 KiB. The connection's
 * window is as large as those of all streams together, so that one that isn't read stops no other.
 *
 * <p><b>Places.</b> Each stream beside another one can carry a reader as a TCP connection can, so it counts as one
 * ({@link Visitors}).
 */
// What becomes of a write or a close is told by the channel's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Trunk extends ChannelInboundHandlerAdapter implements Heartbeats.Beating {

    private final Hall hall;
    private final Http2Limits limits;
    private final Visitors.Arrival arrival;
    private final EventLoops.Member member;
    private final Http2Bytes bytes;
    private final Channel socket;
    private final ChannelHandlerContext codec;
    private final Pulse pulse;

    private int streams;
    /** The streams that count as connections: all that were let in, but one. */
    private int places;

    private boolean isLet;
    private long quietSinceNanos = System.nanoTime();
    private boolean isEnding;
    private int place;

    private Http2Trunk(
            Hall hall, Http2Limits limits, Visitors.Arrival arrival, Http2Bytes bytes, ChannelHandlerContext codec) {
        this.hall = hall;
        this.limits = limits;
        this.arrival = arrival;
        this.bytes = bytes;
        this.codec = codec;
        this.socket = codec.channel();
        this.member = hall.loops().of(socket.eventLoop());
        this.pulse = new OfConnection();
    }

    /** Has a connection speak HTTP/2, on which nothing else is said. */
    static void open(ChannelPipeline pipeline, Hall hall, Http2Limits limits, Visitors.Arrival arrival) {
        EventLoops.Member member = hall.loops().of(pipeline.channel().eventLoop());
        Http2Bytes bytes = new Http2Bytes(hall.counters(), member.turn());
        pipeline.addLast(bytes);
        pipeline.addLast(Http2Codec.of(hall, limits));
        Http2Trunk trunk = new Http2Trunk(hall, limits, arrival, bytes, pipeline.lastContext());
        pipeline.addLast(new Http2MultiplexHandler(trunk.new Streams())).addLast(trunk);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        hall.counters().http2Connections.incrementAndGet();
        member.heartbeats().add(this);
        if (limits.streamsMax() > 1) {
            int more = (limits.streamsMax() - 1) * Http2CodecUtil.DEFAULT_WINDOW_SIZE;
            context.writeAndFlush(new DefaultHttp2WindowUpdateFrame(more));
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        hall.counters().http2Connections.decrementAndGet();
        member.heartbeats().remove(this);
    }

    // ---- streams

    private final class Streams extends ChannelInitializer<Http2StreamChannel> {
        @Override
        protected void initChannel(Http2StreamChannel stream) {
            begin(stream);
        }
    }

    private void begin(Http2StreamChannel stream) {
        streams++;
        hall.counters().http2Streams.incrementAndGet();
        ServerMessage.Refusal refusal = arrival.turnedAway();
        boolean isOwnPlace = refusal == null && isLet;
        if (isOwnPlace) {
            refusal = hall.visitors().enterStream(arrival);
        }
        boolean isLetIn = refusal == null;
        places += isLetIn && isOwnPlace ? 1 : 0;
        isLet |= isLetIn;
        stream.closeFuture().addListener(_ -> end(isLetIn));
        int outboxMax = hall.settings().outboxBytesMax();
        stream.config().setWriteBufferWaterMark(new WriteBufferWaterMark(outboxMax / 2, outboxMax));
        ByteCounter counter = new ByteCounter();
        Visitors.Arrival of = new Visitors.Arrival(arrival.visitor(), arrival.isProxy(), refusal);
        stream.pipeline()
                .addLast(counter)
                .addLast(new Http2Requests())
                .addLast(new HttpConnection(hall, counter, of, true));
    }

    private void end(boolean wasLetIn) {
        streams--;
        hall.counters().http2Streams.decrementAndGet();
        quietSinceNanos = System.nanoTime();
        if (wasLetIn && places > 0) {
            places--;
            hall.visitors().leaveStream(arrival);
        } else if (wasLetIn) {
            isLet = false;
        }
        boolean isLast = arrival.turnedAway() != null || hall.entrance().isLeaving();
        if (streams == 0 && isLast) {
            close();
        }
    }

    // ---- the connection's life

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ReferenceCountUtil.release(message); // what concerns no stream, the codec has answered
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Http2Exception) {
            return; // the codec has counted and answered it
        }
        if (!(cause instanceof IOException)) {
            hall.onFailure("an HTTP/2 connection", cause);
        }
        codec.close();
    }

    @Override
    public void onBeat(long nowNanos) {
        if (streams > 0) {
            if (pulse.onBeat(nowNanos)) {
                hall.counters().heartbeatsMissed.increment();
                codec.close(); // without GOAWAY, and without waiting for the streams: nobody is there
            }
        } else if (nowNanos - quietSinceNanos
                >= hall.settings().requestTimeMax().toNanos()) {
            close();
        }
    }

    /** From now on its peer opens new streams elsewhere; by itself this says nothing about those that there are. */
    @Override
    public void onLeaving() {
        if (!isEnding) {
            socket.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        }
    }

    /**
     * The streams are told one by one, each when its turn is, and what they had to say goes out before the connection ends: so
     * it waits for them, unless there is no more time.
     */
    @Override
    public boolean onNodeEnds(long afterMillis, boolean isLast) {
        if (isLast || streams == 0) {
            close();
        }
        return true;
    }

    /** Takes no new streams (GOAWAY), and ends once those that there are have ended. */
    private void close() {
        if (!isEnding) {
            isEnding = true;
            socket.close();
        }
    }

    @Override
    public long waitingBytes() {
        return Sockets.waitingBytes(socket);
    }

    @Override
    public int place() {
        return place;
    }

    @Override
    public void place(int index) {
        place = index;
    }

    /** Asks by PING (RFC 9113 §6.7): streams that only read say nothing, and their peer may be gone. */
    private final class OfConnection extends Pulse {

        OfConnection() {
            super(hall.settings().heartbeat());
        }

        @Override
        Channel channel() {
            return socket;
        }

        @Override
        long inboundBytes() {
            return bytes.in();
        }

        @Override
        long outboundBytes() {
            return bytes.out();
        }

        @Override
        void ask(long now) {
            socket.writeAndFlush(new DefaultHttp2PingFrame(now));
        }
    }
}
