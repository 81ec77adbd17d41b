package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.carillon.websocket.Handshake.Accepted;
import dev.carillon.websocket.Handshake.Refused;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Any bytes as an HTTP request: an answer or a coded refusal, never an exception, and nothing of the request in either
 * but the subprotocol, which is one of ours.
 *
 * <p>{@code mvn verify} replays the inputs under {@code HandshakeFuzzTestInputs}. To look for new ones:
 * {@code JAZZER_FUZZ=1 mvn -pl websocket -am test -Dtest=HandshakeFuzzTest -Dsurefire.failIfNoSpecifiedTests=false};
 * longer with {@code JAZZER_MAX_DURATION=1h} in the environment.
 */
class HandshakeFuzzTest {
    private static final List<String> SUPPORTED = List.of("carillon.v1", "chat");

    @FuzzTest(maxDuration = "10s")
    void anyRequestIsAcceptedOrRefused(byte[] data) {
        EmbeddedChannel http = new EmbeddedChannel(new HttpRequestDecoder());
        http.writeInbound(Unpooled.wrappedBuffer(data));
        http.finish();
        for (Object message = http.readInbound(); message != null; message = http.readInbound()) {
            if (message instanceof HttpRequest request) {
                check(request);
            }
            ReferenceCountUtil.release(message);
        }
    }

    private static void check(HttpRequest request) {
        switch (Handshake.check(request, SUPPORTED)) {
            case Accepted accepted -> {
                ByteBuf response = accepted.response(UnpooledByteBufAllocator.DEFAULT);
                String head = response.toString(ISO_8859_1);
                response.release();
                long lines = head.lines().count();
                if (lines != (accepted.subprotocol() == null ? 5 : 6) || !head.endsWith("\r\n\r\n")) {
                    throw new AssertionError(head);
                }
                if (!Handshake.isUpgrade(request)) {
                    throw new AssertionError("accepted without being asked");
                }
            }
            case Refused refused -> {
                if (refused.status() < 400
                        || refused.status() > 499
                        || refused.message().isBlank()) {
                    throw new AssertionError(refused);
                }
            }
        }
    }
}
