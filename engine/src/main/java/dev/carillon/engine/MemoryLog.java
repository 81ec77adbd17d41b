package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The executable specification of {@link ChannelLog}: what a log does, with nothing that makes it durable. Serves channels
 * of the class {@link Durability#MEMORY}.
 *
 * <p>One plain lock guards everything; each call takes it, does its work in time that does not grow with the number of
 * channels ({@link #list} excepted), lets go of it and answers on the caller's thread before it returns. It holds what its
 * callers append until they trim it: the bounds of a history are the caller's.
 */
public final class MemoryLog implements ChannelLog {

    private final Map<ChannelName, Kept> channels = new HashMap<>();
    private boolean closed;

    @Override
    public Durability durabilityMax() {
        return Durability.MEMORY;
    }

    @Override
    public synchronized int channelCount() {
        return channels.size();
    }

    @Override
    public void open(ChannelName channel, Consumer<Opened> answer) {
        answer.accept(opened(channel));
    }

    private synchronized Opened opened(ChannelName channel) {
        if (closed) {
            return new Opened.Failed(Fault.CLOSED);
        }
        Kept kept = channels.get(channel);
        return kept == null ? new Opened.Nothing() : new Opened.Kept(kept.state());
    }

    @Override
    public void append(
            ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
        Fault refusal = store(channel, epoch, record);
        answer.accept(refusal == null ? new Appended.Stored() : new Appended.Refused(refusal));
    }

    private synchronized @Nullable Fault store(ChannelName channel, long epoch, LogRecord record) {
        if (closed) {
            return Fault.CLOSED;
        }
        Kept kept = channels.get(channel);
        if (kept != null && kept.epoch == epoch) {
            if (record.offset() != kept.head + 1) {
                return Fault.OUT_OF_ORDER;
            }
            kept.add(record);
            return null;
        }
        if (record.offset() != 1) {
            return Fault.OUT_OF_ORDER;
        }
        channels.put(channel, new Kept(epoch, record));
        return null;
    }

    @Override
    public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
        answer.accept(readNow(channel, first, last));
    }

    private synchronized Read readNow(ChannelName channel, long first, long last) {
        if (closed) {
            return new Read.Failed(Fault.CLOSED);
        }
        Kept kept = channels.get(channel);
        return new Read.Records(kept == null ? List.of() : kept.between(first, last));
    }

    @Override
    public synchronized void trim(ChannelName channel, long oldest, long oldestOnce) {
        Kept kept = channels.get(channel);
        if (kept != null) {
            kept.trim(oldest, oldestOnce);
        }
    }

    @Override
    public synchronized void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
        Kept kept = channels.get(channel);
        if (kept != null) {
            kept.compact(oldest, oldestOnce, live);
        }
    }

    @Override
    public void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
        answer.accept(redactNow(channel, epoch, offset));
    }

    private synchronized Appended redactNow(ChannelName channel, long epoch, long offset) {
        if (closed) {
            return new Appended.Refused(Fault.CLOSED);
        }
        Kept kept = channels.get(channel);
        boolean isThere = kept != null && kept.epoch == epoch && kept.redact(offset);
        return isThere ? new Appended.Stored() : new Appended.Refused(Fault.OUT_OF_ORDER);
    }

    @Override
    public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
        answer.accept(purgeNow(channel, epoch));
    }

    private synchronized Appended purgeNow(ChannelName channel, long epoch) {
        if (closed) {
            return new Appended.Refused(Fault.CLOSED);
        }
        Kept kept = channels.get(channel);
        if (kept != null && kept.epoch == epoch) {
            channels.remove(channel);
        }
        return new Appended.Stored();
    }

    @Override
    public synchronized void forget(ChannelName channel) {
        channels.remove(channel);
    }

    @Override
    public void list(Consumer<List<Summary>> answer) {
        answer.accept(summaries());
    }

    private synchronized List<Summary> summaries() {
        List<Summary> summaries = new ArrayList<>(channels.size());
        channels.forEach((channel, kept) -> summaries.add(new Summary(channel, kept.epoch, kept.head, kept.headAt)));
        return summaries;
    }

    @Override
    public synchronized void close() {
        closed = true;
        channels.clear();
    }

    /** One channel. Confined to the log's lock. */
    private static final class Kept {
        final long epoch;

        /** Of the newest record that was ever stored; they outlive it. */
        long head;

        int headCheck;
        long headAt;

        /** Without a hole; the last one, where there is any, has the offset {@link #head}. */
        final List<LogRecord> records = new ArrayList<>();

        /** What a compaction has left before them; by offset. */
        final TreeMap<Long, LogRecord> live = new TreeMap<>();

        /** In offset order. */
        final Deque<LogState.UsedKey> keys = new ArrayDeque<>();

        Kept(long epoch, LogRecord first) {
            this.epoch = epoch;
            add(first);
        }

        void add(LogRecord record) {
            head = record.offset();
            headCheck = record.check();
            headAt = record.at();
            records.add(record);
            LogRecord.Once once = record.once();
            if (once != null) {
                keys.addLast(new LogState.UsedKey(once, record.offset(), record.check(), record.at()));
            }
        }

        long oldest() {
            return head - records.size() + 1;
        }

        void trim(long oldest, long oldestOnce) {
            records.subList(0, indexOf(oldest)).clear();
            while (!keys.isEmpty() && keys.getFirst().offset() < oldestOnce) {
                keys.removeFirst();
            }
        }

        void compact(long oldest, long oldestOnce, long[] stay) {
            for (LogRecord record : records.subList(0, indexOf(oldest))) {
                live.put(record.offset(), record);
            }
            Set<Long> staying = Arrays.stream(stay).boxed().collect(Collectors.toSet());
            live.headMap(oldest).keySet().retainAll(staying);
            trim(oldest, oldestOnce);
        }

        boolean redact(long offset) {
            if (offset < oldest() || offset > head) {
                return false;
            }
            records.set(indexOf(offset), records.get(indexOf(offset)).redacted());
            return true;
        }

        List<LogRecord> between(long first, long last) {
            int from = indexOf(first);
            int to = last < oldest() ? 0 : last >= head ? records.size() : indexOf(last + 1);
            return from < to ? List.copyOf(records.subList(from, to)) : List.of();
        }

        /** The index of the first record with this offset or a later one. */
        private int indexOf(long offset) {
            return offset <= oldest() ? 0 : Math.clamp(offset - oldest(), 0, records.size());
        }

        LogState state() {
            int[] bytes = records.stream().mapToInt(LogRecord::bytes).toArray();
            long[] at = records.stream().mapToLong(LogRecord::at).toArray();
            return new LogState(epoch, oldest(), head, headCheck, headAt, bytes, at, List.copyOf(keys), changes());
        }

        private List<LogRecord> changes() {
            LogState.Newest newest = new LogState.Newest();
            live.values().forEach(newest::add);
            records.forEach(newest::add);
            return newest.records();
        }
    }
}
