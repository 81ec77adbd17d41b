package dev.carillon.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Frames of HTTP/2 (RFC 9113) with this server's limits. What a peer does wrong is counted and told it by its code; the text of
 * an exception never is. Owned by the event loop.
 */
final class Http2Codec extends Http2FrameCodec {

    private final GatewayCounters counters;
    /** Whether the peer has broken a rule of the connection: what it breaks after that is not counted. */
    private boolean isBroken;

    private Http2Codec(
            GatewayCounters counters,
            Http2ConnectionEncoder encoder,
            Http2ConnectionDecoder decoder,
            Http2Settings settings) {
        super(encoder, decoder, settings, false, true);
        this.counters = counters;
    }

    /** A codec for one connection. */
    static Http2FrameCodec of(Hall hall, Http2Limits limits) {
        return new Builder(hall, limits).build();
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext context, boolean outbound, Throwable cause, @Nullable Http2Exception violation) {
        if (violation != null && !isBroken) {
            isBroken = true;
            boolean isFlood = violation.error() == Http2Error.ENHANCE_YOUR_CALM;
            (isFlood ? counters.http2Floods : counters.http2Violations).increment();
        }
        super.onConnectionError(context, outbound, cause, violation);
    }

    @Override
    protected void handleServerHeaderDecodeSizeError(ChannelHandlerContext context, Http2Stream stream) {
        counters.requestsTooLarge.increment();
        super.handleServerHeaderDecodeSizeError(context, stream);
    }

    @Override
    public ChannelFuture goAway(
            ChannelHandlerContext context, int lastStream, long error, ByteBuf text, ChannelPromise promise) {
        text.release();
        return super.goAway(context, lastStream, error, Unpooled.EMPTY_BUFFER, promise);
    }

    private static final class Builder extends Http2FrameCodecBuilder {

        private final GatewayCounters counters;
        private final Http2Limits limits;

        Builder(Hall hall, Http2Limits limits) {
            this.counters = hall.counters();
            this.limits = limits;
            int seconds = (int) Http2Limits.WINDOW.toSeconds();
            server(true);
            initialSettings(new Http2Settings()
                    .maxConcurrentStreams(limits.streamsMax())
                    .maxHeaderListSize(hall.settings().headerBytesMax())
                    .connectProtocolEnabled(true));
            validateRequiredPseudoHeaders(true);
            decoderEnforceMaxRstFramesPerWindow(limits.resetsMax(), seconds);
            encoderEnforceMaxRstFramesPerWindow(limits.resetsMax(), seconds);
            encoderEnforceMaxQueuedControlFrames(limits.controlsMax());
            gracefulShutdownTimeoutMillis(hall.settings().closeTimeMax().toMillis());
        }

        @Override
        protected Http2FrameCodec build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            Http2Codec codec = new Http2Codec(
                    counters, new CountedResets(encoder, counters), new CountedControls(decoder, limits), settings);
            codec.gracefulShutdownTimeoutMillis(gracefulShutdownTimeoutMillis());
            return codec;
        }
    }

    /** Counts the streams that the server resets, for what the peer did. */
    private static final class CountedResets extends DecoratingHttp2ConnectionEncoder {

        private final GatewayCounters counters;

        CountedResets(Http2ConnectionEncoder delegate, GatewayCounters counters) {
            super(delegate);
            this.counters = counters;
        }

        @Override
        public ChannelFuture writeRstStream(
                ChannelHandlerContext context, int stream, long error, ChannelPromise promise) {
            if (error == Http2Error.REFUSED_STREAM.code()) {
                counters.streamsRefused.increment();
            } else if (error == Http2Error.PROTOCOL_ERROR.code() || error == Http2Error.FLOW_CONTROL_ERROR.code()) {
                counters.requestsMalformed.increment();
            }
            return super.writeRstStream(context, stream, error, promise);
        }
    }

    private static final class CountedControls extends DecoratingHttp2ConnectionDecoder {

        private final Http2Limits limits;

        CountedControls(Http2ConnectionDecoder delegate, Http2Limits limits) {
            super(delegate);
            this.limits = limits;
        }

        @Override
        public void frameListener(Http2FrameListener listener) {
            super.frameListener(new ControlLimit(listener, limits));
        }
    }

    /** Ends a connection whose peer sends control frames faster than anybody has reason to (CVE-2019-9512, CVE-2019-9515). */
    private static final class ControlLimit extends Http2FrameListenerDecorator {

        private final Http2Limits limits;
        private long sinceNanos = System.nanoTime();
        private int controls;

        ControlLimit(Http2FrameListener listener, Http2Limits limits) {
            super(listener);
            this.limits = limits;
        }

        private void count() throws Http2Exception {
            long now = System.nanoTime();
            if (now - sinceNanos >= Http2Limits.WINDOW.toNanos()) {
                sinceNanos = now;
                controls = 0;
            }
            if (++controls > limits.controlsMax()) {
                throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "control frames");
            }
        }

        @Override
        public void onPingRead(ChannelHandlerContext context, long data) throws Http2Exception {
            count();
            super.onPingRead(context, data);
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) throws Http2Exception {
            count();
            super.onSettingsRead(context, settings);
        }

        @Override
        public void onPriorityRead(
                ChannelHandlerContext context, int stream, int dependsOn, short weight, boolean exclusive)
                throws Http2Exception {
            count();
            super.onPriorityRead(context, stream, dependsOn, weight, exclusive);
        }

        @Override
        public void onUnknownFrame(
                ChannelHandlerContext context, byte type, int stream, Http2Flags flags, ByteBuf payload)
                throws Http2Exception {
            count();
            super.onUnknownFrame(context, type, stream, flags, payload);
        }
    }
}
