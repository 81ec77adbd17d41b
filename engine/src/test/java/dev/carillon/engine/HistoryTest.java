package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {

    private static final ChannelSettings WIDE = ChannelSettings.DEFAULT;

    @Test
    void anEmptyHistoryBeginsBehindNothing() {
        History history = new History();
        assertThat(history.oldest()).isEqualTo(1);
        assertThat(history.head()).isZero();
        assertThat(history.count()).isZero();
    }

    @Test
    void whatTheLogKeepsIsTakenOver() {
        int[] bytes = new int[40];
        long[] at = new long[40];
        for (int i = 0; i < 40; i++) {
            bytes[i] = 10 + i;
            at[i] = 1000 + i;
        }
        History history = new History(new LogState(7, 101, 140, 5, 1039, bytes, at, List.of()));
        assertThat(history.oldest()).isEqualTo(101);
        assertThat(history.head()).isEqualTo(140);
        assertThat(history.runFrom(101, 100, 10 + 11 + 12)).isEqualTo(103);
        history.trim(WIDE.toBuilder().historyAgeMax(Duration.ofMillis(10)).build(), 1040);
        assertThat(history.oldest()).isEqualTo(131);
    }

    @Test
    void aLogWithoutRecordsGivesAnEmptyHistoryBehindItsHead() {
        History history = new History(new LogState(7, 41, 40, 5, 1, new int[0], new long[0], List.of()));
        assertThat(history.oldest()).isEqualTo(41);
        assertThat(history.head()).isEqualTo(40);
        assertThat(history.count()).isZero();
    }

    @Test
    void theCountIsKeptExactly() {
        ChannelSettings three = WIDE.toBuilder().historyCountMax(3).build();
        History history = filled(3);
        history.trim(three, 0);
        assertThat(history.oldest()).isEqualTo(1);
        history.add(10, 4);
        history.trim(three, 0);
        assertThat(history.oldest()).isEqualTo(2);
        assertThat(history.count()).isEqualTo(3);
    }

    @Test
    void theBytesAreKeptExactlyAndTheNewestWhateverItsSize() {
        ChannelSettings thirty = WIDE.toBuilder().historyBytesMax(30).build();
        History history = filled(3);
        history.trim(thirty, 0);
        assertThat(history.oldest()).isEqualTo(1);
        history.add(1, 4);
        history.trim(thirty, 0);
        assertThat(history.oldest()).isEqualTo(2);
        history.add(100, 5);
        history.trim(thirty, 0);
        assertThat(history.oldest()).isEqualTo(5);
        assertThat(history.count()).isEqualTo(1);
        history.add(30, 6);
        history.trim(thirty, 0);
        assertThat(history.oldest()).isEqualTo(6);
    }

    @Test
    void theAgeIsKeptExactlyAndEvenTheNewestMayGo() {
        ChannelSettings young =
                WIDE.toBuilder().historyAgeMax(Duration.ofMillis(100)).build();
        History history = filled(3);
        history.trim(young, 101);
        assertThat(history.oldest()).isEqualTo(1);
        history.trim(young, 102);
        assertThat(history.oldest()).isEqualTo(2);
        history.trim(young, 104);
        assertThat(history.oldest()).isEqualTo(4);
        assertThat(history.count()).isZero();
        assertThat(history.head()).isEqualTo(3);
    }

    @Test
    void itGrowsAndGoesRoundWithoutMixingItsRecordsUp() {
        History history = new History();
        ChannelSettings some = WIDE.toBuilder().historyCountMax(50).build();
        for (int offset = 1; offset <= 300; offset++) {
            history.add(offset, offset);
            history.trim(some, 0);
            long oldest = Math.max(1, offset - 49);
            assertThat(history.oldest()).isEqualTo(oldest);
            int sum = 0;
            for (long of = oldest; of <= offset; of++) {
                sum += (int) of;
            }
            assertThat(history.runFrom(oldest, 1000, sum)).isEqualTo(offset);
            assertThat(history.runTo(offset, 1000, sum)).isEqualTo(oldest);
            if (oldest < offset) {
                assertThat(history.runFrom(oldest, 1000, sum - 1)).isEqualTo(offset - 1);
                assertThat(history.runTo(offset, 1000, sum - 1)).isEqualTo(oldest + 1);
            }
        }
    }

    @Test
    void whatGrowsKeepsTheTimeOfEachRecord() {
        History history = filled(100);
        ChannelSettings young =
                WIDE.toBuilder().historyAgeMax(Duration.ofMillis(100)).build();
        for (int now = 100; now <= 200; now++) {
            history.trim(young, now);
            assertThat(history.oldest()).isEqualTo(Math.max(1, now - 100));
        }
    }

    @Test
    void aRunHasAsManyRecordsAndBytesAsItMayAndAtLeastOne() {
        History history = filled(5);
        assertThat(history.runFrom(2, 3, 1000)).isEqualTo(4);
        assertThat(history.runFrom(2, 100, 30)).isEqualTo(4);
        assertThat(history.runFrom(2, 100, 29)).isEqualTo(3);
        assertThat(history.runFrom(2, 100, 1)).isEqualTo(2);
        assertThat(history.runFrom(2, 100, 1000)).isEqualTo(5);
        assertThat(history.runTo(4, 3, 1000)).isEqualTo(2);
        assertThat(history.runTo(4, 100, 30)).isEqualTo(2);
        assertThat(history.runTo(4, 100, 29)).isEqualTo(3);
        assertThat(history.runTo(4, 100, 1)).isEqualTo(4);
        assertThat(history.runTo(4, 100, 1000)).isEqualTo(1);
    }

    @Test
    void aRunEndsWhereTheHistoryDoes() {
        History history = filled(5);
        history.trim(WIDE.toBuilder().historyCountMax(2).build(), 0);
        assertThat(history.runTo(5, 100, 1000)).isEqualTo(4);
    }

    @Test
    void aRecordOfAnotherSizeCountsForThat() {
        ChannelSettings thirty = WIDE.toBuilder().historyBytesMax(30).build();
        History history = filled(3);
        history.resize(1, 4);
        history.resize(3, 6);
        history.add(10, 4);
        history.trim(thirty, 0);
        assertThat(history.oldest()).isEqualTo(1);
        assertThat(history.runFrom(1, 100, 14)).isEqualTo(2);
        history.add(1, 5);
        history.trim(thirty, 0);
        assertThat(history.oldest()).isEqualTo(2);
    }

    @Test
    void onlyARecordThatIsKeptGetsAnotherSize() {
        ChannelSettings twenty = WIDE.toBuilder().historyBytesMax(20).build();
        History history = filled(3);
        history.trim(twenty, 0);
        history.resize(1, 1000);
        history.resize(4, 1000);
        history.trim(twenty, 0);
        assertThat(history.oldest()).isEqualTo(2);
    }

    /** Records of ten bytes each, each accepted at its offset. */
    private static History filled(int count) {
        History history = new History();
        for (int offset = 1; offset <= count; offset++) {
            history.add(10, offset);
        }
        return history;
    }
}
