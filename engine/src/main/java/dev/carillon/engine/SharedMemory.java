package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The executable specification of what is behind a {@link SharedLog}: what each call does, in one step, with nothing between
 * it and its callers that could fail. Not safe for several threads.
 */
public final class SharedMemory {

    private final LongSupplier millis;
    private final Map<ChannelName, Kept> channels = new HashMap<>();

    /** @param millis the log's own clock, since 1970-01-01T00:00Z */
    public SharedMemory(LongSupplier millis) {
        this.millis = millis;
    }

    /** As {@link SharedLog#append}. */
    public SharedLog.Appended append(ChannelName channel, ChannelSettings settings, SharedLog.Entry entry) {
        Kept kept = channels.computeIfAbsent(channel, _ -> new Kept(entry.epoch()));
        long now = millis.getAsLong();
        kept.trim(settings, now);
        LogRecord.Once once = entry.once();
        IdempotencyWindow.Use use = once == null ? null : kept.window.find(once.key());
        if (use != null && use.stored() != null) {
            return use.once().equals(once)
                    ? new SharedLog.Appended.Duplicate(use.stored())
                    : new SharedLog.Appended.Conflict();
        }
        LogRecord record = new LogRecord(
                kept.head.offset() + 1, entry.check(), kept.head.check(), now, entry.from(), once, entry.data());
        kept.add(record);
        kept.trim(settings, now);
        return new SharedLog.Appended.Stored(kept.epoch, record);
    }

    /** As {@link SharedLog#find}. */
    public SharedLog.Found find(ChannelName channel, ChannelSettings settings, LogRecord.Once once) {
        Kept kept = channels.get(channel);
        if (kept == null) {
            return new SharedLog.Found.Unused();
        }
        kept.trim(settings, millis.getAsLong());
        IdempotencyWindow.Use use = kept.window.find(once.key());
        if (use == null || use.stored() == null) {
            return new SharedLog.Found.Unused();
        }
        return use.once().equals(once) ? new SharedLog.Found.Duplicate(use.stored()) : new SharedLog.Found.Conflict();
    }

    /** As {@link SharedLog#read}. */
    public SharedLog.Read read(
            ChannelName channel, ChannelSettings settings, SharedLog.Range range, int countMax, int bytesMax) {
        Kept kept = channels.get(channel);
        if (kept == null) {
            return new SharedLog.Read.Records(new SharedLog.State(Position.ORIGIN, 1), List.of());
        }
        kept.trim(settings, millis.getAsLong());
        List<LogRecord> run = switch (range) {
            case SharedLog.Range.From(long first) ->
                within(kept.records.iterator(), first, Long.MAX_VALUE, countMax, bytesMax);
            case SharedLog.Range.To(long last) -> {
                List<LogRecord> newestFirst = within(kept.records.descendingIterator(), 1, last, countMax, bytesMax);
                Collections.reverse(newestFirst);
                yield newestFirst;
            }
        };
        long oldest = kept.head.offset() - kept.records.size() + 1;
        return new SharedLog.Read.Records(new SharedLog.State(kept.head, oldest), run);
    }

    private static List<LogRecord> within(
            Iterator<LogRecord> records, long first, long last, int countMax, int bytesMax) {
        List<LogRecord> run = new ArrayList<>();
        long bytes = 0;
        while (records.hasNext() && run.size() < countMax) {
            LogRecord record = records.next();
            if (record.offset() >= first && record.offset() <= last) {
                bytes += record.bytes();
                if (bytes > bytesMax && !run.isEmpty()) {
                    break;
                }
                run.add(record);
            }
        }
        return run;
    }

    /** The head of one channel, as {@link SharedLog#heads}. */
    public Position head(ChannelName channel) {
        Kept kept = channels.get(channel);
        return kept == null ? Position.ORIGIN : kept.head;
    }

    /** As {@link SharedLog#purge}. */
    public void purge(ChannelName channel) {
        channels.remove(channel);
    }

    /**
     * Loses the newest record of a channel with its key, as a failover to a copy that lags does; whether nothing is known of
     * the channel any more.
     */
    public boolean loseNewest(ChannelName channel) {
        Kept kept = channels.get(channel);
        boolean isGone = kept == null || kept.lose();
        if (isGone) {
            channels.remove(channel);
        }
        return isGone;
    }

    private static final class Kept {
        private final long epoch;
        private final ArrayDeque<LogRecord> records = new ArrayDeque<>();
        private final IdempotencyWindow window = new IdempotencyWindow();
        private Position head = Position.ORIGIN;
        private long bytes;

        private Kept(long epoch) {
            this.epoch = epoch;
        }

        private void add(LogRecord record) {
            records.add(record);
            bytes += record.bytes();
            head = new Position(epoch, record.offset(), record.check());
            if (record.once() != null) {
                window.complete(record.once(), head, record.at());
            }
        }

        /** By count and bytes the newest record always stays; by age it may go. */
        private void trim(ChannelSettings settings, long now) {
            while (records.size() > settings.historyCountMax()
                    || (bytes > settings.historyBytesMax() && records.size() > 1)) {
                bytes -= records.removeFirst().bytes();
            }
            long keptSince = now - settings.historyAgeMax().toMillis();
            while (!records.isEmpty() && records.getFirst().at() < keptSince) {
                bytes -= records.removeFirst().bytes();
            }
            window.trim(settings, now);
        }

        /** Whether nothing is left; what was let go of before does not come back. */
        private boolean lose() {
            LogRecord lost = records.pollLast();
            if (lost == null) {
                return true;
            }
            bytes -= lost.bytes();
            if (lost.once() != null) {
                window.lose(lost.once());
            }
            head = new Position(epoch, lost.offset() - 1, lost.previousCheck());
            return lost.offset() == 1;
        }
    }
}
