package dev.carillon.websocket;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Any bytes, in any splits: the same messages, or one coded refusal with a code that may be sent, never an exception,
 * nothing left in memory.
 *
 * <p>{@code mvn verify} replays the inputs under {@code FrameDecoderFuzzTestInputs}. To look for new ones:
 * {@code JAZZER_FUZZ=1 mvn -pl websocket -am test -Dtest=FrameDecoderFuzzTest -Dsurefire.failIfNoSpecifiedTests=false};
 * longer with {@code JAZZER_MAX_DURATION=1h} in the environment. What it finds interesting goes to {@code .cifuzz-corpus}
 * (not committed), what fails beside the committed inputs.
 */
class FrameDecoderFuzzTest {
    private static final int LIMIT = 1 << 12;

    @FuzzTest(maxDuration = "20s")
    void anyBytesGiveTheSameResultInAnySplit(byte[] data) {
        int split = data.length == 0 ? 1 : 1 + (data[0] & 0x3F);
        byte[] wire = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
        for (FrameDecoder.Role role : FrameDecoder.Role.values()) {
            List<String> whole = decode(role, wire, Math.max(1, wire.length));
            if (!whole.equals(decode(role, wire, 1)) || !whole.equals(decode(role, wire, split))) {
                throw new AssertionError("the split made a difference: " + role + " " + split);
            }
        }
    }

    private static List<String> decode(FrameDecoder.Role role, byte[] wire, int pieceBytes) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        RecordingSink sink = new RecordingSink();
        FrameDecoder decoder = new FrameDecoder(role, LIMIT, allocator, sink, null);
        Refusal refusal = null;
        for (int at = 0; at < wire.length; at += pieceBytes) {
            byte[] piece = Arrays.copyOfRange(wire, at, Math.min(wire.length, at + pieceBytes));
            refusal = decoder.decode(Unpooled.wrappedBuffer(piece));
            if (decoder.keptBytes() > LIMIT + FrameDecoder.CONTROL_BYTES_MAX) {
                throw new AssertionError("keeps " + decoder.keptBytes() + " bytes");
            }
        }
        decoder.dispose();
        if (allocator.metric().usedHeapMemory() != 0) {
            throw new AssertionError("leaves bytes in memory");
        }
        if (refusal != null && !CloseCode.mayBeSent(refusal.code())) {
            throw new AssertionError("refuses with " + refusal);
        }
        sink.heard.add(Objects.toString(refusal));
        return sink.heard;
    }
}
