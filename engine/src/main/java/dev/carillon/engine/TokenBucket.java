package dev.carillon.engine;

/**
 * Counts how often something may still happen at a {@link Rate}: a bucket of {@code burst} tokens that fills up again with
 * {@code perSecond} tokens a second, from which each time takes one.
 *
 * <p>It is kept as one moment, that of the bucket being full again (the generic cell rate algorithm of ITU-T I.371): nothing
 * has to run while time passes, and nothing is lost by rounding. Owned by one thread, which brings the time.
 */
public final class TokenBucket {

    /** When the bucket is full again if nothing is taken; full is what it is from then on. */
    private long fullAtNanos;

    /** A full bucket; all moments are of one {@link Clock#nanos}. */
    public TokenBucket(long nowNanos) {
        fullAtNanos = nowNanos;
    }

    /**
     * Takes a token.
     *
     * @return 0 if there was one; else how many nanoseconds until there is one, and nothing was taken
     */
    public long take(Rate rate, long nowNanos) {
        long interval = rate.intervalNanos();
        long untilFull = Math.max(0, fullAtNanos - nowNanos);
        long wait = untilFull - (rate.burst() - 1) * interval;
        if (wait > 0) {
            return wait;
        }
        fullAtNanos = nowNanos + untilFull + interval;
        return 0;
    }

    /** Whether the bucket is full: one that is made anew would answer alike. */
    public boolean isFull(long nowNanos) {
        return fullAtNanos - nowNanos <= 0;
    }
}
