package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Masking, RFC 6455 §5.3")
class MaskingTest {
    private static final int KEY = 0x37FA213D;

    @Test
    @DisplayName("RFC 6455 §5.7: the masked Hello")
    void exampleOfTheRfc() {
        ByteBuffer bytes = ByteBuffer.wrap(new byte[] {0x7f, (byte) 0x9f, 0x4d, 0x51, 0x58});
        Masking.apply(bytes, 0, 5, KEY);
        assertThat(new String(bytes.array(), US_ASCII)).isEqualTo("Hello");
    }

    @Test
    void agreesWithTheDefinitionAtEveryOffsetAndLengthAndTouchesNothingElse() {
        for (int from = 0; from < 9; from++) {
            for (int length = 0; length < 40; length++) {
                byte[] masked = ramp(64);
                byte[] expected = ramp(64);
                for (int i = 0; i < length; i++) {
                    expected[from + i] ^= (byte) (KEY >>> (24 - 8 * (i & 3)));
                }
                Masking.apply(ByteBuffer.wrap(masked), from, from + length, KEY);
                assertThat(masked).isEqualTo(expected);

                byte[] maskedText = ramp(64);
                Masking.applyToText(ByteBuffer.wrap(maskedText), from, from + length, 0x01010101, Utf8.ACCEPT);
                byte[] expectedText = ramp(64);
                for (int i = 0; i < length; i++) {
                    expectedText[from + i] ^= 1;
                }
                assertThat(maskedText).isEqualTo(expectedText);
            }
        }
    }

    @Test
    void aSplitPayloadGoesOnWithTheTurnedKey() {
        for (int cut = 0; cut <= 32; cut++) {
            byte[] whole = ramp(32);
            Masking.apply(ByteBuffer.wrap(whole), 0, 32, KEY);
            byte[] split = ramp(32);
            Masking.apply(ByteBuffer.wrap(split), 0, cut, KEY);
            Masking.apply(ByteBuffer.wrap(split), cut, 32, Masking.turn(KEY, cut));
            assertThat(split).isEqualTo(whole);
        }
    }

    @Test
    void aBadByteIsFoundWhereverItStandsInItsWord() {
        for (int at = 0; at < 24; at++) {
            byte[] text = new byte[24];
            Arrays.fill(text, (byte) 'a');
            text[at] = (byte) 0xFF;
            Masking.apply(ByteBuffer.wrap(text), 0, 24, KEY);
            assertThat(Masking.applyToText(ByteBuffer.wrap(text), 0, 24, KEY, Utf8.ACCEPT))
                    .isEqualTo(Utf8.REJECT);
        }
    }

    private static byte[] ramp(int bytes) {
        byte[] ramp = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            ramp[i] = (byte) i;
        }
        return ramp;
    }
}
