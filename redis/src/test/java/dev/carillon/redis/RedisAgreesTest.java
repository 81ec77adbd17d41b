package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedMemory;
import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Redis answers any calls as the executable specification does, but for the time of its own clock. */
class RedisAgreesTest {

    private static final int ROUNDS = 20;
    private static final int CALLS = 200;

    private final AtomicInteger checks = new AtomicInteger();

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    /** What is asked. */
    Deployment deployment() {
        return Deployments.alone();
    }

    int rounds() {
        return ROUNDS;
    }

    @Test
    void anyCallsAreAnsweredAsTheSpecificationSays() throws Exception {
        SplittableRandom random = new SplittableRandom(Seed.of(RedisAgreesTest.class));
        for (int round = 0; round < rounds(); round++) {
            try (Redis redis = Redis.open(deployment().settings("agrees-" + round + ":"))) {
                play(random, new Asking(redis).log, new SharedMemory(System::currentTimeMillis));
            }
        }
    }

    private void play(SplittableRandom random, SharedLog log, SharedMemory memory) {
        ChannelSettings settings = ChannelSettings.DEFAULT.toBuilder()
                .historyCountMax(random.nextInt(1, 30))
                .historyBytesMax(random.nextInt(1, 3000))
                .idempotencyCountMax(random.nextInt(1, 10))
                .build();
        List<String> calls = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> append(random, log, memory, settings, calls);
                case 5, 6 -> find(random, log, memory, settings, calls);
                case 7 -> heads(log, memory, calls);
                case 8 -> read(random, log, memory, settings, calls);
                default -> purge(random, log, memory, calls);
            }
        }
    }

    private void append(
            SplittableRandom random, SharedLog log, SharedMemory memory, ChannelSettings settings, List<String> calls) {
        Data data = Data.json("1".repeat(random.nextInt(1, 200)));
        SharedLog.Entry entry = new SharedLog.Entry(
                data,
                random.nextBoolean() ? "ada" : null,
                random.nextInt(3) == 0 ? null : once(random),
                checks.incrementAndGet(),
                random.nextLong(1, Long.MAX_VALUE));
        calls.add("append " + entry);
        SharedLog.Appended said = Asking.ask(answer -> log.append(Asking.ROOM, settings, entry, answer));
        assertThat(timeless(said)).as("%s", calls).isEqualTo(timeless(memory.append(Asking.ROOM, settings, entry)));
    }

    private static LogRecord.Once once(SplittableRandom random) {
        return new LogRecord.Once("key-000000000000000" + random.nextInt(9), random.nextInt(2), random.nextInt(2));
    }

    private static void find(
            SplittableRandom random, SharedLog log, SharedMemory memory, ChannelSettings settings, List<String> calls) {
        LogRecord.Once once = once(random);
        calls.add("find " + once);
        SharedLog.Found said = Asking.ask(answer -> log.find(Asking.ROOM, settings, once, answer));
        assertThat(said).as("%s", calls).isEqualTo(memory.find(Asking.ROOM, settings, once));
    }

    private static void heads(SharedLog log, SharedMemory memory, List<String> calls) {
        calls.add("heads");
        SharedLog.Heads said = Asking.ask(answer -> log.heads(List.of(Asking.ROOM), answer));
        assertThat(said).as("%s", calls).isEqualTo(new SharedLog.Heads.Known(List.of(memory.head(Asking.ROOM))));
    }

    private static void read(
            SplittableRandom random, SharedLog log, SharedMemory memory, ChannelSettings settings, List<String> calls) {
        long offset = random.nextInt(-1, 120);
        SharedLog.Range range =
                random.nextBoolean() ? new SharedLog.Range.From(offset) : new SharedLog.Range.To(offset);
        int countMax = random.nextInt(1, 40);
        int bytesMax = random.nextInt(1, 4000);
        calls.add("read " + range + " " + countMax + " " + bytesMax);
        SharedLog.Read said = Asking.ask(answer -> log.read(Asking.ROOM, settings, range, countMax, bytesMax, answer));
        assertThat(timeless(said))
                .as("%s", calls)
                .isEqualTo(timeless(memory.read(Asking.ROOM, settings, range, countMax, bytesMax)));
    }

    /** Now and then: histories must have time to grow over their bounds. */
    private static void purge(SplittableRandom random, SharedLog log, SharedMemory memory, List<String> calls) {
        if (random.nextInt(5) == 0) {
            calls.add("purge");
            SharedLog.Purged said = Asking.ask(answer -> log.purge(Asking.ROOM, answer));
            assertThat(said).as("%s", calls).isEqualTo(new SharedLog.Purged.Done());
            memory.purge(Asking.ROOM);
        }
    }

    private static SharedLog.Appended timeless(SharedLog.Appended said) {
        return said instanceof SharedLog.Appended.Stored(long epoch, LogRecord record)
                ? new SharedLog.Appended.Stored(epoch, timeless(record))
                : said;
    }

    private static SharedLog.Read timeless(SharedLog.Read said) {
        return said instanceof SharedLog.Read.Records(SharedLog.State state, List<LogRecord> records)
                ? new SharedLog.Read.Records(
                        state, records.stream().map(RedisAgreesTest::timeless).toList())
                : said;
    }

    private static LogRecord timeless(LogRecord record) {
        LogRecord.@Nullable Once once = record.once();
        return new LogRecord(
                record.offset(), record.check(), record.previousCheck(), 0, record.from(), once, record.data());
    }
}
