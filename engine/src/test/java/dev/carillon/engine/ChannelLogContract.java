package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.ChannelLog.Read;
import dev.carillon.engine.ChannelLog.Summary;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ChannelLog} does, clause by clause of the port's javadoc. An implementation extends it, says how one
 * is made and adds only what is its own.
 */
public abstract class ChannelLogContract {

    protected static final ChannelName ORDERS = new ChannelName("orders");
    protected static final long EPOCH = 0x5EED_0001_CAFE_F00DL;

    private static final long ANSWER_SECONDS_MAX = 60;

    protected ChannelLog log;

    /** A log that keeps nothing yet. */
    protected abstract ChannelLog make() throws Exception;

    /** The class that the tests append with. */
    protected Durability durability() {
        return log.durabilityMax();
    }

    @BeforeEach
    void makeTheLog() throws Exception {
        log = make();
    }

    @AfterEach
    void closeTheLog() {
        log.close();
    }

    // What a channel is before and after its first record

    @Test
    void aChannelThatWasNeverPublishedToKeepsNothing() {
        assertThat(open(ORDERS)).isEqualTo(new Opened.Nothing());
        assertThat(read(ORDERS, 1, Long.MAX_VALUE)).isEmpty();
        assertThat(list()).isEmpty();
        assertThat(log.channelCount()).isZero();
    }

    @Test
    void whatWasAppendedIsReadBackFieldByField() {
        LogRecord first =
                new LogRecord(1, 0x80000001, 0, 1_700_000_000_123L, "ada", once(1), Data.json("{\"a\":[1,2]}"));
        LogRecord second = new LogRecord(2, -1, 0x80000001, 1_700_000_000_124L, null, null, Data.json("null"));
        assertStored(ORDERS, EPOCH, first);
        assertStored(ORDERS, EPOCH, second);

        assertThat(read(ORDERS, 1, 2)).containsExactly(first, second);
    }

    @Test
    void theStateNamesEpochHeadSizesTimesAndKeys() {
        LogRecord first = new LogRecord(1, 11, 0, 1001, null, once(1), Data.json("1234567"));
        LogRecord second = new LogRecord(2, 22, 11, 1002, "ada", null, Data.bytes(new byte[100]));
        LogRecord third = new LogRecord(3, 33, 22, 1001, "ada", once(3), Data.json("\"\""));
        assertStored(ORDERS, EPOCH, first);
        assertStored(ORDERS, EPOCH, second);
        assertStored(ORDERS, EPOCH, third);

        LogState state = kept(ORDERS);
        assertThat(state.epoch()).isEqualTo(EPOCH);
        assertThat(state.oldest()).isEqualTo(1);
        assertThat(state.head()).isEqualTo(3);
        assertThat(state.headCheck()).isEqualTo(33);
        assertThat(state.headAt()).isEqualTo(1001);
        assertThat(IntStream.range(0, 3).map(state::bytesOf))
                .containsExactly(first.bytes(), second.bytes(), third.bytes());
        assertThat(IntStream.range(0, 3).mapToLong(state::atOf)).containsExactly(1001L, 1002L, 1001L);
        assertThat(state.keys())
                .containsExactly(
                        new LogState.UsedKey(once(1), 1, 11, 1001), new LogState.UsedKey(once(3), 3, 33, 1001));
    }

    @Test
    void emptyDataAndAnEmptyNameAreNotTheSameAsNone() {
        LogRecord first = new LogRecord(1, 1, 0, 0, "", null, Data.bytes(new byte[0]));
        LogRecord second = new LogRecord(2, 2, 1, -1, null, null, Data.json(""));
        assertStored(ORDERS, EPOCH, first);
        assertStored(ORDERS, EPOCH, second);

        assertThat(read(ORDERS, 1, 2)).containsExactly(first, second);
    }

    @Test
    void jsonAndBytesAreKeptByteForByte() {
        byte[] every = new byte[256];
        IntStream.range(0, 256).forEach(i -> every[i] = (byte) i);
        LogRecord bytes = new LogRecord(1, 1, 0, 1, null, null, Data.bytes(every));
        LogRecord json = new LogRecord(2, 2, 1, 1, "Zoë 🛎", null, Data.json("{\"é\":\"🛎\\u0000\",\"n\":1e400}"));
        assertStored(ORDERS, EPOCH, bytes);
        assertStored(ORDERS, EPOCH, json);

        assertThat(read(ORDERS, 1, 2)).containsExactly(bytes, json);
    }

    @Test
    void aRecordOfOneMebibyteIsKeptWhole() {
        byte[] large = new byte[1 << 20];
        new SplittableRandom(7).nextBytes(large);
        LogRecord record = new LogRecord(1, 1, 0, 1, null, null, Data.bytes(large));
        assertStored(ORDERS, EPOCH, record);
        assertStored(ORDERS, EPOCH, record(2));

        assertThat(read(ORDERS, 1, 2)).containsExactly(record, record(2));
        assertThat(kept(ORDERS).bytesOf(0)).isEqualTo((1 << 20) + LogRecord.OVERHEAD_BYTES);
    }

    @Test
    void epochsAndChecksMayHaveAnyValue() {
        for (long epoch : new long[] {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE}) {
            LogRecord record = new LogRecord(1, (int) epoch, 0, Long.MIN_VALUE, null, null, Data.json("0"));
            assertStored(ORDERS, epoch, record);
            assertThat(kept(ORDERS).epoch()).isEqualTo(epoch);
            assertThat(kept(ORDERS).headCheck()).isEqualTo((int) epoch);
            assertThat(kept(ORDERS).headAt()).isEqualTo(Long.MIN_VALUE);
        }
    }

    // Contiguity

    @Test
    void theFirstRecordOfAChannelHasTheOffsetOne() {
        assertThat(append(ORDERS, EPOCH, record(2))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(open(ORDERS)).isEqualTo(new Opened.Nothing());
    }

    @Test
    void aRecordBehindAHoleIsRefused() {
        appendUpTo(ORDERS, EPOCH, 1, 3);
        assertThat(append(ORDERS, EPOCH, record(5))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(kept(ORDERS).head()).isEqualTo(3);
    }

    @Test
    void anOffsetThatIsTakenIsRefusedAndChangesNothing() {
        appendUpTo(ORDERS, EPOCH, 1, 3);
        LogRecord other = new LogRecord(3, 99, 98, 97, "eve", null, Data.json("\"other\""));
        assertThat(append(ORDERS, EPOCH, other)).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(append(ORDERS, EPOCH, record(1))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(read(ORDERS, 1, 9)).containsExactly(record(1), record(2), record(3));
    }

    @Test
    void afterOneRefusalNoneIsStoredUntilTheCallerStartsAgainBehindTheLastStored() {
        appendUpTo(ORDERS, EPOCH, 1, 2);
        List<CompletableFuture<Appended>> answers = new ArrayList<>();
        for (long offset = 4; offset <= 8; offset++) {
            answers.add(appendLater(ORDERS, EPOCH, record(offset)));
        }
        answers.forEach(answer -> assertThat(now(answer)).isEqualTo(refused(Fault.OUT_OF_ORDER)));

        appendUpTo(ORDERS, EPOCH, 3, 5);
        assertThat(offsets(read(ORDERS, 1, 9))).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void aRefusalInOneChannelIsNothingToAnother() {
        assertThat(append(ORDERS, EPOCH, record(7))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        appendUpTo(new ChannelName("news"), EPOCH, 1, 3);
    }

    // Epochs

    @Test
    void offsetOneOfANewEpochDropsWhatWasKeptOfTheOld() {
        appendUpTo(ORDERS, EPOCH, 1, 5);
        LogRecord anew = new LogRecord(1, 77, 0, 2000, null, once(9), Data.json("\"anew\""));
        assertStored(ORDERS, EPOCH + 1, anew);

        LogState state = kept(ORDERS);
        assertThat(state.epoch()).isEqualTo(EPOCH + 1);
        assertThat(state.oldest()).isEqualTo(1);
        assertThat(state.head()).isEqualTo(1);
        assertThat(state.keys()).containsExactly(new LogState.UsedKey(once(9), 1, 77, 2000));
        assertThat(read(ORDERS, 1, 9)).containsExactly(anew);
        assertThat(append(ORDERS, EPOCH, record(6))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(log.channelCount()).isEqualTo(1);
    }

    @Test
    void anotherEpochCannotBeEnteredButAtOffsetOne() {
        appendUpTo(ORDERS, EPOCH, 1, 3);
        assertThat(append(ORDERS, EPOCH + 1, record(4))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(kept(ORDERS).epoch()).isEqualTo(EPOCH);
        appendUpTo(ORDERS, EPOCH, 4, 4);
    }

    @Test
    void aChannelMayChangeItsEpochManyTimesInOneBreath() {
        List<CompletableFuture<Appended>> answers = new ArrayList<>();
        for (long epoch = 1; epoch <= 20; epoch++) {
            for (long offset = 1; offset <= 5; offset++) {
                answers.add(appendLater(ORDERS, epoch, record(offset)));
            }
        }
        answers.forEach(answer -> assertThat(now(answer)).isEqualTo(new Appended.Stored()));
        assertThat(kept(ORDERS).epoch()).isEqualTo(20);
        assertThat(kept(ORDERS).keys()).hasSize(5);
        assertThat(offsets(read(ORDERS, 1, 99))).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    // Reading

    @Test
    void aReadIsCutToWhatIsKept() {
        appendUpTo(ORDERS, EPOCH, 1, 5);
        assertThat(offsets(read(ORDERS, 2, 4))).containsExactly(2L, 3L, 4L);
        assertThat(offsets(read(ORDERS, 5, 5))).containsExactly(5L);
        assertThat(offsets(read(ORDERS, 4, 100))).containsExactly(4L, 5L);
        assertThat(offsets(read(ORDERS, Long.MIN_VALUE, 2))).containsExactly(1L, 2L);
        assertThat(offsets(read(ORDERS, 0, Long.MAX_VALUE))).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(read(ORDERS, 6, 9)).isEmpty();
        assertThat(read(ORDERS, 4, 3)).isEmpty();
        assertThat(read(ORDERS, Long.MAX_VALUE, Long.MIN_VALUE)).isEmpty();
        assertThat(read(ORDERS, Long.MAX_VALUE, Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void aReadSeesEveryAppendMadeBeforeItAndNoneMadeAfter() {
        List<CompletableFuture<List<LogRecord>>> reads = new ArrayList<>();
        for (long offset = 1; offset <= 200; offset++) {
            appendLater(ORDERS, EPOCH, record(offset));
            reads.add(readLater(ORDERS, offset - 1, Long.MAX_VALUE));
        }
        assertThat(offsets(now(reads.getFirst()))).containsExactly(1L);
        for (int i = 1; i < 200; i++) {
            assertThat(offsets(now(reads.get(i)))).containsExactly((long) i, i + 1L);
        }
    }

    @Test
    void anOpenSeesEveryCallMadeBeforeItAndNoneMadeAfter() {
        List<CompletableFuture<Opened>> opened = new ArrayList<>();
        opened.add(openLater(ORDERS));
        for (long offset = 1; offset <= 50; offset++) {
            appendLater(ORDERS, EPOCH, record(offset));
            opened.add(openLater(ORDERS));
        }
        log.forget(ORDERS);
        opened.add(openLater(ORDERS));
        appendLater(ORDERS, EPOCH + 1, record(1));
        opened.add(openLater(ORDERS));

        assertThat(now(opened.getFirst())).isEqualTo(new Opened.Nothing());
        for (int i = 1; i <= 50; i++) {
            assertThat(state(now(opened.get(i))).head()).isEqualTo(i);
        }
        assertThat(now(opened.get(51))).isEqualTo(new Opened.Nothing());
        assertThat(state(now(opened.get(52))).epoch()).isEqualTo(EPOCH + 1);
    }

    @Test
    void answersOfAChannelComeInTheOrderOfItsCalls() {
        List<Integer> answered = Collections.synchronizedList(new ArrayList<>());
        SplittableRandom random = new SplittableRandom(4711);
        long head = 0;
        int calls = 2000;
        for (int call = 0; call < calls; call++) {
            int number = call;
            switch (random.nextInt(8)) {
                case 0 -> log.read(ORDERS, head - 5, head + 5, _ -> answered.add(number));
                case 1 -> log.open(ORDERS, _ -> answered.add(number));
                // Refused, which must not overtake what was accepted before it.
                case 2 -> log.append(ORDERS, EPOCH, durability(), record(head + 9), _ -> answered.add(number));
                default -> log.append(ORDERS, EPOCH, durability(), record(++head), _ -> answered.add(number));
            }
        }
        assertThat(kept(ORDERS).head()).isEqualTo(head);
        assertThat(answered)
                .containsExactlyElementsOf(IntStream.range(0, calls).boxed().toList());
    }

    @Test
    void whoeverReceivesAnAnswerMayCallAgainFromThere() {
        CompletableFuture<Long> done = new CompletableFuture<>();
        appendOneByOne(1, 100, done);
        assertThat(now(done)).isEqualTo(100);
        assertThat(kept(ORDERS).head()).isEqualTo(100);
    }

    private void appendOneByOne(long offset, long last, CompletableFuture<Long> done) {
        log.append(ORDERS, EPOCH, durability(), record(offset), _ -> {
            if (offset == last) {
                done.complete(offset);
            } else {
                appendOneByOne(offset + 1, last, done);
            }
        });
    }

    // Trimming

    @Test
    void trimmingEverythingKeepsEpochHeadAndCheck() {
        appendUpTo(ORDERS, EPOCH, 1, 5);
        log.trim(ORDERS, 6, 6);

        LogState state = kept(ORDERS);
        assertThat(state.epoch()).isEqualTo(EPOCH);
        assertThat(state.head()).isEqualTo(5);
        assertThat(state.headCheck()).isEqualTo(record(5).check());
        assertThat(state.headAt()).isEqualTo(record(5).at());
        assertThat(state.recordCount()).isLessThanOrEqualTo(5);
        assertThat(list())
                .containsExactly(new Summary(ORDERS, EPOCH, 5, record(5).at()));
        assertThat(append(ORDERS, EPOCH, record(1))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        appendUpTo(ORDERS, EPOCH, 6, 7);
        assertThat(offsets(read(ORDERS, 6, 9))).containsExactly(6L, 7L);
    }

    @Test
    void whatATrimKeepsStaysAndWhatItLetsGoIsNeverAHole() {
        appendUpTo(ORDERS, EPOCH, 1, 20);
        log.trim(ORDERS, 8, 1);

        LogState state = kept(ORDERS);
        // A trim may be lazy: what it lets go of may be read for a while, as one piece with the rest.
        assertThat(state.oldest()).isBetween(1L, 8L);
        assertThat(state.recordCount()).isEqualTo((int) (20 - state.oldest() + 1));
        assertThat(state.keys()).hasSize(20);
        List<Long> read = offsets(read(ORDERS, 1, 20));
        assertThat(read)
                .isEqualTo(LongStream.rangeClosed(read.getFirst(), 20).boxed().toList());
        assertThat(read.getFirst()).isLessThanOrEqualTo(8);
        assertThat(offsets(read(ORDERS, 8, 20))).hasSize(13);
    }

    @Test
    void keysOutliveTheirRecordsUntilTheyAreTrimmedThemselves() {
        appendUpTo(ORDERS, EPOCH, 1, 10);
        log.trim(ORDERS, 9, 4);

        List<LogState.UsedKey> keys = kept(ORDERS).keys();
        assertThat(keys).extracting(LogState.UsedKey::offset).contains(4L, 5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(keys).extracting(LogState.UsedKey::offset).isSorted();
        assertThat(keys)
                .contains(new LogState.UsedKey(
                        once(4), 4, record(4).check(), record(4).at()));
    }

    @Test
    void recordsMayOutliveTheirKeys() {
        appendUpTo(ORDERS, EPOCH, 1, 10);
        log.trim(ORDERS, 1, 11);
        assertThat(read(ORDERS, 1, 10)).containsExactlyElementsOf(records(1, 10));
        appendUpTo(ORDERS, EPOCH, 11, 11);
        assertThat(kept(ORDERS).keys()).extracting(LogState.UsedKey::offset).contains(11L);
    }

    @Test
    void aTrimNeverReachesBeyondTheHeadOrBack() {
        appendUpTo(ORDERS, EPOCH, 1, 5);
        log.trim(ORDERS, Long.MAX_VALUE, Long.MAX_VALUE);
        log.trim(ORDERS, 1, 1);
        log.trim(ORDERS, Long.MIN_VALUE, Long.MIN_VALUE);
        appendUpTo(ORDERS, EPOCH, 6, 8);

        LogState state = kept(ORDERS);
        assertThat(state.head()).isEqualTo(8);
        assertThat(state.oldest()).isLessThanOrEqualTo(6);
        assertThat(state.keys()).extracting(LogState.UsedKey::offset).contains(6L, 7L, 8L);
        assertThat(offsets(read(ORDERS, 6, 8))).containsExactly(6L, 7L, 8L);
    }

    @Test
    void trimmingOrForgettingWhatIsNotKeptIsNothing() {
        log.trim(ORDERS, 5, 5);
        log.forget(ORDERS);
        assertThat(open(ORDERS)).isEqualTo(new Opened.Nothing());
        assertThat(log.channelCount()).isZero();
    }

    @Test
    void aHistoryThatIsTrimmedAsItGrowsStaysRight() {
        for (long offset = 1; offset <= 500; offset++) {
            appendLater(ORDERS, EPOCH, record(offset));
            log.trim(ORDERS, offset - 9, offset - 19);
        }
        LogState state = kept(ORDERS);
        assertThat(state.head()).isEqualTo(500);
        assertThat(state.oldest()).isLessThanOrEqualTo(491);
        assertThat(read(ORDERS, 491, 500)).containsExactlyElementsOf(records(491, 500));
        assertThat(state.keys()).extracting(LogState.UsedKey::offset).contains(481L, 490L, 500L);
    }

    @Test
    void aKeyUsedAgainIsKeptWithBothItsOffsets() {
        LogRecord first = new LogRecord(1, 1, 0, 10, null, once(1), Data.json("1"));
        LogRecord again = new LogRecord(2, 2, 1, 20, null, once(1), Data.json("1"));
        assertStored(ORDERS, EPOCH, first);
        assertStored(ORDERS, EPOCH, again);
        assertThat(kept(ORDERS).keys()).extracting(LogState.UsedKey::offset).containsExactly(1L, 2L);
    }

    // Forgetting

    @Test
    void aForgottenChannelMayBeginAgainWithAnyEpoch() {
        appendUpTo(ORDERS, EPOCH, 1, 5);
        log.forget(ORDERS);
        assertThat(open(ORDERS)).isEqualTo(new Opened.Nothing());
        assertThat(read(ORDERS, 1, 9)).isEmpty();
        assertThat(list()).isEmpty();
        assertThat(log.channelCount()).isZero();
        assertThat(append(ORDERS, EPOCH, record(6))).isEqualTo(refused(Fault.OUT_OF_ORDER));

        appendUpTo(ORDERS, EPOCH, 1, 2);
        assertThat(kept(ORDERS).keys()).hasSize(2);
        assertThat(offsets(read(ORDERS, 1, 9))).containsExactly(1L, 2L);
    }

    @Test
    void appendForgetAndAppendTakeEffectInThatOrder() {
        for (int round = 0; round < 50; round++) {
            CompletableFuture<Appended> one = appendLater(ORDERS, round, record(1));
            CompletableFuture<Appended> two = appendLater(ORDERS, round, record(2));
            log.forget(ORDERS);
            CompletableFuture<Appended> three = appendLater(ORDERS, round, record(3));
            assertThat(now(one)).isEqualTo(new Appended.Stored());
            assertThat(now(two)).isEqualTo(new Appended.Stored());
            assertThat(now(three)).isEqualTo(refused(Fault.OUT_OF_ORDER));
        }
        assertThat(open(ORDERS)).isEqualTo(new Opened.Nothing());
    }

    // Maps

    @Test
    void changesAreReadBackFieldByField() {
        LogRecord value = change(1, "courier 7", "tile:5", false);
        LogRecord other = change(2, "é 🛎", null, false);
        LogRecord removal = change(3, "courier 7", null, true);
        assertStored(ORDERS, EPOCH, value);
        assertThat(kept(ORDERS).changes()).containsExactly(value);
        assertStored(ORDERS, EPOCH, other);
        assertStored(ORDERS, EPOCH, removal);
        assertThat(read(ORDERS, 1, 3)).containsExactly(value, other, removal);
        LogState state = kept(ORDERS);
        assertThat(state.changes()).containsExactly(other, removal);
        assertThat(state.bytesOf(0)).isEqualTo(value.bytes());
        assertThat(state.bytesOf(2)).isEqualTo(removal.bytes());
    }

    @Test
    void aStreamHasNoChanges() {
        appendUpTo(ORDERS, EPOCH, 1, 3);
        assertThat(kept(ORDERS).changes()).isEmpty();
    }

    @Test
    void aCompactionSparesWhatItIsToldTo() {
        for (long offset = 1; offset <= 6; offset++) {
            assertStored(ORDERS, EPOCH, change(offset, "key " + offset, null, false));
        }
        log.compact(ORDERS, 5, 5, new long[] {1, 3});
        LogState state = kept(ORDERS);
        assertThat(state.oldest()).isLessThanOrEqualTo(5);
        assertThat(state.changes()).extracting(LogRecord::offset).contains(1L, 3L, 5L, 6L);
        assertThat(read(ORDERS, 5, 6)).extracting(LogRecord::offset).containsExactly(5L, 6L);
        log.compact(ORDERS, 7, 7, new long[] {3});
        state = kept(ORDERS);
        assertThat(state.head()).isEqualTo(6);
        assertThat(state.changes()).extracting(LogRecord::offset).contains(3L);
        assertStored(ORDERS, EPOCH, change(7, "key 3", null, false));
        assertThat(kept(ORDERS).changes())
                .extracting(LogRecord::offset)
                .contains(7L)
                .doesNotContain(3L);
    }

    @Test
    void aMapIsTheSameHoweverItIsCompacted() {
        for (int seed = 1; seed <= Seeds.of(20); seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ChannelName map = new ChannelName("map:" + seed);
            Map<String, LogRecord> model = new HashMap<>();
            long oldest = 1;
            for (long offset = 1; offset <= 120; offset++) {
                String key = "key " + random.nextInt(7);
                LogRecord change = change(offset, key, null, random.nextInt(3) == 0);
                appendLater(map, EPOCH, change);
                if (change.hasValue()) {
                    model.put(key, change);
                } else {
                    model.remove(key);
                }
                if (random.nextInt(5) == 0) {
                    long to = random.nextLong(oldest, offset + 2);
                    oldest = to;
                    long[] live = model.values().stream()
                            .mapToLong(LogRecord::offset)
                            .filter(of -> of < to)
                            .sorted()
                            .toArray();
                    log.compact(map, to, to, live);
                }
                if (random.nextInt(5) == 0) {
                    assertValues(map, model, seed);
                }
            }
            assertValues(map, model, seed);
        }
    }

    private void assertValues(ChannelName map, Map<String, LogRecord> model, int seed) {
        assertThat(kept(map).changes().stream().filter(LogRecord::hasValue))
                .as("seed %s", seed)
                .containsExactlyInAnyOrderElementsOf(model.values());
    }

    @Test
    void nothingIsLeftOfACompactedMapThatBeginsAnew() {
        for (int end = 0; end < 3; end++) {
            assertStored(ORDERS, EPOCH + end, change(1, "a", null, false));
            assertStored(ORDERS, EPOCH + end, change(2, "b", null, false));
            log.compact(ORDERS, 3, 3, new long[] {1, 2});
            assertThat(kept(ORDERS).changes()).hasSize(2);
            switch (end) {
                case 0 -> log.forget(ORDERS);
                case 1 -> assertThat(now(purgeLater(ORDERS, EPOCH + end))).isEqualTo(new Appended.Stored());
                default -> {}
            }
            assertStored(ORDERS, EPOCH + end + 1, change(1, "c", null, false));
            assertThat(kept(ORDERS).changes()).extracting(LogRecord::offset).containsExactly(1L);
            log.forget(ORDERS);
        }
    }

    // Redaction and purge

    @Test
    void aRedactedRecordKeepsAllButItsData() {
        appendUpTo(ORDERS, EPOCH, 1, 3);
        assertThat(now(redactLater(ORDERS, EPOCH, 2))).isEqualTo(new Appended.Stored());
        assertThat(read(ORDERS, 1, 3)).containsExactly(record(1), record(2).redacted(), record(3));
        LogState state = kept(ORDERS);
        assertThat(state.bytesOf(1)).isEqualTo(record(2).redacted().bytes());
        assertThat(state.keys()).hasSize(3);
        assertThat(now(redactLater(ORDERS, EPOCH, 2))).isEqualTo(new Appended.Stored());
        assertThat(read(ORDERS, 2, 2)).containsExactly(record(2).redacted());
        appendUpTo(ORDERS, EPOCH, 4, 4);
    }

    @Test
    void aRecordIsRedactedThatIsStillOnItsWay() {
        CompletableFuture<Appended> one = appendLater(ORDERS, EPOCH, record(1));
        CompletableFuture<Appended> redacted = redactLater(ORDERS, EPOCH, 1);
        CompletableFuture<Appended> two = appendLater(ORDERS, EPOCH, record(2));
        assertThat(now(one)).isEqualTo(new Appended.Stored());
        assertThat(now(redacted)).isEqualTo(new Appended.Stored());
        assertThat(now(two)).isEqualTo(new Appended.Stored());
        assertThat(read(ORDERS, 1, 2)).containsExactly(record(1).redacted(), record(2));
    }

    @Test
    void whatIsNotKeptCannotBeRedacted() {
        assertThat(now(redactLater(ORDERS, EPOCH, 1))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        appendUpTo(ORDERS, EPOCH, 1, 3);
        for (long offset : new long[] {0, -1, 4, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(now(redactLater(ORDERS, EPOCH, offset))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        }
        assertThat(now(redactLater(ORDERS, EPOCH + 1, 2))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        assertThat(read(ORDERS, 1, 3)).containsExactlyElementsOf(records(1, 3));
    }

    @Test
    void aPurgedChannelBeginsAnew() {
        appendUpTo(ORDERS, EPOCH, 1, 5);
        assertThat(now(purgeLater(ORDERS, EPOCH + 1))).isEqualTo(new Appended.Stored());
        assertThat(kept(ORDERS).head()).isEqualTo(5);
        assertThat(now(purgeLater(ORDERS, EPOCH))).isEqualTo(new Appended.Stored());
        assertThat(open(ORDERS)).isEqualTo(new Opened.Nothing());
        assertThat(read(ORDERS, 1, 9)).isEmpty();
        assertThat(log.channelCount()).isZero();
        assertThat(append(ORDERS, EPOCH, record(6))).isEqualTo(refused(Fault.OUT_OF_ORDER));
        appendUpTo(ORDERS, EPOCH + 1, 1, 2);
        assertThat(kept(ORDERS).keys()).hasSize(2);
        assertThat(now(purgeLater(new ChannelName("never"), 1))).isEqualTo(new Appended.Stored());
    }

    // Many channels

    @Test
    void namesThatArePrefixesOfOneAnotherAreDifferentChannels() {
        List<ChannelName> names = new ArrayList<>();
        for (String name :
                List.of("a", "aa", "aaa", "a:", "a:b", "a.", "A", "a-", "~", "a".repeat(200), "a".repeat(199))) {
            names.add(new ChannelName(name));
        }
        names.add(new ChannelName("a".repeat(199) + "b"));
        for (int i = 0; i < names.size(); i++) {
            appendUpTo(names.get(i), i, 1, i + 1L);
        }
        for (int i = 0; i < names.size(); i++) {
            assertThat(kept(names.get(i)).epoch()).isEqualTo(i);
            assertThat(read(names.get(i), 1, 99)).containsExactlyElementsOf(records(1, i + 1L));
        }
        log.forget(names.getFirst());
        log.trim(names.get(1), 3, 3);
        assertThat(open(names.getFirst())).isEqualTo(new Opened.Nothing());
        for (int i = 2; i < names.size(); i++) {
            assertThat(read(names.get(i), 1, 99)).hasSize(i + 1);
            assertThat(kept(names.get(i)).keys()).hasSize(i + 1);
        }
        assertThat(log.channelCount()).isEqualTo(names.size() - 1);
    }

    @Test
    void theListNamesEveryChannelOnce() {
        Map<ChannelName, Summary> expected = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            ChannelName name = new ChannelName("room:" + i);
            long head = 1 + i % 4;
            for (long offset = 1; offset <= head; offset++) {
                appendLater(name, i, record(offset));
            }
            expected.put(name, new Summary(name, i, head, record(head).at()));
        }
        // The list keeps no order with other channels' calls, so it is asked once each has answered.
        expected.keySet().forEach(this::open);
        assertThat(list()).containsExactlyInAnyOrderElementsOf(expected.values());
        assertThat(log.channelCount()).isEqualTo(300);
    }

    @Test
    @Tag("volume")
    void threadsOnDifferentChannelsDoNotDisturbOneAnother() throws InterruptedException {
        int threads = 4;
        int channelsEach = 25;
        long head = 100;
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int first = t * channelsEach;
            Thread thread = new Thread(() -> fill(first, channelsEach, head));
            thread.setUncaughtExceptionHandler((_, failure) -> failures.add(failure));
            running.add(thread);
            thread.start();
        }
        for (Thread thread : running) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        for (int c = 0; c < threads * channelsEach; c++) {
            assertThat(read(new ChannelName("c" + c), 1, head)).containsExactlyElementsOf(records(1, head));
        }
    }

    private void fill(int firstChannel, int channels, long head) {
        List<CompletableFuture<Appended>> answers = new ArrayList<>();
        for (long offset = 1; offset <= head; offset++) {
            for (int c = firstChannel; c < firstChannel + channels; c++) {
                ChannelName channel = new ChannelName("c" + c);
                answers.add(appendLater(channel, c, record(offset)));
                if (offset % 10 == 0) {
                    assertThat(offsets(now(readLater(channel, offset, offset)))).containsExactly(offset);
                }
            }
        }
        answers.forEach(answer -> assertThat(now(answer)).isEqualTo(new Appended.Stored()));
    }

    // The end

    @Test
    void afterCloseEveryCallIsAnsweredClosed() {
        appendUpTo(ORDERS, EPOCH, 1, 2);
        log.close();
        assertThat(append(ORDERS, EPOCH, record(3))).isEqualTo(refused(Fault.CLOSED));
        assertThat(open(ORDERS)).isEqualTo(new Opened.Failed(Fault.CLOSED));
        CompletableFuture<Read> read = new CompletableFuture<>();
        log.read(ORDERS, 1, 2, read::complete);
        assertThat(now(read)).isEqualTo(new Read.Failed(Fault.CLOSED));
        assertThat(list()).isEmpty();
        assertThat(now(redactLater(ORDERS, EPOCH, 1))).isEqualTo(refused(Fault.CLOSED));
        assertThat(now(purgeLater(ORDERS, EPOCH))).isEqualTo(refused(Fault.CLOSED));
        log.trim(ORDERS, 2, 2);
        log.compact(ORDERS, 2, 2, new long[] {1});
        log.forget(ORDERS);
        log.close();
    }

    @Test
    void closeFinishesWhatWasAppended() {
        List<CompletableFuture<Appended>> answers = new ArrayList<>();
        for (long offset = 1; offset <= 500; offset++) {
            answers.add(appendLater(ORDERS, EPOCH, record(offset)));
        }
        CompletableFuture<List<LogRecord>> read = readLater(ORDERS, 500, 500);
        log.close();
        answers.forEach(answer -> assertThat(answer).isCompletedWithValue(new Appended.Stored()));
        assertThat(read).isCompletedWithValue(List.of(record(500)));
    }

    // Words of the tests

    protected static LogRecord.Once once(long number) {
        return new LogRecord.Once(String.format("key-%016d", number), number * 31, ~number);
    }

    /** A record whose every field follows from its offset; every one has a key, every third no sender. */
    protected static LogRecord record(long offset) {
        return new LogRecord(
                offset,
                check(offset),
                offset == 1 ? 0 : check(offset - 1),
                1_700_000_000_000L + offset,
                offset % 3 == 0 ? null : "user-" + offset % 7,
                once(offset),
                offset % 2 == 0
                        ? Data.bytes(("bytes " + offset).getBytes(StandardCharsets.UTF_8))
                        : Data.json("{\"n\":" + offset + "}"));
    }

    /** A change of a map; a removal has no data. */
    protected static LogRecord change(long offset, String key, @Nullable String tag, boolean isRemoved) {
        return new LogRecord(
                offset,
                check(offset),
                offset == 1 ? 0 : check(offset - 1),
                1_700_000_000_000L + offset,
                "user",
                null,
                isRemoved ? Data.NONE : Data.json("{\"n\":" + offset + "}"),
                new Change(key, tag, isRemoved),
                false);
    }

    protected final CompletableFuture<Appended> redactLater(ChannelName channel, long epoch, long offset) {
        return later(answer -> log.redact(channel, epoch, durability(), offset, answer));
    }

    protected final CompletableFuture<Appended> purgeLater(ChannelName channel, long epoch) {
        return later(answer -> log.purge(channel, epoch, durability(), answer));
    }

    protected static List<LogRecord> records(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(ChannelLogContract::record)
                .toList();
    }

    private static int check(long offset) {
        return (int) (offset * 0x9E3779B97F4A7C15L >>> 32);
    }

    protected static Appended refused(Fault fault) {
        return new Appended.Refused(fault);
    }

    protected final CompletableFuture<Appended> appendLater(ChannelName channel, long epoch, LogRecord record) {
        return later(answer -> log.append(channel, epoch, durability(), record, answer));
    }

    protected final Appended append(ChannelName channel, long epoch, LogRecord record) {
        return now(appendLater(channel, epoch, record));
    }

    protected final void assertStored(ChannelName channel, long epoch, LogRecord record) {
        assertThat(append(channel, epoch, record)).isEqualTo(new Appended.Stored());
    }

    protected final void appendUpTo(ChannelName channel, long epoch, long first, long last) {
        List<CompletableFuture<Appended>> answers = new ArrayList<>();
        for (long offset = first; offset <= last; offset++) {
            answers.add(appendLater(channel, epoch, record(offset)));
        }
        answers.forEach(answer -> assertThat(now(answer)).isEqualTo(new Appended.Stored()));
    }

    protected final CompletableFuture<List<LogRecord>> readLater(ChannelName channel, long first, long last) {
        return this.<Read>later(answer -> log.read(channel, first, last, answer))
                .thenApply(read -> switch (read) {
                    case Read.Records(List<LogRecord> records) -> records;
                    case Read.Failed(Fault fault) -> throw new AssertionError("read failed: " + fault);
                });
    }

    protected final List<LogRecord> read(ChannelName channel, long first, long last) {
        return now(readLater(channel, first, last));
    }

    protected final CompletableFuture<Opened> openLater(ChannelName channel) {
        return later(answer -> log.open(channel, answer));
    }

    protected final Opened open(ChannelName channel) {
        return now(openLater(channel));
    }

    protected final LogState kept(ChannelName channel) {
        return state(open(channel));
    }

    protected static LogState state(Opened opened) {
        assertThat(opened).isInstanceOf(Opened.Kept.class);
        return ((Opened.Kept) opened).state();
    }

    protected final List<Summary> list() {
        return now(later(log::list));
    }

    protected static List<Long> offsets(List<LogRecord> records) {
        return records.stream().map(LogRecord::offset).toList();
    }

    /** An answer that must come exactly once. */
    private <A> CompletableFuture<A> later(Consumer<Consumer<A>> call) {
        CompletableFuture<A> answer = new CompletableFuture<>();
        call.accept(value -> {
            if (!answer.complete(value)) {
                throw new AssertionError("answered twice: " + value);
            }
        });
        return answer;
    }

    protected static <A> A now(CompletableFuture<A> answer) {
        try {
            return answer.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no answer", e);
        }
    }
}
