package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP connection: reads one request at a time, hands it to the {@link Router}, and writes what is answered. Requests
 * that a client sends before the answer to the one before wait, in a small number. Owned by the event loop.
 *
 * <p>A stream of an HTTP/2 connection is one of these too, which is asked once ({@link Http2Trunk}).
 */
// What becomes of a write is told by the connection's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpConnection extends ChannelInboundHandlerAdapter implements Heartbeats.Beating {

    /** What ends a stream that is being answered when the connection does, or asks for signs of life. */
    interface Stream {
        void onClosed();

        /** Writes a heartbeat where one is due. */
        default void onBeat(long nowNanos) {}

        /**
         * The node ends: says so, and answers; it may be told again.
         *
         * @param afterMillis the client is to come back after so many milliseconds
         */
        default void onNodeEnds(long afterMillis) {}

        /** The socket takes no more bytes, or takes them again. */
        default void onWritabilityChanged(boolean isWritable) {}
    }

    /** The most HTTP objects that wait behind a request. */
    private static final int WAITING_MAX = 64;

    private static final byte[] EMPTY = {};

    final Hall hall;
    final ByteCounter bytes;
    private final Visitors.Arrival arrival;
    private final boolean isHttp2;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>(0);

    private @Nullable ChannelHandlerContext context;
    private EventLoops.@Nullable Member member;
    /** The request whose body is coming in; null between requests. */
    private @Nullable HttpRequest reading;

    private @Nullable ByteBuf body;
    /** The request that is being answered; null while none is. */
    private @Nullable Exchange answering;

    private @Nullable Stream stream;
    private boolean closing;
    private long quietSinceNanos = System.nanoTime();
    /** Bytes of bodies that were counted as framing, because they came together with the request before. */
    private long bodyBytesAhead;

    /** All that came up to the request that was entered in an account last, or would have been. */
    private long enteredIn;

    /** What waited for the socket at the last beat. */
    private long waitedBytes;

    private int place;

    HttpConnection(Hall hall, ByteCounter bytes, Visitors.Arrival arrival, boolean isHttp2) {
        this.hall = hall;
        this.bytes = bytes;
        this.arrival = arrival;
        this.isHttp2 = isHttp2;
    }

    /** Whether it is a stream of an HTTP/2 connection. */
    boolean isHttp2() {
        return isHttp2;
    }

    ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return context;
    }

    EventLoops.Member member() {
        if (member == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return member;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        EventLoops.Member joined = hall.loops().of(added.channel().eventLoop());
        member = joined;
        joined.heartbeats().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        member().heartbeats().remove(this);
        end();
    }

    @Override
    public boolean onNodeEnds(long afterMillis, boolean isLast) {
        if (reading != null && !isLast) {
            return false; // a request that has begun to come in is answered
        }
        closing = true;
        if (stream != null) {
            stream.onNodeEnds(afterMillis);
        } else if (answering == null) {
            close();
        }
        return true;
    }

    @Override
    public long waitingBytes() {
        return Sockets.waitingBytes(context().channel());
    }

    @Override
    public int place() {
        return place;
    }

    @Override
    public void place(int index) {
        place = index;
    }

    // ---- reading

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (closing) {
            ReferenceCountUtil.release(message);
        } else if (answering == null) {
            read(message);
        } else if (message.equals(LastHttpContent.EMPTY_LAST_CONTENT) || waiting.size() < WAITING_MAX) {
            waiting.add(message);
        } else {
            ReferenceCountUtil.release(message);
            close();
        }
    }

    private void read(Object message) {
        try {
            if (message instanceof HttpRequest request) {
                begin(request);
            }
            if (message instanceof HttpContent content && reading != null) {
                take(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) {
        quietSinceNanos = System.nanoTime();
        if (request.decoderResult().isFailure()) {
            refuseUnread(request, request.decoderResult().cause());
            return;
        }
        long declared = HttpUtil.getContentLength(request, 0L);
        if (declared > hall.settings().messageBytesMax()) {
            refuseBody(request);
            return;
        }
        if (HttpUtil.is100ContinueExpected(request)) {
            context()
                    .writeAndFlush(new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
        reading = request;
    }

    private void refuseUnread(HttpRequest request, Throwable cause) {
        boolean tooLong = cause instanceof TooLongHttpHeaderException
                || cause instanceof TooLongHttpLineException
                || cause instanceof TooLongFrameException;
        closing = true;
        Exchange exchange = new Exchange(this, request, EMPTY);
        answering = exchange;
        if (tooLong) {
            hall.counters().requestsTooLarge.increment();
            int max = hall.settings().headerBytesMax();
            exchange.refuse(
                    Code.TOO_LARGE, "the head of a request has at most " + max + " bytes, its first line half of them");
        } else {
            hall.counters().requestsMalformed.increment();
            exchange.refuse(Code.BAD_REQUEST, "this is not HTTP as RFC 9112 has it");
        }
    }

    private void refuseBody(HttpRequest request) {
        hall.counters().requestsTooLarge.increment();
        closing = true;
        reading = null;
        releaseBody();
        Exchange exchange = new Exchange(this, request, EMPTY);
        answering = exchange;
        int max = hall.settings().messageBytesMax();
        exchange.refuse(Code.TOO_LARGE, "a body has at most " + max + " bytes (limits: messageBytes)");
    }

    private void take(HttpContent content) {
        HttpRequest request = reading;
        if (request == null) {
            return;
        }
        if (content.decoderResult().isFailure()) {
            reading = null;
            refuseUnread(request, content.decoderResult().cause());
            return;
        }
        ByteBuf more = content.content();
        if (more.isReadable()) {
            int sum = more.readableBytes() + (body == null ? 0 : body.readableBytes());
            if (sum > hall.settings().messageBytesMax()) {
                refuseBody(request);
                return;
            }
            ByteBuf to = body == null ? context().alloc().buffer(more.readableBytes()) : body;
            body = to;
            to.writeBytes(more);
        }
        if (content instanceof LastHttpContent) {
            dispatch(request);
        }
    }

    private void dispatch(HttpRequest request) {
        byte[] whole = EMPTY;
        if (body != null) {
            whole = new byte[body.readableBytes()];
            body.readBytes(whole);
            releaseBody();
        }
        reading = null;
        Exchange exchange = new Exchange(this, request, whole);
        answering = exchange;
        enterIn(exchange, whole.length); // not with the answer: a poll may wait long for that
        try {
            ServerMessage.Refusal busy = busy(exchange);
            if (busy == null) {
                hall.router().route(exchange);
            } else {
                Doorway.refuseForNow(exchange, busy);
            }
        } catch (RuntimeException e) {
            hall.onFailure("a request", e);
            if (answering == exchange) {
                exchange.refuse(Code.INTERNAL);
            }
        }
    }

    /**
     * What a request is answered whose address may not ask now; null where it may. Whoever asks for health, or before it asks,
     * is answered all the same; and who would be refused anyway is told that.
     */
    private ServerMessage.@Nullable Refusal busy(Exchange exchange) {
        ServerMessage.Refusal busy =
                hall.visitors().onRequest(arrival, exchange.headers().getAll("X-Forwarded-For"));
        boolean isAnswered = busy == null
                || Router.isHealth(exchange.request().uri())
                || exchange.isMethod(HttpMethod.OPTIONS)
                || hall.access().check(exchange.headers()) != null;
        return isAnswered ? null : busy;
    }

    private void releaseBody() {
        ByteBuf held = body;
        body = null;
        if (held != null) {
            held.release();
        }
    }

    // ---- answering

    /** Whether the request still waits for its answer: not once its client has gone. */
    boolean isAnswering(Exchange exchange) {
        return answering == exchange;
    }

    /** Answers a request whole; false where its client has gone. */
    boolean respond(Exchange exchange, int status, String type, byte[] content, Map<String, String> headers) {
        if (answering != exchange) {
            return false;
        }
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(content));
        boolean isHead = exchange.request().method().name().equals("HEAD");
        head(exchange, response, headers);
        if (status != 304 && status != 204) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.length);
        }
        if (isHead) {
            response.content().clear();
        }
        if (isHttp2) {
            closing = true; // the stream ends with its answer
            context().writeAndFlush(response, context().voidPromise());
        } else {
            writeAndKeepOrEnd(exchange, response);
        }
        count(exchange, 0, 0);
        done();
        return true;
    }

    private void writeAndKeepOrEnd(Exchange exchange, FullHttpResponse response) {
        boolean isLast =
                closing || arrival.turnedAway() != null || hall.entrance().isLeaving();
        boolean keepAlive = exchange.isKeepAlive() && !isLast;
        HttpUtil.setKeepAlive(response, keepAlive);
        if (keepAlive && !exchange.isHttp11()) {
            // RFC 9112 §9.3: without it, an HTTP/1.0 client waits for the connection's end.
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        var written = context().writeAndFlush(response);
        if (!keepAlive) {
            closing = true;
            written.addListener((ChannelFutureListener) sent -> Sockets.linger(sent.channel()));
        }
    }

    /** Begins an answer without an end: an event stream. */
    void beginStream(Exchange exchange, String type, Stream over) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head(exchange, response, Map.of("Cache-Control", "no-store", "X-Accel-Buffering", "no"));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
        if (exchange.isHttp11()) {
            HttpUtil.setTransferEncodingChunked(response, true);
        } else if (!isHttp2) {
            HttpUtil.setKeepAlive(response, false);
        }
        stream = over;
        context().write(response, context().voidPromise());
    }

    /** Something is being waited for on behalf of the request; it hears of the connection's end. */
    void wait(Stream on) {
        stream = on;
        if (closing) {
            // It was asked for before the node began to end, and decided upon since.
            member().loop().mailbox().post(() -> endLate(on));
        }
    }

    private void endLate(Stream begun) {
        if (begun.equals(stream)) {
            begun.onNodeEnds(hall.entrance().returnMillis(System.nanoTime()));
        }
    }

    /** Writes a part of a stream; takes the buffer over. */
    void writePart(ByteBuf part) {
        context().writeAndFlush(new DefaultHttpContent(part), context().voidPromise());
    }

    /** Ends a stream. */
    void endStream(Exchange exchange) {
        if (answering != exchange) {
            return;
        }
        stream = null;
        var written = context().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        if (isHttp2) {
            closing = true;
        } else if (closing || !exchange.isKeepAlive() || !exchange.isHttp11()) {
            closing = true;
            written.addListener(ChannelFutureListener.CLOSE);
        }
        done();
    }

    private void head(Exchange exchange, HttpResponse response, Map<String, String> headers) {
        HttpHeaders to = response.headers();
        headers.forEach(to::set);
        to.set("X-Content-Type-Options", "nosniff");
        Cors.permit(to, exchange.headers(), hall.access());
        if (!to.contains(HttpHeaderNames.CACHE_CONTROL)) {
            to.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
        }
    }

    /** Adds the bytes since the last count to the exchange's transport; so many of them were JSON, so many of that data. */
    void count(Exchange exchange, long jsonOut, long dataOut) {
        Traffic traffic = hall.counters().traffic(exchange.transport());
        long body = exchange.takeBodyBytes();
        long in = bytes.takeIn() - body - bodyBytesAhead;
        bodyBytesAhead = Math.max(0, -in);
        traffic.inFraming.add(Math.max(0, in));
        long out = bytes.takeOut();
        traffic.outFraming.add(out - jsonOut);
        traffic.outEnvelope.add(jsonOut - dataOut);
        traffic.outData.add(dataOut);
        enterIn(exchange, 0);
        if (exchange.account() != null) {
            exchange.account().out(out - jsonOut, jsonOut - dataOut, dataOut);
        }
    }

    /** Enters what came since in the exchange's account, of which so many bytes are a body. */
    private void enterIn(Exchange exchange, long body) {
        long came = bytes.allIn() - enteredIn;
        enteredIn += came;
        if (exchange.account() != null) {
            exchange.account().in(came - body, body, 0);
        }
    }

    /** Tells that of what an answer just counted, so many bytes were JSON and of that so many data. */
    void recount(Exchange exchange, long jsonOut, long dataOut) {
        Traffic traffic = hall.counters().traffic(exchange.transport());
        traffic.outFraming.add(-jsonOut);
        traffic.outEnvelope.add(jsonOut - dataOut);
        traffic.outData.add(dataOut);
        if (exchange.account() != null) {
            exchange.account().out(-jsonOut, jsonOut - dataOut, dataOut);
        }
    }

    private void done() {
        answering = null;
        stream = null;
        quietSinceNanos = System.nanoTime();
        while (answering == null && !closing && !waiting.isEmpty()) {
            read(waiting.removeFirst());
        }
    }

    void close() {
        closing = true;
        context().close();
    }

    // ---- the connection's life

    @Override
    public void onBeat(long nowNanos) {
        if (stream != null) {
            stream.onBeat(nowNanos);
            return;
        }
        long quietNanosMax = hall.settings().requestTimeMax().toNanos();
        if (isTakingItsAnswer(quietNanosMax)) {
            quietSinceNanos = nowNanos;
        }
        if (answering != null || nowNanos - quietSinceNanos < quietNanosMax) {
            return;
        }
        if (reading != null || bytes.hasIn()) {
            hall.counters().requestsLate.increment();
        }
        close();
    }

    /** Whether the peer has taken something of an answer that was written, however slowly: then it is not idle between two. */
    private boolean isTakingItsAnswer(long silentNanosMax) {
        Channel channel = context().channel();
        long before = waitedBytes;
        waitedBytes = Sockets.waitingBytes(channel);
        return waitedBytes != before || (waitedBytes > 0 && Sockets.hasSentWithin(channel, silentNanosMax));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (stream != null) {
            stream.onWritabilityChanged(changed.channel().isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext gone) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        if (cause instanceof Http2Exception) {
            return; // the frames' codec has answered it
        }
        if (!(cause instanceof IOException)) {
            hall.onFailure("a connection", cause);
        }
        close();
    }

    private void end() {
        closing = true;
        answering = null;
        reading = null;
        releaseBody();
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        Stream ended = stream;
        stream = null;
        if (ended != null) {
            ended.onClosed();
        }
    }
}
