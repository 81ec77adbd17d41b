package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest change of each key of an attached map, encoded, in the order of their offsets: what any reader is owed is the
 * part of it behind the reader's position. A key that changes moves to the end, so this is every slow reader's conflated
 * queue at once, in offset order, and no reader needs one of its own.
 *
 * <p><b>Removals</b> stay as long as the history's count and age keep them. {@link #whole} is the newest of those let go of:
 * a reader that has not come so far may hold a key that is gone, and can only begin anew.
 *
 * <p><b>Tags.</b> A reader of some tags must be told of a value that it holds and that has another tag now. Whether it holds
 * it follows from the tag that the key had when the reader last knew everything; the last two are remembered, and a reader
 * that is further behind, or of which nobody knows when that was, is told to be sure.
 */
final class MapView {

    /** From which offset on a key has had a tag; null for none, or no value. */
    private record Tagged(@Nullable String tag, long since) {}

    /** The newest change of a key. */
    private static final class Entry {
        final EncodedPublication newest;
        final Tagged now;
        final Tagged before;
        /** What readers are told who don't track its tag any more; made when the first is. */
        private @Nullable EncodedPublication leaving;

        Entry(EncodedPublication newest, Tagged now, Tagged before) {
            this.newest = newest;
            this.now = now;
            this.before = before;
        }

        Change change() {
            return changeOf(newest);
        }

        long offset() {
            return newest.publication().offset();
        }

        EncodedPublication leaving() {
            EncodedPublication made = leaving == null ? newest.asRemoval() : leaving;
            leaving = made;
            return made;
        }
    }

    /**
     * What a reader asks for.
     *
     * @param after the offset that it was given changes up to
     * @param since removals up to this offset are of no interest to it
     * @param known the offset up to which it has known everything at some time; 0 where nobody can say. It is not {@code after}:
     *     what a key was before that, but is no longer, a reader that catches up was never told
     * @param tracking what it wants; null for everything
     */
    record Query(
            long after, long since, long known, @Nullable Tracking tracking) {}

    /** A part of it: changes in ascending order, and the position up to which they are complete. */
    record Part(List<EncodedPublication> changes, Position end) {}

    /** A value whose time is over. */
    record Expired(String key, long offset) {}

    private final ChannelSettings settings;
    private final TreeMap<Long, Entry> byOffset = new TreeMap<>();
    private final Map<String, Entry> byKey = new HashMap<>();
    /** Those of the entries that are removals, and some that were, oldest first. */
    private final ArrayDeque<Entry> removals = new ArrayDeque<>();

    private Position head;
    private long whole;
    /** The latest date of a change. */
    private long newestAt;
    /** True once a change had an earlier date than one before it, for the clock was set back: the oldest need not come first. */
    private boolean datesFall;

    /** @param whole no removal after this offset has been let go of */
    MapView(ChannelSettings settings, Position head, long whole) {
        this.settings = settings;
        this.head = head;
        this.whole = whole;
    }

    /** Takes a change that was kept before this view began. */
    void load(EncodedPublication change) {
        Change loaded = changeOf(change);
        String tag = loaded.isRemoved() ? null : loaded.tag();
        // What it was before that nobody knows: whoever has not come so far is told.
        put(new Entry(change, new Tagged(tag, change.publication().offset()), new Tagged(null, Long.MAX_VALUE)));
    }

    Position head() {
        return head;
    }

    long whole() {
        return whole;
    }

    /** Takes the change after the head. */
    void add(EncodedPublication change) {
        Change made = changeOf(change);
        head = change.publication().position();
        Entry old = byKey.get(made.key());
        String tag = made.isRemoved() ? null : made.tag();
        if (old != null && Objects.equals(old.now.tag(), tag)) {
            put(new Entry(change, old.now, old.before));
        } else {
            put(new Entry(change, new Tagged(tag, head.offset()), old == null ? new Tagged(null, 0) : old.now));
        }
        trim(change.publication().at());
    }

    private void put(Entry entry) {
        Entry old = byKey.put(entry.change().key(), entry);
        if (old != null) {
            byOffset.remove(old.offset());
        }
        byOffset.put(entry.offset(), entry);
        long at = entry.newest.publication().at();
        datesFall |= at < newestAt;
        newestAt = Math.max(newestAt, at);
        if (entry.change().isRemoved()) {
            removals.add(entry);
        }
    }

    /** Lets go of removals beyond what the history keeps. */
    void trim(long nowMillis) {
        long keptAfter = head.offset() - settings.historyCountMax();
        long keptSince = nowMillis - settings.historyAgeMax().toMillis();
        while (!removals.isEmpty()) {
            Entry oldest = removals.getFirst();
            boolean isNewest = byKey.get(oldest.change().key()) == oldest;
            if (isNewest
                    && oldest.offset() > keptAfter
                    && oldest.newest.publication().at() >= keptSince) {
                return;
            }
            removals.removeFirst();
            if (isNewest) {
                byKey.remove(oldest.change().key());
                byOffset.remove(oldest.offset());
                whole = oldest.offset();
            }
        }
    }

    private static Change changeOf(EncodedPublication change) {
        return Objects.requireNonNull(change.publication().change(), "not of a map");
    }

    // ---- what readers are owed

    /**
     * What follows a position, up to so many bytes, but at least one change.
     *
     * @param bytesMax by {@link LogRecord#bytes}
     */
    Part after(Query query, long bytesMax, long nowMillis) {
        List<EncodedPublication> part = new ArrayList<>();
        long bytes = 0;
        Position seen = Position.ORIGIN;
        for (Entry entry : byOffset.tailMap(query.after(), false).values()) {
            EncodedPublication told = told(entry, query, nowMillis);
            if (told != null) {
                bytes += told.bytes();
                if (!part.isEmpty() && bytes > bytesMax) {
                    return new Part(part, seen);
                }
                part.add(told);
            }
            seen = entry.newest.publication().position();
        }
        return new Part(part, head);
    }

    /** What of an entry a reader is told; null for nothing. */
    private @Nullable EncodedPublication told(Entry entry, Query query, long nowMillis) {
        Change change = entry.change();
        if (change.isRemoved() && entry.offset() <= query.since()) {
            return null;
        }
        boolean isOver = !change.isRemoved()
                && settings.map().isOver(entry.newest.publication().at(), nowMillis);
        Tracking tracking = query.tracking();
        if (tracking == null || !tracking.byTag()) {
            // Of one whose time is over, the removal that is about to come says it to whoever may hold an older one.
            boolean isWanted = tracking == null || tracking.wants(change.key());
            return isWanted && !isOver ? entry.newest : null;
        }
        if (!change.isRemoved() && !isOver && tracking.wants(change.tag())) {
            return entry.newest;
        }
        // That removal says it to those who held this one: here, as ever, those who held the one before.
        return entry.offset() > query.since() && mayHold(entry, query.known(), tracking) ? entry.leaving() : null;
    }

    /** Whether a reader of tags that knew all up to here once may hold the entry's key. */
    private static boolean mayHold(Entry entry, long known, Tracking tracking) {
        if (entry.now.since() <= known) {
            return false; // it had this tag, or none, then already
        }
        return entry.before.since() > known || tracking.wants(entry.before.tag());
    }

    // ---- time

    /** Values whose time is over, in the order of their offsets, so many at most. */
    List<Expired> expired(long nowMillis, int countMax) {
        List<Expired> expired = new ArrayList<>();
        for (Entry entry : byOffset.values()) {
            if (entry.change().isRemoved()) {
                continue;
            }
            boolean isOver = settings.map().isOver(entry.newest.publication().at(), nowMillis);
            if (expired.size() == countMax || (!isOver && !datesFall)) {
                break;
            }
            if (isOver) {
                expired.add(new Expired(entry.change().key(), entry.offset()));
            }
        }
        return expired;
    }

    /** When the oldest value was accepted, in milliseconds since 1970; −1 without any. */
    long oldestValueAt() {
        long oldest = -1;
        for (Entry entry : byOffset.values()) {
            long at = entry.newest.publication().at();
            if (!entry.change().isRemoved() && (oldest < 0 || at < oldest)) {
                oldest = at;
                if (!datesFall) {
                    break;
                }
            }
        }
        return oldest;
    }
}
