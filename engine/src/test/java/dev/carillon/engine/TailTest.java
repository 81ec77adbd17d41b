package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TailTest {

    private static final int BYTES = 100;
    private static final int NO_BOUND = Integer.MAX_VALUE;
    private static final Position BEFORE = position(40);

    private final ChannelSettings settings = ChannelSettings.DEFAULT;

    @Test
    void itKeepsExactlyAsManyBytesAsItMay() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42, 43);
        tail.add(publication(44), 4 * BYTES);
        assertThat(offsets(tail)).containsExactly(41, 42, 43, 44);
        tail.add(publication(45), 4 * BYTES);
        assertThat(offsets(tail)).containsExactly(42, 43, 44, 45);
        tail.add(publication(46), 4 * BYTES - 1);
        assertThat(offsets(tail)).containsExactly(44, 45, 46);
    }

    @Test
    void itKeepsNoMoreBytesThanTheHistory() {
        Tail tail =
                new Tail(BEFORE, settings.toBuilder().historyBytesMax(3 * BYTES).build());
        add(tail, 41, 42, 43);
        assertThat(offsets(tail)).containsExactly(41, 42, 43);
        add(tail, 44);
        assertThat(offsets(tail)).containsExactly(42, 43, 44);
    }

    @Test
    void itKeepsNoMorePublicationsThanTheHistory() {
        Tail tail = new Tail(BEFORE, settings.toBuilder().historyCountMax(3).build());
        add(tail, 41, 42, 43);
        assertThat(offsets(tail)).containsExactly(41, 42, 43);
        add(tail, 44);
        assertThat(offsets(tail)).containsExactly(42, 43, 44);
    }

    @Test
    void onePublicationThatIsTooLargeLeavesItEmptyAtTheHead() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42);
        tail.add(publication(43), BYTES - 1);
        assertThat(tail.head()).isEqualTo(position(43));
        assertThat(tail.covers(position(43))).isTrue();
        assertThat(tail.covers(position(42))).isFalse();
        assertThat(tail.after(position(43), NO_BOUND)).isEmpty();
        tail.add(publication(44), BYTES);
        assertThat(tail.after(position(43), NO_BOUND)).hasSize(1);
    }

    @Test
    void itGrowsAndGoesRoundWithoutMixingItsPublicationsUp() {
        Tail tail = new Tail(BEFORE, settings);
        for (int offset = 41; offset < 240; offset++) {
            tail.add(publication(offset), 70 * BYTES);
            int oldest = Math.max(41, offset - 69);
            assertThat(offsetsAfter(tail, position(oldest - 1)))
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(oldest, offset).boxed().toList());
        }
    }

    @Test
    void whatIsTooOldGoesAndWhatIsJustNotStays() {
        Tail tail = new Tail(
                BEFORE,
                settings.toBuilder().historyAgeMax(Duration.ofMillis(100)).build());
        add(tail, 41, 42, 43);
        tail.trim(141); // the time of each is its offset
        assertThat(offsets(tail)).containsExactly(41, 42, 43);
        tail.trim(142);
        assertThat(offsets(tail)).containsExactly(42, 43);
        tail.trim(10_000);
        assertThat(offsets(tail)).isEmpty();
        assertThat(tail.head()).isEqualTo(position(43));
    }

    @Test
    void whatWasLetGoOfCountsNoMore() {
        Tail tail = new Tail(
                BEFORE,
                settings.toBuilder().historyAgeMax(Duration.ofMillis(100)).build());
        add(tail, 41, 42, 43);
        tail.trim(143);
        tail.add(publication(44), 3 * BYTES);
        tail.add(publication(45), 3 * BYTES);
        assertThat(offsets(tail)).containsExactly(43, 44, 45);
    }

    @Test
    void itCoversWhatItHoldsAndThePositionBeforeThat() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42, 43);
        for (long offset = 40; offset <= 43; offset++) {
            assertThat(tail.covers(position(offset))).isTrue();
            assertThat(tail.covers(new Position(7, offset, 999))).isFalse();
            assertThat(tail.covers(new Position(8, offset, (int) offset))).isFalse();
        }
        assertThat(tail.covers(position(39))).isFalse();
        assertThat(tail.covers(position(44))).isFalse();
    }

    @Test
    void aPageHasAsManyBytesAsItMayAndAtLeastOnePublication() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42, 43, 44);
        assertThat(tail.after(position(41), 2 * BYTES)).hasSize(2);
        assertThat(tail.after(position(41), 2 * BYTES - 1)).hasSize(1);
        assertThat(tail.after(position(41), 1)).hasSize(1);
    }

    @Test
    void theNewestFewBeginWhereTheyBegin() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42, 43);
        assertThat(tail.beforeNewest(0)).isEqualTo(position(43));
        assertThat(tail.beforeNewest(2)).isEqualTo(position(41));
        assertThat(tail.beforeNewest(3)).isEqualTo(position(40));
        assertThat(tail.beforeNewest(4)).isNull();
    }

    @Test
    void aTailThatReachesBackToTheBeginningHasAllOfTheNewestHoweverMany() {
        Tail tail = new Tail(Position.ORIGIN, settings);
        tail.add(publication(1), NO_BOUND);
        assertThat(tail.beforeNewest(5)).isEqualTo(Position.ORIGIN);
    }

    @Test
    void whatIsReplacedHasItsNewFormAndItsNewSize() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42, 43);
        EncodedPublication smaller = publication(42, BYTES - 30);
        tail.replace(smaller);
        assertThat(tail.after(position(41), NO_BOUND).getFirst()).isSameAs(smaller);
        tail.add(publication(44), 4 * BYTES - 30);
        assertThat(offsets(tail)).containsExactly(41, 42, 43, 44);
        tail.add(publication(45), 5 * BYTES - 31);
        assertThat(offsets(tail)).containsExactly(42, 43, 44, 45);
    }

    @Test
    void onlyWhatItHoldsIsReplaced() {
        Tail tail = new Tail(BEFORE, settings);
        add(tail, 41, 42);
        List<EncodedPublication> before = tail.after(BEFORE, NO_BOUND);
        tail.replace(publication(40));
        tail.replace(publication(43));
        tail.replace(new EncodedPublication(
                new Publication(new ChannelName("orders"), new Position(7, 41, 5), Data.NONE, null, 41, null),
                1,
                true));
        assertThat(tail.after(BEFORE, NO_BOUND)).isEqualTo(before);
        tail.add(publication(43), 3 * BYTES);
        assertThat(offsets(tail)).containsExactly(41, 42, 43);
    }

    private static void add(Tail tail, long... offsets) {
        for (long offset : offsets) {
            tail.add(publication(offset), NO_BOUND);
        }
    }

    /** All that it holds: what follows its start, found from the head on. */
    private static List<Integer> offsets(Tail tail) {
        long start = tail.head().offset();
        while (start > 0 && tail.covers(position(start - 1))) {
            start--;
        }
        return offsetsAfter(tail, position(start));
    }

    private static List<Integer> offsetsAfter(Tail tail, Position position) {
        return tail.after(position, NO_BOUND).stream()
                .map(publication -> (int) publication.publication().offset())
                .toList();
    }

    private static Position position(long offset) {
        return offset == 0 ? Position.ORIGIN : new Position(7, offset, (int) offset);
    }

    private static EncodedPublication publication(long offset) {
        return publication(offset, BYTES);
    }

    /** One that counts for so many bytes, and was accepted at its offset. */
    private static EncodedPublication publication(long offset, int bytes) {
        Data data = Data.json("1".repeat(bytes - LogRecord.OVERHEAD_BYTES));
        return new EncodedPublication(
                new Publication(new ChannelName("orders"), position(offset), data, null, offset, null), 1, true);
    }
}
