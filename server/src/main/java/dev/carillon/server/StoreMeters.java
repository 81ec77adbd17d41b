package dev.carillon.server;

import dev.carillon.engine.ChannelLog;
import dev.carillon.store.RocksLog;
import dev.carillon.store.RocksLogMetrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;

/** The series of the durable log. */
final class StoreMeters {

    private StoreMeters() {}

    static void bind(Metrics metrics, ChannelLog log) {
        if (log instanceof RocksLog rocks) {
            bind(metrics, rocks.metrics());
        }
    }

    private static void bind(Metrics metrics, RocksLogMetrics store) {
        Tags none = Tags.empty();
        metrics.gauge("store.queue.bytes", "Bytes of appends that wait for their commit", none, store::queuedBytes);
        metrics.gauge("store.queue.reads", "Reads that wait or are under way", none, store::queuedReads);
        metrics.counter("store.records", "Records stored", none, store::appendedRecords);
        metrics.counter("store.bytes", "Bytes stored, as encoded", none, store::appendedBytes);
        metrics.counter("store.commits", "Group commits written", none, store::batches);
        metrics.counter("store.commits.synced", "Group commits synced to the device", none, store::syncedBatches);
        metrics.counter("store.reads", "Reads answered", none, store::reads);
        metrics.counter(
                "store.recoveries", "Times that the log recovered from a failed write", none, store::recoveries);
        metrics.gauge("store.commit.last.records", "Records in the last group commit", none, store::lastBatchRecords);
        metrics.gauge(
                "store.writable",
                "1, or 0 from a failed write until the log has recovered",
                none,
                () -> store.isWritable() ? 1 : 0);
        Gauge.builder("carillon.store.commit.last.seconds", () -> store.lastBatchNanos() / 1e9)
                .description("How long the last group commit took, its sync included")
                .register(metrics.registry());
        for (ChannelLog.Fault fault : ChannelLog.Fault.values()) {
            metrics.counter(
                    "store.failures",
                    "Appends and reads that failed, by why",
                    Tags.of("fault", fault.name().toLowerCase(Locale.ROOT)),
                    () -> store.failures(fault));
        }
    }
}
