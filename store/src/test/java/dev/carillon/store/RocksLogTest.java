package dev.carillon.store;

import static dev.carillon.store.Samples.EPOCH;
import static dev.carillon.store.Samples.ORDERS;
import static dev.carillon.store.Samples.append;
import static dev.carillon.store.Samples.appendUpTo;
import static dev.carillon.store.Samples.now;
import static dev.carillon.store.Samples.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.ChannelLog.Read;
import dev.carillon.engine.ChannelLog.Summary;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.ChannelName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/** What the durable log does beyond the contract. */
class RocksLogTest {

    private static final RocksLogSettings SETTINGS = RocksLogSettings.defaults();

    @TempDir
    Path parent;

    private Path folder() {
        return parent.resolve("data/log");
    }

    private RocksLog open() throws StoreException {
        return RocksLog.open(folder(), SETTINGS);
    }

    // What a restart finds

    @Test
    void everythingIsThereAfterARestart() throws Exception {
        try (RocksLog log = open()) {
            appendUpTo(log, Durability.DISK, 1, 2000, 50);
            log.trim(ORDERS, 1801, 1501);
            log.append(new ChannelName("other"), 9, Durability.DISK, record(1, 1), _ -> {});
        }
        try (RocksLog log = open()) {
            assertThat(log.channelCount()).isEqualTo(2);
            LogState state = Samples.state(log, ORDERS);
            assertThat(state.epoch()).isEqualTo(EPOCH);
            assertThat(state.oldest()).isEqualTo(1801);
            assertThat(state.head()).isEqualTo(2000);
            assertThat(state.headCheck()).isEqualTo(record(2000, 0).check());
            assertThat(state.keys()).hasSize(500);
            assertThat(Samples.read(log, ORDERS, 1, 2000)).isEqualTo(Samples.records(1801, 2000, 50));
            appendUpTo(log, Durability.FSYNC, 2001, 2001, 50);
            assertThat(now(append(log, Durability.DISK, record(2001, 50))))
                    .isEqualTo(new Appended.Refused(Fault.OUT_OF_ORDER));
        }
    }

    @Test
    void aChannelThatWasTrimmedWholeKeepsItsHeadOverARestart() throws Exception {
        try (RocksLog log = open()) {
            appendUpTo(log, Durability.DISK, 1, 10, 50);
            log.trim(ORDERS, 11, 11);
        }
        try (RocksLog log = open()) {
            LogState state = Samples.state(log, ORDERS);
            assertThat(state.oldest()).isEqualTo(11);
            assertThat(state.head()).isEqualTo(10);
            assertThat(state.headCheck()).isEqualTo(record(10, 0).check());
            assertThat(state.headAt()).isEqualTo(record(10, 0).at());
            assertThat(state.keys()).isEmpty();
            appendUpTo(log, Durability.DISK, 11, 12, 50);
        }
    }

    @Test
    void aForgottenChannelAndAnOldEpochStayGoneOverARestart() throws Exception {
        ChannelName renewed = new ChannelName("renewed");
        try (RocksLog log = open()) {
            appendUpTo(log, Durability.DISK, 1, 3000, 5);
            log.forget(ORDERS);
            for (int offset = 1; offset <= 5; offset++) {
                log.append(renewed, 1, Durability.DISK, record(offset, 5), _ -> {});
            }
            log.append(renewed, 2, Durability.DISK, record(1, 5), _ -> {});
        }
        try (RocksLog log = open()) {
            assertThat(Samples.open(log, ORDERS)).isEqualTo(new Opened.Nothing());
            assertThat(Samples.read(log, renewed, 1, 9)).containsExactly(record(1, 5));
            CompletableFuture<List<Summary>> list = new CompletableFuture<>();
            log.list(list::complete);
            assertThat(now(list))
                    .containsExactly(new Summary(renewed, 2, 1, record(1, 5).at()));
            // A channel that begins anew finds nothing of its former life, though ids are given out again.
            appendUpTo(log, Durability.DISK, 1, 1, 5);
            assertThat(Samples.state(log, ORDERS).keys()).hasSize(1);
        }
    }

    @Test
    void aTrimLetsGoOfAQuarterTooLittleAtMost() throws Exception {
        try (RocksLog log = open()) {
            for (long offset = 1; offset <= 1000; offset++) {
                append(log, Durability.DISK, record(offset, 5));
                log.trim(ORDERS, offset - 99, offset - 99);
            }
            assertThat(Samples.state(log, ORDERS).recordCount()).isBetween(100, 125);
            log.trim(ORDERS, 998, 998);
            assertThat(Samples.state(log, ORDERS).recordCount()).isEqualTo(3);
        }
    }

    // Sync

    @Test
    void anFsyncAppendIsAnsweredBehindASyncAndADiskAppendWithoutOne() throws Exception {
        RocksDB.loadLibrary();
        try (Statistics statistics = new Statistics();
                RocksLog log = RocksLog.open(folder(), SETTINGS, Runnable::run, statistics)) {
            long before = statistics.getTickerCount(TickerType.WAL_FILE_SYNCED);
            appendUpTo(log, Durability.DISK, 1, 20, 50);
            assertThat(statistics.getTickerCount(TickerType.WAL_FILE_SYNCED)).isEqualTo(before);
            for (long offset = 21; offset <= 40; offset++) {
                // Counted where the answer is given: the sync was before it.
                CompletableFuture<Long> syncs = new CompletableFuture<>();
                log.append(ORDERS, EPOCH, Durability.FSYNC, record(offset, 50), answer -> {
                    assertThat(answer).isEqualTo(new Appended.Stored());
                    syncs.complete(statistics.getTickerCount(TickerType.WAL_FILE_SYNCED));
                });
                assertThat(now(syncs)).isEqualTo(before + offset - 20);
            }
            assertThat(log.metrics().syncedBatches()).isEqualTo(20);
        }
    }

    @Test
    void appendsThatWaitTogetherAreWrittenTogether() throws Exception {
        try (RocksLog log = open()) {
            List<CompletableFuture<Appended>> answers = new ArrayList<>();
            CountDownLatch held = hold(log);
            for (long offset = 1; offset <= 500; offset++) {
                answers.add(append(log, offset == 250 ? Durability.FSYNC : Durability.DISK, record(offset, 50)));
            }
            long before = log.metrics().batches();
            held.countDown();
            answers.forEach(answer -> assertThat(now(answer)).isEqualTo(new Appended.Stored()));
            assertThat(log.metrics().batches()).isEqualTo(before + 1);
            assertThat(log.metrics().lastBatchRecords()).isEqualTo(500);
            assertThat(log.metrics().syncedBatches()).isEqualTo(1);
            assertThat(log.metrics().lastBatchNanos()).isPositive();
            assertThat(log.metrics().appendedRecords()).isEqualTo(501);
        }
    }

    /** Keeps the writing committer in an answer until the latch is released. */
    private static CountDownLatch hold(RocksLog log) throws InterruptedException {
        CountDownLatch isHeld = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        log.append(new ChannelName("holds"), 1, Durability.DISK, record(1, 1), _ -> {
            isHeld.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        isHeld.await();
        return release;
    }

    // Limits

    @Test
    void aFullQueueRefusesAsBusyBehindWhatItTookIn() throws Exception {
        try (RocksLog log = RocksLog.open(folder(), SETTINGS.withQueueBytesMax(100_000))) {
            CountDownLatch held = hold(log);
            List<CompletableFuture<Appended>> answers = new ArrayList<>();
            List<Long> answered = new ArrayList<>();
            for (long offset = 1; offset <= 20; offset++) {
                long number = offset;
                CompletableFuture<Appended> answer = append(log, Durability.DISK, record(offset, 10_000));
                answers.add(answer.thenApply(value -> {
                    answered.add(number);
                    return value;
                }));
            }
            assertThat(log.metrics().queuedBytes())
                    .isBetween(90_000L, log.metrics().queuedBytesMax());
            assertThat(answers).noneMatch(CompletableFuture::isDone);
            held.countDown();
            List<Appended> values = answers.stream().map(Samples::now).toList();
            assertThat(values.subList(0, 9)).containsOnly(new Appended.Stored());
            assertThat(values.subList(9, 20)).containsOnly(new Appended.Refused(Fault.BUSY));
            assertThat(answered).isSorted().hasSize(20);
            assertThat(log.metrics().failures(Fault.BUSY)).isEqualTo(11);
            // The caller starts again behind the last that was stored.
            appendUpTo(log, Durability.DISK, 10, 12, 10_000);
        }
    }

    @Test
    void aRecordLargerThanTheQueueIsLetInAlone() throws Exception {
        try (RocksLog log = RocksLog.open(folder(), SETTINGS.withQueueBytesMax(100_000))) {
            appendUpTo(log, Durability.DISK, 1, 1, 1 << 20);
            assertThat(Samples.read(log, ORDERS, 1, 1)).containsExactly(record(1, 1 << 20));
        }
    }

    @Test
    void tooManyReadsAreRefusedAsBusy() throws Exception {
        try (RocksLog log = RocksLog.open(folder(), SETTINGS.withQueueReadsMax(3))) {
            appendUpTo(log, Durability.DISK, 1, 1, 10);
            CountDownLatch held = hold(log);
            append(log, Durability.DISK, record(2, 10));
            List<CompletableFuture<Read>> reads = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                CompletableFuture<Read> read = new CompletableFuture<>();
                log.read(ORDERS, 1, 9, read::complete);
                reads.add(read);
            }
            held.countDown();
            List<LogRecord> both = Samples.records(1, 2, 10);
            assertThat(reads.stream().map(Samples::now))
                    .containsExactly(
                            new Read.Records(both),
                            new Read.Records(both),
                            new Read.Records(both),
                            new Read.Failed(Fault.BUSY),
                            new Read.Failed(Fault.BUSY));
            assertThat(log.metrics().failures(Fault.BUSY)).isEqualTo(2);
        }
    }

    @Test
    void aReceiverThatFailsHarmsNobodyElse() throws Exception {
        try (RocksLog log = open()) {
            log.append(ORDERS, EPOCH, Durability.DISK, record(1, 1), _ -> fail());
            for (int i = 0; i < 2 * SETTINGS.readCommitters(); i++) {
                log.read(ORDERS, 1, 1, _ -> fail());
                log.open(ORDERS, _ -> fail());
                log.list(_ -> fail());
            }
            appendUpTo(log, Durability.DISK, 2, 3, 1);
            assertThat(Samples.read(log, ORDERS, 1, 9)).hasSize(3);
        }
    }

    private static void fail() {
        throw new IllegalStateException("a receiver's fault");
    }

    @Test
    void aClosedLogCountsNothingAsQueued() throws Exception {
        RocksLog log = open();
        appendUpTo(log, Durability.DISK, 1, 100, 10);
        log.trim(ORDERS, 50, 50);
        Samples.read(log, ORDERS, 1, 9);
        log.close();
        assertThat(log.metrics().queuedBytes()).isZero();
        assertThat(log.metrics().queuedReads()).isZero();
    }

    @Test
    void settingsOutsideTheirLimitsAreNamed() {
        assertThatThrownBy(() -> SETTINGS.withQueueBytesMax(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queueBytesMax is 1; it must be at least 1024");
    }

    // The folder

    @Test
    void aFolderThatThisProcessHasOpenIsRefused() throws Exception {
        try (RocksLog log = open()) {
            assertRefused(folder(), StoreException.Reason.LOCKED, "in use by another running Carillon");
            appendUpTo(log, Durability.DISK, 1, 3, 10);
        }
    }

    @Test
    void aFolderOfSomethingElseIsRefusedAndLeftAlone() throws Exception {
        Files.writeString(parent.resolve("holiday.jpg"), "a picture");
        assertRefused(parent, StoreException.Reason.NOT_A_LOG, "is not empty and holds no Carillon log");
        try (var files = Files.list(parent)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aFolderThatHoldsOnlyWhatTheServerKeepsBesideALogOpensAndKeepsThat() throws Exception {
        List<String> names = List.of("development.key", "revocations.jsonl", "revocations.jsonl.new");
        Files.createDirectories(folder());
        for (String name : names) {
            Files.writeString(folder().resolve(name), "kept");
        }
        for (int start = 0; start < 2; start++) {
            try (RocksLog log = open()) {
                appendUpTo(log, Durability.DISK, start + 1, start + 1, 10);
            }
            for (String name : names) {
                assertThat(folder().resolve(name)).hasContent("kept");
            }
        }
    }

    @Test
    void aFolderOfALaterFormatIsRefused() throws Exception {
        open().close();
        Files.writeString(folder().resolve(DataFolder.MARKER), "carillon-log 2\n");
        assertRefused(folder(), StoreException.Reason.NEWER_FORMAT, "was written in format 2 by a later Carillon");
    }

    @Test
    void aMarkerThatSaysSomethingElseIsRefused() throws Exception {
        open().close();
        for (String line :
                List.of("", "carillon-log 0\n", "carillon-log -1", "carillon-log 99999999999", "x".repeat(99))) {
            Files.writeString(folder().resolve(DataFolder.MARKER), line);
            assertRefused(folder(), StoreException.Reason.DAMAGED, DataFolder.MARKER);
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsRefused() throws Exception {
        Path file = Files.writeString(parent.resolve("file"), "not a folder");
        assertRefused(file, StoreException.Reason.NOT_WRITABLE, "cannot be made or written");
        assertRefused(file.resolve("log"), StoreException.Reason.NOT_WRITABLE, "cannot be made or written");
    }

    @Test
    void aProcessThatWasKilledWhileItMadeTheFolderLeavesOneThatOpens() throws Exception {
        Files.createDirectories(folder());
        Files.writeString(folder().resolve(DataFolder.MARKER + ".new"), "carill");
        try (RocksLog log = open()) {
            appendUpTo(log, Durability.DISK, 1, 1, 10);
        }
        try (RocksLog log = open()) {
            assertThat(Samples.read(log, ORDERS, 1, 1)).hasSize(1);
        }
    }

    @Test
    void aMissingTableFileIsRefused() throws Exception {
        try (RocksLog log = open()) {
            appendUpTo(log, Durability.DISK, 1, 50, 1000);
        }
        open().close();
        try (var files = Files.list(folder())) {
            for (Path table :
                    files.filter(file -> file.toString().endsWith(".sst")).toList()) {
                Files.delete(table);
            }
        }
        assertRefused(folder(), StoreException.Reason.DAMAGED, "is damaged");
    }

    @Test
    void aFolderThatLostItsCurrentFileIsRefusedAndNotTakenForANewOne() throws Exception {
        try (RocksLog log = open()) {
            appendUpTo(log, Durability.DISK, 1, 50, 1000);
        }
        Path current = folder().resolve("CURRENT");
        Path kept = Files.move(current, parent.resolve("CURRENT"));
        assertRefused(folder(), StoreException.Reason.DAMAGED, "the file CURRENT is missing");
        Files.move(kept, current);
        try (RocksLog log = open()) {
            assertThat(Samples.read(log, ORDERS, 1, 99)).hasSize(50);
        }
    }

    @Test
    void aDamagedManifestIsRefused() throws Exception {
        open().close();
        try (var files = Files.list(folder())) {
            for (Path manifest :
                    files.filter(file -> file.toString().contains("MANIFEST")).toList()) {
                byte[] bytes = Files.readAllBytes(manifest);
                bytes[bytes.length / 3] ^= 4;
                Files.write(manifest, bytes);
            }
        }
        assertRefused(folder(), StoreException.Reason.DAMAGED, "is damaged");
    }

    private static void assertRefused(Path folder, StoreException.Reason reason, String words) {
        StoreException refusal = catchThrowableOfType(
                StoreException.class, () -> RocksLog.open(folder, SETTINGS).close());
        assertThat(refusal).as("%s opened", folder).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal)
                .hasMessageContaining(words)
                .hasMessageContaining(folder.toString())
                .hasMessageNotContaining("\n");
    }
}
