package dev.carillon.engine;

/**
 * How often something may happen. A {@link TokenBucket} counts it.
 *
 * @param perSecond so often in the long run, 1 to {@value #MAX}
 * @param burst so often at once after a pause, 1 to {@value #MAX}
 */
public record Rate(int perSecond, int burst) {

    /** The most of either. */
    public static final int MAX = 1_000_000;

    private static final long SECOND_NANOS = 1_000_000_000;

    public Rate {
        if (perSecond < 1 || perSecond > MAX || burst < 1 || burst > MAX) {
            throw new IllegalArgumentException(
                    perSecond + " a second and " + burst + " at once are not both from 1 to " + MAX);
        }
    }

    /** The time in which one more becomes possible; at least 1 µs, so that the rounding is below a thousandth. */
    long intervalNanos() {
        return SECOND_NANOS / perSecond;
    }
}
