package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The turn of the pipeline from HTTP to frames. */
class UpgradeTest {
    private static final String REQUEST = "GET /chat HTTP/1.1\r\n"
            + "Host: server.example.com\r\n"
            + "Upgrade: websocket\r\n"
            + "Connection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Version: 13\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 101 Switching Protocols\r\n"
            + "Upgrade: websocket\r\n"
            + "Connection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    private final HttpServerCodec codec = new HttpServerCodec();
    private final RecordingListener listener = new RecordingListener() {
        @Override
        public void onOpen(WebSocketConnection connection) {
            super.onOpen(connection);
            connection.sendText("hello".getBytes(UTF_8));
        }
    };
    private final WebSocketHandler handler = new WebSocketHandler(WebSocketLimits.defaults(), listener);
    private final EmbeddedChannel socket = new EmbeddedChannel(codec, new Router(), new ChannelInboundHandlerAdapter());

    @AfterEach
    void close() {
        socket.finishAndReleaseAll();
    }

    @Test
    void theResponseIsExactlyTheRfcsAndWhatOnOpenSendsFollowsIt() {
        receive(REQUEST.getBytes(UTF_8));
        assertThat(sent()).isEqualTo(RESPONSE + "\u0081\u0005hello");
        assertThat(socket.pipeline().toMap().values()).containsExactly(handler);
        assertThat(listener.heard).containsExactly("open");
    }

    @Test
    void framesInTheSameReadAsTheRequestAreHeard() {
        byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, "eager".getBytes(UTF_8), 42);
        receive((REQUEST + new String(frame, ISO_8859_1)).getBytes(ISO_8859_1));
        assertThat(listener.heard).containsExactly("open", "text eager");
        assertThat(sent()).isEqualTo(RESPONSE + "\u0081\u0005hello");
    }

    @Test
    void theDecisionMayComeLater() {
        socket.pipeline().remove(Router.class);
        receive(REQUEST.getBytes(UTF_8));
        assertThat(WebSocketHandler.upgrade(socket.pipeline(), codec, accepted(), handler))
                .isTrue();
        receive(FrameEncoder.maskedFrame(Opcode.TEXT, true, "later".getBytes(UTF_8), 42));
        assertThat(sent()).isEqualTo(RESPONSE + "\u0081\u0005hello");
        assertThat(listener.heard).containsExactly("open", "text later");
    }

    @Test
    void aPeerThatHasGoneMeanwhileIsNotHeardOf() {
        socket.close();
        assertThat(WebSocketHandler.upgrade(socket.pipeline(), codec, accepted(), handler))
                .isFalse();
        assertThat(listener.heard).isEmpty();
    }

    private static Handshake.Accepted accepted() {
        return new Handshake.Accepted(Handshake.acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), null);
    }

    private void receive(byte[] bytes) {
        socket.writeInbound(Unpooled.wrappedBuffer(bytes));
    }

    private String sent() {
        StringBuilder sent = new StringBuilder();
        for (ByteBuf out = socket.readOutbound(); out != null; out = socket.readOutbound()) {
            sent.append(out.toString(ISO_8859_1));
            out.release();
        }
        return sent.toString();
    }

    private final class Router extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request
                    && Handshake.check(request, List.of()) instanceof Handshake.Accepted accepted) {
                WebSocketHandler.upgrade(context.pipeline(), codec, accepted, handler);
            }
            ReferenceCountUtil.release(message);
        }
    }
}
