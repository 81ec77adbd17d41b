package dev.carillon.redis;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * What an append and a read of the newest hundred cost Redis' own thread, and what a record costs its memory, for the two
 * candidates of ADR 0006. Starts a Redis of its own. Run by hand: {@code LayoutBench [appends] [bytes of data]}.
 */
final class LayoutBench {

    private static final int CHANNELS = 100;
    private static final int HISTORY = 1000;
    private static final int BATCH = 100;
    private static final int READS = 2000;

    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final Keys keys = new Keys("bench:");
    private final SplittableRandom random = new SplittableRandom(1);
    private final int appends;
    private final int dataBytes;

    private LayoutBench(StatefulRedisConnection<byte[], byte[]> connection, int appends, int dataBytes) {
        this.connection = connection;
        this.appends = appends;
        this.dataBytes = dataBytes;
    }

    public static void main(String[] args) {
        int appends = args.length > 0 ? Integer.parseInt(args[0]) : 300_000;
        int dataBytes = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        try (RedisProcess process = RedisProcess.inMemory()) {
            process.ask(redis -> {
                LayoutBench bench = new LayoutBench(redis, appends, dataBytes);
                bench.run();
                return true;
            });
        }
    }

    private void run() {
        Functions functions = new Functions();
        connection.sync().functionLoad(functions.text);
        connection.sync().functionLoad(text("stream.lua"));
        byte[] hundred = Functions.range(
                new SharedLog.Range.To(Long.MAX_VALUE), 100, Integer.MAX_VALUE, ChannelSettings.DEFAULT);
        for (int round = 1; round <= 3; round++) {
            measure("list", functions.append, functions.read, hundred);
            measure(
                    "stream",
                    "carillon_stream_append",
                    "carillon_stream_newest",
                    "100".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void measure(String layout, String append, String read, byte[] hundred) {
        connection.sync().flushall();
        ChannelSettings settings =
                ChannelSettings.DEFAULT.toBuilder().historyCountMax(HISTORY).build();
        byte[] bounds = Functions.bounds(settings);
        IntFunction<RedisFuture<byte[]>> appending = i -> {
            SharedLog.Entry entry = entry(i);
            return connection
                    .async()
                    .fcall(
                            append,
                            ScriptOutputType.VALUE,
                            keys.all(channel(i)),
                            bounds,
                            RecordFormat.start(entry),
                            RecordFormat.rest(entry));
        };
        connection.sync().configResetstat();
        all(appends, appending);
        String appendCost = costOf("fcall");
        connection.sync().configResetstat();
        IntFunction<RedisFuture<List<Object>>> reading =
                i -> connection.async().fcallReadOnly(read, ScriptOutputType.MULTI, keysOf(channel(i)), hundred);
        all(READS, reading);
        long before = usedMemory();
        for (int i = 0; i < CHANNELS; i++) {
            connection.sync().del(keys.records(channel(i)));
        }
        long bytes = before - usedMemory();
        System.out.printf(
                "%-6s append %s us, read of 100 %s us, %.0f bytes a record of %d bytes of data%n",
                layout, appendCost, costOf("fcall_ro"), (double) bytes / CHANNELS / HISTORY, dataBytes);
    }

    private byte[][] keysOf(ChannelName channel) {
        return new byte[][] {keys.head(channel), keys.records(channel)};
    }

    private <T> void all(int count, IntFunction<RedisFuture<T>> command) {
        connection.setAutoFlushCommands(false);
        for (int done = 0; done < count; done += BATCH) {
            List<RedisFuture<T>> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.add(command.apply(done + i));
            }
            connection.flushCommands();
            batch.forEach(one -> one.toCompletableFuture().join());
        }
        connection.setAutoFlushCommands(true);
    }

    private long usedMemory() {
        return connection
                .sync()
                .info("memory")
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElseThrow();
    }

    /** Microseconds of Redis' thread for one call. */
    private String costOf(String command) {
        return connection
                .sync()
                .info("commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_" + command + ":"))
                .map(line -> line.replaceAll(".*usec_per_call=([0-9.]+).*", "$1"))
                .findFirst()
                .orElse("?");
    }

    private static ChannelName channel(int i) {
        return new ChannelName("channel-" + i % CHANNELS);
    }

    /** Half of the data is random, and each third has a key. */
    private SharedLog.Entry entry(int i) {
        byte[] data = new byte[dataBytes];
        random.nextBytes(data);
        ByteBuffer.wrap(data).put(new byte[dataBytes / 2]);
        LogRecord.Once once = i % 3 == 0 ? new LogRecord.Once("key-" + (1_000_000_000_000L + i), i, 7) : null;
        return new SharedLog.Entry(Data.own(Data.Form.BYTES, data), "ada", once, random.nextInt(), 77);
    }

    private static String text(String resource) {
        try (InputStream in = Objects.requireNonNull(LayoutBench.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
