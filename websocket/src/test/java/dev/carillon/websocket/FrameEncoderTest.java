package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Frames out, RFC 6455 §5.2")
class FrameEncoderTest {
    @Test
    @DisplayName("RFC 6455 §5.7: the examples")
    void examplesOfTheRfc() {
        byte[] hello = "Hello".getBytes(UTF_8);
        assertThat(hex(FrameEncoder.textFrame(hello))).isEqualTo("810548656c6c6f");
        assertThat(hex(FrameEncoder.maskedFrame(Opcode.TEXT, true, hello, 0x37fa213d)))
                .isEqualTo("818537fa213d7f9f4d5158");
        assertThat(hex(FrameEncoder.frame(Opcode.PING, hello))).isEqualTo("890548656c6c6f");
        assertThat(hex(FrameEncoder.maskedFrame(Opcode.PONG, true, hello, 0x37fa213d)))
                .isEqualTo("8a8537fa213d7f9f4d5158");
        assertThat(hex(FrameEncoder.binaryFrame(new byte[256])))
                .startsWith("827e0100")
                .hasSize(2 * 260);
        assertThat(hex(FrameEncoder.binaryFrame(new byte[65536]))).startsWith("827f0000000000010000");
        ByteBuf first = Unpooled.buffer();
        FrameEncoder.writeHeader(first, Opcode.TEXT, false, 3);
        assertThat(ByteBufUtil.hexDump(first)).isEqualTo("0103");
    }

    @ParameterizedTest
    @CsvSource({"0,2", "125,2", "126,4", "65535,4", "65536,10", "9223372036854775807,10"})
    void headersTakeTheirShortestForm(long payloadBytes, int headerBytes) {
        assertThat(FrameEncoder.headerBytes(payloadBytes)).isEqualTo(headerBytes);
        ByteBuf out = Unpooled.buffer();
        FrameEncoder.writeHeader(out, Opcode.BINARY, true, payloadBytes);
        assertThat(out.readableBytes()).isEqualTo(headerBytes);
        out.clear();
        FrameEncoder.writeMaskedHeader(out, Opcode.BINARY, true, payloadBytes, 1);
        assertThat(out.readableBytes()).isEqualTo(headerBytes + 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65535, 65536})
    void bothFormsOfAFrameAreTheSameBytes(int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 'x');
        ByteBuf buffer = FrameEncoder.frame(UnpooledByteBufAllocator.DEFAULT, Opcode.BINARY, payload);
        assertThat(ByteBufUtil.getBytes(buffer)).isEqualTo(FrameEncoder.binaryFrame(payload));
        buffer.release();
    }

    @Test
    @DisplayName("RFC 6455 §5.5.1: a close payload is a code and a reason, or nothing")
    void closePayloads() {
        assertThat(hex(FrameEncoder.closePayload(1000, "bye"))).isEqualTo("03e8627965");
        assertThat(FrameEncoder.closePayload(CloseCode.NO_CODE, "ignored")).isEmpty();
        for (int code : new int[] {0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 70000}) {
            assertThatIllegalArgumentException().isThrownBy(() -> FrameEncoder.closePayload(code, ""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "€", "𝄞"})
    @DisplayName("RFC 6455 §5.5: a reason is cut to 123 bytes at a code point border")
    void reasonIsCutAtACodePointBorder(String codePoint) {
        for (int lead = 0; lead < 5; lead++) {
            String reason = "x".repeat(lead) + codePoint.repeat(200);
            byte[] cut = CloseCode.reasonBytes(reason);
            assertThat(cut.length).isBetween(120, 123);
            assertThat(reason).startsWith(new String(cut, UTF_8));
        }
        String exact = "x".repeat(123);
        assertThat(CloseCode.reasonBytes(exact)).hasSize(123);
    }

    @Test
    void codesThatMayBeSentAreThoseOfTheRegistry() {
        for (int code = 0; code <= 0xFFFF; code++) {
            boolean expected = switch (code) {
                case 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014 -> true;
                default -> code >= 3000 && code < 5000;
            };
            assertThat(CloseCode.mayBeSent(code)).isEqualTo(expected);
        }
    }

    private static String hex(byte[] bytes) {
        return ByteBufUtil.hexDump(bytes);
    }
}
