package dev.carillon.store;

import static dev.carillon.store.Samples.EPOCH;
import static dev.carillon.store.Samples.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** What the writing committer makes of a write that failed, when nobody knows how much of it was written. */
class WriterTest {

    private static final ChannelName NEWS = new ChannelName("news");
    private static final RocksLogSettings SETTINGS = RocksLogSettings.defaults().withRetryAfter(Duration.ZERO);

    /** How a write fails. */
    private enum Failure {
        /** The library had nothing of it. */
        NOTHING_WRITTEN,
        /** The write-ahead log has all of it, only the sync failed. */
        WRITTEN_NOT_SYNCED
    }

    /** A database whose next writes fail as told. */
    private static final class FailingDatabase extends Database {
        final List<Failure> failures = new ArrayList<>();

        FailingDatabase(Path folder) throws StoreException {
            super(folder, SETTINGS, null);
        }

        @Override
        void write(WriteBatch batch, boolean sync) throws RocksDBException {
            if (failures.isEmpty()) {
                super.write(batch, sync);
                return;
            }
            if (failures.removeFirst() == Failure.WRITTEN_NOT_SYNCED) {
                super.write(batch, false);
            }
            throw new RocksDBException("IO error: Input/output error");
        }
    }

    @TempDir
    Path folder;

    private FailingDatabase database;
    private Writer writer;
    private final AtomicInteger channelCount = new AtomicInteger();

    @BeforeEach
    void open() throws StoreException {
        DataFolder.prepare(folder);
        database = new FailingDatabase(folder);
        writer = new Writer(folder, database, SETTINGS, Runnable::run, new RocksLogCounters(SETTINGS), channelCount, 0);
        assertThat(commit(append(ORDERS, 1), append(ORDERS, 2), append(ORDERS, 3)))
                .containsOnly(new Appended.Stored());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private interface Call {
        Op.Write to(List<Appended> answers);
    }

    private static Call append(ChannelName channel, long offset) {
        return append(channel, EPOCH, Samples.record(offset, 10));
    }

    private static Call append(ChannelName channel, long epoch, LogRecord record) {
        return answers -> new Op.Append(channel, epoch, true, record, answers::add);
    }

    private List<Appended> commit(Call... calls) {
        List<Appended> answers = new ArrayList<>();
        List<Op.Write> group = new ArrayList<>();
        for (Call call : calls) {
            group.add(call.to(answers));
        }
        writer.commit(group);
        return answers;
    }

    private @Nullable LogState state(ChannelName channel) throws Exception {
        return database.look(tables -> Reader.state(tables, channel));
    }

    private List<LogRecord> records(ChannelName channel) throws Exception {
        return Objects.requireNonNull(database.look(tables -> Reader.records(tables, channel, 1, Long.MAX_VALUE)));
    }

    @Test
    void aRecordWhoseSyncFailedGivesItsOffsetToAnother() throws Exception {
        database.failures.add(Failure.WRITTEN_NOT_SYNCED);
        assertThat(commit(append(ORDERS, 4), append(ORDERS, 5))).containsOnly(new Appended.Refused(Fault.BROKEN));

        LogRecord other = new LogRecord(4, 99, Samples.record(3, 0).check(), 1, null, null, Data.json("\"other\""));
        assertThat(commit(append(ORDERS, EPOCH, other))).containsOnly(new Appended.Stored());
        assertThat(records(ORDERS)).endsWith(other).hasSize(4);
        LogState state = Objects.requireNonNull(state(ORDERS));
        assertThat(state.headCheck()).isEqualTo(99);
        assertThat(state.keys()).hasSize(3);
    }

    @Test
    void whatWasQueuedBehindARefusedRecordIsRefusedThoughTheDatabaseHadIt() throws Exception {
        for (Failure failure : Failure.values()) {
            database.failures.add(failure);
            assertThat(commit(append(ORDERS, 4))).containsOnly(new Appended.Refused(Fault.BROKEN));
            assertThat(commit(append(ORDERS, 5), append(ORDERS, 6)))
                    .containsOnly(new Appended.Refused(Fault.OUT_OF_ORDER));
            assertThat(records(ORDERS)).isEqualTo(Samples.records(1, 3, 10));
        }
        assertThat(commit(append(ORDERS, 4))).containsOnly(new Appended.Stored());
    }

    @Test
    void aChannelThatBeganInTheFailedGroupNeverBegan() throws Exception {
        database.failures.add(Failure.WRITTEN_NOT_SYNCED);
        assertThat(commit(append(NEWS, 1), append(NEWS, 2))).containsOnly(new Appended.Refused(Fault.BROKEN));
        assertThat(commit(append(NEWS, 3))).containsOnly(new Appended.Refused(Fault.OUT_OF_ORDER));
        assertThat(state(NEWS)).isNull();
        assertThat(channelCount).hasValue(1);
        assertThat(commit(append(NEWS, 1))).containsOnly(new Appended.Stored());
        assertThat(channelCount).hasValue(2);
    }

    @Test
    void anEpochThatBeganInTheFailedGroupMayBeginAgain() throws Exception {
        for (Failure failure : Failure.values()) {
            database.failures.add(failure);
            LogRecord first = Samples.record(1, 10);
            assertThat(commit(append(ORDERS, EPOCH + 1, first))).containsOnly(new Appended.Refused(Fault.BROKEN));
            assertThat(commit(append(ORDERS, EPOCH + 1, Samples.record(2, 10))))
                    .containsOnly(new Appended.Refused(Fault.OUT_OF_ORDER));
            assertThat(commit(append(ORDERS, EPOCH + 1, first))).containsOnly(new Appended.Stored());
            assertThat(records(ORDERS)).containsExactly(first);
            assertThat(commit(append(ORDERS, EPOCH, first))).containsOnly(new Appended.Stored());
        }
    }

    @Test
    void aTrimInTheFailedGroupLeavesTheHeadWhereItWasAcknowledged() throws Exception {
        database.failures.add(Failure.WRITTEN_NOT_SYNCED);
        commit(append(ORDERS, 4), append(ORDERS, 5), _ -> new Op.Trim(ORDERS, 6, 6));
        assertThat(commit(append(ORDERS, 5))).containsOnly(new Appended.Refused(Fault.OUT_OF_ORDER));
        LogState state = Objects.requireNonNull(state(ORDERS));
        assertThat(state.head()).isEqualTo(3);
        assertThat(state.headCheck()).isEqualTo(Samples.record(3, 0).check());
        assertThat(state.oldest()).isEqualTo(4);
        assertThat(commit(append(ORDERS, 4))).containsOnly(new Appended.Stored());
        assertThat(records(ORDERS)).isEqualTo(Samples.records(4, 4, 10));
    }

    @Test
    void aForgetInTheFailedGroupIsDoneOrNotButLeavesNothingBehindIt() throws Exception {
        database.failures.add(Failure.WRITTEN_NOT_SYNCED);
        commit(append(ORDERS, 4), _ -> new Op.Forget(ORDERS), append(ORDERS, 1));
        assertThat(commit(append(ORDERS, 2))).containsOnly(new Appended.Refused(Fault.OUT_OF_ORDER));
        assertThat(state(ORDERS)).isNull();
        assertThat(channelCount).hasValue(0);
    }

    @Test
    void aRecoveryThatFailsIsTriedAgain() throws Exception {
        database.failures.addAll(
                List.of(Failure.WRITTEN_NOT_SYNCED, Failure.WRITTEN_NOT_SYNCED, Failure.NOTHING_WRITTEN));
        for (int trial = 0; trial < 3; trial++) {
            assertThat(commit(append(ORDERS, 4))).containsOnly(new Appended.Refused(Fault.BROKEN));
        }
        assertThat(commit(append(ORDERS, 4))).containsOnly(new Appended.Stored());
        assertThat(records(ORDERS)).isEqualTo(Samples.records(1, 4, 10));
    }

    @Test
    void aProcessThatEndsBeforeItRecoveredFindsTheRefusedRecordAndGoesOnBehindIt() throws Exception {
        database.failures.add(Failure.WRITTEN_NOT_SYNCED);
        commit(append(ORDERS, 4));
        database.close();
        try (RocksLog log = RocksLog.open(folder, SETTINGS)) {
            assertThat(Samples.state(log, ORDERS).head()).isEqualTo(4);
            assertThat(Samples.state(log, ORDERS).keys()).hasSize(4);
        }
    }
}
