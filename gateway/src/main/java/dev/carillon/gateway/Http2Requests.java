package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * One stream of an HTTP/2 connection, which carries one request and its answer, as {@link HttpConnection} reads and writes
 * them. Owned by the event loop.
 *
 * <p>An extended CONNECT for a WebSocket (RFC 8441) comes to the routes as a CONNECT without a body; {@link Http2Tunnel} takes
 * this one's place if it is accepted.
 */
// What becomes of a write is told by the stream's end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Requests extends ChannelDuplexHandler {

    private static final String WEBSOCKET = "websocket";

    private boolean hasHead;
    /** Whether the peer has said all that it has to say on this stream. */
    private boolean hasEnd;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case Http2HeadersFrame head when !hasHead -> onHead(context, head);
            case Http2HeadersFrame trailers -> onTrailers(context, trailers);
            case Http2DataFrame data -> onData(context, data);
            default -> ReferenceCountUtil.release(message);
        }
    }

    private void onHead(ChannelHandlerContext context, Http2HeadersFrame frame) {
        hasHead = true;
        hasEnd = frame.isEndStream();
        Http2Headers head = frame.headers();
        boolean isConnect = Http2Heads.isConnect(head);
        if (isConnect && !WEBSOCKET.contentEquals(String.valueOf(head.get(":protocol")))) {
            refuseTunnel(context);
            return;
        }
        HttpRequest request = Http2Heads.request(head);
        if (request == null || (isConnect && hasEnd)) {
            reset(context, Http2Error.PROTOCOL_ERROR);
            return;
        }
        context.fireChannelRead(request);
        if (hasEnd || isConnect) {
            context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    /** RFC 9220 §3: a protocol that is not known here. */
    private void refuseTunnel(ChannelHandlerContext context) {
        Http2Headers head = new DefaultHttp2Headers().status(HttpResponseStatus.NOT_IMPLEMENTED.codeAsText());
        context.writeAndFlush(new DefaultHttp2HeadersFrame(head, true), atEnd(context, context.newPromise()));
    }

    private void onTrailers(ChannelHandlerContext context, Http2HeadersFrame trailers) {
        if (trailers.isEndStream()) {
            hasEnd = true;
            context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
            reset(context, Http2Error.PROTOCOL_ERROR);
        }
    }

    private void onData(ChannelHandlerContext context, Http2DataFrame data) {
        hasEnd = data.isEndStream();
        ByteBuf bytes = data.content();
        context.fireChannelRead(hasEnd ? new DefaultLastHttpContent(bytes) : new DefaultHttpContent(bytes));
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        switch (message) {
            case FullHttpResponse full
            when full.status().codeClass() != HttpStatusClass.INFORMATIONAL ->
                writeWhole(context, full, atEnd(context, promise));
            case HttpResponse response -> {
                context.write(new DefaultHttp2HeadersFrame(Http2Heads.response(response)), promise);
                ReferenceCountUtil.release(response);
            }
            case LastHttpContent last ->
                context.write(new DefaultHttp2DataFrame(last.content(), true), atEnd(context, promise));
            case HttpContent content -> context.write(new DefaultHttp2DataFrame(content.content()), promise);
            default -> context.write(message, promise);
        }
    }

    private static void writeWhole(ChannelHandlerContext context, FullHttpResponse full, ChannelPromise promise) {
        Http2Headers head = Http2Heads.response(full);
        if (full.content().isReadable()) {
            context.write(new DefaultHttp2HeadersFrame(head), context.newPromise());
            context.write(new DefaultHttp2DataFrame(full.content(), true), promise);
        } else {
            full.release();
            context.write(new DefaultHttp2HeadersFrame(head, true), promise);
        }
    }

    /** RFC 9113 §8.1: a peer that was answered before it had said all is asked to leave it. */
    private ChannelPromise atEnd(ChannelHandlerContext context, ChannelPromise promise) {
        if (hasEnd) {
            return promise;
        }
        ChannelPromise end = promise.unvoid();
        end.addListener(_ -> reset(context, Http2Error.NO_ERROR));
        return end;
    }

    private static void reset(ChannelHandlerContext context, Http2Error error) {
        context.writeAndFlush(new DefaultHttp2ResetFrame(error));
    }
}
