package dev.carillon.testkit;

/** Gives out the bytes of a rate: each slice begins when those before it are through. Its caller holds the lock. */
final class Pace {

    private static final int SLICES_A_SECOND = 50;
    private static final double NANOS_A_SECOND = 1e9;

    private final long bytesPerSecond;
    /** When what was given out so far is through. */
    private long freeNanos;

    Pace(long bytesPerSecond, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.freeNanos = nowNanos;
    }

    /** How many of so many bytes go in one slice; small, so that the bytes come evenly and others get their turn. */
    int slice(int length) {
        return (int) Math.min(length, Math.max(1, bytesPerSecond / SLICES_A_SECOND));
    }

    /** When a slice of so many bytes may go; it is given out by this. */
    long reserve(int slice, long nowNanos) {
        long start = Math.max(nowNanos, freeNanos);
        freeNanos = start + (long) (slice * NANOS_A_SECOND / bytesPerSecond);
        return start;
    }
}
