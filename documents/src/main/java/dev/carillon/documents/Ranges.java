package dev.carillon.documents;

import java.util.Arrays;

/**
 * Ticks of one client's clock, as ascending ranges that neither overlap nor touch. Immutable.
 *
 * <p>{@code bounds} holds the first tick of each range and the one behind its last, so it ascends strictly.
 */
final class Ranges {

    static final Ranges NONE = new Ranges(new long[0]);

    private final long[] bounds;

    private Ranges(long[] bounds) {
        this.bounds = bounds;
    }

    int count() {
        return bounds.length / 2;
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    long from(int index) {
        return bounds[2 * index];
    }

    long to(int index) {
        return bounds[2 * index + 1];
    }

    /** The first range that ends behind the tick; {@link #count} if there is none. */
    int firstEndingBehind(long tick) {
        int found = Arrays.binarySearch(bounds, tick);
        // Where it is found it is a bound itself: an end is not behind itself, a begin has its end behind it.
        return found >= 0 ? (found + 1) / 2 : (-found - 1) / 2;
    }

    /** Whether all of these ticks are among them. */
    boolean contain(long from, long to) {
        int index = firstEndingBehind(from);
        return index < count() && from(index) <= from && to <= to(index);
    }

    boolean containAll(Ranges other) {
        for (int index = 0; index < other.count(); index++) {
            if (!contain(other.from(index), other.to(index))) {
                return false;
            }
        }
        return true;
    }

    Ranges and(Ranges other) {
        if (isEmpty() || other.containAll(this)) {
            return other;
        }
        if (containAll(other)) {
            return this;
        }
        Collector both = new Collector(count() + other.count());
        both.addAll(this);
        both.addAll(other);
        return both.ranges();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ranges that && Arrays.equals(bounds, that.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }

    /** Takes ranges in any order. Not for several threads. */
    static final class Collector {

        private long[][] taken;
        private int count;

        Collector(int expected) {
            taken = new long[Math.max(4, expected)][];
        }

        void add(long from, long to) {
            if (count > 0 && taken[count - 1][1] == from) {
                taken[count - 1][1] = to;
                return;
            }
            if (count == taken.length) {
                taken = Arrays.copyOf(taken, 2 * count);
            }
            taken[count++] = new long[] {from, to};
        }

        void addAll(Ranges ranges) {
            for (int index = 0; index < ranges.count(); index++) {
                add(ranges.from(index), ranges.to(index));
            }
        }

        Ranges ranges() {
            Arrays.sort(taken, 0, count, (one, other) -> Long.compare(one[0], other[0]));
            long[] bounds = new long[2 * count];
            int used = 0;
            for (int index = 0; index < count; index++) {
                if (used > 0 && bounds[used - 1] >= taken[index][0]) {
                    bounds[used - 1] = Math.max(bounds[used - 1], taken[index][1]);
                } else {
                    bounds[used++] = taken[index][0];
                    bounds[used++] = taken[index][1];
                }
            }
            return new Ranges(Arrays.copyOf(bounds, used));
        }
    }
}
