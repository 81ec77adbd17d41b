package dev.carillon.bench;

/**
 * Counts of times, each kept to within 1/64 of its size: below 128 ns exactly, and from there 64 buckets to each doubling.
 * Recording is an increment, so every delivery is recorded and none is sampled. For one thread.
 */
final class Histogram {

    private static final int EXACT_BITS = 7;
    private static final int HALF = 1 << (EXACT_BITS - 1);
    private static final int BUCKETS = (Long.SIZE - EXACT_BITS + 1) * HALF + HALF;

    private final long[] counts = new long[BUCKETS];
    private long total;
    private long largest;

    /** @param nanos a negative time, of a clock that stepped, counts as none */
    void record(long nanos) {
        long time = Math.max(0, nanos);
        counts[bucket(time)]++;
        total++;
        largest = Math.max(largest, time);
    }

    private static int bucket(long time) {
        int shift = Math.max(0, Long.SIZE - EXACT_BITS - Long.numberOfLeadingZeros(time));
        return shift * HALF + (int) (time >>> shift);
    }

    /** The largest time that falls into a bucket. */
    private static long most(int bucket) {
        int shift = Math.max(0, bucket / HALF - 1);
        long within = bucket - (long) shift * HALF;
        return ((within + 1) << shift) - 1;
    }

    long count() {
        return total;
    }

    /**
     * The time that so great a part of all stayed within: never less than it was, and at most 1/64 more.
     *
     * @param part above 0, up to 1
     * @return nanoseconds; NaN if nothing was recorded
     */
    double quantile(double part) {
        if (total == 0) {
            return Double.NaN;
        }
        long wanted = Math.max(1, (long) Math.ceil(part * total));
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return Math.min(most(i), largest);
            }
        }
        throw new AssertionError("more was recorded than is in the buckets");
    }
}
