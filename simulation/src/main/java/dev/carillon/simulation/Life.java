package dev.carillon.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One life of a channel, from its first record to a purge: what the log has kept of it, trimmed or not. Data of {@link Lineage}. */
final class Life {

    /** 0 exactly while nothing is kept. */
    long epoch;
    /** The newest record in the log, perhaps not yet answered. */
    int written;
    /** The newest that the log has answered, or that was found when it was opened: all up to it may be shown. */
    int head;
    /** Whatever lies before it the bounds no longer keep. */
    int oldest = 1;
    /** Keys used up to this offset had left their window before the shared log lost what was behind them: they stay out. */
    int keysForgottenTo;

    // By offset; index 0 is the place before the first.
    Attempt[] attempts = new Attempt[64];
    int[] checks = new int[64];
    long[] dates = new long[64];
    long[] bytesUpTo = new long[64];
    long[] sumUpTo = new long[64];
    int[] keysUpTo = new int[64];

    final Map<String, Integer> offsetOfKey = new HashMap<>();
    /** Of each publisher the newest of its publications. */
    final Map<Integer, Integer> newestOf = new HashMap<>();
    /** Whether that must be found anew. */
    boolean newestIsStale;
    /** Of a map: which records are of which key; null in a stream. */
    final @Nullable MapModel map;
    /** Once it was purged: how many purges had reached their durability before. */
    int purgesStoredBefore;

    Life(@Nullable MapModel map) {
        this.map = map;
    }

    void grow(int offset) {
        if (offset == checks.length) {
            attempts = Arrays.copyOf(attempts, offset * 2);
            checks = Arrays.copyOf(checks, offset * 2);
            dates = Arrays.copyOf(dates, offset * 2);
            bytesUpTo = Arrays.copyOf(bytesUpTo, offset * 2);
            sumUpTo = Arrays.copyOf(sumUpTo, offset * 2);
            keysUpTo = Arrays.copyOf(keysUpTo, offset * 2);
        }
    }
}
