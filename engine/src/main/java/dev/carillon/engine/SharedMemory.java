package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
        Kept known = channels.get(channel);
        long now = millis.getAsLong();
        if (entry.expiring() > 0 && (known == null || !known.isOver(entry, settings, now))) {
            return new SharedLog.Appended.Unchanged();
        }
        Kept kept = known == null ? new Kept(entry.epoch()) : known;
        kept.trim(settings, now);
        LogRecord.Once once = entry.once();
        IdempotencyWindow.Use use = once == null ? null : kept.window.find(once.key());
        if (use != null && use.stored() != null) {
            return use.once().equals(once)
                    ? new SharedLog.Appended.Duplicate(use.stored())
                    : new SharedLog.Appended.Conflict();
        }
        LogRecord record = entry.record(kept.head.offset() + 1, kept.head.check(), now);
        if (!kept.hasRoomFor(record, settings.map())) {
            return new SharedLog.Appended.Full();
        }
        channels.put(channel, kept);
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
        return new SharedLog.Read.Records(kept.state(), run);
    }

    /** As {@link SharedLog#changes}. */
    public SharedLog.Changes changes(
            ChannelName channel, ChannelSettings settings, long after, int countMax, int bytesMax) {
        Kept kept = channels.get(channel);
        if (kept == null) {
            return new SharedLog.Changes.Page(new SharedLog.State(Position.ORIGIN, 1), List.of(), true);
        }
        kept.trim(settings, millis.getAsLong());
        List<LogRecord> page = within(kept.newest.values().iterator(), after + 1, Long.MAX_VALUE, countMax, bytesMax);
        boolean isLast = kept.newest.isEmpty()
                || kept.newest.lastKey()
                        <= (page.isEmpty() ? after : page.getLast().offset());
        return new SharedLog.Changes.Page(kept.state(), page, isLast);
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

    /** How often a channel was redacted, as {@link SharedLog#heads}. */
    public long redactionCount(ChannelName channel) {
        Kept kept = channels.get(channel);
        return kept == null ? 0 : kept.redactions;
    }

    /** As {@link SharedLog#redact}. */
    public SharedLog.Redacted redact(ChannelName channel, ChannelSettings settings, Position position) {
        Kept kept = channels.get(channel);
        if (kept == null || kept.epoch != position.epoch()) {
            return new SharedLog.Redacted.Unknown();
        }
        kept.trim(settings, millis.getAsLong());
        LogRecord record = kept.at(position.offset(), position.check());
        return record == null
                ? new SharedLog.Redacted.Unknown()
                : new SharedLog.Redacted.Done(kept.epoch, kept.redact(record), record.redacted());
    }

    /** As {@link SharedLog#redactions}. */
    public SharedLog.Redactions redactions(ChannelName channel, long since) {
        Kept kept = channels.get(channel);
        if (kept == null) {
            return new SharedLog.Redactions.Known(0, 0, true, List.of());
        }
        List<LogRecord> left = new ArrayList<>();
        long missing = Math.max(0, kept.redactions - since);
        for (Act act : kept.acts) {
            if (act.serial() > since) {
                missing--;
                LogRecord record = kept.at(act.offset(), act.check());
                if (record != null) {
                    left.add(record);
                }
            }
        }
        return new SharedLog.Redactions.Known(kept.epoch, kept.redactions, missing == 0, List.copyOf(left));
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

    /** A redaction. */
    private record Act(long serial, long offset, int check) {}

    private static final class Kept {
        private final long epoch;
        private final ArrayDeque<LogRecord> records = new ArrayDeque<>();
        /** Of the kept records of a map, by offset: what was the newest change of the key before. */
        private final Map<Long, LogRecord> replaced = new HashMap<>();
        /** The newest changes of the keys of a map. */
        private final TreeMap<Long, LogRecord> newest = new TreeMap<>();

        private final Map<String, LogRecord> byKey = new HashMap<>();
        private final IdempotencyWindow window = new IdempotencyWindow();
        private final ArrayDeque<Act> acts = new ArrayDeque<>();
        private Position head = Position.ORIGIN;
        private long bytes;
        private long redactions;

        private Kept(long epoch) {
            this.epoch = epoch;
        }

        private SharedLog.State state() {
            return new SharedLog.State(head, oldest());
        }

        private long oldest() {
            return head.offset() - records.size() + 1;
        }

        private @Nullable LogRecord at(long offset, int check) {
            return records.stream()
                    .filter(record -> record.offset() == offset && record.check() == check)
                    .findFirst()
                    .orElse(null);
        }

        private long redact(LogRecord record) {
            List<LogRecord> all = new ArrayList<>(records);
            all.set(all.indexOf(record), record.redacted());
            records.clear();
            records.addAll(all);
            bytes += record.redacted().bytes() - record.bytes();
            redactions++;
            acts.add(new Act(redactions, record.offset(), record.check()));
            if (acts.size() > SharedLog.REDACTIONS_KEPT) {
                acts.removeFirst();
            }
            return redactions;
        }

        /** Whether what it is to take away is still there, and its time is over. */
        private boolean isOver(SharedLog.Entry entry, ChannelSettings settings, long now) {
            Change change = Objects.requireNonNull(entry.change(), "takes no value away");
            LogRecord value = byKey.get(change.key());
            return value != null
                    && value.hasValue()
                    && value.offset() == entry.expiring()
                    && settings.map().isOver(value.at(), now);
        }

        private boolean hasRoomFor(LogRecord record, MapSettings map) {
            Change change = record.change();
            if (change == null || change.isRemoved()) {
                return true;
            }
            LogRecord old = byKey.get(change.key());
            long replaced = old == null || !old.hasValue() ? 0 : old.bytes();
            long count = byKey.values().stream().filter(LogRecord::hasValue).count();
            long sum = byKey.values().stream()
                    .filter(LogRecord::hasValue)
                    .mapToLong(LogRecord::bytes)
                    .sum();
            return sum - replaced + record.bytes() <= map.bytesMax() && (replaced > 0 || count < map.keysMax());
        }

        private void put(String key, LogRecord change) {
            LogRecord old = byKey.put(key, change);
            if (old != null) {
                newest.remove(old.offset());
                replaced.put(change.offset(), old);
            }
            newest.put(change.offset(), change);
        }

        private void drop(LogRecord gone) {
            replaced.remove(gone.offset());
            Change change = gone.change();
            LogRecord last = change == null ? null : byKey.get(change.key());
            if (change != null && change.isRemoved() && last != null && last.offset() == gone.offset()) {
                byKey.remove(change.key());
                newest.remove(gone.offset());
            }
        }

        private void add(LogRecord record) {
            records.add(record);
            bytes += record.bytes();
            Change change = record.change();
            if (change != null) {
                put(change.key(), record);
            }
            head = new Position(epoch, record.offset(), record.check());
            if (record.once() != null) {
                window.complete(record.once(), head, record.at());
            }
        }

        /** By count and bytes the newest record always stays; by age it may go. */
        private void trim(ChannelSettings settings, long now) {
            while (records.size() > settings.historyCountMax()
                    || (bytes > settings.historyBytesMax() && records.size() > 1)) {
                dropOldest();
            }
            long keptSince = now - settings.historyAgeMax().toMillis();
            while (!records.isEmpty() && records.getFirst().at() < keptSince) {
                dropOldest();
            }
            window.trim(settings, now);
        }

        private void dropOldest() {
            LogRecord gone = records.removeFirst();
            bytes -= gone.bytes();
            drop(gone);
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
            Change change = lost.change();
            if (change != null) {
                byKey.remove(change.key());
                newest.remove(lost.offset());
            }
            head = new Position(epoch, lost.offset() - 1, lost.previousCheck());
            LogRecord before = replaced.remove(lost.offset());
            if (change != null && before != null && (before.hasValue() || before.offset() >= oldest())) {
                byKey.put(change.key(), before);
                newest.put(before.offset(), before);
            }
            return lost.offset() == 1;
        }
    }
}
