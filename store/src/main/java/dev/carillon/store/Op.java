package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.ChannelLog.Read;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.ChannelName;
import java.util.function.Consumer;

/** A call on one channel that waits for a committer. */
sealed interface Op {

    /** What any call counts for in the queue, beside the record that it carries. */
    long OVERHEAD_BYTES = 128;

    ChannelName channel();

    /** Goes to the writing committer. */
    sealed interface Write extends Op {
        /** What it counts for in the queue. */
        long bytes();
    }

    /** Goes to a reading one. */
    sealed interface Look extends Op {
        void refuse(Fault fault);
    }

    /** Holds the record as encoded, on the caller's thread. */
    final class Append implements Write {
        final ChannelName channel;
        final long epoch;
        final boolean sync;
        final LogRecord record;
        final byte[] value;
        final Consumer<Appended> answer;

        Append(ChannelName channel, long epoch, boolean sync, LogRecord record, Consumer<Appended> answer) {
            this.channel = channel;
            this.epoch = epoch;
            this.sync = sync;
            this.record = record;
            this.value = RecordFormat.encode(record);
            this.answer = answer;
        }

        @Override
        public ChannelName channel() {
            return channel;
        }

        @Override
        public long bytes() {
            return value.length + OVERHEAD_BYTES;
        }
    }

    record Trim(ChannelName channel, long oldest, long oldestOnce) implements Write {
        @Override
        public long bytes() {
            return OVERHEAD_BYTES;
        }
    }

    /** A trim that spares the records with the offsets in {@link #live}, ascending. */
    final class Compact implements Write {
        final ChannelName channel;
        final long oldest;
        final long oldestOnce;
        final long[] live;

        Compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
            this.channel = channel;
            this.oldest = oldest;
            this.oldestOnce = oldestOnce;
            this.live = live;
        }

        @Override
        public ChannelName channel() {
            return channel;
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES + (long) live.length * Long.BYTES;
        }
    }

    record Redact(ChannelName channel, long epoch, boolean sync, long offset, Consumer<Appended> answer)
            implements Write {
        @Override
        public long bytes() {
            return OVERHEAD_BYTES;
        }
    }

    record Purge(ChannelName channel, long epoch, boolean sync, Consumer<Appended> answer) implements Write {
        @Override
        public long bytes() {
            return OVERHEAD_BYTES;
        }
    }

    record Forget(ChannelName channel) implements Write {
        @Override
        public long bytes() {
            return OVERHEAD_BYTES;
        }
    }

    /** An answer that is known already but must not overtake the ones before it. */
    record Refusal(ChannelName channel, Runnable answer) implements Write {
        @Override
        public long bytes() {
            return 0;
        }
    }

    record Open(ChannelName channel, Consumer<Opened> answer) implements Look {
        @Override
        public void refuse(Fault fault) {
            answer.accept(new Opened.Failed(fault));
        }
    }

    record ReadRange(ChannelName channel, long first, long last, Consumer<Read> answer) implements Look {
        @Override
        public void refuse(Fault fault) {
            answer.accept(new Read.Failed(fault));
        }
    }
}
