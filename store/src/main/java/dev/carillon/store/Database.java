package dev.carillon.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The library's objects: how they are set, who frees them, and how the database is opened anew after a failed write.
 *
 * <p>{@link #write} and {@link #reopen} are called by the writing committer only, {@link #look} by any thread. A look
 * holds the database open; a reopening waits for the looks that run. {@link #freeHeldUpWrite} is called by a thread of its
 * own, now and then.
 */
class Database implements AutoCloseable {

    /** Something that reads. */
    interface Look<T> {
        T in(Tables tables) throws RocksDBException, DamagedException;
    }

    /**
     * An open database and its column families.
     *
     * @param channels {@link ChannelRow} by channel name
     * @param records {@link RecordFormat} by {@link RecordKey}
     * @param keys {@link OnceFormat} by {@link RecordKey}
     */
    record Tables(
            RocksDB db,
            ColumnFamilyHandle meta,
            ColumnFamilyHandle channels,
            ColumnFamilyHandle records,
            ColumnFamilyHandle keys,
            ReadOptions scan)
            implements AutoCloseable {

        @Override
        public void close() {
            scan.close();
            meta.close();
            channels.close();
            records.close();
            keys.close();
            db.close();
        }
    }

    private static final List<String> FAMILIES = List.of("default", "channels", "records", "keys");
    private static final long INFO_LOG_BYTES_MAX = 1 << 20;
    private static final int INFO_LOGS_MAX = 4;
    private static final int OPEN_FILES_MAX = 512;
    private static final long MANIFEST_BYTES_MAX = 16 << 20;
    private static final int BLOCK_BYTES = 16 << 10;
    private static final double BLOOM_BITS_PER_KEY = 10;

    /** A write that took longer may be one that the library holds up. */
    private static final long HELD_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String BACKGROUND_ERRORS = "rocksdb.background-errors";
    private static final String IS_WRITE_STOPPED = "rocksdb.is-write-stopped";

    private final Path folder;
    private final LRUCache cache;
    private final BloomFilter bloom;
    private final ColumnFamilyOptions familyOptions;
    private final DBOptions options;
    private final WriteOptions toSystem;
    private final WriteOptions toDevice;

    /** Read-locked by a look, write-locked while {@link #tables} is exchanged. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Null only where a reopening failed so thoroughly that not even reading is possible, and after close. */
    private @Nullable Tables tables;

    /** When the write that runs began; null while none does. */
    private volatile @Nullable Long writingSinceNanos;

    /** Whether the open database was told to hold up no write any more. */
    private volatile boolean isFreed;

    Database(Path folder, RocksLogSettings settings, @Nullable Statistics statistics) throws StoreException {
        loadLibrary();
        this.folder = folder;
        this.cache = new LRUCache(settings.blockCacheBytes());
        this.bloom = new BloomFilter(BLOOM_BITS_PER_KEY);
        this.familyOptions = familyOptions(settings);
        this.options = options(settings);
        this.toSystem = new WriteOptions();
        this.toDevice = new WriteOptions().setSync(true);
        if (statistics != null) {
            options.setStatistics(statistics);
        }
        try {
            tables = open(false);
        } catch (RocksDBException e) {
            close();
            throw Faults.opening(folder, e);
        }
    }

    private static void loadLibrary() throws StoreException {
        try {
            NativeLibrary.load();
        } catch (RuntimeException | LinkageError e) {
            throw new StoreException(
                    StoreException.Reason.NO_LIBRARY,
                    "the RocksDB library did not load (" + Faults.oneLine(e) + "): the folder "
                            + System.getProperty("java.io.tmpdir") + " must allow programs, or set -Djava.io.tmpdir",
                    e);
        }
    }

    private ColumnFamilyOptions familyOptions(RocksLogSettings settings) {
        return new ColumnFamilyOptions()
                .setWriteBufferSize(settings.writeBufferBytes() / 2)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setBlockSize(BLOCK_BYTES)
                        .setFilterPolicy(bloom)
                        .setCacheIndexAndFilterBlocks(true)
                        .setPinL0FilterAndIndexBlocksInCache(true));
    }

    private static DBOptions options(RocksLogSettings settings) {
        DBOptions options = new DBOptions();
        options.setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setParanoidChecks(true)
                // A record cut off at the very end was never acknowledged, or was acknowledged by no device. Damage
                // anywhere else must be seen: PointInTime would drop everything behind it without a word.
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                // What an opening replays is written to files and synced before anything new is: so a record that a
                // failed sync left in doubt is in doubt no longer, and no old log can be replayed over newer writes.
                .setAvoidFlushDuringRecovery(false)
                .setDbWriteBufferSize(settings.writeBufferBytes())
                .setMaxTotalWalSize(2 * settings.writeBufferBytes())
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setMaxBackgroundJobs(2)
                .setMaxManifestFileSize(MANIFEST_BYTES_MAX)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(INFO_LOG_BYTES_MAX)
                .setKeepLogFileNum(INFO_LOGS_MAX)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                // We recover by opening anew, which says what is stored; the library's own trials would not.
                .setMaxBgErrorResumeCount(0);
        return options;
    }

    private Tables open(boolean isReadOnly) throws RocksDBException {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (String family : FAMILIES) {
            descriptors.add(new ColumnFamilyDescriptor(Utf8.encode(family), familyOptions));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        RocksDB db = isReadOnly
                ? RocksDB.openReadOnly(options, folder.toString(), descriptors, handles)
                : RocksDB.open(options, folder.toString(), descriptors, handles);
        return new Tables(db, handles.get(0), handles.get(1), handles.get(2), handles.get(3), new ReadOptions());
    }

    /** Reads; null where there is nothing to read from, after a recovery that failed or the close. */
    <T> @Nullable T look(Look<T> look) throws RocksDBException, DamagedException {
        lock.readLock().lock();
        try {
            Tables open = tables;
            return open == null ? null : look.in(open);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Writes a batch whole or not at all; returns once the system has it, or with {@code sync} the device. */
    void write(WriteBatch batch, boolean sync) throws RocksDBException {
        Tables open = tables;
        if (open == null) {
            throw new RocksDBException("the database is not open");
        }
        writingSinceNanos = System.nanoTime();
        try {
            open.db().write(sync ? toDevice : toSystem, batch);
        } catch (RocksDBException e) {
            throw isFreed ? noRoomForWhatIsHeld() : e;
        } finally {
            writingSinceNanos = null;
        }
    }

    private static RocksDBException noRoomForWhatIsHeld() {
        return new RocksDBException(
                "no space left to write what is held in memory to a file",
                new Status(Status.Code.IOError, Status.SubCode.NoSpace, null));
    }

    /**
     * Ends a write that the library would hold up until its disk has room. It does so where a file that it writes in the
     * background finds no room while its memory is full: a refusal that may be repeated is worth more than an answer that
     * may never come. The database wants a {@link #reopen} then.
     */
    void freeHeldUpWrite() throws RocksDBException {
        Long since = writingSinceNanos;
        if (since == null || System.nanoTime() - since < HELD_UP_NANOS) {
            return;
        }
        lock.readLock().lock();
        try {
            Tables open = tables;
            if (open != null && !isFreed && isHeldUp(open.db())) {
                isFreed = true;
                open.db().cancelAllBackgroundWork(false);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    private static boolean isHeldUp(RocksDB db) throws RocksDBException {
        return db.getLongProperty(BACKGROUND_ERRORS) > 0 && db.getLongProperty(IS_WRITE_STOPPED) > 0;
    }

    /** For building a batch; null as for {@link #look}. The writing committer only. */
    @Nullable
    Tables tables() {
        return tables;
    }

    /**
     * Closes the database and opens it again, so that what its write-ahead log holds becomes what is stored. Where that
     * fails it is opened for reading only.
     *
     * @throws RocksDBException if it can't be written yet
     */
    void reopen() throws RocksDBException {
        lock.writeLock().lock();
        try {
            if (tables != null) {
                tables.close();
                tables = null;
            }
            isFreed = false;
            try {
                tables = open(false);
            } catch (RocksDBException e) {
                tables = openForReading();
                throw e;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private @Nullable Tables openForReading() {
        try {
            return open(true);
        } catch (RocksDBException e) {
            return null;
        }
    }

    /** Calling it again does nothing: the library's objects know that they are closed. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (tables != null) {
                tables.close();
                tables = null;
            }
        } finally {
            lock.writeLock().unlock();
        }
        toSystem.close();
        toDevice.close();
        options.close();
        familyOptions.close();
        bloom.close();
        cache.close();
    }
}
