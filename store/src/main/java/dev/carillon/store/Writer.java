package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.protocol.ChannelName;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the writing committer does with a group of writes: one batch, one write, one sync if any of it asks for that, then
 * the answers.
 *
 * <p><b>After a failed write</b> nobody knows how much of it reached the write-ahead log: nothing, a torn entry, or (where
 * the sync failed) all of it, which the next opening would replay. So nothing is written any more until the database was
 * closed and opened anew: what the write-ahead log holds is then what is stored. Then whatever goes beyond what was
 * acknowledged is deleted and synced, before the first new record. So a record that was refused is not found under an
 * offset that a later one takes, and what was queued behind a refused record is refused as out of order. Only if the process
 * ends between the two may a refused record be found again: it was never acknowledged, and its channel goes on behind it.
 *
 * <p>Reads go on from the database as it is, even while its disk is full. The trial to open it anew is made when there is
 * something to write, at most every {@link RocksLogSettings#retryAfter}, and on a full disk only once there is room for
 * what opening writes.
 *
 * <p>Confined to the writing committer.
 */
final class Writer {

    /** The log does not accept writes. */
    private static final class Fallen {
        final Fault fault;

        /** What the channels of the failed group were before it. */
        final Map<ChannelName, Optional<ChannelRow>> acknowledged;

        long triedAtNanos = System.nanoTime();

        Fallen(Fault fault, Map<ChannelName, Optional<ChannelRow>> acknowledged) {
            this.fault = fault;
            this.acknowledged = acknowledged;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    /** Beside the replayed records, an opening writes a few small files. */
    private static final long OPENING_BYTES = 2 << 20;

    private final Path folder;
    private final Database database;
    private final RocksLogSettings settings;
    private final Consumer<Runnable> together;
    private final RocksLogCounters counters;
    private final AtomicInteger channelCount;

    /** Rows as they are stored and acknowledged; the least recently used leave first. */
    private final Map<ChannelName, ChannelRow> rows;

    private final Group.Rows rowSource = new Group.Rows() {
        @Override
        public @Nullable ChannelRow of(ChannelName channel) throws RocksDBException, DamagedException {
            return row(channel);
        }

        @Override
        public long nextId() {
            return ++idMax;
        }
    };

    private long idMax;
    private @Nullable Fallen fallen;

    Writer(
            Path folder,
            Database database,
            RocksLogSettings settings,
            Consumer<Runnable> together,
            RocksLogCounters counters,
            AtomicInteger channelCount,
            long idMax) {
        this.folder = folder;
        this.database = database;
        this.settings = settings;
        this.together = together;
        this.counters = counters;
        this.channelCount = channelCount;
        this.idMax = idMax;
        this.rows = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ChannelName, ChannelRow> eldest) {
                return size() > settings.channelsCachedMax();
            }
        };
    }

    private @Nullable ChannelRow row(ChannelName channel) throws RocksDBException, DamagedException {
        ChannelRow cached = rows.get(channel);
        return cached != null ? cached : Reader.row(tables(), channel);
    }

    private Database.Tables tables() throws RocksDBException {
        Database.Tables tables = database.tables();
        if (tables == null) {
            throw new RocksDBException("the database is not open");
        }
        return tables;
    }

    /** Writes a group and answers every call in it. */
    void commit(List<Op.Write> writes) {
        List<@Nullable Fault> faults = new ArrayList<>(writes.size());
        Fault ofRecovery = recovered();
        Fault fault = ofRecovery == null ? write(writes, faults) : ofRecovery;
        together.accept(() -> answer(writes, fault, faults));
    }

    private void answer(List<Op.Write> writes, @Nullable Fault fault, List<@Nullable Fault> faults) {
        for (int i = 0; i < writes.size(); i++) {
            // Before the answer: whoever has it may count on the room.
            counters.queuedBytes.addAndGet(-writes.get(i).bytes());
            answer(writes.get(i), fault != null ? fault : faults.get(i));
        }
    }

    private void answer(Op.Write write, @Nullable Fault fault) {
        try {
            switch (write) {
                case Op.Append append -> {
                    if (fault == null) {
                        counters.appendedRecords.increment();
                        counters.appendedBytes.add(append.value.length);
                        append.answer.accept(new Appended.Stored());
                    } else {
                        counters.failed(fault);
                        append.answer.accept(new Appended.Refused(fault));
                    }
                }
                case Op.Redact redact -> answerErasure(redact.answer(), fault);
                case Op.Purge purge -> answerErasure(purge.answer(), fault);
                case Op.Refusal refusal -> refusal.answer().run();
                case Op.Trim _, Op.Compact _, Op.Forget _ -> {}
            }
        } catch (RuntimeException | Error e) {
            LOG.error("the receiver of an answer about channel {} failed", write.channel(), e);
        }
    }

    private void answerErasure(Consumer<Appended> answer, @Nullable Fault fault) {
        if (fault == null) {
            answer.accept(new Appended.Stored());
        } else {
            counters.failed(fault);
            answer.accept(new Appended.Refused(fault));
        }
    }

    /**
     * Builds and writes one batch.
     *
     * @param faults gets one entry a write
     * @return the fault of all of them, or null where each has its own
     */
    private @Nullable Fault write(List<Op.Write> writes, List<@Nullable Fault> faults) {
        Map<ChannelName, Optional<ChannelRow>> before = Map.of();
        try (Group group = new Group(tables(), rowSource)) {
            before = group.before();
            boolean sync = false;
            int records = 0;
            for (int i = 0; i < writes.size(); i++) {
                Op.Write write = writes.get(i);
                Fault fault = add(group, writes, i);
                faults.add(fault);
                sync |= fault == null && asksForSync(write);
                records += fault == null && write instanceof Op.Append ? 1 : 0;
            }
            if (!group.isEmpty()) {
                long start = System.nanoTime();
                database.write(group.batch(), sync);
                counters.lastBatchNanos = System.nanoTime() - start;
                counters.lastBatchRecords = records;
                counters.batches.increment();
                if (sync) {
                    counters.syncedBatches.increment();
                }
            }
            keep(group);
            return null;
        } catch (RocksDBException e) {
            return fall(Faults.of(e), before, e);
        } catch (RuntimeException | Error e) {
            return fall(Fault.BROKEN, before, e);
        }
    }

    private static boolean asksForSync(Op.Write write) {
        return switch (write) {
            case Op.Append append -> append.sync;
            case Op.Redact redact -> redact.sync();
            case Op.Purge purge -> purge.sync();
            case Op.Trim _, Op.Compact _, Op.Forget _, Op.Refusal _ -> false;
        };
    }

    private @Nullable Fault add(Group group, List<Op.Write> writes, int index) throws RocksDBException {
        try {
            switch (writes.get(index)) {
                case Op.Append append -> {
                    return group.append(append);
                }
                case Op.Redact redact -> {
                    return group.redact(redact, writes.subList(0, index));
                }
                case Op.Purge purge -> group.purge(purge);
                case Op.Trim trim -> group.trim(trim);
                case Op.Compact compact -> group.compact(compact);
                case Op.Forget forget -> group.forget(forget.channel());
                case Op.Refusal _ -> {}
            }
            return null;
        } catch (DamagedException e) {
            LOG.error("{} is damaged: {}", folder, e.getMessage());
            return Fault.BROKEN;
        }
    }

    private void keep(Group group) {
        group.after().forEach((channel, after) -> {
            boolean was = group.before().getOrDefault(channel, Optional.empty()).isPresent();
            if (after.isPresent()) {
                rows.put(channel, after.get());
            } else {
                rows.remove(channel);
            }
            channelCount.addAndGet((after.isPresent() ? 1 : 0) - (was ? 1 : 0));
        });
    }

    private Fault fall(Fault fault, Map<ChannelName, Optional<ChannelRow>> acknowledged, Throwable cause) {
        LOG.error(
                "{} could not be written ({}): publishes to durable channels are refused until it can be, reads go on",
                folder,
                Faults.oneLine(cause));
        rows.clear();
        fallen = new Fallen(fault, new HashMap<>(acknowledged));
        counters.isWritable = false;
        return fault;
    }

    /** Null where the log accepts writes, perhaps since just now; otherwise why it does not. */
    private @Nullable Fault recovered() {
        Fallen now = fallen;
        if (now == null) {
            return null;
        }
        if (System.nanoTime() - now.triedAtNanos < settings.retryAfter().toNanos()) {
            return now.fault;
        }
        now.triedAtNanos = System.nanoTime();
        if (now.fault == Fault.FULL && !hasRoomToOpen()) {
            return now.fault;
        }
        try {
            database.reopen();
            settle(now.acknowledged);
        } catch (RocksDBException | DamagedException | RuntimeException e) {
            LOG.warn("{} cannot be written yet ({})", folder, Faults.oneLine(e));
            return now.fault;
        }
        fallen = null;
        counters.recoveries.increment();
        counters.isWritable = true;
        LOG.info("{} is written again", folder);
        return null;
    }

    private boolean hasRoomToOpen() {
        try {
            long replayed = 0;
            try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "*.log")) {
                for (Path log : logs) {
                    replayed += Files.size(log);
                }
            }
            return Files.getFileStore(folder).getUsableSpace() >= replayed + OPENING_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    /** Takes back what the failed group left in the write-ahead log. */
    private void settle(Map<ChannelName, Optional<ChannelRow>> acknowledged) throws RocksDBException, DamagedException {
        try (Group group = new Group(tables(), rowSource)) {
            for (Map.Entry<ChannelName, Optional<ChannelRow>> entry : acknowledged.entrySet()) {
                ChannelName channel = entry.getKey();
                ChannelRow stored = Reader.row(tables(), channel);
                ChannelRow before = entry.getValue().orElse(null);
                if (stored == null) {
                    continue;
                }
                if (before == null || before.id() != stored.id()) {
                    group.drop(channel, stored);
                } else if (stored.head() > before.head()) {
                    group.cutBack(channel, stored, before);
                }
            }
            if (!group.isEmpty()) {
                database.write(group.batch(), true);
            }
        }
        Reader.Census census = Reader.census(tables());
        channelCount.set(census.channels());
        idMax = Math.max(idMax, census.idMax());
    }
}
