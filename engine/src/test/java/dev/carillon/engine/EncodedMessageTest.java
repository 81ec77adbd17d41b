package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EncodedMessageTest {

    private static final ChannelName ROOM = new ChannelName("room");
    private static final Position POSITION = new Position(7, 3, 5);

    @Test
    void eachFormIsMadeOnce() {
        EncodedPublication publication = publication(null, true);
        assertThat(publication.json()).isSameAs(publication.json());
        assertThat(new String(publication.json(), StandardCharsets.UTF_8)).contains("\"room\"");
        List<String> framed = new ArrayList<>();
        EncodedMessage.Framing first = framing(0, framed);
        EncodedMessage.Framing second = framing(EncodedMessage.FRAMINGS_MAX - 1, framed);
        assertThat(publication.framed(first)).isSameAs(publication.framed(first));
        assertThat(publication.framed(second)).isNotSameAs(publication.framed(first));
        assertThat(framed).containsExactly("0", "4");
    }

    private static EncodedMessage.Framing framing(int slot, List<String> framed) {
        return new EncodedMessage.Framing() {
            @Override
            public int slot() {
                return slot;
            }

            @Override
            public byte[] frame(EncodedMessage message) {
                framed.add(Integer.toString(slot));
                return new byte[] {(byte) slot};
            }

            @Override
            public int messageBytes(EncodedMessage message) {
                return 1;
            }
        };
    }

    @Test
    void readersAreToldTheTimeOrNot() {
        assertThat(told(publication(null, true)).at()).isEqualTo(99);
        assertThat(told(publication(null, false)).at()).isZero();
        assertThat(publication(null, false).publication().at()).isEqualTo(99);
    }

    private static Publication told(EncodedPublication encoded) {
        return ((ServerMessage.Delivery) encoded.message()).publication();
    }

    @Test
    void whatItCountsForIsItsDataItsKeyAndTagAndTheOverhead() {
        assertThat(publication(null, true).dataBytes()).isEqualTo(4);
        assertThat(publication(null, true).bytes()).isEqualTo(4 + 64);
        assertThat(publication(new Change("kä", null, false), true).bytes()).isEqualTo(4 + 3 + 64);
        assertThat(publication(new Change("kä", "tag", false), true).bytes()).isEqualTo(4 + 3 + 3 + 64);
        assertThat(publication(null, true).channelNumber()).isEqualTo(11);
    }

    @Test
    void aRemovalSaysOnlyThatItsKeyIsGone() {
        EncodedPublication removal =
                publication(new Change("key", "tag", false), false).asRemoval();
        Publication publication = removal.publication();
        assertThat(publication)
                .isEqualTo(new Publication(
                        ROOM, POSITION, Data.NONE, "ada", 99, null, new Change("key", null, true), false));
        assertThat(removal.channelNumber()).isEqualTo(11);
        assertThat(told(removal).at()).isZero();
    }

    @Test
    void aSignalSaysHowManyWereDroppedBeforeIt() {
        ServerMessage.Signalled signal = new ServerMessage.Signalled(ROOM, "ada", Data.json("1234"), 0);
        EncodedEvent event = EncodedEvent.of(signal, 11);
        assertThat(event.message()).isSameAs(signal);
        assertThat(event.channelNumber()).isEqualTo(11);
        assertThat(event.dataBytes()).isEqualTo(4);
        EncodedEvent after = event.afterDropped(3);
        assertThat(after.message()).isEqualTo(new ServerMessage.Signalled(ROOM, "ada", Data.json("1234"), 3));
        assertThat(after.channelNumber()).isEqualTo(11);
        EncodedEvent join = EncodedEvent.of(new ServerMessage.Join(ROOM, "ada", 5));
        assertThat(join.afterDropped(3)).isSameAs(join);
        assertThat(join.channelNumber()).isZero();
        assertThat(join.dataBytes()).isZero();
    }

    // ---- what the log keeps

    @Test
    void aRecordCountsForItsDataItsKeyAndTagAndTheOverhead() {
        assertThat(record(1, null).bytes()).isEqualTo(4 + 64);
        assertThat(record(1, new Change("kä", "tag", false)).bytes()).isEqualTo(4 + 6 + 64);
        assertThat(record(1, null).hasValue()).isFalse();
        assertThat(record(1, new Change("k", null, false)).hasValue()).isTrue();
        assertThat(record(1, new Change("k", null, true)).hasValue()).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> record(0, null));
    }

    @Test
    void aRedactedRecordKeepsAllButItsData() {
        LogRecord record = record(1, new Change("k", null, false));
        assertThat(record.redacted())
                .isEqualTo(
                        new LogRecord(1, 2, 3, 4, "ada", record.once(), Data.NONE, new Change("k", null, false), true));
    }

    @Test
    void aStateHasASizeAndATimeForEachRecord() {
        LogState state = new LogState(7, 3, 4, 5, 6, new int[] {10, 20}, new long[] {30, 40}, List.of());
        assertThat(state.recordCount()).isEqualTo(2);
        assertThat(List.of(state.bytesOf(0), state.bytesOf(1))).containsExactly(10, 20);
        assertThat(List.of(state.atOf(0), state.atOf(1))).containsExactly(30L, 40L);
        assertThat(List.of(state.epoch(), state.oldest(), state.head(), state.headAt()))
                .containsExactly(7L, 3L, 4L, 6L);
        assertThat(state.headCheck()).isEqualTo(5);
        assertThat(state.changes()).isEmpty();
        assertThat(new LogState(7, 1, 1, 5, 6, new int[1], new long[1], List.of()).oldest())
                .isEqualTo(1);
        isNoState(0, 0, 1, 1);
        isNoState(0, 1, 2, 2);
        isNoState(3, 4, 1, 1);
        isNoState(3, 4, 3, 3);
        isNoState(3, 4, 2, 1);
    }

    private static void isNoState(long oldest, long head, int sizes, int times) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LogState(7, oldest, head, 5, 6, new int[sizes], new long[times], List.of()));
    }

    @Test
    void theNewestRecordOfEachKeyIsFoundInOffsetOrder() {
        LogState.Newest newest = new LogState.Newest();
        newest.add(record(1, new Change("a", null, false)));
        newest.add(record(2, new Change("b", null, false)));
        newest.add(record(3, null));
        newest.add(record(4, new Change("a", null, true)));
        assertThat(newest.records()).extracting(LogRecord::offset).containsExactly(2L, 4L);
    }

    private static LogRecord record(long offset, @Nullable Change change) {
        return new LogRecord(offset, 2, 3, 4, "ada", new LogRecord.Once("key", 1, 2), Data.json("1234"), change, false);
    }

    private static EncodedPublication publication(@Nullable Change change, boolean tellsAt) {
        return new EncodedPublication(
                new Publication(ROOM, POSITION, Data.json("1234"), "ada", 99, "key-0123456789abcdef", change, false),
                11,
                tellsAt);
    }
}
