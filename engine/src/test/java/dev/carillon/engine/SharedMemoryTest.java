package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The executable specification is what the contract says. */
class SharedMemoryTest extends SharedLogContract {

    private final SharedWorld world = new SharedWorld();

    @Override
    protected SharedLog link(SharedLog.Feed feed) {
        SharedLog link = world.link();
        link.begin(feed);
        return link;
    }

    @Override
    protected void settle() {
        world.run();
    }

    @Override
    protected void fail(SharedLog link) {
        ((SharedWorld.Link) link).fail();
    }

    // ---- beyond the contract: its bounds exactly, and what a failover to a copy that lags does

    private static final ChannelName ROOM = new ChannelName("room");
    private static final int BYTES = 1 + LogRecord.OVERHEAD_BYTES;

    private long millis = 1000;
    private final SharedMemory memory = new SharedMemory(() -> millis);
    private ChannelSettings settings = ChannelSettings.DEFAULT;

    @Test
    void theBytesOfTheHistoryAreKeptExactly() {
        settings = settings.toBuilder().historyBytesMax(3 * BYTES).build();
        store(3);
        assertThat(kept()).containsExactly(1L, 2L, 3L);
        store(1);
        assertThat(kept()).containsExactly(2L, 3L, 4L);
    }

    @Test
    void theAgeOfTheHistoryIsKeptExactly() {
        settings = settings.toBuilder().historyAgeMax(Duration.ofMillis(50)).build();
        store(1);
        millis = 1050;
        assertThat(kept()).containsExactly(1L);
        millis = 1051;
        assertThat(kept()).isEmpty();
        assertThat(memory.head(ROOM).offset()).isEqualTo(1);
        assertThat(read(new SharedLog.Range.From(1), 10, 1000).state().oldest()).isEqualTo(2);
        settings = settings.toBuilder()
                .historyAgeMax(Duration.ofDays(1))
                .historyBytesMax(2 * BYTES)
                .build();
        store(3);
        assertThat(kept()).containsExactly(3L, 4L);
    }

    @Test
    void theBytesOfARunAreExact() {
        store(5);
        assertThat(offsets(new SharedLog.Range.From(2), 10, 2 * BYTES)).containsExactly(2L, 3L);
        assertThat(offsets(new SharedLog.Range.From(2), 10, 2 * BYTES - 1)).containsExactly(2L);
        assertThat(offsets(new SharedLog.Range.To(4), 10, 2 * BYTES)).containsExactly(3L, 4L);
    }

    @Test
    void aLostRecordIsGoneWithItsKeyAndTheOneBeforeItIsTheHead() {
        LogRecord.Once once = new LogRecord.Once("key-0123456789abcdef", 1, 2);
        settings = settings.toBuilder().historyBytesMax(2 * BYTES).build();
        store(1);
        Position first = memory.head(ROOM);
        store(once);
        assertThat(memory.find(ROOM, settings, once)).isInstanceOf(SharedLog.Found.Duplicate.class);
        assertThat(memory.loseNewest(ROOM)).isFalse();
        assertThat(memory.head(ROOM)).isEqualTo(first);
        assertThat(memory.find(ROOM, settings, once)).isEqualTo(new SharedLog.Found.Unused());
        store(1);
        assertThat(kept()).containsExactly(1L, 2L);
        assertThat(memory.loseNewest(ROOM)).isFalse();
        assertThat(memory.loseNewest(ROOM)).isTrue();
        assertThat(memory.head(ROOM)).isEqualTo(Position.ORIGIN);
        assertThat(memory.loseNewest(ROOM)).isTrue();
        store(1);
        assertThat(kept()).containsExactly(1L);
    }

    @Test
    void aKeyIsForgottenOnceItsTimeIsOver() {
        LogRecord.Once once = new LogRecord.Once("key-0123456789abcdef", 1, 2);
        settings = settings.toBuilder().idempotencyAgeMax(Duration.ofMillis(50)).build();
        store(once);
        millis = 1050;
        assertThat(memory.find(ROOM, settings, once)).isInstanceOf(SharedLog.Found.Duplicate.class);
        millis = 1051;
        assertThat(memory.find(ROOM, settings, once)).isEqualTo(new SharedLog.Found.Unused());
        store(once);
        assertThat(memory.head(ROOM).offset()).isEqualTo(2);
    }

    @Test
    void aKeyWhoseTimeIsOverIsStoredAgain() {
        LogRecord.Once once = new LogRecord.Once("key-0123456789abcdef", 1, 2);
        settings = settings.toBuilder().idempotencyAgeMax(Duration.ofMillis(50)).build();
        store(once);
        millis = 1051;
        store(once);
        assertThat(memory.head(ROOM).offset()).isEqualTo(2);
    }

    @Test
    void whatWasLetGoOfDoesNotComeBackWhereTheNewestIsLost() {
        settings = settings.toBuilder().historyBytesMax(2 * BYTES).build();
        store(3);
        assertThat(memory.loseNewest(ROOM)).isFalse();
        assertThat(kept()).containsExactly(2L);
    }

    @Test
    void aKeyInAChannelOfWhichNothingIsKnownIsUnused() {
        LogRecord.Once once = new LogRecord.Once("key-0123456789abcdef", 1, 2);
        assertThat(memory.find(ROOM, settings, once)).isEqualTo(new SharedLog.Found.Unused());
    }

    @Test
    void aChannelThatLosesMoreThanIsKeptIsLostWhole() {
        settings = settings.toBuilder().historyAgeMax(Duration.ofMillis(50)).build();
        store(2);
        millis = 1051;
        assertThat(kept()).isEmpty();
        assertThat(memory.head(ROOM).offset()).isEqualTo(2);
        assertThat(memory.loseNewest(ROOM)).isTrue();
        assertThat(memory.head(ROOM)).isEqualTo(Position.ORIGIN);
    }

    private void store(int count) {
        for (int i = 0; i < count; i++) {
            store((LogRecord.Once) null);
        }
    }

    private void store(LogRecord.@Nullable Once once) {
        int check = (int) memory.head(ROOM).offset() + 100;
        assertThat(memory.append(ROOM, settings, new SharedLog.Entry(Data.json("1"), null, once, check, 7)))
                .isInstanceOf(SharedLog.Appended.Stored.class);
    }

    private List<Long> kept() {
        return offsets(new SharedLog.Range.From(1), 1000, 1 << 20);
    }

    private List<Long> offsets(SharedLog.Range range, int countMax, int bytesMax) {
        return read(range, countMax, bytesMax).records().stream()
                .map(LogRecord::offset)
                .toList();
    }

    private SharedLog.Read.Records read(SharedLog.Range range, int countMax, int bytesMax) {
        return (SharedLog.Read.Records) memory.read(ROOM, settings, range, countMax, bytesMax);
    }
}
