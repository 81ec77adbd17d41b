package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Whatever comes as a compressed message is a message within the limit or a coded refusal; whatever is offered, an answer. */
class DeflateFuzzTest {
    private static final int LIMIT = 10_000;

    @FuzzTest
    void anyBytesAsCompressedMessages(byte[] bytes) {
        DeflateCounters counters = new DeflateCounters();
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        DeflateSettings settings = DeflateSettings.OFF.with(DeflateSettings.Mode.DEDICATED);
        try (LoopDeflate loop = new LoopDeflate(settings, counters);
                DeflatedMessages messages = Objects.requireNonNull(loop.agree(Objects.requireNonNull(
                        ExtensionOffer.read(List.of("permessage-deflate; client_max_window_bits")))))) {
            int middle = bytes.length / 2;
            inflate(messages, bytes, 0, middle, false, allocator);
            inflate(messages, bytes, middle, bytes.length - middle, true, allocator);
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(counters.contextBytes()).isZero();
    }

    private static void inflate(
            DeflatedMessages by,
            byte[] bytes,
            int from,
            int length,
            boolean isText,
            UnpooledByteBufAllocator allocator) {
        ByteBuf in = allocator.buffer(Math.max(1, length)).writeBytes(bytes, from, length);
        switch (by.inflate(in, isText, LIMIT, allocator)) {
            case Inflated.Message(ByteBuf message) -> {
                assertThat(message.readableBytes()).isLessThanOrEqualTo(LIMIT);
                assertThat(message.capacity()).isLessThanOrEqualTo(LIMIT);
                message.release();
            }
            case Inflated.Refused(Refusal why) ->
                assertThat(why.code()).isIn(CloseCode.INVALID_PAYLOAD, CloseCode.MESSAGE_TOO_BIG);
        }
        in.release();
    }

    @FuzzTest
    void anyTextAsAnOffer(byte[] bytes) {
        DeflateCounters counters = new DeflateCounters();
        List<ExtensionOffer> offers = ExtensionOffer.read(List.of(new String(bytes, StandardCharsets.ISO_8859_1)));
        if (offers == null) {
            return;
        }
        try (LoopDeflate loop = new LoopDeflate(DeflateSettings.OFF.with(DeflateSettings.Mode.DEDICATED), counters);
                DeflatedMessages agreed = loop.agree(offers)) {
            if (agreed != null) {
                assertThat(ExtensionOffer.read(List.of(agreed.takeAnswer()))).hasSize(1);
            }
        }
        assertThat(counters.connections()).isZero();
        assertThat(counters.contexts()).isZero();
    }
}
