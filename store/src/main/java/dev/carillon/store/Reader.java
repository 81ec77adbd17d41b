package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Summary;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.LogState;
import dev.carillon.protocol.ChannelName;
import dev.carillon.store.Database.Tables;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** What is asked of the tables. Stateless; a hole or a value that does not decode is damage, never a shorter answer. */
final class Reader {

    /** What a scan of the channels finds. */
    record Census(int channels, long idMax) {}

    /** More than any channel keeps: a row that claims more is damaged. */
    private static final long RECORDS_MAX = 1 << 28;

    private Reader() {}

    /** The channel's row, complete with its head; null where nothing is kept of it. */
    static @Nullable ChannelRow row(Tables tables, ChannelName channel) throws RocksDBException, DamagedException {
        byte[] value = tables.db().get(tables.channels(), Utf8.encode(channel.value()));
        return value == null ? null : complete(tables, tables.scan(), channel, value);
    }

    private static ChannelRow complete(Tables tables, ReadOptions view, ChannelName channel, byte[] value)
            throws RocksDBException, DamagedException {
        ChannelRow row = ChannelRow.decode(value).orDamaged("channel " + channel);
        try (RocksIterator records = tables.db().newIterator(tables.records(), view)) {
            records.seekForPrev(RecordKey.of(row.id(), Long.MAX_VALUE));
            if (records.isValid() && RecordKey.id(records.key()) == row.id()) {
                long newest = RecordKey.offset(records.key());
                if (newest >= row.head() && newest >= row.oldest()) {
                    return row.withHead(newest, shape(records, channel, newest));
                }
                if (!row.isCompacted() || newest >= row.oldest()) {
                    throw new DamagedException("channel " + channel + ": record " + newest + " of head " + row.head());
                }
            }
            records.status();
        }
        if (row.head() == 0 || row.oldest() <= row.head()) {
            throw new DamagedException("channel " + channel + ": its records from " + row.oldest() + " on are missing");
        }
        return row;
    }

    private static RecordFormat.Shape shape(RocksIterator records, ChannelName channel, long offset)
            throws DamagedException {
        byte[] start = new byte[RecordFormat.HEADER_BYTES_MAX];
        int length = records.value(start);
        return RecordFormat.shape(start, length).orDamaged("channel " + channel + ", record " + offset);
    }

    /** All that is kept about a channel but the records themselves. */
    static @Nullable LogState state(Tables tables, ChannelName channel) throws RocksDBException, DamagedException {
        ChannelRow row = row(tables, channel);
        if (row == null) {
            return null;
        }
        long kept = row.head() - row.oldest() + 1;
        if (kept > RECORDS_MAX) {
            throw new DamagedException("channel " + channel + ": " + kept + " records");
        }
        int count = (int) kept;
        int[] bytes = new int[count];
        long[] at = new long[count];
        int[] found = {0};
        LogState.Newest newest = new LogState.Newest();
        if (row.isCompacted()) {
            scan(
                    tables,
                    tables.records(),
                    row.id(),
                    1,
                    row.oldest() - 1,
                    (offset, records) -> newest.add(record(channel, offset, records)));
        }
        scan(tables, tables.records(), row.id(), row.oldest(), row.head(), (offset, records) -> {
            checkFollows(channel, row.oldest() + found[0], offset);
            RecordFormat.Shape shape = shape(records, channel, offset);
            bytes[found[0]] = shape.dataLength() + shape.changeBytes() + LogRecord.OVERHEAD_BYTES;
            at[found[0]++] = shape.at();
            if (shape.changeBytes() > 0) {
                newest.add(record(channel, offset, records));
            }
        });
        checkFollows(channel, row.head() + 1, row.oldest() + found[0]);
        List<LogState.UsedKey> keys = new ArrayList<>();
        scan(
                tables,
                tables.keys(),
                row.id(),
                row.oldestOnce(),
                row.head(),
                (offset, stored) -> keys.add(OnceFormat.decode(offset, stored.value())
                        .orDamaged("channel " + channel + ", key of " + offset)));
        return new LogState(
                row.epoch(),
                row.oldest(),
                row.head(),
                row.headCheck(),
                row.headAt(),
                bytes,
                at,
                keys,
                newest.records());
    }

    private static LogRecord record(ChannelName channel, long offset, RocksIterator records) throws DamagedException {
        return RecordFormat.decode(offset, records.value()).orDamaged("channel " + channel + ", record " + offset);
    }

    /** The offsets before the oldest of a map's records that a compaction has left. */
    static List<Long> offsetsLeft(Tables tables, ChannelRow row) throws RocksDBException, DamagedException {
        List<Long> offsets = new ArrayList<>();
        if (row.isCompacted()) {
            scan(tables, tables.records(), row.id(), 1, row.oldest() - 1, (offset, _) -> offsets.add(offset));
        }
        return offsets;
    }

    /** The records of a range that are kept. */
    static List<LogRecord> records(Tables tables, ChannelName channel, long first, long last)
            throws RocksDBException, DamagedException {
        ChannelRow row = row(tables, channel);
        if (row == null) {
            return List.of();
        }
        long from = Math.max(first, row.oldest());
        long to = Math.min(last, row.head());
        if (from > to) {
            return List.of();
        }
        List<LogRecord> found = new ArrayList<>();
        scan(tables, tables.records(), row.id(), from, to, (offset, records) -> {
            checkFollows(channel, from + found.size(), offset);
            found.add(record(channel, offset, records));
        });
        checkFollows(channel, to + 1, from + found.size());
        return List.copyOf(found);
    }

    private static void checkFollows(ChannelName channel, long expected, long offset) throws DamagedException {
        if (offset != expected) {
            throw new DamagedException("channel " + channel + ": " + offset + " where " + expected + " belongs");
        }
    }

    private interface Found {
        void at(long offset, RocksIterator iterator) throws DamagedException;
    }

    /** Visits the values of one channel with offsets in a range, ascending. */
    private static void scan(Tables tables, ColumnFamilyHandle family, long id, long first, long last, Found found)
            throws RocksDBException, DamagedException {
        if (first > last) {
            return;
        }
        // The bound keeps the iterator from walking over what was deleted behind the range.
        try (Slice bound = new Slice(RecordKey.after(id, last));
                ReadOptions options = new ReadOptions().setIterateUpperBound(bound);
                RocksIterator iterator = tables.db().newIterator(family, options)) {
            for (iterator.seek(RecordKey.of(id, first)); iterator.isValid(); iterator.next()) {
                found.at(RecordKey.offset(iterator.key()), iterator);
            }
            iterator.status();
        }
    }

    /** Every channel. */
    static List<Summary> list(Tables tables) throws RocksDBException, DamagedException {
        List<Summary> summaries = new ArrayList<>();
        // A list is in no lane, so channels may be forgotten while it runs: rows and records must be of one moment.
        Snapshot moment = tables.db().getSnapshot();
        try (ReadOptions view = new ReadOptions().setSnapshot(moment);
                RocksIterator rows = tables.db().newIterator(tables.channels(), view)) {
            for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                ChannelName channel = name(rows.key());
                ChannelRow row = complete(tables, view, channel, rows.value());
                summaries.add(new Summary(channel, row.epoch(), row.head(), row.headAt()));
            }
            rows.status();
        } finally {
            tables.db().releaseSnapshot(moment);
        }
        return List.copyOf(summaries);
    }

    /** Counts the channels and finds the largest id in use. */
    static Census census(Tables tables) throws RocksDBException, DamagedException {
        int channels = 0;
        long idMax = 0;
        try (RocksIterator rows = tables.db().newIterator(tables.channels(), tables.scan())) {
            for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                ChannelName channel = name(rows.key());
                idMax = Math.max(
                        idMax,
                        ChannelRow.decode(rows.value())
                                .orDamaged("channel " + channel)
                                .id());
                channels++;
            }
            rows.status();
        }
        return new Census(channels, idMax);
    }

    private static ChannelName name(byte[] key) throws DamagedException {
        String text = Utf8.decode(key, 0, key.length);
        ChannelName name = text == null ? null : ChannelName.parse(text);
        if (name == null) {
            throw new DamagedException("a channel's name of " + key.length + " bytes is none");
        }
        return name;
    }
}
