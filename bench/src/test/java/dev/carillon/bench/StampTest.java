package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class StampTest {

    @Test
    void wordsAreDataOfTheSameLengthWithOneStamp() {
        for (int bytes : new int[] {Stamp.DATA_BYTES_MIN, 100, 1_024}) {
            String words = Stamp.words(bytes);
            assertThat(words).hasSize(bytes).startsWith("\"@").endsWith("\"");
            assertThat(words.chars().filter(c -> c == Stamp.MARK || c == '"')).hasSize(3);
        }
    }

    private final Stamp stamp = new Stamp();

    @Test
    void dataHasExactlyTheBytesThatWereAskedFor() {
        for (int bytes : new int[] {Stamp.DATA_BYTES_MIN, 20, 64, 512, 16_384}) {
            assertThat(Stamp.data(bytes)).hasSize(bytes).startsWith("\"@").endsWith("\"");
        }
        assertThatThrownBy(() -> Stamp.data(Stamp.DATA_BYTES_MIN - 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aStampThatWasWrittenIntoAMaskedFrameIsReadFromAnUnmaskedOne() {
        for (long nanos : new long[] {0, 1, 1_234_567_890_123L, -5, Long.MAX_VALUE, Long.MIN_VALUE}) {
            String message = "{\"type\":\"publish\",\"data\":" + Stamp.data(40) + "}";
            byte[] frame = Frames.masked(Frames.TEXT, message.getBytes(StandardCharsets.US_ASCII));
            int payloadAt = Frames.payloadAt(frame);
            MemorySegment bytes = MemorySegment.ofArray(frame);
            Stamp.write(bytes, payloadAt, message.indexOf('@') + 1, nanos);
            for (int i = payloadAt; i < frame.length; i++) {
                frame[i] = Frames.mask(i - payloadAt, frame[i]);
            }
            long at = stamp.findOnly(bytes, payloadAt, frame.length);
            assertThat(stamp.read(bytes, at)).isEqualTo(nanos);
        }
    }

    @Test
    void aMessageWithoutAStampHasNone() {
        MemorySegment words = message("{\"type\":\"published\",\"id\":1,\"channel\":\"bench\",\"offset\":12}");
        assertThat(stamp.findOnly(words, 0, words.byteSize())).isEqualTo(-1);
        assertThat(stamp.find(words, 0, words.byteSize())).isEqualTo(-1);
    }

    @Test
    void allStampsOfOneMessageAreFound() {
        MemorySegment lines = message("{\"push\":" + Stamp.data(30) + "}\n{\"push\":" + Stamp.data(50) + "}\n{}");
        int found = 0;
        for (long at = stamp.find(lines, 0, lines.byteSize()); at >= 0; at = stamp.find(lines, at, lines.byteSize())) {
            found++;
        }
        assertThat(found).isEqualTo(2);
    }

    @Test
    void aStampIsFoundAlsoWhereTheLastMessageHadItElsewhere() {
        for (int bytes : new int[] {64, 64, 20, 500, 64}) {
            MemorySegment message = message("{\"offset\":" + bytes + ",\"data\":" + Stamp.data(bytes) + "}");
            long at = stamp.findOnly(message, 0, message.byteSize());
            assertThat(message.get(ValueLayout.JAVA_BYTE, at - 1)).isEqualTo(Stamp.MARK);
        }
    }

    private static MemorySegment message(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }
}
