package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.websocket.FrameDecoder;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.FrameSink;
import dev.carillon.websocket.Opcode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FramesTest {

    private final List<String> seen = new ArrayList<>();
    private final Frames.Sink sink = (opcode, fin, deflated, buffer, at, length) -> {
        byte[] payload = buffer.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        seen.add(opcode + " " + fin + " " + length + " " + Arrays.hashCode(payload));
    };

    @Test
    void framesAreCountedTheSameWhereverTheReadsEnd() throws BenchException {
        byte[] wire = framesOf(0, 1, 125, 126, 200);
        List<String> whole = read(wire, wire.length);
        assertThat(whole).hasSize(5);
        for (int cut = 0; cut <= wire.length; cut++) {
            assertThat(read(wire, cut)).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {125, 126, 65_535, 65_536, 300_000})
    void everyFormOfLengthIsRead(int bytes) throws BenchException {
        byte[] wire = framesOf(bytes, 3);
        assertThat(read(wire, wire.length)).hasSize(2).allMatch(frame -> frame.startsWith("1 true "));
        assertThat(seen.getFirst()).startsWith("1 true " + bytes + " ");
    }

    @Test
    void theBeginningOfAFrameIsLeftForTheNextRead() throws BenchException {
        byte[] wire = framesOf(10, 10);
        long left = Frames.read(MemorySegment.ofArray(wire), 0, wire.length - 1, sink);
        assertThat(left).isEqualTo(12);
        assertThat(seen).hasSize(1);
    }

    @Test
    void aMaskedFrameFromAServerIsRefused() {
        byte[] wire = Frames.masked(Frames.TEXT, new byte[4]);
        assertThatThrownBy(() -> Frames.read(MemorySegment.ofArray(wire), 0, wire.length, sink))
                .isInstanceOf(BenchException.class);
    }

    @Test
    void aLengthThatNoBufferHoldsIsRefused() {
        byte[] wire = new byte[20];
        wire[0] = (byte) 0x81;
        wire[1] = 127;
        wire[2] = 0x7F;
        assertThatThrownBy(() -> Frames.read(MemorySegment.ofArray(wire), 0, wire.length, sink))
                .isInstanceOf(BenchException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 125, 126, 65_535, 65_536})
    void aServerReadsWhatIsMasked(int bytes) {
        byte[] payload = new byte[bytes];
        new Random(bytes).nextBytes(payload);
        byte[] frame = Frames.masked(Frames.BINARY, payload);
        assertThat(Frames.payloadAt(frame)).isEqualTo(frame.length - bytes);
        assertThat(decode(frame)).isEqualTo(ByteBufUtil.hexDump(payload));
    }

    @Test
    void aDeflatedMessageIsToldAsOneAndInflated() throws BenchException {
        byte[] hello = ByteBufUtil.decodeHexDump("c107f248cdc9c90700"); // RFC 7692 §7.2.3.1
        try (Kernel kernel = new Kernel(1);
                Inflation inflation = new Inflation(kernel)) {
            List<String> texts = new ArrayList<>();
            Frames.Sink inflating = (opcode, fin, deflated, buffer, at, length) -> {
                assertThat(opcode).isEqualTo(Frames.TEXT);
                assertThat(deflated).isTrue();
                int bytes = inflation.inflate(buffer, at, length);
                byte[] inflated = inflation.inflated().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
                texts.add(new String(inflated, StandardCharsets.UTF_8));
            };
            for (int i = 0; i < 2; i++) {
                Frames.read(MemorySegment.ofArray(hello), 0, hello.length, inflating);
            }
            assertThat(texts).containsExactly("Hello", "Hello");
            hello[2] = (byte) 0xFF;
            assertThatThrownBy(() -> Frames.read(MemorySegment.ofArray(hello), 0, hello.length, inflating))
                    .hasMessageContaining("DEFLATE");
        }
    }

    @Test
    void aByteIsMaskedByItsPlace() {
        byte[] payload = {10, 11, 12, 13, 14, 15};
        byte[] frame = Frames.masked(Frames.TEXT, payload);
        int at = Frames.payloadAt(frame);
        for (int i = 0; i < payload.length; i++) {
            assertThat(Frames.mask(i, payload[i])).isEqualTo(frame[at + i]);
        }
    }

    private static byte[] framesOf(int... lengths) {
        Random random = new Random(3);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int length : lengths) {
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            wire.writeBytes(FrameEncoder.frame(Opcode.TEXT, payload));
        }
        return wire.toByteArray();
    }

    /** In two reads, as a client does it: what the first one leaves is put before the second. */
    private List<String> read(byte[] wire, int cut) throws BenchException {
        seen.clear();
        MemorySegment buffer = MemorySegment.ofArray(Arrays.copyOf(wire, Math.max(wire.length, 64)));
        long left = Frames.read(buffer, 0, cut, sink);
        assertThat(Frames.read(buffer, left, wire.length, sink)).isEqualTo(wire.length);
        return List.copyOf(seen);
    }

    private static String decode(byte[] frame) {
        StringBuilder hex = new StringBuilder();
        FrameSink sink = new FrameSink() {
            @Override
            public void onText(ByteBuf payload) {}

            @Override
            public void onBinary(ByteBuf payload) {
                hex.append(ByteBufUtil.hexDump(payload));
            }

            @Override
            public void onPing(ByteBuf payload) {}

            @Override
            public void onPong(ByteBuf payload) {}

            @Override
            public void onClose(int code, String reason) {}
        };
        FrameDecoder decoder =
                new FrameDecoder(FrameDecoder.Role.SERVER, 1 << 20, UnpooledByteBufAllocator.DEFAULT, sink, null);
        assertThat(decoder.decode(Unpooled.wrappedBuffer(frame))).isNull();
        return hex.toString();
    }
}
