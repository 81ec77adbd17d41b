package dev.carillon.engine;

import dev.carillon.protocol.Change;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a map as its broker counts them: which have a value, in which record, and how much that is. So the map stays
 * within its bounds, and the log is told which records must outlive the history. Owned by the shard.
 */
final class MapKeys {

    /** Where a key's value is. */
    private record Slot(long offset, int bytes) {}

    private final MapSettings settings;
    /** The keys that have a value, by what is stored. */
    private final Map<String, Slot> live = new HashMap<>();
    /** Of each key that has appends on their way, how many. */
    private final Map<String, Integer> coming = new HashMap<>();

    private long bytes;
    private long bytesComing;

    /** @param changes of each key its newest record that is stored */
    MapKeys(MapSettings settings, List<LogRecord> changes) {
        this.settings = settings;
        changes.forEach(this::store);
    }

    /** Whether this change would keep the map within its bounds, whatever becomes of those on their way. */
    boolean hasRoomFor(Change change, int recordBytes) {
        if (change.isRemoved()) {
            return true;
        }
        Slot old = live.get(change.key());
        long replaced = old == null || coming.containsKey(change.key()) ? 0 : old.bytes();
        boolean isNew = old == null && !coming.containsKey(change.key());
        return bytes - replaced + bytesComing + recordBytes <= settings.bytesMax()
                && (!isNew || keysAtMost() < settings.keysMax());
    }

    private long keysAtMost() {
        long sum = (long) live.size() + coming.size();
        return sum < settings.keysMax()
                ? sum
                : live.size()
                        + coming.keySet().stream()
                                .filter(key -> !live.containsKey(key))
                                .count();
    }

    /** An append of a change is on its way. */
    void begin(LogRecord record) {
        Change change = record.change();
        if (change != null) {
            coming.merge(change.key(), 1, Integer::sum);
            bytesComing += record.bytes();
        }
    }

    /** It was answered. */
    void end(LogRecord record, boolean isStored) {
        Change change = record.change();
        if (change != null) {
            coming.computeIfPresent(change.key(), (_, count) -> count == 1 ? null : count - 1);
            bytesComing -= record.bytes();
        }
        if (isStored) {
            store(record);
        }
    }

    private void store(LogRecord record) {
        Change change = record.change();
        if (change == null) {
            return;
        }
        Slot old = record.hasValue()
                ? live.put(change.key(), new Slot(record.offset(), record.bytes()))
                : live.remove(change.key());
        bytes += (record.hasValue() ? record.bytes() : 0) - (old == null ? 0 : old.bytes());
    }

    /** Whether the key's value is the one of this offset, and nothing on its way will change that. */
    boolean isNewest(String key, long offset) {
        @Nullable Slot slot = live.get(key);
        return slot != null && slot.offset() == offset && !coming.containsKey(key);
    }

    /** The offsets of the values before this one, ascending. */
    long[] liveBefore(long offset) {
        return live.values().stream()
                .mapToLong(Slot::offset)
                .filter(of -> of < offset)
                .sorted()
                .toArray();
    }
}
