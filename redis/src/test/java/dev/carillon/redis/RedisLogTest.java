package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the contract does not ask: bounds, ages, garbage, and many calls at once. */
class RedisLogTest {

    private static final ChannelSettings SETTINGS = ChannelSettings.DEFAULT;
    private static final SharedLog.Range ALL = new SharedLog.Range.From(1);

    private static @Nullable RedisProcess process;
    private static int tests;

    private final String prefix = "log-" + ++tests + ":";
    private final Keys keys = new Keys(prefix);
    private @Nullable Redis redis;

    @BeforeAll
    static void startRedis() {
        RedisProcess.assumeThere();
        process = RedisProcess.inMemory();
    }

    @AfterAll
    static void endRedis() {
        if (process != null) {
            process.close();
        }
    }

    @AfterEach
    void disconnect() {
        if (redis != null) {
            redis.close();
        }
    }

    private Asking link(RedisLimits limits) throws RedisRefusedException, InterruptedException {
        redis = Redis.open(process.settings(prefix).with(limits));
        return new Asking(redis);
    }

    private Asking link() throws RedisRefusedException, InterruptedException {
        return link(RedisProcess.limits(Duration.ofSeconds(30)));
    }

    private static List<Long> offsetsOf(SharedLog.Read.Records read) {
        return read.records().stream().map(LogRecord::offset).toList();
    }

    @Test
    void garbageInTheFeedIsIgnoredAndCounted() throws Exception {
        Asking ada = link();
        ada.log.follow(Asking.ROOM);
        assertThat(ada.isThere()).isTrue();
        byte[] feed = keys.head(Asking.ROOM);
        byte[] foreign = new byte[60];
        foreign[8] = RecordFormat.VERSION + 1;
        for (byte[] garbage : new byte[][] {{}, {1, 2, 3}, new byte[60], foreign}) {
            Long hearers = process.ask(connection -> connection.sync().spublish(feed, garbage));
            assertThat(hearers).isEqualTo(1);
        }
        ada.store(SETTINGS, "1");
        assertThat(ada.log.heard().join()).isTrue();
        assertThat(ada.pushed()).containsExactly("room 1 1");
        assertThat(redis.counters().garbage()).isEqualTo(4);
        assertThat(ada.lost()).isZero();
    }

    @Test
    void whatIsAppendedOnceAFollowWasAnsweredForIsPushed() throws Exception {
        RedisLimits all = RedisProcess.limits(Duration.ofSeconds(30));
        Asking ada = link(new RedisLimits(
                all.callsMax(),
                all.callBytesMax(),
                1,
                all.windowBytesMax(),
                Duration.ofSeconds(30),
                all.connectTimeout(),
                all.reconnectDelayMax()));
        Asking bob = new Asking(redis);
        assertThat(bob.isThere()).isTrue();
        ChannelName last = new ChannelName("room-300");
        for (int i = 1; i <= 300; i++) {
            bob.log.follow(new ChannelName("room-" + i));
        }
        Asking.<SharedLog.Heads>ask(answer -> bob.log.heads(List.of(last), answer));
        SharedLog.Entry entry = ada.entry("1", null);
        Asking.<SharedLog.Appended>ask(answer -> ada.log.append(last, SETTINGS, entry, answer));
        assertThat(bob.log.heard().join()).isTrue();
        assertThat(bob.pushed()).containsExactly("room-300 1 1");
    }

    @Test
    void manyCallsAreAnsweredInTheirOrderThroughASmallWindow() throws Exception {
        RedisLimits all = RedisProcess.limits(Duration.ofSeconds(30));
        Asking ada = link(new RedisLimits(
                all.callsMax(),
                all.callBytesMax(),
                3,
                100,
                Duration.ofSeconds(30),
                all.connectTimeout(),
                all.reconnectDelayMax()));
        List<Long> offsets = Collections.synchronizedList(new ArrayList<>());
        int count = 2000;
        for (int i = 0; i < count; i++) {
            ada.log.append(
                    Asking.ROOM,
                    SETTINGS,
                    ada.entry("1", null),
                    answer -> offsets.add(
                            ((SharedLog.Appended.Stored) answer).record().offset()));
        }
        assertThat(ada.isThere()).isTrue();
        assertThat(offsets)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, count).mapToObj(Long::valueOf).toList());
    }

    @Test
    void aRunOfThousandsComesWhole() throws Exception {
        Asking ada = link();
        for (int i = 0; i < 2500; i++) {
            ada.log.append(Asking.ROOM, SETTINGS, ada.entry(Integer.toString(i), null), _ -> {});
        }
        List<Long> whole =
                IntStream.rangeClosed(1, 2500).mapToObj(Long::valueOf).toList();
        assertThat(offsetsOf(ada.read(SETTINGS, ALL))).isEqualTo(whole);
        assertThat(offsetsOf(ada.read(SETTINGS, new SharedLog.Range.To(Long.MAX_VALUE))))
                .isEqualTo(whole);
        assertThat(offsetsOf(ada.read(SETTINGS, new SharedLog.Range.To(-1)))).isEmpty();
        assertThat(offsetsOf(ada.read(SETTINGS, new SharedLog.Range.From(Long.MAX_VALUE))))
                .isEmpty();
    }

    @Test
    void aHistoryThatShrinksIsLetGoOfInSteps() throws Exception {
        Asking ada = link();
        for (int i = 0; i < 200; i++) {
            ada.log.append(Asking.ROOM, SETTINGS, ada.entry("1", null), _ -> {});
        }
        ChannelSettings small = SETTINGS.toBuilder().historyCountMax(10).build();
        ada.store(small, "2");
        assertThat(offsetsOf(ada.read(SETTINGS, ALL))).hasSize(201 - 64);
        for (int i = 0; i < 3; i++) {
            ada.store(small, "3");
        }
        assertThat(offsetsOf(ada.read(SETTINGS, ALL)))
                .containsExactly(195L, 196L, 197L, 198L, 199L, 200L, 201L, 202L, 203L, 204L);
    }

    @Test
    void whatIsOverAgeIsNotRead() throws Exception {
        Asking ada = link();
        long now = System.currentTimeMillis();
        long old = now - Duration.ofHours(2).toMillis();
        byte[][] records = IntStream.rangeClosed(1, 5)
                .mapToObj(offset -> recordAt(offset, offset <= 3 ? old : now))
                .toArray(byte[][]::new);
        process.ask(connection -> connection.sync().rpush(keys.records(Asking.ROOM), records));
        byte[] head = ByteBuffer.allocate(Answers.HEAD_BYTES)
                .put((byte) 1)
                .putLong(77)
                .putLong(5)
                .putInt(5)
                .putLong(now)
                .putLong(5 * 65)
                .putLong(old)
                .array();
        process.ask(connection -> connection.sync().set(keys.head(Asking.ROOM), head));
        ChannelSettings hour =
                SETTINGS.toBuilder().historyAgeMax(Duration.ofHours(1)).build();
        SharedLog.Read.Records read = ada.read(hour, ALL);
        assertThat(read.state()).isEqualTo(new SharedLog.State(new Position(77, 5, 5), 4));
        assertThat(offsetsOf(read)).containsExactly(4L, 5L);
        assertThat(offsetsOf(ada.read(hour, new SharedLog.Range.To(5)))).containsExactly(4L, 5L);
        assertThat(offsetsOf(ada.read(SETTINGS, ALL))).containsExactly(1L, 2L, 3L, 4L, 5L);
        ada.store(hour, "6");
        assertThat(offsetsOf(ada.read(SETTINGS, ALL))).containsExactly(4L, 5L, 6L);
        ChannelSettings moment =
                SETTINGS.toBuilder().historyAgeMax(Duration.ofMillis(1)).build();
        RedisProcess.await(() -> ada.read(moment, ALL).state().oldest() == 7, "all are over age");
        assertThat(ada.read(moment, ALL).state().head().offset()).isEqualTo(6);
    }

    private static byte[] recordAt(int offset, long at) {
        return ByteBuffer.allocate(RecordFormat.HEADER_BYTES + 1)
                .put(RecordFormat.VERSION)
                .put((byte) 0)
                .putLong(offset)
                .putInt(offset)
                .putInt(offset - 1)
                .putLong(at)
                .putInt(0)
                .putShort((short) 0)
                .putInt(1)
                .put((byte) '1')
                .array();
    }

    @Test
    void aKeyIsForgottenByItsAgeAndCanBeUsedAgain() throws Exception {
        Asking ada = link();
        ChannelSettings moment =
                SETTINGS.toBuilder().idempotencyAgeMax(Duration.ofMillis(1)).build();
        String key = "key-0000000000000001";
        ada.append(moment, "1", key);
        RedisProcess.await(
                () -> ada.append(moment, "1", key) instanceof SharedLog.Appended.Stored, "the key is forgotten");
        ada.append(SETTINGS, "2", "key-0000000000000002");
        assertThat(ada.append(SETTINGS, "3", "key-0000000000000002")).isEqualTo(new SharedLog.Appended.Conflict());
    }

    @Test
    void headAndHistoryEndWithTheirTime() throws Exception {
        Asking ada = link();
        ChannelSettings brief = SETTINGS.toBuilder()
                .historyAgeMax(Duration.ofMillis(1))
                .forgetAfter(Duration.ofMillis(1))
                .build();
        ada.append(brief, "1", null);
        RedisProcess.await(
                () -> ada.read(SETTINGS, ALL).state().head().equals(Position.ORIGIN), "the channel is forgotten");
        assertThat(ada.store(SETTINGS, "1").record().offset()).isEqualTo(1);
        for (byte[] key : keys.all(Asking.ROOM)) {
            Long seconds = process.ask(connection -> connection.sync().ttl(key));
            assertThat(seconds).isNotEqualTo(-1L);
        }
    }

    @Test
    void moreCallsThanMayWaitEndTheLink() throws Exception {
        RedisLimits all = RedisProcess.limits(Duration.ofSeconds(30));
        Asking ada = link(new RedisLimits(
                4,
                all.callBytesMax(),
                all.windowMax(),
                all.windowBytesMax(),
                Duration.ofSeconds(30),
                all.connectTimeout(),
                all.reconnectDelayMax()));
        assertThat(ada.isThere()).isTrue();
        List<SharedLog.Appended> answers = Collections.synchronizedList(new ArrayList<>());
        process.pause();
        try {
            for (int i = 0; i < 20; i++) {
                ada.log.append(Asking.ROOM, SETTINGS, ada.entry("1", null), answers::add);
            }
            RedisProcess.await(() -> answers.size() == 20, "all are answered");
        } finally {
            process.goOn();
        }
        assertThat(answers).containsOnly(new SharedLog.Appended.Failed());
        assertThat(redis.counters().overflows()).isEqualTo(1);
        assertThat(ada.lost()).isEqualTo(1);
        ada.comeBack();
        assertThat(ada.append(SETTINGS, "1", null)).isInstanceOf(SharedLog.Appended.Stored.class);
    }
}
