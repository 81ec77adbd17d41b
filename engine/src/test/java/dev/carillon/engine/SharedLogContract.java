package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link SharedLog} does, asked over two links to one log. */
public abstract class SharedLogContract {

    private static final ChannelName ROOM = new ChannelName("room");
    private static final ChannelName OTHER = new ChannelName("other");
    private static final long EPOCH = 77;

    private final List<String> pushed = new ArrayList<>();
    private SharedLog ada;
    private SharedLog bob;
    private ChannelSettings settings = settings(1000, 1 << 20, 100);
    private int checks = 1000;

    /** Another link to the same log, begun with this feed. */
    protected abstract SharedLog link(SharedLog.Feed feed);

    /** Returns once whatever was asked is answered, and what was pushed has come. */
    protected abstract void settle();

    /** Breaks a link. */
    protected abstract void fail(SharedLog link);

    @BeforeEach
    void connect() {
        SharedLog.Feed deaf = new SharedLog.Feed() {
            @Override
            public void onPushed(ChannelName channel, long epoch, LogRecord record) {
                throw new AssertionError(channel + " is not followed");
            }

            @Override
            public void onLost() {}
        };
        ada = link(deaf);
        bob = link(new SharedLog.Feed() {
            @Override
            public void onPushed(ChannelName channel, long epoch, LogRecord record) {
                pushed.add(channel + " " + record.offset());
            }

            @Override
            public void onLost() {
                pushed.add("lost");
            }
        });
    }

    private static ChannelSettings settings(int count, int bytes, int keys) {
        return new ChannelSettings(
                Durability.DISK, count, bytes, Duration.ofHours(1), keys, Duration.ofMinutes(15), Duration.ofDays(1));
    }

    private <T> T ask(Consumer<Consumer<T>> question) {
        List<T> answers = new ArrayList<>();
        question.accept(answers::add);
        settle();
        assertThat(answers).hasSize(1);
        return answers.getFirst();
    }

    private SharedLog.Appended append(SharedLog by, String data, @Nullable String key, long epoch) {
        Data json = Data.json(data);
        LogRecord.Once once = key == null ? null : IdempotencyWindow.fingerprint(key, json, null);
        SharedLog.Entry entry = new SharedLog.Entry(json, "ada", once, ++checks, epoch);
        return ask(answer -> by.append(ROOM, settings, entry, answer));
    }

    private SharedLog.Appended.Stored store(String data, @Nullable String key) {
        return (SharedLog.Appended.Stored) append(ada, data, key, EPOCH);
    }

    private static Position positionOf(SharedLog.Appended.Stored stored) {
        return new Position(
                stored.epoch(), stored.record().offset(), stored.record().check());
    }

    private SharedLog.Read.Records read(SharedLog.Range range, int countMax, int bytesMax) {
        return (SharedLog.Read.Records)
                this.<SharedLog.Read>ask(answer -> bob.read(ROOM, settings, range, countMax, bytesMax, answer));
    }

    private static List<Long> offsetsOf(SharedLog.Read.Records read) {
        return read.records().stream().map(LogRecord::offset).toList();
    }

    private List<Position> heads(List<ChannelName> channels) {
        return ((SharedLog.Heads.Known) this.<SharedLog.Heads>ask(answer -> bob.heads(channels, answer))).heads();
    }

    @Test
    void recordsGetTheNextOffsetAndTheCheckOfTheOneBefore() {
        SharedLog.Appended.Stored first = store("1", null);
        SharedLog.Appended.Stored second = (SharedLog.Appended.Stored) append(bob, "2", null, EPOCH + 1);
        assertThat(first.epoch()).isEqualTo(EPOCH);
        assertThat(first.record().offset()).isEqualTo(1);
        assertThat(first.record().previousCheck()).isZero();
        assertThat(second.epoch()).isEqualTo(EPOCH);
        assertThat(second.record().offset()).isEqualTo(2);
        assertThat(second.record().previousCheck()).isEqualTo(first.record().check());
        SharedLog.Read.Records all = read(new SharedLog.Range.From(1), 10, 1 << 20);
        assertThat(all.records()).containsExactly(first.record(), second.record());
        assertThat(all.state()).isEqualTo(new SharedLog.State(positionOf(second), 1));
    }

    @Test
    void aKeyStoresOnceWhoeverUsesIt() {
        Position first = positionOf(store("1", "key-0000000000000001"));
        assertThat(append(bob, "1", "key-0000000000000001", EPOCH)).isEqualTo(new SharedLog.Appended.Duplicate(first));
        assertThat(append(bob, "2", "key-0000000000000001", EPOCH)).isEqualTo(new SharedLog.Appended.Conflict());
        assertThat(heads(List.of(ROOM))).containsExactly(first);
        LogRecord.Once once = IdempotencyWindow.fingerprint("key-0000000000000001", Data.json("1"), null);
        LogRecord.Once other = IdempotencyWindow.fingerprint("key-0000000000000001", Data.json("2"), null);
        LogRecord.Once unused = IdempotencyWindow.fingerprint("key-0000000000000002", Data.json("1"), null);
        assertThat(this.<SharedLog.Found>ask(answer -> bob.find(ROOM, settings, once, answer)))
                .isEqualTo(new SharedLog.Found.Duplicate(first));
        assertThat(this.<SharedLog.Found>ask(answer -> bob.find(ROOM, settings, other, answer)))
                .isEqualTo(new SharedLog.Found.Conflict());
        assertThat(this.<SharedLog.Found>ask(answer -> bob.find(ROOM, settings, unused, answer)))
                .isEqualTo(new SharedLog.Found.Unused());
    }

    @Test
    void keysAreForgottenBeyondTheirNumber() {
        settings = settings(1000, 1 << 20, 2);
        store("1", "key-0000000000000001");
        store("2", "key-0000000000000002");
        store("3", "key-0000000000000003");
        assertThat(append(bob, "2", "key-0000000000000002", EPOCH)).isInstanceOf(SharedLog.Appended.Duplicate.class);
        assertThat(append(bob, "1", "key-0000000000000001", EPOCH)).isInstanceOf(SharedLog.Appended.Stored.class);
    }

    @Test
    void noMoreIsKeptThanTheBoundsSayButTheNewestAlways() {
        settings = settings(3, 1 << 20, 100);
        for (int i = 1; i <= 5; i++) {
            store(Integer.toString(i), null);
        }
        SharedLog.Read.Records byCount = read(new SharedLog.Range.From(1), 10, 1 << 20);
        assertThat(offsetsOf(byCount)).containsExactly(3L, 4L, 5L);
        assertThat(byCount.state().oldest()).isEqualTo(3);
        assertThat(byCount.records().getFirst().previousCheck()).isNotZero();
        settings = settings(3, 1, 100);
        store("6", null);
        assertThat(offsetsOf(read(new SharedLog.Range.From(1), 10, 1 << 20))).containsExactly(6L);
    }

    @Test
    void aRunIsBoundedByCountAndBytesAndHasOneAtLeast() {
        for (int i = 1; i <= 5; i++) {
            store(Integer.toString(i), null);
        }
        assertThat(offsetsOf(read(new SharedLog.Range.From(2), 2, 1 << 20))).containsExactly(2L, 3L);
        assertThat(offsetsOf(read(new SharedLog.Range.From(2), 10, 1))).containsExactly(2L);
        assertThat(offsetsOf(read(new SharedLog.Range.To(4), 2, 1 << 20))).containsExactly(3L, 4L);
        assertThat(offsetsOf(read(new SharedLog.Range.To(Long.MAX_VALUE), 2, 1 << 20)))
                .containsExactly(4L, 5L);
        assertThat(offsetsOf(read(new SharedLog.Range.To(4), 10, 1))).containsExactly(4L);
        assertThat(offsetsOf(read(new SharedLog.Range.To(0), 10, 1))).isEmpty();
        assertThat(offsetsOf(read(new SharedLog.Range.From(6), 10, 1))).isEmpty();
    }

    @Test
    void aChannelThatNobodyPublishedToStandsAtTheOrigin() {
        assertThat(read(new SharedLog.Range.From(1), 10, 100))
                .isEqualTo(new SharedLog.Read.Records(new SharedLog.State(Position.ORIGIN, 1), List.of()));
        Position head = positionOf(store("1", null));
        assertThat(heads(List.of(OTHER, ROOM))).containsExactly(Position.ORIGIN, head);
        assertThat(heads(List.of())).isEmpty();
    }

    @Test
    void aPurgeForgetsTheEpochAndTheKeys() {
        store("1", "key-0000000000000001");
        assertThat(this.<SharedLog.Purged>ask(answer -> bob.purge(ROOM, answer)))
                .isEqualTo(new SharedLog.Purged.Done());
        assertThat(heads(List.of(ROOM))).containsExactly(Position.ORIGIN);
        SharedLog.Appended again = append(ada, "1", "key-0000000000000001", EPOCH + 1);
        assertThat(((SharedLog.Appended.Stored) again).epoch()).isEqualTo(EPOCH + 1);
    }

    @Test
    void whatIsAppendedIsPushedToWhoeverFollowsAndOnlyWhileItDoes() {
        store("1", null);
        bob.follow(ROOM);
        settle();
        store("2", null);
        append(bob, "3", null, EPOCH);
        bob.unfollow(ROOM);
        settle();
        store("4", null);
        assertThat(pushed).containsExactly("room 2", "room 3");
    }

    @Test
    void afterAFailureNothingIsDoneAndNothingFollowedUntilItIsResumed() {
        bob.follow(ROOM);
        settle();
        fail(bob);
        settle();
        assertThat(pushed).containsExactly("lost");
        assertThat(append(bob, "1", null, EPOCH)).isEqualTo(new SharedLog.Appended.Failed());
        assertThat(this.<SharedLog.Heads>ask(answer -> bob.heads(List.of(), answer)))
                .isEqualTo(new SharedLog.Heads.Failed());
        store("2", null);
        bob.resume();
        assertThat(heads(List.of(ROOM)).getFirst().offset()).isEqualTo(1);
        assertThat(pushed).containsExactly("lost");
        bob.follow(ROOM);
        settle();
        store("3", null);
        assertThat(pushed).containsExactly("lost", "room 2");
    }
}
