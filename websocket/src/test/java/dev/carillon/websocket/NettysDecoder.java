package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Netty's own codec makes of the bytes of a client, its frames put together to messages. */
final class NettysDecoder {
    /**
     * What was decoded.
     *
     * @param heard lines as a {@link RecordingSink} writes them
     * @param refusal what it says of the rest, or null
     */
    record Outcome(List<String> heard, @Nullable String refusal) {}

    private final List<String> heard = new ArrayList<>();
    private final ByteBuf message = Unpooled.buffer();
    private String kind = "";
    private @Nullable Throwable refusal;

    private NettysDecoder() {}

    static Outcome decode(byte[] bytes, int frameBytesMax) {
        NettysDecoder decoder = new NettysDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(
                new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                        .expectMaskedFrames(true)
                        .allowExtensions(false)
                        .maxFramePayloadLength(frameBytesMax)
                        .build()),
                new Utf8FrameValidator(),
                decoder.new Refusals());
        channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        for (WebSocketFrame frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            decoder.add(frame);
            frame.release();
        }
        channel.finishAndReleaseAll();
        return new Outcome(decoder.heard, decoder.reason());
    }

    private @Nullable String reason() {
        Throwable why = refusal;
        if (why != null && !(why instanceof CorruptedFrameException)) {
            throw new AssertionError("Netty's decoder fails in a way of its own", why);
        }
        return why == null ? null : why.getMessage();
    }

    /** Keeps the first one. */
    private final class Refusals extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (refusal == null) {
                refusal = cause;
            }
        }
    }

    private void add(WebSocketFrame frame) {
        switch (frame) {
            case PingWebSocketFrame ping -> heard.add("ping " + ByteBufUtil.hexDump(ping.content()));
            case PongWebSocketFrame pong -> heard.add("pong " + ByteBufUtil.hexDump(pong.content()));
            case CloseWebSocketFrame close -> heard.add("close " + code(close) + " " + close.reasonText());
            case TextWebSocketFrame text -> addData("text ", text);
            case BinaryWebSocketFrame binary -> addData("binary ", binary);
            case ContinuationWebSocketFrame more -> addData(kind, more);
            default -> throw new AssertionError(frame);
        }
    }

    private static int code(CloseWebSocketFrame close) {
        return close.statusCode() < 0 ? CloseCode.NO_CODE : close.statusCode();
    }

    private void addData(String kindOfMessage, WebSocketFrame frame) {
        kind = kindOfMessage;
        message.writeBytes(frame.content());
        if (frame.isFinalFragment()) {
            heard.add(kind + (kind.equals("text ") ? message.toString(UTF_8) : ByteBufUtil.hexDump(message)));
            message.clear();
        }
    }
}
