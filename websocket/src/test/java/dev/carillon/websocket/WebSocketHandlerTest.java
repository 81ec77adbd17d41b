package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class WebSocketHandlerTest {
    private final RecordingListener listener = new RecordingListener();
    private final EmbeddedChannel socket =
            new EmbeddedChannel(new WebSocketHandler(WebSocketLimits.defaults(), listener));

    @Test
    void aMessageIsHeardAndAnswered() {
        receive(Opcode.TEXT, "hello");
        listener.connection().sendText("hi".getBytes(UTF_8));
        listener.connection().flush();
        assertThat(listener.heard).containsExactly("open", "text hello");
        assertThat(sent()).isEqualTo("81026869");
    }

    private void receive(Opcode opcode, String payload) {
        socket.writeInbound(
                Unpooled.wrappedBuffer(FrameEncoder.maskedFrame(opcode, true, payload.getBytes(UTF_8), 0x01020304)));
    }

    private String sent() {
        StringBuilder hex = new StringBuilder();
        for (ByteBuf out = socket.readOutbound(); out != null; out = socket.readOutbound()) {
            hex.append(ByteBufUtil.hexDump(out));
            out.release();
        }
        return hex.toString();
    }
}
