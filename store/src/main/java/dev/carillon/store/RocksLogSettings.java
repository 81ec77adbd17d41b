package dev.carillon.store;

import java.time.Duration;

/**
 * The limits of a {@link RocksLog}. Together the memory outside the Java heap is about {@code blockCacheBytes +
 * writeBufferBytes}; inside it, {@code queueBytesMax} and some hundred bytes for each of {@code channelsCachedMax}.
 *
 * @param queueBytesMax appends may wait for the committer with this many bytes; one more is refused as busy. A record
 *     larger than this is let in when nothing else waits
 * @param queueReadsMax reads, opens and lists may wait in this number; one more is refused as busy
 * @param batchBytesMax one group commit writes about this many bytes at most
 * @param readCommitters threads that read, 1 to 16
 * @param channelsCachedMax the committer remembers the heads of this many channels; another one costs a look-up
 * @param blockCacheBytes cache of what was read from files
 * @param writeBufferBytes records that are in the write-ahead log but not yet in a sorted file; twice this bounds the
 *     write-ahead log, and so what an opening has to replay
 * @param retryAfter after a failed write the log tries to recover when it is asked to write, but not sooner than this
 *     after the last trial
 */
public record RocksLogSettings(
        long queueBytesMax,
        int queueReadsMax,
        long batchBytesMax,
        int readCommitters,
        int channelsCachedMax,
        long blockCacheBytes,
        long writeBufferBytes,
        Duration retryAfter) {

    private static final long MIB = 1 << 20;

    public RocksLogSettings {
        require(queueBytesMax >= 1024, "queueBytesMax", queueBytesMax, "at least 1024");
        require(queueReadsMax >= 1, "queueReadsMax", queueReadsMax, "at least 1");
        require(batchBytesMax >= 1024, "batchBytesMax", batchBytesMax, "at least 1024");
        require(readCommitters >= 1 && readCommitters <= 16, "readCommitters", readCommitters, "1 to 16");
        require(channelsCachedMax >= 1, "channelsCachedMax", channelsCachedMax, "at least 1");
        require(blockCacheBytes >= MIB, "blockCacheBytes", blockCacheBytes, "at least 1 MiB");
        require(writeBufferBytes >= MIB, "writeBufferBytes", writeBufferBytes, "at least 1 MiB");
        require(!retryAfter.isNegative(), "retryAfter", retryAfter, "not negative");
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be " + rule);
        }
    }

    /** For a node with a few gigabytes: 64 MiB in the queue, 64 MiB of cache, 64 MiB of write buffers. */
    public static RocksLogSettings defaults() {
        return new RocksLogSettings(64 * MIB, 16_384, 4 * MIB, 2, 65_536, 64 * MIB, 64 * MIB, Duration.ofMillis(500));
    }

    public RocksLogSettings withQueueBytesMax(long value) {
        return new RocksLogSettings(
                value,
                queueReadsMax,
                batchBytesMax,
                readCommitters,
                channelsCachedMax,
                blockCacheBytes,
                writeBufferBytes,
                retryAfter);
    }

    public RocksLogSettings withQueueReadsMax(int value) {
        return new RocksLogSettings(
                queueBytesMax,
                value,
                batchBytesMax,
                readCommitters,
                channelsCachedMax,
                blockCacheBytes,
                writeBufferBytes,
                retryAfter);
    }

    public RocksLogSettings withChannelsCachedMax(int value) {
        return new RocksLogSettings(
                queueBytesMax,
                queueReadsMax,
                batchBytesMax,
                readCommitters,
                value,
                blockCacheBytes,
                writeBufferBytes,
                retryAfter);
    }

    public RocksLogSettings withWriteBufferBytes(long value) {
        return new RocksLogSettings(
                queueBytesMax,
                queueReadsMax,
                batchBytesMax,
                readCommitters,
                channelsCachedMax,
                blockCacheBytes,
                value,
                retryAfter);
    }

    public RocksLogSettings withRetryAfter(Duration value) {
        return new RocksLogSettings(
                queueBytesMax,
                queueReadsMax,
                batchBytesMax,
                readCommitters,
                channelsCachedMax,
                blockCacheBytes,
                writeBufferBytes,
                value);
    }
}
