package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.ChannelLogContract;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The modelled log does what the specification does, and loses what its durability classes let it lose. */
class SimulatedLogTest {

    private static final ChannelName ROOM = new ChannelName("room");

    private final Agenda agenda = new Agenda(new Dice(1));
    private final DiskState disk = new DiskState();
    private final Tally tally = new Tally();
    private final List<String> heard = new ArrayList<>();

    private SimulatedLog log(long seed) {
        return new SimulatedLog(agenda, new Dice(seed), disk, tally, new SimulatedLog.Watcher() {
            @Override
            public void onWritten(ChannelName channel, long epoch, LogRecord record) {
                heard.add("written " + record.offset());
            }

            @Override
            public void onStored(ChannelName channel, long offset) {
                heard.add("stored " + offset);
            }

            @Override
            public void onLost(ChannelName channel) {
                heard.add("lost");
            }
        });
    }

    private static LogRecord record(int offset) {
        return new LogRecord(offset, offset, offset - 1, 1000, null, null, Data.json("1"));
    }

    private List<ChannelLog.Appended> append(SimulatedLog log, Durability durability, int first, int last) {
        List<ChannelLog.Appended> answers = new ArrayList<>();
        for (int offset = first; offset <= last; offset++) {
            log.append(ROOM, 7, durability, record(offset), answers::add);
        }
        return answers;
    }

    private void runUntilAnswered(List<ChannelLog.Appended> answers, int count) {
        while (answers.size() < count && agenda.step()) {
            // on
        }
        assertThat(answers).hasSize(count);
    }

    private long headOf(SimulatedLog log) {
        List<ChannelLog.Opened> opened = new ArrayList<>();
        log.open(ROOM, opened::add);
        while (opened.isEmpty() && agenda.step()) {
            // on
        }
        return opened.getFirst() instanceof ChannelLog.Opened.Kept(LogState state) ? state.head() : 0;
    }

    @Test
    void whatWasAnsweredSurvivesTheProcessAtEitherClass() {
        for (Durability durability : List.of(Durability.DISK, Durability.FSYNC)) {
            SimulatedLog log = log(1);
            runUntilAnswered(append(log, durability, 1, 200), 200);
            log.crash(false);
            assertThat(headOf(log)).isEqualTo(200);
        }
    }

    @Test
    void whatWasSyncedSurvivesALossOfPowerWhateverTheSeed() {
        for (int seed = 0; seed < 100; seed++) {
            SimulatedLog log = log(seed);
            runUntilAnswered(append(log, Durability.FSYNC, 1, 50), 50);
            log.crash(true);
            assertThat(headOf(log)).isEqualTo(50);
        }
    }

    @Test
    void aLossOfPowerTakesAnEndOfWhatWasNotSyncedAndNothingElse() {
        long heads = 0;
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            runUntilAnswered(append(log, Durability.FSYNC, 1, 10), 10);
            runUntilAnswered(append(log, Durability.DISK, 11, 20), 10);
            log.crash(true);
            long head = headOf(log);
            assertThat(head).isBetween(10L, 20L);
            heads += head;
        }
        assertThat(heads).isBetween(501L, 999L);
        assertThat(heard).contains("lost");
        assertThat(tally.count(Trouble.TAIL_LOST)).isPositive();
    }

    @Test
    void anEndInTheMiddleOfAWriteKeepsAFirstPartOfIt() {
        long kept = 0;
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            List<ChannelLog.Appended> answers = append(log, Durability.DISK, 1, 64);
            log.crash(false);
            kept += headOf(log);
            assertThat(answers).isEmpty();
        }
        assertThat(kept).isBetween(1L, 50L * 64);
    }

    @Test
    void aFullDiskRefusesAndWhatFollowsItIsOutOfOrder() {
        SimulatedLog log = log(1);
        disk.fullUntil = agenda.now() + Agenda.SECOND;
        List<ChannelLog.Appended> answers = append(log, Durability.DISK, 1, 1);
        runUntilAnswered(answers, 1);
        assertThat(answers).containsExactly(new ChannelLog.Appended.Refused(ChannelLog.Fault.FULL));
        disk.heal();
        answers = append(log, Durability.DISK, 2, 2);
        runUntilAnswered(answers, 1);
        assertThat(answers).containsExactly(new ChannelLog.Appended.Refused(ChannelLog.Fault.OUT_OF_ORDER));
        assertThat(heard).isEmpty();
    }

    @Test
    void aWriteThatFailedMayBeThereAfterAnEnd() {
        long found = 0;
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            disk.writesBrokenUntil = Long.MAX_VALUE;
            runUntilAnswered(append(log, Durability.DISK, 1, 1), 1);
            disk.heal();
            log.crash(false);
            found += headOf(log);
        }
        assertThat(found).isBetween(1L, 49L);
    }

    private static LogRecord change(int offset) {
        Change change = new Change("key " + offset, null, false);
        return new LogRecord(offset, offset, offset - 1, 1000, null, null, Data.json("1"), change, false);
    }

    private List<LogRecord> recordsOf(SimulatedLog log) {
        List<ChannelLog.Read> read = new ArrayList<>();
        log.read(ROOM, 1, Long.MAX_VALUE, read::add);
        while (read.isEmpty() && agenda.step()) {
            // on
        }
        return read.getFirst() instanceof ChannelLog.Read.Records(List<LogRecord> records) ? records : List.of();
    }

    private List<Long> changesOf(SimulatedLog log) {
        List<ChannelLog.Opened> opened = new ArrayList<>();
        log.open(ROOM, opened::add);
        while (opened.isEmpty() && agenda.step()) {
            // on
        }
        return opened.getFirst() instanceof ChannelLog.Opened.Kept(LogState state)
                ? state.changes().stream().map(LogRecord::offset).toList()
                : List.of();
    }

    @Test
    void whatWasErasedAndSyncedStaysErasedThroughALossOfPower() {
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            List<ChannelLog.Appended> answers = append(log, Durability.FSYNC, 1, 3);
            log.redact(ROOM, 7, Durability.FSYNC, 2, answers::add);
            runUntilAnswered(answers, 4);
            log.crash(true);
            assertThat(recordsOf(log)).containsExactly(record(1), record(2).redacted(), record(3));
            answers.clear();
            log.purge(ROOM, 7, Durability.FSYNC, answers::add);
            runUntilAnswered(answers, 1);
            log.crash(true);
            assertThat(headOf(log)).isZero();
        }
    }

    @Test
    void anErasureIsLostOnlyWithAllThatWasWrittenAfterIt() {
        List<String> seen = new ArrayList<>();
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            runUntilAnswered(append(log, Durability.FSYNC, 1, 2), 2);
            List<ChannelLog.Appended> answers = new ArrayList<>();
            log.redact(ROOM, 7, Durability.DISK, 1, answers::add);
            log.append(ROOM, 7, Durability.DISK, record(3), answers::add);
            runUntilAnswered(answers, 2);
            log.crash(true);
            List<LogRecord> records = recordsOf(log);
            seen.add(records.size() + (records.getFirst().isRedacted() ? " redacted" : ""));
        }
        assertThat(seen).contains("2", "2 redacted", "3 redacted").doesNotContain("3");
    }

    @Test
    void aCompactionSurvivesALossOfPowerAsAWholeOrNotAtAll() {
        List<List<Long>> seen = new ArrayList<>();
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            List<ChannelLog.Appended> answers = new ArrayList<>();
            for (int offset = 1; offset <= 4; offset++) {
                log.append(ROOM, 7, Durability.FSYNC, change(offset), answers::add);
            }
            runUntilAnswered(answers, 4);
            log.compact(ROOM, 5, 5, new long[] {1, 3});
            assertThat(changesOf(log)).containsExactly(1L, 3L);
            log.crash(true);
            seen.add(changesOf(log));
        }
        assertThat(seen).containsOnly(List.of(1L, 3L), List.of(1L, 2L, 3L, 4L));
    }

    @Test
    void anErasureThatFailedMayBeThereAfterAnEnd() {
        long erased = 0;
        for (int seed = 0; seed < 50; seed++) {
            SimulatedLog log = log(seed);
            runUntilAnswered(append(log, Durability.DISK, 1, 2), 2);
            disk.writesBrokenUntil = Long.MAX_VALUE;
            List<ChannelLog.Appended> answers = new ArrayList<>();
            log.purge(ROOM, 7, Durability.DISK, answers::add);
            runUntilAnswered(answers, 1);
            disk.heal();
            log.crash(false);
            erased += headOf(log) == 0 ? 1 : 0;
        }
        assertThat(erased).isBetween(1L, 49L);
    }

    /** Calls of many threads, one after another on a thread of the log's own. */
    private static ChannelLog pumped() {
        Agenda agenda = new Agenda(new Dice(1));
        SimulatedLog.Watcher nobody = new SimulatedLog.Watcher() {
            @Override
            public void onWritten(ChannelName channel, long epoch, LogRecord record) {}

            @Override
            public void onStored(ChannelName channel, long offset) {}

            @Override
            public void onLost(ChannelName channel) {}
        };
        return new PumpedLog(agenda, new SimulatedLog(agenda, new Dice(2), new DiskState(), new Tally(), nobody));
    }

    @Nested
    class AtFsync extends ChannelLogContract {
        @Override
        protected ChannelLog make() {
            return pumped();
        }
    }

    @Nested
    class AtDisk extends ChannelLogContract {
        @Override
        protected ChannelLog make() {
            return pumped();
        }

        @Override
        protected Durability durability() {
            return Durability.DISK;
        }
    }
}
