package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Our decoder and Netty's, on the same bytes. */
class DisagreementPropertyTest {
    private static final int LIMIT = 1 << 20;
    private static final int SMALL_LIMIT = 200;

    @Test
    void bothHearTheSameInAValidStream() {
        SplittableRandom random = Seed.forProperty("netty");
        WireGenerator generator = new WireGenerator(random);
        for (int round = 0; round < 150; round++) {
            byte[] bytes = generator.stream(1 + random.nextInt(8)).bytes();
            assertThat(Disagreement.about(bytes, LIMIT)).as(Seed.hint(round)).isNull();
        }
    }

    @Test
    void whatOursRefusesOfADamagedStreamAndNettysTakesHasAName() {
        SplittableRandom random = Seed.forProperty("netty and damage");
        WireGenerator generator = new WireGenerator(random);
        Map<Disagreement, Integer> seen = new EnumMap<>(Disagreement.class);
        for (int round = 0; round < 1_500; round++) {
            byte[] bytes = damaged(generator.stream(1 + random.nextInt(3)).bytes(), random);
            bytes = Arrays.copyOf(bytes, Math.min(bytes.length, 20_000));
            try {
                Disagreement disagreement = Disagreement.about(bytes, random.nextBoolean() ? LIMIT : SMALL_LIMIT);
                if (disagreement != null) {
                    seen.merge(disagreement, 1, Integer::sum);
                }
            } catch (AssertionError e) {
                throw new AssertionError(Seed.hint(round), e);
            }
        }
        assertThat(seen.getOrDefault(Disagreement.BEFORE_THE_FRAME_IS_WHOLE, 0))
                .as("the damage shows often enough to mean something")
                .isGreaterThan(10);
    }

    @Test
    void aCloseCodeAbove4999IsOneOfThem() {
        for (int code : new int[] {5000, 32767, 32768, 65535}) {
            byte[] payload = {(byte) (code >> 8), (byte) code};
            byte[] frame = FrameEncoder.maskedFrame(Opcode.CLOSE, true, payload, 7);
            assertThat(Disagreement.about(frame, LIMIT)).isEqualTo(Disagreement.CLOSE_CODE_ABOVE_4999);
        }
    }

    /** Found by fuzzing: Netty 4.2 takes {@code 88 03 0f de c2} for a reason. */
    @Test
    void aCloseReasonThatEndsInTheMiddleOfACharacterIsOneOfThem() {
        byte[] payload = {0x0F, (byte) 0xDE, (byte) 0xC2};
        byte[] frame = FrameEncoder.maskedFrame(Opcode.CLOSE, true, payload, 7);
        assertThat(Disagreement.about(frame, LIMIT)).isEqualTo(Disagreement.CLOSE_REASON_CUT_IN_A_CHARACTER);
    }

    @Test
    void aMessageWhoseFragmentsTogetherAreTooLargeIsOneOfThem() {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.writeBytes(FrameEncoder.maskedFrame(Opcode.BINARY, false, new byte[SMALL_LIMIT], 7));
        wire.writeBytes(FrameEncoder.maskedFrame(Opcode.CONTINUATION, true, new byte[1], 7));
        assertThat(Disagreement.about(wire.toByteArray(), SMALL_LIMIT)).isEqualTo(Disagreement.MESSAGE_ABOVE_THE_LIMIT);
    }

    @Test
    void badTextInAFrameThatIsNotWholeIsOneOfThem() {
        byte[] frame = FrameEncoder.maskedFrame(Opcode.TEXT, true, new byte[] {(byte) 0xFF, 'a'}, 7);
        byte[] cut = Arrays.copyOf(frame, frame.length - 1);
        assertThat(Disagreement.about(cut, LIMIT)).isEqualTo(Disagreement.BEFORE_THE_FRAME_IS_WHOLE);
        assertThat(Disagreement.about(frame, LIMIT)).isNull();
    }

    /** Bits flip, and octets go missing, come twice, or come from elsewhere. */
    private static byte[] damaged(byte[] bytes, SplittableRandom random) {
        byte[] damaged = bytes;
        for (int times = 1 + random.nextInt(3); times > 0 && damaged.length > 0; times--) {
            int at = random.nextInt(damaged.length);
            int octets = 1 + random.nextInt(Math.min(8, damaged.length - at));
            byte[] piece = Arrays.copyOfRange(damaged, at, at + octets);
            switch (random.nextInt(4)) {
                case 0 -> damaged = spliced(damaged, at, octets, new byte[0]);
                case 1 -> damaged = spliced(damaged, at, 0, piece);
                case 2 -> damaged = spliced(damaged, random.nextInt(damaged.length), 0, piece);
                default -> damaged[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
        return damaged;
    }

    private static byte[] spliced(byte[] bytes, int at, int leftOut, byte[] put) {
        int to = Math.min(bytes.length, at + leftOut);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        out.writeBytes(put);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
