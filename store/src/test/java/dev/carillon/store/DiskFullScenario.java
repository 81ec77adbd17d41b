package dev.carillon.store;

import static dev.carillon.store.Samples.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.Durability;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.rocksdb.RocksDB;

/**
 * A process that fills its disk, goes on reading, gets room and goes on writing. Arguments: folder, durability, and what
 * limits it: {@code device} (a file {@code ballast} beside the folder is deleted to make room), {@code memory} (the same,
 * but the device is full only when the memory for what waits to be written to files is) or {@code process} (the largest
 * file that this process may write is set and lifted with prlimit). Ends with 0 if all went as it should.
 */
final class DiskFullScenario {

    private static final int DATA_BYTES = 20_000;
    private static final int IN_FLIGHT = 24;
    private static final int TRIALS_MAX = 10_000;
    private static final int BALLAST_MEBIBYTES = 10;
    private static final int FILE_BYTES_MAX = 300_000;

    private final Path folder;
    private final Durability durability;
    private final boolean limitsProcess;
    private RocksLog log;
    private long stored;

    private DiskFullScenario(Path folder, Durability durability, boolean limitsProcess) throws StoreException {
        this.folder = folder;
        this.durability = durability;
        this.limitsProcess = limitsProcess;
        this.log = open();
    }

    private RocksLog open() throws StoreException {
        return RocksLog.open(
                folder,
                RocksLogSettings.defaults().withWriteBufferBytes(1 << 20).withRetryAfter(Duration.ZERO));
    }

    public static void main(String[] arguments) throws Exception {
        DiskFullScenario scenario = new DiskFullScenario(
                Path.of(arguments[0]), Durability.valueOf(arguments[1]), arguments[2].equals("process"));
        if (arguments[2].equals("memory")) {
            scenario.fillMemoryThenDevice();
        } else {
            scenario.run();
        }
        System.out.println("stored " + scenario.stored + ", recoveries "
                + scenario.log.metrics().recoveries());
        scenario.log.close();
    }

    private void run() throws Exception {
        for (int round = 1; round <= 2; round++) {
            Samples.appendUpTo(log, durability, stored + 1, stored + 20, DATA_BYTES);
            stored += 20;
            takeRoom();
            appendUntilFull();
            assertThat(log.metrics().isWritable()).isFalse();
            assertThat(log.metrics().failures(Fault.FULL)).isPositive();
            assertReadable();
            for (int i = 0; i < 20; i++) {
                assertThat(one(stored + 1)).isEqualTo(new Appended.Refused(Fault.FULL));
            }
            assertReadable();
            giveRoom();
            appendAgain();
            assertThat(log.metrics().isWritable()).isTrue();
            assertThat(log.metrics().recoveries()).isEqualTo(round);
            Samples.appendUpTo(log, durability, stored + 1, stored + 30, DATA_BYTES);
            stored += 30;
            assertReadable();
        }
        log.close();
        log = open();
        assertReadable();
        Samples.appendUpTo(log, durability, stored + 1, stored + 5, DATA_BYTES);
    }

    private void fillMemoryThenDevice() throws Exception {
        RocksDB db = Objects.requireNonNull(log.database.tables()).db();
        db.pauseBackgroundWork();
        CompletableFuture<Appended> heldUp = appendUntilStopped(db);
        try (OutputStream ballast = Files.newOutputStream(ballast())) {
            while (true) {
                ballast.write(new byte[1 << 16]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
        db.continueBackgroundWork();
        assertThat(Samples.now(heldUp)).isEqualTo(new Appended.Refused(Fault.FULL));
        assertThat(log.metrics().isWritable()).isFalse();
        assertReadable();
        giveRoom();
        appendAgain();
        Samples.appendUpTo(log, durability, stored + 1, stored + 30, DATA_BYTES);
        stored += 30;
        assertReadable();
    }

    /** Appends one by one until one is not answered since the library stops writes. */
    private CompletableFuture<Appended> appendUntilStopped(RocksDB db) throws Exception {
        while (true) {
            CompletableFuture<Appended> answer =
                    Samples.append(log, durability, Samples.record(stored + 1, DATA_BYTES));
            while (!answer.isDone()) {
                if (db.getLongProperty("rocksdb.is-write-stopped") > 0) {
                    return answer;
                }
                Thread.onSpinWait();
            }
            assertThat(Samples.now(answer)).isEqualTo(new Appended.Stored());
            stored++;
        }
    }

    private Appended one(long offset) {
        return Samples.now(Samples.append(log, durability, Samples.record(offset, DATA_BYTES)));
    }

    /** With many in flight, so that some fail that were queued behind the first that failed. */
    private void appendUntilFull() {
        while (true) {
            List<CompletableFuture<Appended>> answers = new ArrayList<>();
            for (long offset = stored + 1; offset <= stored + IN_FLIGHT; offset++) {
                answers.add(Samples.append(log, durability, Samples.record(offset, DATA_BYTES)));
            }
            boolean refused = false;
            for (CompletableFuture<Appended> answer : answers) {
                if (Samples.now(answer) instanceof Appended.Stored) {
                    assertThat(refused).as("stored behind a refused one").isFalse();
                    stored++;
                } else {
                    refused = true;
                }
            }
            if (refused) {
                return;
            }
        }
    }

    private void appendAgain() {
        for (int trial = 0; trial < TRIALS_MAX; trial++) {
            if (one(stored + 1) instanceof Appended.Stored) {
                stored++;
                return;
            }
        }
        throw new AssertionError("room was made, and " + TRIALS_MAX + " appends were refused");
    }

    private void assertReadable() {
        assertThat(Samples.state(log, ORDERS).head()).isEqualTo(stored);
        assertThat(Samples.read(log, ORDERS, 1, Long.MAX_VALUE).equals(Samples.records(1, stored, DATA_BYTES)))
                .as("1 to %d, each once and whole", stored)
                .isTrue();
        assertThat(Samples.state(log, ORDERS).keys()).hasSize((int) stored);
    }

    private void takeRoom() throws Exception {
        if (limitsProcess) {
            limitFiles(FILE_BYTES_MAX + ":");
        } else {
            try (OutputStream ballast = Files.newOutputStream(ballast())) {
                for (int i = 0; i < BALLAST_MEBIBYTES; i++) {
                    ballast.write(new byte[1 << 20]);
                }
            } catch (IOException e) {
                // The second time the log itself may have left less room than that.
                assertThat(Files.size(ballast())).isGreaterThan(BALLAST_MEBIBYTES << 19);
            }
        }
    }

    private void giveRoom() throws Exception {
        if (limitsProcess) {
            limitFiles("unlimited:");
        } else {
            Files.delete(ballast());
        }
    }

    private Path ballast() {
        return folder.resolveSibling("ballast");
    }

    private static void limitFiles(String limit) throws Exception {
        int exit = new ProcessBuilder(
                        "prlimit",
                        "--pid",
                        String.valueOf(ProcessHandle.current().pid()),
                        "--fsize=" + limit)
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exit).isZero();
    }
}
