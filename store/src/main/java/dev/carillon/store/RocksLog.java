package dev.carillon.store;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.ChannelName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable log, on RocksDB: any number of channels in one folder, for one process.
 *
 * <p><b>Threads.</b> Its methods are called from any thread and return at once, {@link #close} excepted. Answers come on
 * its committers: {@code carillon-committer-writes}, which takes all appends that wait and writes them as one batch, and
 * {@code carillon-committer-reads-N}, so that a slow read delays no commit. Only an answer that needs no storage
 * ({@link ChannelLog.Fault#BUSY}, {@link ChannelLog.Fault#CLOSED}) may come on the caller's thread. {@link Lanes} keeps each
 * channel's order. {@code carillon-committer-watch} looks a few times a second whether the library holds a write up for good.
 *
 * <p><b>Durability.</b> A batch is answered once its entry is in the system's hands, which survives {@code kill -9}; if any
 * record in it asks for {@link Durability#FSYNC}, once the device has it, together with everything before it. So what is
 * stored of a channel is always all records up to some offset.
 *
 * <p><b>Layout</b>, format 1 (docs/adr/0001). The file {@code CARILLON-LOG} names the format. Three column families:
 * {@code channels}, {@link ChannelRow} by name; {@code records}, {@link RecordFormat} by id and offset; {@code keys},
 * {@link OnceFormat} by id and offset. Every value begins with the version of its own format. The id is a number given to
 * each life of a channel: a new epoch gets a new id, so that what is left of an old one can never be mistaken for it. All
 * that one call changes is in one batch.
 *
 * <p><b>Trimming</b> waits until it is worth it: a channel keeps at most a quarter more records than it was told to, 256 at
 * most, and one that is trimmed whole is trimmed at once. A trim that is made while the queue is full, or while nothing can
 * be written, is left to the next one.
 *
 * <p><b>Limits</b> are {@link RocksLogSettings}; {@link #metrics} shows them.
 */
public final class RocksLog implements ChannelLog {

    private static final Logger LOG = LoggerFactory.getLogger(RocksLog.class);
    private static final int GROUP_WRITES_MAX = 4096;
    private static final long WATCH_MILLIS = 250;

    private final Path folder;
    private final RocksLogSettings settings;
    private final RocksLogCounters counters;
    final Database database;
    private final AtomicInteger channelCount = new AtomicInteger();
    private final Lanes lanes;
    private final Writer writer;
    private final List<Thread> committers = new ArrayList<>();
    private final Thread watch;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Opens the log in a folder, which is made if it is missing. Blocks while it replays what the last process wrote after
     * its last sorted file: up to twice {@link RocksLogSettings#writeBufferBytes}.
     *
     * @throws StoreException with one line for the operator
     */
    public static RocksLog open(Path folder, RocksLogSettings settings) throws StoreException {
        return open(folder, settings, Runnable::run, null);
    }

    /**
     * As {@link #open(Path, RocksLogSettings)}.
     *
     * @param together runs what it is given, on its caller's thread, once a group of answers, so that the answers of one
     *     write can be handed on in one piece
     */
    public static RocksLog open(Path folder, RocksLogSettings settings, Consumer<Runnable> together)
            throws StoreException {
        return open(folder, settings, together, null);
    }

    /** @param statistics counts what the library does; stays the caller's */
    static RocksLog open(
            Path folder, RocksLogSettings settings, Consumer<Runnable> together, @Nullable Statistics statistics)
            throws StoreException {
        DataFolder.prepare(folder);
        Database database = new Database(folder, settings, statistics);
        try {
            Reader.Census census = database.look(Reader::census);
            return new RocksLog(folder, settings, together, database, Objects.requireNonNull(census));
        } catch (RocksDBException e) {
            database.close();
            throw Faults.opening(folder, e);
        } catch (DamagedException e) {
            database.close();
            throw Faults.damaged(folder, Faults.oneLine(e), e);
        }
    }

    private RocksLog(
            Path folder,
            RocksLogSettings settings,
            Consumer<Runnable> together,
            Database database,
            Reader.Census census) {
        this.folder = folder;
        this.settings = settings;
        this.database = database;
        this.counters = new RocksLogCounters(settings);
        this.channelCount.set(census.channels());
        this.lanes = new Lanes(GROUP_WRITES_MAX, settings.batchBytesMax(), this::look);
        this.writer = new Writer(folder, database, settings, together, counters, channelCount, census.idMax());
        start("writes", this::runWrites);
        for (int i = 1; i <= settings.readCommitters(); i++) {
            start("reads-" + i, this::runLooks);
        }
        watch = Thread.ofVirtual().name("carillon-committer-watch").start(this::runWatch);
    }

    private void start(String name, Runnable work) {
        committers.add(Thread.ofPlatform()
                .name("carillon-committer-" + name)
                .daemon(true)
                .start(work));
    }

    private void runWatch() {
        try {
            while (!closed.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
                database.freeHeldUpWrite();
            }
        } catch (InterruptedException | RocksDBException e) {
            LOG.error("{} is not watched any more ({})", folder, Faults.oneLine(e));
        }
    }

    private void runWrites() {
        try {
            for (List<Op.Write> group = lanes.takeWrites(); !group.isEmpty(); group = lanes.takeWrites()) {
                writer.commit(group);
                lanes.answered(group);
            }
        } catch (InterruptedException e) {
            LOG.error("{} was interrupted: it writes no more", folder);
        }
    }

    private void runLooks() {
        try {
            for (Runnable look = lanes.takeLook(); look != null; look = lanes.takeLook()) {
                look.run();
            }
        } catch (InterruptedException e) {
            LOG.error("{} was interrupted: it reads no more", folder);
        }
    }

    @Override
    public Durability durabilityMax() {
        return Durability.FSYNC;
    }

    @Override
    public int channelCount() {
        return channelCount.get();
    }

    /** What it counts. */
    public RocksLogMetrics metrics() {
        return counters;
    }

    @Override
    public void append(
            ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
        Op.Append append = new Op.Append(channel, epoch, durability == Durability.FSYNC, record, answer);
        // What a full queue lets in is bounded by the callers' threads, one record each.
        long queued = counters.queuedBytes.addAndGet(append.bytes());
        if (queued > settings.queueBytesMax() && queued > append.bytes()) {
            counters.queuedBytes.addAndGet(-append.bytes());
            refuse(channel, Fault.BUSY, fault -> answer.accept(new Appended.Refused(fault)));
        } else if (!lanes.submit(append)) {
            counters.queuedBytes.addAndGet(-append.bytes());
            refuse(channel, Fault.CLOSED, fault -> answer.accept(new Appended.Refused(fault)));
        }
    }

    @Override
    public void together(Runnable calls) {
        lanes.together(calls);
    }

    @Override
    public void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
        erase(new Op.Redact(channel, epoch, durability == Durability.FSYNC, offset, answer), answer);
    }

    @Override
    public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
        erase(new Op.Purge(channel, epoch, durability == Durability.FSYNC, answer), answer);
    }

    private void erase(Op.Write erasure, Consumer<Appended> answer) {
        if (!enqueue(erasure)) {
            refuse(erasure.channel(), Fault.CLOSED, fault -> answer.accept(new Appended.Refused(fault)));
        }
    }

    private void refuse(ChannelName channel, Fault fault, Consumer<Fault> answer) {
        counters.failed(fault);
        if (!lanes.submitRefusal(new Op.Refusal(channel, () -> answer.accept(fault)))) {
            answer.accept(fault);
        }
    }

    @Override
    public void open(ChannelName channel, Consumer<Opened> answer) {
        submitLook(new Op.Open(channel, answer));
    }

    @Override
    public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
        submitLook(new Op.ReadRange(channel, first, last, answer));
    }

    private void submitLook(Op.Look look) {
        if (counters.queuedReads.incrementAndGet() > settings.queueReadsMax()) {
            counters.queuedReads.decrementAndGet();
            refuse(look.channel(), Fault.BUSY, look::refuse);
        } else if (!lanes.submit(look)) {
            counters.queuedReads.decrementAndGet();
            refuse(look.channel(), Fault.CLOSED, look::refuse);
        }
    }

    /** Answers a look, on a reading committer. */
    private void look(Op.Look look) {
        Runnable answer;
        try {
            answer = switch (look) {
                case Op.Open open -> answerOf(open);
                case Op.ReadRange range -> answerOf(range);
            };
        } catch (RocksDBException | DamagedException | RuntimeException | Error e) {
            LOG.error("channel {} in {} could not be read ({})", look.channel(), folder, Faults.oneLine(e));
            counters.failed(Fault.BROKEN);
            answer = () -> look.refuse(Fault.BROKEN);
        }
        counters.reads.increment();
        counters.queuedReads.decrementAndGet();
        deliver(look.channel().value(), answer);
    }

    /** A receiver that fails must not take a committer with it. */
    private static void deliver(String what, Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException | Error e) {
            LOG.error("the receiver of an answer about {} failed", what, e);
        }
    }

    private Runnable answerOf(Op.Open open) throws RocksDBException, DamagedException {
        Opened opened = database.look(tables -> {
            LogState state = Reader.state(tables, open.channel());
            return state == null ? new Opened.Nothing() : new Opened.Kept(state);
        });
        return () -> open.answer().accept(opened == null ? new Opened.Failed(Fault.BROKEN) : opened);
    }

    private Runnable answerOf(Op.ReadRange range) throws RocksDBException, DamagedException {
        List<LogRecord> records =
                database.look(tables -> Reader.records(tables, range.channel(), range.first(), range.last()));
        return () -> range.answer().accept(records == null ? new Read.Failed(Fault.BROKEN) : new Read.Records(records));
    }

    @Override
    public void trim(ChannelName channel, long oldest, long oldestOnce) {
        if (counters.queuedBytes.get() < settings.queueBytesMax()) {
            enqueue(new Op.Trim(channel, oldest, oldestOnce));
        }
    }

    @Override
    public void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
        if (counters.queuedBytes.get() < settings.queueBytesMax()) {
            enqueue(new Op.Compact(channel, oldest, oldestOnce, live));
        }
    }

    @Override
    public void forget(ChannelName channel) {
        enqueue(new Op.Forget(channel));
    }

    /** False after the close. */
    private boolean enqueue(Op.Write write) {
        counters.queuedBytes.addAndGet(write.bytes());
        boolean isTaken = lanes.submit(write);
        if (!isTaken) {
            counters.queuedBytes.addAndGet(-write.bytes());
        }
        return isTaken;
    }

    @Override
    public void list(Consumer<List<Summary>> answer) {
        counters.queuedReads.incrementAndGet();
        if (!lanes.submitLook(() -> {
            List<Summary> summaries = summaries();
            deliver("the list of channels", () -> answer.accept(summaries));
        })) {
            counters.queuedReads.decrementAndGet();
            answer.accept(List.of());
        }
    }

    private List<Summary> summaries() {
        counters.queuedReads.decrementAndGet();
        try {
            List<Summary> summaries = database.look(Reader::list);
            return summaries == null ? List.of() : summaries;
        } catch (RocksDBException | DamagedException | RuntimeException | Error e) {
            LOG.error("the channels in {} could not be listed ({})", folder, Faults.oneLine(e));
            return List.of();
        }
    }

    /** As the port says; not from an answer, which would wait for itself. Calling it again does nothing. */
    @Override
    public void close() {
        assert !committers.contains(Thread.currentThread()) : "close on a committer";
        lanes.close();
        boolean interrupted = false;
        for (Thread committer : committers) {
            // What was appended is finished first: its callers wait for an answer.
            interrupted |= joined(committer);
        }
        closed.countDown();
        interrupted |= joined(watch);
        database.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the end of a thread, and tells whether this one was interrupted meanwhile. */
    private static boolean joined(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }
}
