package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Fault;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** The counters behind {@link RocksLogMetrics}. */
final class RocksLogCounters implements RocksLogMetrics {

    final AtomicLong queuedBytes = new AtomicLong();
    final AtomicLong queuedReads = new AtomicLong();
    final LongAdder appendedRecords = new LongAdder();
    final LongAdder appendedBytes = new LongAdder();
    final LongAdder batches = new LongAdder();
    final LongAdder syncedBatches = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder recoveries = new LongAdder();
    volatile long lastBatchNanos;
    volatile long lastBatchRecords;
    volatile boolean isWritable = true;

    private final RocksLogSettings settings;
    private final ConcurrentMap<Fault, LongAdder> failures = new ConcurrentHashMap<>();

    RocksLogCounters(RocksLogSettings settings) {
        this.settings = settings;
    }

    void failed(Fault fault) {
        failures.computeIfAbsent(fault, _ -> new LongAdder()).increment();
    }

    @Override
    public long queuedBytes() {
        return queuedBytes.get();
    }

    @Override
    public long queuedBytesMax() {
        return settings.queueBytesMax();
    }

    @Override
    public long queuedReads() {
        return queuedReads.get();
    }

    @Override
    public long queuedReadsMax() {
        return settings.queueReadsMax();
    }

    @Override
    public long appendedRecords() {
        return appendedRecords.sum();
    }

    @Override
    public long appendedBytes() {
        return appendedBytes.sum();
    }

    @Override
    public long batches() {
        return batches.sum();
    }

    @Override
    public long syncedBatches() {
        return syncedBatches.sum();
    }

    @Override
    public long lastBatchNanos() {
        return lastBatchNanos;
    }

    @Override
    public long lastBatchRecords() {
        return lastBatchRecords;
    }

    @Override
    public long reads() {
        return reads.sum();
    }

    @Override
    public long failures(Fault fault) {
        LongAdder counted = failures.get(fault);
        return counted == null ? 0 : counted.sum();
    }

    @Override
    public long recoveries() {
        return recoveries.sum();
    }

    @Override
    public boolean isWritable() {
        return isWritable;
    }
}
