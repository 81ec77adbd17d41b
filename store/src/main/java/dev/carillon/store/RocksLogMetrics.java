package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Fault;

/** What a {@link RocksLog} counts, from its opening on. Every method may be called from any thread and never blocks. */
public interface RocksLogMetrics {

    /** Bytes of appends that wait for their commit, or are in it. */
    long queuedBytes();

    /** The limit of {@link #queuedBytes}. */
    long queuedBytesMax();

    /** Reads, opens and lists that wait or are under way. */
    long queuedReads();

    /** The limit of {@link #queuedReads}. */
    long queuedReadsMax();

    /** Records stored. */
    long appendedRecords();

    /** Bytes stored, as encoded. */
    long appendedBytes();

    /** Group commits written. */
    long batches();

    /** Group commits of these that were synced to the device. */
    long syncedBatches();

    /** How long the last group commit's write took, its sync included, in nanoseconds; 0 before the first. */
    long lastBatchNanos();

    /** How many records the last group commit held. */
    long lastBatchRecords();

    /** Reads and opens answered, whatever the answer. */
    long reads();

    /** Answers with this fault, of appends, reads and opens together. */
    long failures(Fault fault);

    /** Times that the database was closed and opened anew after a failed write. */
    long recoveries();

    /** False from a failed write until the log has recovered: appends are refused meanwhile, reads go on. */
    boolean isWritable();
}
