package dev.carillon.simulation;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A durable log on virtual time: committers that take what waits in groups, write it, sync it where a record of the group asks
 * for that, and answer in order.
 *
 * <p><b>What survives.</b> A write survives its process from the moment it was made, answered or not; the last group may be
 * there in part. It survives a loss of power once it was synced, which happens with the next group that asks for it or some
 * time later by itself; of what was not, some first part stays, as in a log that is read up to its first damage. A write that
 * failed may be found after an end nevertheless, if nothing has taken its place. After a start all that was found is synced.
 * Compactions and erasures are writes in that order too; a trim stays done.
 *
 * <p>Owned by the simulation's thread.
 */
final class SimulatedLog implements ChannelLog {

    private static final int COMMITTERS = 2;
    private static final int GROUP_MAX = 64;
    private static final int FAILED_MAX = 64;
    private static final long SYNC_BY_ITSELF = 2 * Agenda.SECOND;

    /** Hears what the log keeps, before anybody else does. */
    interface Watcher {
        void onWritten(ChannelName channel, long epoch, LogRecord record);

        void onStored(ChannelName channel, long offset);

        /** The newest record of the channel went with the power. */
        void onLost(ChannelName channel);

        /** All that was kept of the channel is gone. */
        default void onPurged(ChannelName channel) {}

        /** That is answered. */
        default void onPurgeStored(ChannelName channel) {}

        /** The newest purge of the channel went with the power, and what was written since is gone already. */
        default void onPurgeLost(ChannelName channel) {}

        /** The data of a record is gone. */
        default void onRedacted(ChannelName channel, long offset) {}

        /** That went with the power. */
        default void onRedactionLost(ChannelName channel, long epoch, long offset, int check) {}
    }

    private final Agenda agenda;
    private final Dice dice;
    private final DiskState disk;
    private final Tally tally;
    private final Watcher watcher;
    private final Map<ChannelName, Shelf> shelves = new HashMap<>();
    private final List<Committer> committers = new ArrayList<>();
    private boolean closed;

    SimulatedLog(Agenda agenda, Dice dice, DiskState disk, Tally tally, Watcher watcher) {
        this.agenda = agenda;
        this.dice = dice;
        this.disk = disk;
        this.tally = tally;
        this.watcher = watcher;
        for (int i = 0; i < COMMITTERS; i++) {
            committers.add(new Committer());
        }
    }

    @Override
    public Durability durabilityMax() {
        return Durability.FSYNC;
    }

    @Override
    public int channelCount() {
        return closed ? 0 : shelves.size();
    }

    private Committer committerOf(ChannelName channel) {
        return committers.get(Math.floorMod(channel.value().hashCode(), COMMITTERS));
    }

    @Override
    public void open(ChannelName channel, Consumer<Opened> answer) {
        committerOf(channel).add(new Opening(channel, answer));
    }

    @Override
    public void append(
            ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
        committerOf(channel).add(new Appending(channel, epoch, durability, record, answer));
    }

    @Override
    public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
        committerOf(channel).add(new Lookup(channel, first, last, answer));
    }

    @Override
    public void trim(ChannelName channel, long oldest, long oldestOnce) {
        committerOf(channel).add(new Change(channel) {
            @Override
            void apply(Committer committer) {
                Shelf shelf = shelves.get(channel);
                if (shelf != null && !closed) {
                    shelf.trim(oldest, oldestOnce);
                }
            }
        });
    }

    @Override
    public void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
        committerOf(channel).add(new Change(channel) {
            @Override
            void apply(Committer committer) {
                Shelf shelf = shelves.get(channel);
                if (shelf != null && !closed) {
                    committer.unsynced.add(shelf.compact(oldest, oldestOnce, live));
                }
            }
        });
    }

    @Override
    public void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
        committerOf(channel).add(new Redacting(channel, epoch, durability, offset, answer));
    }

    @Override
    public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
        committerOf(channel).add(new Purging(channel, epoch, durability, answer));
    }

    @Override
    public void forget(ChannelName channel) {
        committerOf(channel).add(new Change(channel) {
            @Override
            void apply(Committer committer) {
                Shelf forgotten = closed ? null : shelves.remove(channel);
                if (forgotten != null) {
                    committer.unsynced.add(() -> shelves.put(channel, forgotten));
                }
            }
        });
    }

    /** Sees all that was asked before it of every committer. */
    @Override
    public void list(Consumer<List<Summary>> answer) {
        int[] awaited = {COMMITTERS};
        for (Committer committer : committers) {
            committer.add(new Change(ANY) {
                @Override
                void answer() {
                    if (--awaited[0] == 0) {
                        answer.accept(summaries());
                    }
                }
            });
        }
    }

    private List<Summary> summaries() {
        List<Summary> summaries = new ArrayList<>(shelves.size());
        if (!closed) {
            shelves.forEach((channel, shelf) -> summaries.add(shelf.summary(channel)));
        }
        return summaries;
    }

    @Override
    public void close() {
        committers.forEach(Committer::finish);
        closed = true;
    }

    // ---- ends that nobody asked for

    /** The process has ended, or the machine with it: nothing more is answered, and what is kept is what survives that. */
    void crash(boolean isPowerLost) {
        committers.forEach(committer -> committer.crash(isPowerLost));
    }

    // ---- calls

    /** A call on its way: it takes effect with its group, and is answered with it. */
    private abstract static class Call {
        final ChannelName channel;

        Call(ChannelName channel) {
            this.channel = channel;
        }

        abstract void apply(Committer committer);

        abstract void answer();

        boolean isToBeSynced() {
            return false;
        }
    }

    private static final ChannelName ANY = new ChannelName("any");

    /** One without an answer, or without an effect. */
    private abstract static class Change extends Call {
        Change(ChannelName channel) {
            super(channel);
        }

        @Override
        void apply(Committer committer) {}

        @Override
        void answer() {}
    }

    private final class Opening extends Call {
        private final Consumer<Opened> answer;
        private Opened opened = new Opened.Nothing();

        Opening(ChannelName channel, Consumer<Opened> answer) {
            super(channel);
            this.answer = answer;
        }

        @Override
        void apply(Committer committer) {
            Shelf shelf = shelves.get(channel);
            if (closed) {
                opened = new Opened.Failed(Fault.CLOSED);
            } else if (isReadBroken()) {
                opened = new Opened.Failed(Fault.BROKEN);
            } else if (shelf != null) {
                opened = new Opened.Kept(shelf.state());
            }
        }

        @Override
        void answer() {
            answer.accept(opened);
        }
    }

    private final class Lookup extends Call {
        private final long first;
        private final long last;
        private final Consumer<Read> answer;
        private Read read = new Read.Records(List.of());

        Lookup(ChannelName channel, long first, long last, Consumer<Read> answer) {
            super(channel);
            this.first = first;
            this.last = last;
            this.answer = answer;
        }

        @Override
        void apply(Committer committer) {
            Shelf shelf = shelves.get(channel);
            if (closed) {
                read = new Read.Failed(Fault.CLOSED);
            } else if (isReadBroken()) {
                read = new Read.Failed(Fault.BROKEN);
            } else if (shelf != null) {
                read = new Read.Records(shelf.between(first, last));
            }
        }

        @Override
        void answer() {
            answer.accept(read);
        }
    }

    private boolean isReadBroken() {
        boolean isBroken = agenda.now() < disk.readsBrokenUntil;
        if (isBroken) {
            tally.reached(Trouble.READ_BROKEN);
        }
        return isBroken;
    }

    /** One that reaches a durability class, or is refused. */
    private abstract class Write extends Call {
        final long epoch;
        private final Durability durability;
        private final Consumer<Appended> answer;
        /** Null where it was stored. */
        @Nullable
        Fault refusal;

        Write(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
            super(channel);
            this.epoch = epoch;
            this.durability = durability;
            this.answer = answer;
        }

        /** False where it does not go on from what is kept. */
        abstract boolean store(Committer committer);

        /** It has failed, and is there nevertheless after an end, unless something has taken its place. */
        abstract void turnUp(Committer committer);

        @Override
        boolean isToBeSynced() {
            return durability == Durability.FSYNC;
        }

        @Override
        void apply(Committer committer) {
            if (refusal == null) {
                refusal = injected(committer);
            }
            if (refusal == null && !store(committer)) {
                refusal = Fault.OUT_OF_ORDER;
            }
        }

        private @Nullable Fault injected(Committer committer) {
            long now = agenda.now();
            if (closed) {
                return Fault.CLOSED;
            }
            if (now < disk.fullUntil) {
                tally.reached(Trouble.DISK_FULL);
                return Fault.FULL;
            }
            if (now < disk.writesBrokenUntil) {
                tally.reached(Trouble.WRITE_BROKEN);
                committer.onFailed(this);
                return Fault.BROKEN;
            }
            return null;
        }

        @Override
        void answer() {
            answer.accept(refusal == null ? new Appended.Stored() : new Appended.Refused(refusal));
        }
    }

    private final class Appending extends Write {
        private final LogRecord record;

        Appending(ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
            super(channel, epoch, durability, answer);
            this.record = record;
        }

        @Override
        void turnUp(Committer committer) {
            Shelf shelf = shelves.get(channel);
            boolean follows = shelf == null || shelf.headCheck == record.previousCheck();
            if (follows && store(committer)) {
                tally.reached(Trouble.REFUSED_WAS_KEPT);
            }
        }

        @Override
        boolean store(Committer committer) {
            Shelf shelf = shelves.get(channel);
            if (shelf == null || shelf.epoch != epoch) {
                return storeFirst(committer, shelf);
            }
            if (record.offset() != shelf.head + 1) {
                return false;
            }
            committer.unsynced.add(shelf.add(record, () -> watcher.onLost(channel)));
            watcher.onWritten(channel, epoch, record);
            return true;
        }

        private boolean storeFirst(Committer committer, @Nullable Shelf before) {
            if (record.offset() != 1) {
                return false;
            }
            shelves.put(channel, new Shelf(epoch, record));
            committer.unsynced.add(() -> {
                if (before == null) {
                    shelves.remove(channel);
                } else {
                    shelves.put(channel, before);
                }
                watcher.onLost(channel);
            });
            watcher.onWritten(channel, epoch, record);
            return true;
        }

        @Override
        void answer() {
            if (refusal == null) {
                watcher.onStored(channel, record.offset());
            }
            super.answer();
        }
    }

    private final class Redacting extends Write {
        private final long offset;

        Redacting(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
            super(channel, epoch, durability, answer);
            this.offset = offset;
        }

        @Override
        boolean store(Committer committer) {
            Shelf shelf = shelves.get(channel);
            if (shelf == null || shelf.epoch != epoch || !shelf.holds(offset)) {
                return false;
            }
            LogRecord before = shelf.at(offset);
            Runnable undo = shelf.redact(offset);
            if (before.isRedacted()) {
                committer.unsynced.add(undo);
                return true;
            }
            committer.unsynced.add(() -> {
                undo.run();
                watcher.onRedactionLost(channel, epoch, offset, before.check());
            });
            watcher.onRedacted(channel, offset);
            return true;
        }

        @Override
        void turnUp(Committer committer) {
            store(committer);
        }
    }

    private final class Purging extends Write {
        /** Of the channel when the purge failed. */
        private int headCheck;

        private boolean hasPurged;

        Purging(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
            super(channel, epoch, durability, answer);
        }

        @Override
        void apply(Committer committer) {
            Shelf shelf = shelves.get(channel);
            headCheck = shelf == null ? 0 : shelf.headCheck;
            super.apply(committer);
            if (hasPurged) {
                // What failed before it has no place to turn up in.
                committer.failed.removeIf(write -> write.channel.equals(channel));
            }
        }

        @Override
        void answer() {
            if (hasPurged) {
                watcher.onPurgeStored(channel);
            }
            super.answer();
        }

        @Override
        boolean store(Committer committer) {
            Shelf purged = shelves.get(channel);
            if (purged != null && purged.epoch == epoch) {
                shelves.remove(channel);
                committer.unsynced.add(() -> {
                    shelves.put(channel, purged);
                    watcher.onPurgeLost(channel);
                });
                watcher.onPurged(channel);
                hasPurged = true;
            }
            return true;
        }

        @Override
        void turnUp(Committer committer) {
            Shelf shelf = shelves.get(channel);
            if (shelf != null && shelf.headCheck == headCheck) {
                store(committer);
            }
        }
    }

    // ---- committers

    private final class Committer {
        private final ArrayDeque<Call> waiting = new ArrayDeque<>();
        /** The group on its way: not yet written, or written and not yet synced. */
        private List<Call> group = List.of();

        private boolean isWritten;
        private Agenda.@Nullable Event next;
        private Agenda.@Nullable Event syncing;
        /** How to undo what was written since the last sync, oldest first. */
        final ArrayDeque<Runnable> unsynced = new ArrayDeque<>();
        /** Writes that failed, and may be there nevertheless. */
        final List<Write> failed = new ArrayList<>();

        void onFailed(Write write) {
            if (failed.size() < FAILED_MAX) {
                failed.add(write);
            }
        }

        void add(Call call) {
            if (call instanceof Appending appending && agenda.now() < disk.busyUntil) {
                tally.reached(Trouble.DISK_BUSY);
                appending.refusal = Fault.BUSY;
            }
            waiting.add(call);
            begin();
        }

        private void begin() {
            if (!group.isEmpty() || waiting.isEmpty()) {
                return;
            }
            int size = Math.min(waiting.size(), dice.between(1, GROUP_MAX));
            group = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                group.add(waiting.removeFirst());
            }
            next = agenda.after(latency(30 * Agenda.MICRO, 300 * Agenda.MICRO), this::write);
        }

        private long latency(long min, long max) {
            if (agenda.now() < disk.slowUntil) {
                tally.reached(Trouble.DISK_SLOW);
                return dice.between(50 * Agenda.MILLI, 800 * Agenda.MILLI);
            }
            return dice.between(min, dice.oneIn(20) ? max * 10 : max);
        }

        private void write() {
            isWritten = true;
            boolean isToBeSynced = false;
            for (Call call : group) {
                call.apply(this);
                isToBeSynced |= call.isToBeSynced();
            }
            if (isToBeSynced) {
                next = agenda.after(latency(200 * Agenda.MICRO, 2 * Agenda.MILLI), this::sync);
                return;
            }
            if (!unsynced.isEmpty() && syncing == null) {
                syncing = agenda.afterUncounted(dice.between(0, SYNC_BY_ITSELF), this::syncByItself);
            }
            answerGroup();
        }

        private void syncByItself() {
            syncing = null;
            if (next == null || !isWritten) {
                unsynced.clear();
            }
        }

        private void sync() {
            unsynced.clear();
            answerGroup();
        }

        private void answerGroup() {
            List<Call> answered = group;
            group = List.of();
            isWritten = false;
            next = null;
            answered.forEach(Call::answer);
            begin();
        }

        void finish() {
            while (!group.isEmpty()) {
                cancel(next);
                if (!isWritten) {
                    write();
                } else {
                    sync();
                }
            }
        }

        private static void cancel(Agenda.@Nullable Event event) {
            if (event != null) {
                event.cancel();
            }
        }

        void crash(boolean isPowerLost) {
            cancel(next);
            cancel(syncing);
            next = null;
            syncing = null;
            if (!isWritten) {
                tear();
            }
            for (Write write : failed) {
                if (dice.oneIn(2)) {
                    write.turnUp(this);
                }
            }
            if (isPowerLost && !unsynced.isEmpty()) {
                int kept = dice.below(unsynced.size() + 1);
                while (unsynced.size() > kept) {
                    tally.reached(Trouble.TAIL_LOST);
                    unsynced.removeLast().run();
                }
            }
            waiting.clear();
            group = List.of();
            isWritten = false;
            failed.clear();
            unsynced.clear();
        }

        /** Some first part of the group was written. */
        private void tear() {
            int written = group.isEmpty() ? 0 : dice.below(group.size() + 1);
            for (int i = 0; i < written; i++) {
                group.get(i).apply(this);
            }
            if (written > 0) {
                tally.reached(Trouble.WRITE_TORN);
            }
        }
    }

    // ---- what is kept

    /** One channel. */
    private static final class Shelf {
        final long epoch;
        /** Of the newest record that was ever stored; they outlive it. */
        long head;

        private int headCheck;
        private long headAt;
        /** Without a hole; the last one, where there is any, has the offset {@link #head}. */
        private final List<LogRecord> records = new ArrayList<>();
        /** What a compaction has left before them; by offset. */
        private final TreeMap<Long, LogRecord> live = new TreeMap<>();
        /** In offset order. */
        private final ArrayDeque<LogState.UsedKey> keys = new ArrayDeque<>();

        Shelf(long epoch, LogRecord first) {
            this.epoch = epoch;
            keep(first);
        }

        /** Adds a record; running the answer takes it away again. What was trimmed meanwhile stays so. */
        Runnable add(LogRecord record, Runnable thenLost) {
            int checkBefore = headCheck;
            long atBefore = headAt;
            keep(record);
            return () -> {
                head--;
                headCheck = checkBefore;
                headAt = atBefore;
                if (!records.isEmpty()) {
                    records.removeLast();
                }
                if (!keys.isEmpty() && keys.getLast().offset() == record.offset()) {
                    keys.removeLast();
                }
                thenLost.run();
            };
        }

        private void keep(LogRecord record) {
            head = record.offset();
            headCheck = record.check();
            headAt = record.at();
            records.add(record);
            LogRecord.Once once = record.once();
            if (once != null) {
                keys.addLast(new LogState.UsedKey(once, record.offset(), record.check(), record.at()));
            }
        }

        private long oldest() {
            return head - records.size() + 1;
        }

        void trim(long oldest, long oldestOnce) {
            records.subList(0, indexOf(oldest)).clear();
            while (!keys.isEmpty() && keys.getFirst().offset() < oldestOnce) {
                keys.removeFirst();
            }
        }

        /**
         * Trims, and leaves of what goes the records with the offsets in {@code stay}; running the answer brings all of it
         * back, as it was.
         */
        Runnable compact(long oldest, long oldestOnce, long[] stay) {
            List<LogRecord> recordsBefore = List.copyOf(records);
            Map<Long, LogRecord> liveBefore = Map.copyOf(live);
            List<LogState.UsedKey> keysBefore = List.copyOf(keys);
            for (LogRecord record : records.subList(0, indexOf(oldest))) {
                live.put(record.offset(), record);
            }
            Set<Long> staying = Arrays.stream(stay).boxed().collect(Collectors.toSet());
            live.headMap(oldest).keySet().retainAll(staying);
            trim(oldest, oldestOnce);
            return () -> {
                records.clear();
                records.addAll(recordsBefore);
                live.clear();
                live.putAll(liveBefore);
                keys.clear();
                keys.addAll(keysBefore);
            };
        }

        /** Whether there is such a record, not only as what a compaction has left. */
        boolean holds(long offset) {
            return offset >= oldest() && offset <= head;
        }

        /** One that it holds. */
        LogRecord at(long offset) {
            return records.get(indexOf(offset));
        }

        /** Takes the data out of a record that it holds; running the answer brings it back, unless it was trimmed meanwhile. */
        Runnable redact(long offset) {
            LogRecord before =
                    records.set(indexOf(offset), records.get(indexOf(offset)).redacted());
            return () -> {
                if (holds(offset)) {
                    records.set(indexOf(offset), before);
                }
            };
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

        Summary summary(ChannelName channel) {
            return new Summary(channel, epoch, head, headAt);
        }
    }
}
