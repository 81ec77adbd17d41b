package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.MapSettings;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedMemory;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Redis answers any calls about maps, and about what is redacted, as the executable specification does. */
class RedisMapAgreesTest {

    private static final int ROUNDS = 15;
    private static final int CALLS = 150;

    private final SplittableRandom random = new SplittableRandom(Seed.of(RedisMapAgreesTest.class));
    private final List<String> calls = new ArrayList<>();
    private int checks;

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    @Test
    void anyCallsAreAnsweredAsTheSpecificationSays() throws Exception {
        try (RedisProcess process = RedisProcess.inMemory()) {
            for (int round = 0; round < ROUNDS; round++) {
                try (Redis redis = Redis.open(process.settings("maps-" + round + ":"))) {
                    play(new Asking(redis).log, new SharedMemory(System::currentTimeMillis));
                }
            }
        }
    }

    private void play(SharedLog log, SharedMemory memory) {
        ChannelSettings settings = ChannelSettings.DEFAULT.toBuilder()
                .kind(ChannelKind.MAP)
                .historyCountMax(random.nextInt(1, 30))
                .historyBytesMax(random.nextInt(1, 3000))
                .map(new MapSettings(
                        random.nextInt(1, 8), random.nextInt(1, 1500), 10, Duration.ofHours(1), Duration.ZERO))
                .build();
        calls.clear();
        for (int i = 0; i < CALLS; i++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> change(log, memory, settings);
                case 5, 6 -> changes(log, memory, settings);
                case 7 -> read(log, memory, settings);
                case 8 -> redact(log, memory, settings);
                default -> expire(log, memory, settings);
            }
        }
    }

    private String key() {
        return "k\u00e4".repeat(random.nextInt(1, 4)) + random.nextInt(4);
    }

    private void change(SharedLog log, SharedMemory memory, ChannelSettings settings) {
        boolean isRemoved = random.nextInt(3) == 0;
        String tag = random.nextBoolean() ? "t" + random.nextInt(3) : null;
        Data data = isRemoved ? Data.NONE : Data.json("1".repeat(random.nextInt(1, 200)));
        append(
                log,
                memory,
                settings,
                new SharedLog.Entry(
                        data,
                        random.nextBoolean() ? "ada" : null,
                        random.nextInt(3) == 0 ? once() : null,
                        ++checks,
                        random.nextLong(1, Long.MAX_VALUE),
                        new Change(key(), tag, isRemoved),
                        0));
    }

    /** Of no value the time is over. */
    private void expire(SharedLog log, SharedMemory memory, ChannelSettings settings) {
        append(
                log,
                memory,
                settings,
                new SharedLog.Entry(
                        Data.NONE, null, null, ++checks, 7, new Change(key(), null, true), random.nextInt(1, 100)));
    }

    private LogRecord.Once once() {
        return new LogRecord.Once("key-000000000000000" + random.nextInt(9), random.nextInt(2), random.nextInt(2));
    }

    private void append(SharedLog log, SharedMemory memory, ChannelSettings settings, SharedLog.Entry entry) {
        calls.add("append " + entry);
        SharedLog.Appended said = Asking.ask(answer -> log.append(Asking.ROOM, settings, entry, answer));
        SharedLog.Appended expected = memory.append(Asking.ROOM, settings, entry);
        assertThat(timeless(said)).as("%s", calls).isEqualTo(timeless(expected));
    }

    private void changes(SharedLog log, SharedMemory memory, ChannelSettings settings) {
        long after = random.nextInt(100);
        int countMax = random.nextInt(1, 8);
        int bytesMax = random.nextInt(1, 1500);
        calls.add("changes after " + after + " " + countMax + " " + bytesMax);
        SharedLog.Changes said =
                Asking.ask(answer -> log.changes(Asking.ROOM, settings, after, countMax, bytesMax, answer));
        assertThat(timeless((SharedLog.Changes.Page) said)).as("%s", calls).isEqualTo(timeless((SharedLog.Changes.Page)
                memory.changes(Asking.ROOM, settings, after, countMax, bytesMax)));
    }

    private void read(SharedLog log, SharedMemory memory, ChannelSettings settings) {
        SharedLog.Range range = new SharedLog.Range.From(random.nextInt(100));
        int countMax = random.nextInt(1, 40);
        calls.add("read " + range + " " + countMax);
        SharedLog.Read said = Asking.ask(answer -> log.read(Asking.ROOM, settings, range, countMax, 2000, answer));
        SharedLog.Read.Records expected =
                (SharedLog.Read.Records) memory.read(Asking.ROOM, settings, range, countMax, 2000);
        SharedLog.Read.Records records = (SharedLog.Read.Records) said;
        assertThat(records.state()).as("%s", calls).isEqualTo(expected.state());
        assertThat(timeless(records.records())).as("%s", calls).isEqualTo(timeless(expected.records()));
    }

    private void redact(SharedLog log, SharedMemory memory, ChannelSettings settings) {
        SharedLog.Read.Records all =
                (SharedLog.Read.Records) memory.read(Asking.ROOM, settings, new SharedLog.Range.From(1), 1000, 1 << 20);
        if (all.records().isEmpty()) {
            return;
        }
        LogRecord record = all.records().get(random.nextInt(all.records().size()));
        int check = record.check() + (random.nextInt(4) == 0 ? 1 : 0);
        Position position = new Position(all.state().head().epoch(), record.offset(), check);
        calls.add("redact " + position);
        SharedLog.Redacted said = Asking.ask(answer -> log.redact(Asking.ROOM, settings, position, answer));
        SharedLog.Redacted expected = memory.redact(Asking.ROOM, settings, position);
        assertThat(timeless(said)).as("%s", calls).isEqualTo(timeless(expected));
        long since = random.nextInt(10);
        SharedLog.Redactions.Known known = (SharedLog.Redactions.Known)
                Asking.<SharedLog.Redactions>ask(answer -> log.redactions(Asking.ROOM, since, answer));
        SharedLog.Redactions.Known wanted = (SharedLog.Redactions.Known) memory.redactions(Asking.ROOM, since);
        assertThat(known.serial()).as("%s", calls).isEqualTo(wanted.serial());
        assertThat(known.isWhole()).as("%s", calls).isEqualTo(wanted.isWhole());
        assertThat(timeless(known.records())).as("%s", calls).isEqualTo(timeless(wanted.records()));
    }

    private static SharedLog.Appended timeless(SharedLog.Appended said) {
        return said instanceof SharedLog.Appended.Stored(long epoch, LogRecord record)
                ? new SharedLog.Appended.Stored(epoch, timeless(record))
                : said;
    }

    private static SharedLog.Redacted timeless(SharedLog.Redacted said) {
        return said instanceof SharedLog.Redacted.Done(long epoch, long serial, LogRecord record)
                ? new SharedLog.Redacted.Done(epoch, serial, timeless(record))
                : said;
    }

    private static SharedLog.Changes.Page timeless(SharedLog.Changes.Page page) {
        return new SharedLog.Changes.Page(page.state(), timeless(page.changes()), page.isLast());
    }

    private static List<LogRecord> timeless(List<LogRecord> records) {
        return records.stream().map(RedisMapAgreesTest::timeless).toList();
    }

    private static LogRecord timeless(LogRecord record) {
        LogRecord.@Nullable Once once = record.once();
        return new LogRecord(
                record.offset(),
                record.check(),
                record.previousCheck(),
                0,
                record.from(),
                once,
                record.data(),
                record.change(),
                record.isRedacted());
    }
}
