package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.ChannelName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * One group commit while it is built: the batch, and what each channel in it was before and will be after. Nothing that it
 * says is true until its batch is written; a group that fails is dropped, and {@link #before} says what to go back to.
 *
 * <p>Confined to the writing committer.
 */
final class Group implements AutoCloseable {

    /** Where a channel's row comes from when the group meets it first. */
    interface Rows {
        @Nullable
        ChannelRow of(ChannelName channel) throws RocksDBException, DamagedException;

        long nextId();
    }

    /**
     * A deletion of at most this many offsets deletes them one by one. A range deletion is one entry, but every read of a
     * table that has not been written to a file sorts all its range deletions anew after each new one.
     */
    private static final int SINGLE_DELETIONS_MAX = 1024;

    /** A trim waits until it lets go of at least one record in this many that stay, or of {@link #TRIM_RECORDS_MAX}. */
    private static final int TRIM_SHARE = 4;

    private static final int TRIM_RECORDS_MAX = 256;

    private final Database.Tables tables;
    private final Rows rows;
    private final WriteBatch batch = new WriteBatch();
    private final Map<ChannelName, Optional<ChannelRow>> before = new HashMap<>();
    private final Map<ChannelName, Optional<ChannelRow>> after = new HashMap<>();

    Group(Database.Tables tables, Rows rows) {
        this.tables = tables;
        this.rows = rows;
    }

    private @Nullable ChannelRow now(ChannelName channel) throws RocksDBException, DamagedException {
        Optional<ChannelRow> known = after.get(channel);
        if (known == null) {
            known = Optional.ofNullable(rows.of(channel));
            before.put(channel, known);
            after.put(channel, known);
        }
        return known.orElse(null);
    }

    /** Adds the record, or says why not. */
    @Nullable
    Fault append(Op.Append append) throws RocksDBException, DamagedException {
        ChannelRow row = now(append.channel);
        long offset = append.record.offset();
        if (row == null || row.epoch() != append.epoch) {
            if (offset != 1) {
                return Fault.OUT_OF_ORDER;
            }
            if (row != null) {
                drop(append.channel, row);
            }
            row = ChannelRow.begun(rows.nextId(), append.epoch);
            put(append.channel, row);
        } else if (offset != row.head() + 1) {
            return Fault.OUT_OF_ORDER;
        }
        byte[] key = RecordKey.of(row.id(), offset);
        batch.put(tables.records(), key, append.value);
        if (append.record.once() != null) {
            batch.put(
                    tables.keys(),
                    key,
                    OnceFormat.encode(append.record.once(), append.record.check(), append.record.at()));
        }
        after.put(append.channel, Optional.of(row.withHead(append.record)));
        return null;
    }

    /** Trims, if there is enough to trim. */
    void trim(Op.Trim trim) throws RocksDBException, DamagedException {
        ChannelRow row = now(trim.channel());
        if (row == null) {
            return;
        }
        long oldest = worthwhile(row.head(), row.oldest(), trim.oldest());
        long oldestOnce = worthwhile(row.head(), row.oldestOnce(), trim.oldestOnce());
        if (oldest == row.oldest() && oldestOnce == row.oldestOnce()) {
            return;
        }
        delete(tables.records(), row.id(), row.oldest(), oldest);
        delete(tables.keys(), row.id(), row.oldestOnce(), oldestOnce);
        ChannelRow trimmed = row.trimmed(oldest, oldestOnce);
        put(trim.channel(), trimmed);
        after.put(trim.channel(), Optional.of(trimmed));
    }

    /**
     * Compacts a map. What an earlier compaction has left is looked up in what is stored, so a second one in the same group,
     * which could not see all of it, is left to the next.
     */
    void compact(Op.Compact compact) throws RocksDBException, DamagedException {
        ChannelRow row = now(compact.channel);
        ChannelRow stored =
                before.getOrDefault(compact.channel, Optional.empty()).orElse(null);
        if (row == null || (stored != null && stored.oldest() != row.oldest())) {
            return;
        }
        long oldest = Math.clamp(compact.oldest, row.oldest(), row.head() + 1);
        long oldestOnce = Math.clamp(compact.oldestOnce, row.oldestOnce(), row.head() + 1);
        for (long offset : Reader.offsetsLeft(tables, row)) {
            deleteUnless(compact.live, row.id(), offset);
        }
        for (long offset = row.oldest(); offset < oldest; offset++) {
            deleteUnless(compact.live, row.id(), offset);
        }
        delete(tables.keys(), row.id(), row.oldestOnce(), oldestOnce);
        ChannelRow compacted = row.trimmed(oldest, oldestOnce).compacted();
        put(compact.channel, compacted);
        after.put(compact.channel, Optional.of(compacted));
    }

    private void deleteUnless(long[] live, long id, long offset) throws RocksDBException {
        if (Arrays.binarySearch(live, offset) < 0) {
            batch.delete(tables.records(), RecordKey.of(id, offset));
        }
    }

    /**
     * Takes the data out of a record, or says why not.
     *
     * @param earlier the writes of this group so far, among which the record may be
     */
    @Nullable
    Fault redact(Op.Redact redact, List<Op.Write> earlier) throws RocksDBException, DamagedException {
        ChannelRow row = now(redact.channel());
        long offset = redact.offset();
        if (row == null || row.epoch() != redact.epoch() || offset < row.oldest() || offset > row.head()) {
            return Fault.OUT_OF_ORDER;
        }
        byte[] key = RecordKey.of(row.id(), offset);
        LogRecord record = appended(redact, earlier);
        if (record == null) {
            byte[] value = tables.db().get(tables.records(), key);
            if (value == null) {
                throw new DamagedException("channel " + redact.channel() + ": record " + offset + " is missing");
            }
            record = RecordFormat.decode(offset, value).orDamaged("channel " + redact.channel() + ", record " + offset);
        }
        batch.put(tables.records(), key, RecordFormat.encode(record.redacted()));
        return null;
    }

    private static @Nullable LogRecord appended(Op.Redact redact, List<Op.Write> earlier) {
        for (Op.Write write : earlier) {
            if (write instanceof Op.Append append
                    && append.channel.equals(redact.channel())
                    && append.epoch == redact.epoch()
                    && append.record.offset() == redact.offset()) {
                return append.record;
            }
        }
        return null;
    }

    /** Deletes all of the channel, if it is still in that epoch. */
    void purge(Op.Purge purge) throws RocksDBException, DamagedException {
        ChannelRow row = now(purge.channel());
        if (row != null && row.epoch() == purge.epoch()) {
            drop(purge.channel(), row);
        }
    }

    /** How far a trim from one offset to another goes: all the way, or not at all until it is worth its entries. */
    private static long worthwhile(long head, long from, long wanted) {
        if (wanted <= from) {
            return from;
        }
        long to = Math.min(wanted, head + 1);
        long kept = head + 1 - to;
        return to - from >= Math.clamp(kept / TRIM_SHARE, 1, TRIM_RECORDS_MAX) ? to : from;
    }

    /** Whether there was anything to forget. */
    boolean forget(ChannelName channel) throws RocksDBException, DamagedException {
        ChannelRow row = now(channel);
        if (row == null) {
            return false;
        }
        drop(channel, row);
        return true;
    }

    /** Deletes all of the channel. */
    void drop(ChannelName channel, ChannelRow row) throws RocksDBException {
        if (row.isCompacted()) {
            batch.deleteRange(tables.records(), RecordKey.of(row.id(), 1), RecordKey.of(row.id(), row.oldest()));
        }
        delete(tables.records(), row.id(), row.oldest(), row.head() + 1);
        delete(tables.keys(), row.id(), row.oldestOnce(), row.head() + 1);
        batch.delete(tables.channels(), Utf8.encode(channel.value()));
        after.put(channel, Optional.empty());
    }

    /** Goes back to a state of the channel that had its last record at an earlier offset than the stored one has. */
    void cutBack(ChannelName channel, ChannelRow stored, ChannelRow to) throws RocksDBException {
        delete(tables.records(), stored.id(), to.head() + 1, stored.head() + 1);
        delete(tables.keys(), stored.id(), to.head() + 1, stored.head() + 1);
        ChannelRow back =
                to.trimmed(Math.min(stored.oldest(), to.head() + 1), Math.min(stored.oldestOnce(), to.head() + 1));
        put(channel, stored.isCompacted() ? back.compacted() : back);
    }

    private void put(ChannelName channel, ChannelRow row) throws RocksDBException {
        batch.put(tables.channels(), Utf8.encode(channel.value()), row.encode());
    }

    private void delete(ColumnFamilyHandle family, long id, long from, long to) throws RocksDBException {
        if (to - from > SINGLE_DELETIONS_MAX) {
            batch.deleteRange(family, RecordKey.of(id, from), RecordKey.of(id, to));
            return;
        }
        for (long offset = from; offset < to; offset++) {
            batch.delete(family, RecordKey.of(id, offset));
        }
    }

    boolean isEmpty() {
        return batch.count() == 0;
    }

    WriteBatch batch() {
        return batch;
    }

    /** What each channel of the group was before it; empty where nothing was kept. */
    Map<ChannelName, Optional<ChannelRow>> before() {
        return before;
    }

    /** What each will be once the batch is written. */
    Map<ChannelName, Optional<ChannelRow>> after() {
        return after;
    }

    @Override
    public void close() {
        batch.close();
    }
}
