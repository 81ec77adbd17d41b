package dev.carillon.store;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * Measures a durable log (docs/adr/0001 has the command and figures seen). It drives any {@link ChannelLog}, so that others
 * can be compared in the same harness: name a class with {@code static ChannelLog open(Path)} as the second argument.
 *
 * <p>Arguments: a folder on the disk to be measured, and optionally that class. Records have 200 bytes of data, half random
 * and half text, an idempotency key each third time, and go round 1,000 channels.
 */
final class LogBench {

    private static final int CHANNELS = 1000;
    private static final int DATA_BYTES = 200;
    private static final int RUNS = 3;
    private static final long RUN_NANOS = 3_000_000_000L;
    private static final int MILLION = 1_000_000;

    private interface Opener {
        ChannelLog open(Path folder) throws Exception;
    }

    private final Path parent;
    private final Opener opener;
    private final SplittableRandom random = new SplittableRandom(42);
    private final byte[] text =
            "{\"order\":\"2026-11-22\",\"state\":\"accepted\",\"items\":[{\"sku\":\"bell\",\"n\":3},{\"n\":1}]}"
                    .repeat(2)
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private LogBench(Path parent, Opener opener) {
        this.parent = parent;
        this.opener = opener;
    }

    public static void main(String[] arguments) throws Exception {
        Opener opener = arguments.length < 2
                ? folder -> RocksLog.open(folder, RocksLogSettings.defaults())
                : folder -> (ChannelLog) Class.forName(arguments[1])
                        .getDeclaredMethod("open", Path.class)
                        .invoke(null, folder);
        LogBench bench = new LogBench(Path.of(arguments[0]), opener);
        System.out.printf(
                "%s, %d records of %d bytes, %d channels%n", Arrays.toString(arguments), MILLION, DATA_BYTES, CHANNELS);
        bench.appends(Durability.DISK, 32, false); // warms up
        for (Durability durability : List.of(Durability.DISK, Durability.FSYNC)) {
            for (int inFlight : new int[] {1, 32, 512}) {
                bench.appends(durability, inFlight, true);
            }
        }
        bench.million();
    }

    private LogRecord record(long offset, int previousCheck) {
        byte[] data = new byte[DATA_BYTES];
        random.nextBytes(data);
        System.arraycopy(text, 0, data, DATA_BYTES / 2, DATA_BYTES / 2);
        LogRecord.Once once = offset % 3 == 0
                ? new LogRecord.Once(
                        Long.toHexString(random.nextLong() | Long.MIN_VALUE), random.nextLong(), random.nextLong())
                : null;
        return new LogRecord(
                offset,
                random.nextInt(),
                previousCheck,
                1_763_800_000_000L + offset,
                "user",
                once,
                Data.own(Data.Form.BYTES, data));
    }

    private static ChannelName channel(int number) {
        return new ChannelName("channel:" + number);
    }

    private Path fresh() throws IOException {
        Path folder = parent.resolve("bench");
        delete(folder);
        return folder;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** Appends for a while with this many in flight; answers the latencies of every append. */
    private void appends(Durability durability, int inFlight, boolean isPrinted) throws Exception {
        List<Double> rates = new ArrayList<>();
        long[] latencies = new long[4_000_000];
        int count = 0;
        for (int run = 0; run < RUNS; run++) {
            try (ChannelLog log = opener.open(fresh())) {
                long start = System.nanoTime();
                int first = count;
                count = append(log, durability, inFlight, Integer.MAX_VALUE, start + RUN_NANOS, latencies, count);
                rates.add((count - first) / ((System.nanoTime() - start) / 1e9));
            }
        }
        Arrays.sort(latencies, 0, count);
        if (isPrinted) {
            System.out.printf(
                    "%-5s %3d in flight: %,.0f appends/s (%,.0f to %,.0f), p50 %.2f ms, p99 %.2f ms%n",
                    durability,
                    inFlight,
                    rates.stream().sorted().toList().get(RUNS / 2),
                    rates.stream().min(Double::compare).orElseThrow(),
                    rates.stream().max(Double::compare).orElseThrow(),
                    latencies[count / 2] / 1e6,
                    latencies[(int) (count * 0.99)] / 1e6);
        }
    }

    private int append(
            ChannelLog log, Durability durability, int inFlight, int records, long until, long[] latencies, int from)
            throws InterruptedException {
        Semaphore room = new Semaphore(inFlight);
        int[] checks = new int[CHANNELS];
        long[] heads = new long[CHANNELS];
        int index = from;
        while (index - from < records && index < latencies.length && System.nanoTime() < until) {
            int number = index % CHANNELS;
            LogRecord record = record(++heads[number], checks[number]);
            checks[number] = record.check();
            int slot = index++;
            room.acquire();
            latencies[slot] = -System.nanoTime();
            log.append(channel(number), 1, durability, record, appended -> {
                latencies[slot] += System.nanoTime();
                if (!(appended instanceof Appended.Stored)) {
                    System.err.println("refused: " + appended);
                    Runtime.getRuntime().halt(1);
                }
                room.release();
            });
        }
        room.acquire(inFlight);
        return index;
    }

    private void million() throws Exception {
        Path folder = fresh();
        System.out.printf("open, empty folder: %.0f ms%n", open(folder));
        System.out.printf("open, empty again: %.0f ms%n", open(folder));
        try (ChannelLog log = opener.open(folder)) {
            append(log, Durability.DISK, 512, MILLION, Long.MAX_VALUE, new long[MILLION], 0);
        }
        System.out.printf("bytes per record after close: %.0f%n", bytes(folder) / (double) MILLION);
        for (int i = 0; i < 3; i++) {
            System.out.printf("open, %,d records: %.0f ms%n", MILLION, open(folder));
        }
        System.out.printf("bytes per record then: %.0f%n", bytes(folder) / (double) MILLION);
        try (ChannelLog log = opener.open(folder)) {
            reads(log, "first reads of 100", 100);
            reads(log, "reads of the newest 100", 5000);
            trims(log);
            reads(log, "the same after trims", 5000);
        }
        delete(folder);
    }

    private double open(Path folder) throws Exception {
        long start = System.nanoTime();
        try (ChannelLog log = opener.open(folder)) {
            double millis = (System.nanoTime() - start) / 1e6;
            if (log.channelCount() < 0) {
                throw new AssertionError();
            }
            return millis;
        }
    }

    private void reads(ChannelLog log, String what, int count) throws Exception {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            CompletableFuture<ChannelLog.Read> read = new CompletableFuture<>();
            long start = System.nanoTime();
            log.read(channel(random.nextInt(CHANNELS)), MILLION / CHANNELS - 99, MILLION / CHANNELS, read::complete);
            if (!(read.get() instanceof ChannelLog.Read.Records(List<LogRecord> records)) || records.size() != 100) {
                throw new AssertionError("not 100 records");
            }
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        System.out.printf(
                "%s: p50 %.0f µs, p99 %.0f µs%n", what, nanos[count / 2] / 1e3, nanos[count * 99 / 100] / 1e3);
    }

    private void trims(ChannelLog log) throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < CHANNELS; i++) {
            log.trim(channel(i), MILLION / CHANNELS - 99, MILLION / CHANNELS - 99);
        }
        for (int i = 0; i < CHANNELS; i++) {
            CompletableFuture<ChannelLog.Read> read = new CompletableFuture<>();
            log.read(channel(i), 1, 1, read::complete);
            read.get();
        }
        System.out.printf("trim of 900 records: %.0f µs a channel%n", (System.nanoTime() - start) / 1e3 / CHANNELS);
    }
}
