package dev.carillon.engine;

import org.jspecify.annotations.Nullable;

/**
 * Between two users of the list of who is present, as of one version: the users stand in it in the order in which they came.
 *
 * @param version of the list
 * @param arrival the version with which the user before it came; 0 at the beginning
 */
record PresenceCursor(long version, long arrival) {

    private static final int RADIX = 36;
    private static final char BETWEEN = '.';

    static PresenceCursor beginning(long version) {
        return new PresenceCursor(version, 0);
    }

    boolean isBeginning() {
        return arrival == 0;
    }

    /** Whether who came with this version stands in the list behind it. */
    boolean isBefore(long version) {
        return version > arrival && version <= this.version;
    }

    /** Reads what {@link #toString} gives; null for anything else. */
    static @Nullable PresenceCursor parse(String text) {
        int between = text.indexOf(BETWEEN);
        try {
            long version = Long.parseLong(text.substring(0, Math.max(0, between)), RADIX);
            long arrival = Long.parseLong(text.substring(between + 1), RADIX);
            return version > 0 && arrival > 0 ? new PresenceCursor(version, arrival) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** What a peer is told and gives back; of the beginning nothing is told. */
    @Override
    public String toString() {
        return Long.toString(version, RADIX) + BETWEEN + Long.toString(arrival, RADIX);
    }
}
