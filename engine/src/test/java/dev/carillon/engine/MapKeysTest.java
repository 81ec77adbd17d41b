package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MapKeysTest {

    /** What each record here counts for: its data, its key of one character, and the overhead. */
    private static final int BYTES = 10 + 1 + LogRecord.OVERHEAD_BYTES;

    @Test
    void asManyKeysAsMayBeHaveValues() {
        MapKeys keys = keys(2, 1_000_000);
        store(keys, value(1, "a"));
        assertThat(keys.hasRoomFor(set("b"), BYTES)).isTrue();
        store(keys, value(2, "b"));
        assertThat(keys.hasRoomFor(set("c"), BYTES)).isFalse();
        assertThat(keys.hasRoomFor(set("a"), BYTES)).isTrue();
        assertThat(keys.hasRoomFor(remove("c"), BYTES)).isTrue();
        store(keys, removal(3, "a"));
        assertThat(keys.hasRoomFor(set("c"), BYTES)).isTrue();
    }

    @Test
    void asManyBytesAsMayBeAreHeld() {
        MapKeys keys = keys(100, 2 * BYTES);
        store(keys, value(1, "a"));
        assertThat(keys.hasRoomFor(set("b"), BYTES)).isTrue();
        assertThat(keys.hasRoomFor(set("b"), BYTES + 1)).isFalse();
        store(keys, value(2, "b"));
        assertThat(keys.hasRoomFor(set("b"), BYTES)).isTrue();
        assertThat(keys.hasRoomFor(set("b"), BYTES + 1)).isFalse();
        store(keys, removal(3, "a"));
        assertThat(keys.hasRoomFor(set("b"), 2 * BYTES)).isTrue();
        assertThat(keys.hasRoomFor(set("b"), 2 * BYTES + 1)).isFalse();
    }

    @Test
    void whatIsOnItsWayCountsUntilItIsAnswered() {
        MapKeys keys = keys(2, 1_000_000);
        store(keys, value(1, "a"));
        LogRecord coming = value(2, "b");
        keys.begin(coming);
        assertThat(keys.hasRoomFor(set("c"), BYTES)).isFalse();
        assertThat(keys.hasRoomFor(set("b"), BYTES)).isTrue();
        keys.end(coming, false);
        assertThat(keys.hasRoomFor(set("c"), BYTES)).isTrue();
    }

    @Test
    void theBytesOnTheirWayCountToo() {
        MapKeys keys = keys(100, 3 * BYTES);
        store(keys, value(1, "a"));
        LogRecord coming = value(2, "a");
        keys.begin(coming);
        assertThat(keys.hasRoomFor(set("b"), BYTES)).isTrue();
        assertThat(keys.hasRoomFor(set("b"), BYTES + 1)).isFalse();
        // It may be that the one on its way is refused, and the old one is replaced by this one alone, or the other way
        // round.
        assertThat(keys.hasRoomFor(set("a"), BYTES)).isTrue();
        assertThat(keys.hasRoomFor(set("a"), BYTES + 1)).isFalse();
        keys.end(coming, false);
        assertThat(keys.hasRoomFor(set("b"), 2 * BYTES)).isTrue();
        assertThat(keys.hasRoomFor(set("b"), 2 * BYTES + 1)).isFalse();
    }

    @Test
    void aKeyThatIsHeldAndOnItsWayIsOneKey() {
        MapKeys keys = keys(3, 1_000_000);
        store(keys, value(1, "a"));
        keys.begin(value(2, "a"));
        keys.begin(value(3, "b"));
        assertThat(keys.hasRoomFor(set("c"), BYTES)).isTrue();
        keys.begin(value(4, "c"));
        assertThat(keys.hasRoomFor(set("d"), BYTES)).isFalse();
    }

    @Test
    void onlyTheNewestValueThatNothingWillReplaceIsTheNewest() {
        MapKeys keys = keys(10, 1_000_000);
        store(keys, value(1, "a"));
        assertThat(keys.isNewest("a", 1)).isTrue();
        assertThat(keys.isNewest("a", 2)).isFalse();
        assertThat(keys.isNewest("b", 1)).isFalse();
        LogRecord second = value(2, "a");
        LogRecord third = value(3, "a");
        keys.begin(second);
        keys.begin(third);
        keys.end(second, true);
        assertThat(keys.isNewest("a", 2)).isFalse();
        keys.end(third, false);
        assertThat(keys.isNewest("a", 2)).isTrue();
    }

    @Test
    void theLogIsToldTheValuesThatItsHistoryHasPassedInOrder() {
        MapKeys keys = new MapKeys(
                settings(10, 1_000_000), List.of(value(3, "c"), value(5, "a"), removal(6, "d"), value(8, "b")));
        assertThat(keys.liveBefore(8)).containsExactly(3, 5);
        assertThat(keys.liveBefore(9)).containsExactly(3, 5, 8);
        assertThat(keys.liveBefore(3)).isEmpty();
    }

    private static MapSettings settings(int keysMax, int bytesMax) {
        return new MapSettings(keysMax, bytesMax, 10, Duration.ZERO, Duration.ZERO);
    }

    private static MapKeys keys(int keysMax, int bytesMax) {
        return new MapKeys(settings(keysMax, bytesMax), List.of());
    }

    private static void store(MapKeys keys, LogRecord record) {
        keys.begin(record);
        keys.end(record, true);
    }

    private static Change set(String key) {
        return new Change(key, null, false);
    }

    private static Change remove(String key) {
        return new Change(key, null, true);
    }

    private static LogRecord value(long offset, String key) {
        return new LogRecord(offset, 1, 1, 0, null, null, Data.json("1".repeat(10)), set(key), false);
    }

    private static LogRecord removal(long offset, String key) {
        return new LogRecord(offset, 1, 1, 0, null, null, Data.NONE, remove(key), false);
    }
}
