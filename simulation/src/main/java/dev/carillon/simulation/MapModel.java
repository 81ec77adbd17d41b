package dev.carillon.simulation;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Selection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Of each key of a map in one life of it, which records have changed it: the newest is its value, or took that away. */
final class MapModel {

    private static final int KEYS = 8;
    private static final int TAGS = 3;

    private final Map<String, Integer> newest = new TreeMap<>();
    /** By offset: the change of the same key before this one; 0 for none. */
    private int[] before = new int[64];

    void onWritten(int offset, String key) {
        if (offset >= before.length) {
            before = Arrays.copyOf(before, offset * 2);
        }
        Integer was = newest.put(key, offset);
        before[offset] = was == null ? 0 : was;
    }

    /** The newest record is gone. */
    void onUnwritten(int offset, String key) {
        if (before[offset] == 0) {
            newest.remove(key);
        } else {
            newest.put(key, before[offset]);
        }
    }

    /** Every key that was ever changed. */
    Set<String> keys() {
        return newest.keySet();
    }

    /** The newest change of the key up to this offset; 0 for none. */
    int newestUpTo(String key, long offset) {
        int at = newest.getOrDefault(key, 0);
        while (at > offset) {
            at = before[at];
        }
        return at;
    }

    /** A change that somebody could want to make. */
    static Change someChange(Dice dice) {
        // Some are changed so seldom that their values outlive the history.
        String key = dice.oneIn(40) ? "seldom" + dice.below(2) : "k" + dice.below(KEYS);
        if (dice.oneIn(5)) {
            return new Change(key, null, true);
        }
        return new Change(key, dice.oneIn(4) ? null : "t" + dice.below(TAGS), false);
    }

    /** What a reader could want of a map; null for everything. */
    static @Nullable Selection someSelection(Dice dice) {
        if (dice.oneIn(2)) {
            return null;
        }
        boolean byTag = dice.oneIn(2);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < (byTag ? TAGS : KEYS); i++) {
            if (names.isEmpty() || dice.oneIn(3)) {
                names.add((byTag ? "t" : "k") + i);
            }
        }
        return new Selection(byTag, names);
    }

    /** Whether a reader wants a value with this key and tag. */
    static boolean wants(@Nullable Selection selection, Change change) {
        if (selection == null) {
            return true;
        }
        return selection.byTag()
                ? change.tag() != null && selection.names().contains(change.tag())
                : selection.names().contains(change.key());
    }
}
