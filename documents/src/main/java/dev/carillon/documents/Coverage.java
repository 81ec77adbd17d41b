package dev.carillon.documents;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of a document without its content: which ticks of whom were made and which deleted. It says whether an update adds anything; a client that lacks nothing still says all that is deleted
 * whenever it comes back. Not for several threads.
 */
public final class Coverage {

    private final Map<Long, Ranges> made = new HashMap<>();
    private DeleteSet deleted = DeleteSet.EMPTY;

    /** Nothing is known. */
    public Coverage() {}

    /** Whether the update says something that is not known. */
    public boolean lacks(Update update) {
        return !deleted.containsAll(update.deleted)
                || update.made.stream()
                        .anyMatch(each ->
                                !made.getOrDefault(each.client(), Ranges.NONE).containAll(ranges(each)));
    }

    /** What the update says is known from now on. */
    public void add(Update update) {
        for (Made each : update.made) {
            made.merge(each.client(), ranges(each), Ranges::and);
        }
        if (!deleted.containsAll(update.deleted)) {
            deleted = DeleteSet.union(List.of(deleted, update.deleted));
        }
    }

    private static Ranges ranges(Made made) {
        Ranges.Collector ranges = new Ranges.Collector(1);
        for (Struct struct : made.structs()) {
            if (!(struct instanceof Struct.Skip)) {
                ranges.add(struct.clock(), struct.end());
            }
        }
        return ranges.ranges();
    }
}
