package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
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
            public void onSignal(ChannelName channel, SharedLog.Signal signal) {
                pushed.add(channel + " " + signal);
            }

            @Override
            public void onRedacted(ChannelName channel, SharedLog.Redacted.Done redacted) {
                pushed.add(channel + " " + redacted);
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
    void aSignalIsPushedToWhoeverFollowsAsItIsAndNotKept() {
        bob.follow(ROOM);
        settle();
        SharedLog.Signal first =
                new SharedLog.Signal(-5, 7, new CarriedSignal("AAAAAAAAAAAAAAAAAAAAAA", "\u00e4da", Data.json("[1]")));
        SharedLog.Signal second = new SharedLog.Signal(
                5, 8, new CarriedSignal("BBBBBBBBBBBBBBBBBBBBBB", null, Data.bytes(new byte[] {0, -1})));
        assertThat(this.<Boolean>ask(answer -> ada.signal(ROOM, first, answer))).isTrue();
        assertThat(this.<Boolean>ask(answer -> ada.signal(OTHER, first, answer)))
                .isTrue();
        assertThat(this.<Boolean>ask(answer -> bob.signal(ROOM, second, answer)))
                .isTrue();
        assertThat(pushed).containsExactly("room " + first, "room " + second);
        assertThat(heads(List.of(ROOM))).containsExactly(Position.ORIGIN);
    }

    // ---- maps

    private SharedLog.Appended change(String key, @Nullable String tag, @Nullable String data) {
        Data value = data == null ? Data.NONE : Data.json(data);
        Change change = new Change(key, tag, data == null);
        SharedLog.Entry entry = new SharedLog.Entry(value, "ada", null, ++checks, EPOCH, change, 0);
        return ask(answer -> ada.append(ROOM, settings, entry, answer));
    }

    private SharedLog.Appended expire(String key, long offset) {
        SharedLog.Entry entry = SharedLog.Entry.expiring(key, offset, ++checks, EPOCH);
        return ask(answer -> ada.append(ROOM, settings, entry, answer));
    }

    private void setMap(int keys, int bytes, Duration timeToLive) {
        settings = settings.toBuilder()
                .map(new MapSettings(keys, bytes, 10, timeToLive, Duration.ZERO))
                .build();
    }

    private SharedLog.Changes.Page changes(long after, int countMax, int bytesMax) {
        return (SharedLog.Changes.Page)
                this.<SharedLog.Changes>ask(answer -> bob.changes(ROOM, settings, after, countMax, bytesMax, answer));
    }

    private static List<String> wordsOf(SharedLog.Changes.Page page) {
        return page.changes().stream()
                .map(record -> record.offset() + " "
                        + (record.hasValue()
                                ? record.change().key() + "=" + record.data()
                                : "-" + record.change().key()))
                .toList();
    }

    @Test
    void ofAMapTheNewestChangeOfEachKeyIsKeptAndARemovalAsLongAsItsRecord() {
        settings = settings(4, 1 << 20, 100);
        assertThat(changes(0, 10, 1 << 20))
                .isEqualTo(new SharedLog.Changes.Page(new SharedLog.State(Position.ORIGIN, 1), List.of(), true));
        change("a", null, "1");
        change("b", "t", "2");
        change("a", "\u00e4", "3");
        change("c", null, "4");
        change("b", null, null);
        assertThat(wordsOf(changes(0, 10, 1 << 20))).containsExactly("3 a=3", "4 c=4", "5 -b");
        assertThat(changes(0, 10, 1 << 20).changes().getFirst().change()).isEqualTo(new Change("a", "\u00e4", false));
        change("d", null, "6");
        change("d", null, "7");
        change("d", null, "8");
        assertThat(wordsOf(changes(0, 10, 1 << 20))).containsExactly("3 a=3", "4 c=4", "5 -b", "8 d=8");
        change("d", null, "9");
        SharedLog.Changes.Page now = changes(0, 10, 1 << 20);
        assertThat(wordsOf(now)).containsExactly("3 a=3", "4 c=4", "9 d=9");
        assertThat(now.state().oldest()).isEqualTo(6);
        assertThat(now.isLast()).isTrue();
        assertThat(offsetsOf(read(new SharedLog.Range.From(1), 10, 1 << 20))).containsExactly(6L, 7L, 8L, 9L);
    }

    @Test
    void aRemovalOfAKeyThatHasComeBackTakesNothingWithIt() {
        settings = settings(2, 1 << 20, 100);
        change("a", null, "1");
        change("a", null, null);
        change("a", null, "3");
        change("b", null, "4");
        change("b", null, "5");
        assertThat(wordsOf(changes(0, 10, 1 << 20))).containsExactly("3 a=3", "5 b=5");
    }

    @Test
    void changesComeInPagesInTheOrderOfTheirOffsets() {
        for (int i = 1; i <= 5; i++) {
            change("k" + i, null, "1");
        }
        assertThat(wordsOf(changes(0, 2, 1 << 20))).containsExactly("1 k1=1", "2 k2=1");
        assertThat(changes(0, 2, 1 << 20).isLast()).isFalse();
        assertThat(wordsOf(changes(2, 10, 1))).containsExactly("3 k3=1");
        assertThat(changes(2, 10, 1).isLast()).isFalse();
        assertThat(wordsOf(changes(3, 2, 1 << 20))).containsExactly("4 k4=1", "5 k5=1");
        assertThat(changes(3, 2, 1 << 20).isLast()).isTrue();
        assertThat(changes(4, 10, 1).isLast()).isTrue();
        assertThat(changes(5, 10, 1).changes()).isEmpty();
        assertThat(changes(5, 10, 1).isLast()).isTrue();
    }

    @Test
    void aMapHoldsNoMoreKeysAndBytesThanItMay() {
        setMap(2, 2 * (1 + 1 + LogRecord.OVERHEAD_BYTES) + 1, Duration.ZERO);
        assertThat(change("a", null, "1")).isInstanceOf(SharedLog.Appended.Stored.class);
        assertThat(change("b", null, "1")).isInstanceOf(SharedLog.Appended.Stored.class);
        assertThat(change("c", null, "1")).isEqualTo(new SharedLog.Appended.Full());
        assertThat(change("a", null, "22")).isInstanceOf(SharedLog.Appended.Stored.class);
        assertThat(change("b", null, "22")).isEqualTo(new SharedLog.Appended.Full());
        assertThat(change("b", null, null)).isInstanceOf(SharedLog.Appended.Stored.class);
        assertThat(change("nothing", null, null)).isInstanceOf(SharedLog.Appended.Stored.class);
        assertThat(change("c", null, "1")).isInstanceOf(SharedLog.Appended.Stored.class);
        assertThat(wordsOf(changes(0, 10, 1 << 20))).containsExactly("3 a=22", "4 -b", "5 -nothing", "6 c=1");
    }

    @Test
    void aValueIsTakenAwayOnlyWhereItIsTheNewestAndItsTimeIsOver() {
        setMap(10, 4000, Duration.ofHours(1));
        assertThat(expire("a", 1)).isEqualTo(new SharedLog.Appended.Unchanged());
        assertThat(heads(List.of(ROOM))).containsExactly(Position.ORIGIN);
        change("a", null, "1");
        assertThat(expire("a", 1)).isEqualTo(new SharedLog.Appended.Unchanged());
        setMap(10, 4000, Duration.ZERO);
        change("a", null, "2");
        setMap(10, 4000, Duration.ofHours(1));
        assertThat(expire("a", 1)).isEqualTo(new SharedLog.Appended.Unchanged());
        assertThat(wordsOf(changes(0, 10, 1 << 20))).containsExactly("2 a=2");
    }

    @Test
    void aPurgeForgetsAMap() {
        change("a", null, "1");
        assertThat(this.<SharedLog.Purged>ask(answer -> bob.purge(ROOM, answer)))
                .isEqualTo(new SharedLog.Purged.Done());
        assertThat(changes(0, 10, 1 << 20).changes()).isEmpty();
        change("b", null, "1");
        assertThat(wordsOf(changes(0, 10, 1 << 20))).containsExactly("1 b=1");
    }

    // ---- what is redacted

    private SharedLog.Redacted redact(Position position) {
        return ask(answer -> ada.redact(ROOM, settings, position, answer));
    }

    private SharedLog.Redactions.Known redactions(long since) {
        return (SharedLog.Redactions.Known)
                this.<SharedLog.Redactions>ask(answer -> bob.redactions(ROOM, since, answer));
    }

    @Test
    void whatIsRedactedLosesItsDataAndKeepsItsPlace() {
        bob.follow(ROOM);
        settle();
        store("1", null);
        SharedLog.Appended.Stored second = store("22", "key-0000000000000001");
        SharedLog.Appended.Stored third = store("3", null);
        pushed.clear();
        SharedLog.Redacted.Done done =
                new SharedLog.Redacted.Done(EPOCH, 1, second.record().redacted());
        assertThat(redact(positionOf(second))).isEqualTo(done);
        assertThat(pushed).containsExactly("room " + done);
        assertThat(read(new SharedLog.Range.From(2), 10, 1 << 20).records())
                .containsExactly(second.record().redacted(), third.record());
        assertThat(append(bob, "22", "key-0000000000000001", EPOCH))
                .isEqualTo(new SharedLog.Appended.Duplicate(positionOf(second)));
        assertThat(heads(List.of(ROOM))).containsExactly(positionOf(third));
    }

    @Test
    void itIsKnownWhatWasRedactedSince() {
        assertThat(redactions(0)).isEqualTo(new SharedLog.Redactions.Known(0, 0, true, List.of()));
        SharedLog.Appended.Stored first = store("1", null);
        SharedLog.Appended.Stored second = store("2", null);
        assertThat(redactions(0)).isEqualTo(new SharedLog.Redactions.Known(EPOCH, 0, true, List.of()));
        redact(positionOf(second));
        redact(positionOf(first));
        assertThat(redactions(0))
                .isEqualTo(new SharedLog.Redactions.Known(
                        EPOCH,
                        2,
                        true,
                        List.of(second.record().redacted(), first.record().redacted())));
        assertThat(redactions(1).records()).containsExactly(first.record().redacted());
        assertThat(redactions(2).records()).isEmpty();
        assertThat(redactions(5)).isEqualTo(new SharedLog.Redactions.Known(EPOCH, 2, true, List.of()));
        SharedLog.Heads.Known heads =
                (SharedLog.Heads.Known) this.<SharedLog.Heads>ask(answer -> bob.heads(List.of(OTHER, ROOM), answer));
        assertThat(heads.redactions()).containsExactly(0L, 2L);
        for (int i = 0; i < SharedLog.REDACTIONS_KEPT; i++) {
            redact(positionOf(first));
        }
        assertThat(redactions(1).isWhole()).isFalse();
        assertThat(redactions(2).isWhole()).isTrue();
    }

    @Test
    void whatIsNotKeptCanNotBeRedacted() {
        settings = settings(1, 1 << 20, 100);
        Position first = positionOf(store("1", null));
        Position second = positionOf(store("2", null));
        SharedLog.Redacted unknown = new SharedLog.Redacted.Unknown();
        assertThat(redact(first)).isEqualTo(unknown);
        assertThat(redact(new Position(EPOCH + 1, 2, second.check()))).isEqualTo(unknown);
        assertThat(redact(new Position(EPOCH, 2, second.check() + 1))).isEqualTo(unknown);
        assertThat(redact(new Position(EPOCH, 3, second.check()))).isEqualTo(unknown);
        assertThat(redact(Position.ORIGIN)).isEqualTo(unknown);
        assertThat(redactions(0).serial()).isZero();
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
