package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FrameDecoderPropertyTest {
    private static final int LIMIT = 1 << 20;

    /** What a decoder made of some bytes. */
    private record Outcome(List<String> heard, @Nullable Refusal refusal) {}

    @Test
    void aStreamIsTheSameHoweverItIsSplit() {
        SplittableRandom random = Seed.forProperty("splits");
        WireGenerator generator = new WireGenerator(random);
        for (int round = 0; round < 300; round++) {
            WireGenerator.Stream stream = generator.stream(1 + random.nextInt(8));
            byte[] bytes = stream.bytes();
            Outcome expected = new Outcome(stream.expected(), null);
            assertThat(decode(bytes, left -> left)).as(Seed.hint(round)).isEqualTo(expected);
            assertThat(decode(bytes, left -> 1)).as(Seed.hint(round)).isEqualTo(expected);
            assertThat(decode(bytes, left -> 1 + random.nextInt(40)))
                    .as(Seed.hint(round))
                    .isEqualTo(expected);
            assertThat(decode(bytes, left -> 1 + random.nextInt(left)))
                    .as(Seed.hint(round))
                    .isEqualTo(expected);
        }
    }

    @Test
    void randomBytesGiveTheSameRefusalHoweverTheyAreSplit() {
        SplittableRandom random = Seed.forProperty("noise");
        for (int round = 0; round < 20_000; round++) {
            byte[] noise = new byte[1 + random.nextInt(200)];
            random.nextBytes(noise);
            if (random.nextInt(4) > 0) {
                noise[0] = (byte) (noise[0] & 0x8B); // past the reserved bits and most reserved opcodes
            }
            if (noise.length > 1 && random.nextInt(4) > 0) {
                noise[1] |= (byte) 0x80;
            }
            assertSameHoweverSplit(noise, random, round);
        }
    }

    @Test
    void aDamagedStreamGivesTheSameResultOrRefusalHoweverItIsSplit() {
        SplittableRandom random = Seed.forProperty("damage");
        WireGenerator generator = new WireGenerator(random);
        int refused = 0;
        for (int round = 0; round < 1_000; round++) {
            byte[] bytes = generator.stream(1 + random.nextInt(4)).bytes();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            refused += assertSameHoweverSplit(bytes, random, round).refusal() == null ? 0 : 1;
        }
        assertThat(refused)
                .as("the damage shows often enough to mean something")
                .isGreaterThan(100);
    }

    @Test
    void badTextIsRefusedAtTheByteThatMakesItBad() {
        SplittableRandom random = Seed.forProperty("text");
        for (int round = 0; round < 2_000; round++) {
            byte[] payload = "abcé€𝄞".repeat(1 + random.nextInt(10)).getBytes(UTF_8);
            payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
            int firstBad = firstBadByte(payload);
            byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, false, payload, random.nextInt());
            int headerBytes = frame.length - payload.length;
            FrameDecoder decoder = decoder(new RecordingSink());
            for (int i = 0; i < frame.length; i++) {
                Refusal refusal = decoder.decode(Unpooled.wrappedBuffer(new byte[] {frame[i]}));
                assertThat(refusal != null)
                        .as(Seed.hint(round))
                        .isEqualTo(firstBad >= 0 && i - headerBytes >= firstBad);
            }
            decoder.dispose();
        }
    }

    private static Outcome assertSameHoweverSplit(byte[] bytes, SplittableRandom random, int round) {
        Outcome whole = decode(bytes, left -> left);
        assertThat(decode(bytes, left -> 1)).as(Seed.hint(round)).isEqualTo(whole);
        assertThat(decode(bytes, left -> 1 + random.nextInt(Math.min(left, 64))))
                .as(Seed.hint(round))
                .isEqualTo(whole);
        return whole;
    }

    /** Feeds the bytes in the sizes that {@code next} gives, and checks that nothing is left in memory at the end. */
    private static Outcome decode(byte[] bytes, IntUnaryOperator next) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        RecordingSink sink = new RecordingSink();
        FrameDecoder decoder = new FrameDecoder(FrameDecoder.Role.SERVER, LIMIT, allocator, sink, null);
        Refusal refusal = null;
        for (int at = 0; at < bytes.length; ) {
            int size = next.applyAsInt(bytes.length - at);
            int to = Math.min(bytes.length, at + size);
            refusal = decoder.decode(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, at, to)));
            at = to;
        }
        decoder.dispose();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        return new Outcome(sink.heard, refusal);
    }

    private static FrameDecoder decoder(FrameSink sink) {
        return new FrameDecoder(FrameDecoder.Role.SERVER, LIMIT, UnpooledByteBufAllocator.DEFAULT, sink, null);
    }

    private static int firstBadByte(byte[] payload) {
        int state = Utf8.ACCEPT;
        for (int i = 0; i < payload.length; i++) {
            state = Utf8.next(state, payload[i]);
            if (state == Utf8.REJECT) {
                return i;
            }
        }
        return -1;
    }
}
