package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("UTF-8, RFC 3629")
class Utf8Test {
    @Test
    void everyCodePointIsValidAndNoneOfItsBeginningsIs() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                continue;
            }
            byte[] bytes = Character.toString(codePoint).getBytes(UTF_8);
            int state = Utf8.ACCEPT;
            for (int i = 0; i < bytes.length; i++) {
                state = Utf8.next(state, bytes[i]);
                boolean isLast = i == bytes.length - 1;
                if (state == Utf8.REJECT || isLast != (state == Utf8.ACCEPT)) {
                    throw new AssertionError("U+" + Integer.toHexString(codePoint) + " byte " + i);
                }
            }
        }
    }

    @Test
    void agreesWithTheJdkOnEverySequenceOfThreeBytes() {
        CharsetDecoder jdk = UTF_8.newDecoder();
        CharBuffer chars = CharBuffer.allocate(3);
        byte[] bytes = new byte[3];
        ByteBuffer sequence = ByteBuffer.wrap(bytes);
        for (int all = 0x80_0000; all < 0x100_0000; all++) {
            bytes[0] = (byte) (all >>> 16);
            bytes[1] = (byte) (all >>> 8);
            bytes[2] = (byte) all;
            boolean isValidForTheJdk =
                    jdk.reset().decode(sequence.clear(), chars.clear(), true).isUnderflow();
            if (Utf8.isValid(sequence, 0, 3) != isValidForTheJdk) {
                throw new AssertionError(Integer.toHexString(all));
            }
        }
    }

    @Test
    void rejectsAtTheFirstByteThatCannotBe() {
        int[][] bad = {
            {0x80},
            {0xBF},
            {0xC0},
            {0xC1},
            {0xF5},
            {0xFF}, // never the start of anything
            {0xE0, 0x9F},
            {0xF0, 0x8F}, // overlong
            {0xED, 0xA0}, // surrogate
            {0xF4, 0x90}, // above U+10FFFF
            {0xC2, 0x41},
            {0xE1, 0x80, 0xC0},
            {0xF1, 0x80, 0x80, 0x00}
        };
        for (int[] sequence : bad) {
            int state = Utf8.ACCEPT;
            for (int i = 0; i < sequence.length; i++) {
                state = Utf8.next(state, sequence[i]);
                assertThat(state == Utf8.REJECT).isEqualTo(i == sequence.length - 1);
            }
        }
    }

    @Test
    void aRejectionStays() {
        for (int octet = 0; octet < 256; octet++) {
            assertThat(Utf8.next(Utf8.REJECT, octet)).isEqualTo(Utf8.REJECT);
        }
    }

    @Test
    void aWordIsItsEightBytes() {
        byte[] text = "aé€𝄞b€é𝄞𝄞".getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.wrap(text);
        for (int from = 0; from + 8 <= text.length; from++) {
            int state = Utf8.ACCEPT;
            for (int i = from; i < from + 8; i++) {
                state = Utf8.next(state, text[i]);
            }
            assertThat(Utf8.nextWord(Utf8.ACCEPT, bytes.getLong(from))).isEqualTo(state);
        }
    }
}
