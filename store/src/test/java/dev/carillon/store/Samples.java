package dev.carillon.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.ChannelLog.Read;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Records that follow from their offset, and calls that wait for their answer. */
final class Samples {

    static final ChannelName ORDERS = new ChannelName("orders");
    static final long EPOCH = 7;

    private static final long ANSWER_SECONDS_MAX = 60;

    private Samples() {}

    /** A record whose data are this many bytes that do not compress. */
    static LogRecord record(long offset, int dataBytes) {
        byte[] data = new byte[dataBytes];
        new SplittableRandom(offset).nextBytes(data);
        return new LogRecord(
                offset,
                check(offset),
                offset == 1 ? 0 : check(offset - 1),
                1_000 + offset,
                "user",
                new LogRecord.Once(String.format("key-%016d", offset), offset, -offset),
                Data.bytes(data));
    }

    static List<LogRecord> records(long first, long last, int dataBytes) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(offset -> record(offset, dataBytes))
                .toList();
    }

    private static int check(long offset) {
        return (int) (offset * 0x9E3779B97F4A7C15L >>> 32);
    }

    static CompletableFuture<Appended> append(ChannelLog log, Durability durability, LogRecord record) {
        CompletableFuture<Appended> answer = new CompletableFuture<>();
        log.append(ORDERS, EPOCH, durability, record, answer::complete);
        return answer;
    }

    static void appendUpTo(ChannelLog log, Durability durability, long first, long last, int dataBytes) {
        records(first, last, dataBytes).stream()
                .map(record -> append(log, durability, record))
                .toList()
                .forEach(answer -> assertThat(now(answer)).isEqualTo(new Appended.Stored()));
    }

    static List<LogRecord> read(ChannelLog log, ChannelName channel, long first, long last) {
        CompletableFuture<Read> answer = new CompletableFuture<>();
        log.read(channel, first, last, answer::complete);
        Read read = now(answer);
        assertThat(read).isInstanceOf(Read.Records.class);
        return ((Read.Records) read).records();
    }

    static Opened open(ChannelLog log, ChannelName channel) {
        CompletableFuture<Opened> answer = new CompletableFuture<>();
        log.open(channel, answer::complete);
        return now(answer);
    }

    static LogState state(ChannelLog log, ChannelName channel) {
        Opened opened = open(log, channel);
        assertThat(opened).isInstanceOf(Opened.Kept.class);
        return ((Opened.Kept) opened).state();
    }

    static <A> A now(CompletableFuture<A> answer) {
        try {
            return answer.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no answer", e);
        }
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** The only write-ahead log that holds anything. */
    static Path writeAheadLog(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> logs = files.filter(file -> file.toString().endsWith(".log"))
                    .filter(file -> file.toFile().length() > 0)
                    .toList();
            assertThat(logs).hasSize(1);
            return logs.getFirst();
        }
    }
}
