package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedRunTest {

    private static final EncodedMessage.Framing BRACKETS = new EncodedMessage.Framing() {
        @Override
        public int slot() {
            return 0;
        }

        @Override
        public byte[] frame(EncodedMessage message) {
            return ("<" + text(message.json()) + ">").getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public int messageBytes(EncodedMessage message) {
            return message.json().length;
        }
    };

    @Test
    void whatFollowsEachOtherIsOneRunAndAHoleBeginsAnother() {
        List<EncodedRun> runs = EncodedRun.of(List.of(publication(7, 1), publication(7, 2), publication(7, 4)));
        assertThat(runs).extracting(EncodedRun::size).containsExactly(2, 1);
    }

    @Test
    void anotherLifeOfTheStreamBeginsAnotherRun() {
        List<EncodedRun> runs = EncodedRun.of(List.of(publication(7, 1), publication(8, 2)));
        assertThat(runs).extracting(EncodedRun::size).containsExactly(1, 1);
    }

    @Test
    void aRunEndsOnceItHasBytesEnough() {
        String half = "\"" + "x".repeat(EncodedRun.BYTES_MAX / 2) + "\"";
        List<EncodedRun> runs =
                EncodedRun.of(List.of(publication(7, 1, half), publication(7, 2, half), publication(7, 3, half)));
        assertThat(runs).extracting(EncodedRun::size).containsExactly(2, 1);
    }

    @Test
    void aRunThatHasExactlyBytesEnoughEnds() {
        String half = "1".repeat(EncodedRun.BYTES_MAX / 2 - LogRecord.OVERHEAD_BYTES);
        String less = half.substring(1);
        assertThat(EncodedRun.of(List.of(publication(7, 1, half), publication(7, 2, half), publication(7, 3, half))))
                .extracting(EncodedRun::size)
                .containsExactly(2, 1);
        assertThat(EncodedRun.of(List.of(
                        publication(7, 1, half),
                        publication(7, 2, less),
                        publication(7, 3, half),
                        publication(7, 4, half))))
                .extracting(EncodedRun::size)
                .containsExactly(3, 1);
    }

    @Test
    void itsFormIsItsPublicationsFormsBehindEachOtherAndCounted() {
        EncodedPublication first = publication(7, 1);
        EncodedPublication second = publication(7, 2);
        EncodedRun run = EncodedRun.of(List.of(first, second)).getFirst();
        byte[] joined = run.framed(BRACKETS);
        assertThat(new String(joined, StandardCharsets.UTF_8))
                .isEqualTo("<" + text(first.json()) + "><" + text(second.json()) + ">");
        assertThat(run.framed(BRACKETS)).isSameAs(joined);
        assertThat(run.messageBytes(BRACKETS)).isEqualTo(joined.length - 4);
        assertThat(run.dataBytes()).isEqualTo(2);
        assertThat(text(run.after(1).framed(BRACKETS))).isEqualTo("<" + text(second.json()) + ">");
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static EncodedPublication publication(long epoch, long offset) {
        return publication(epoch, offset, "1");
    }

    private static EncodedPublication publication(long epoch, long offset, String json) {
        return new EncodedPublication(
                new Publication(
                        new ChannelName("orders"), new Position(epoch, offset, 5), Data.json(json), null, 0, null),
                1,
                true);
    }
}
