package dev.carillon.apps.tracking;

import org.jspecify.annotations.Nullable;

/**
 * When somebody comes, as a range: what is left of the way by the speed that the courier has shown, and more room towards late
 * than towards early. A range that was told stays until it is clearly wrong, so that it does not flicker. Not thread-safe.
 */
final class Arrival {

    /** A range, in seconds from now. */
    record Range(long low, long high) {}

    private static final double SPEED_FIRST = 6;
    private static final double SPEED_MIN = 2;
    private static final double SPEED_MAX = 15;
    /** How much of each new measurement is believed. */
    private static final double WEIGHT = 0.1;

    private static final double WRONG_SECONDS = 20;
    private static final double WRONG_SHARE = 0.2;

    private double speed = SPEED_FIRST;
    private @Nullable Fix last;
    private @Nullable Range told;
    private double toldMiddle;
    private long toldAt;

    /** Learns how fast the courier is. */
    void learn(Fix fix) {
        Fix before = last;
        last = fix;
        if (before == null || fix.t() - before.t() < 200) {
            return;
        }
        double metres = before.place().metresTo(fix.place());
        double measured = metres / (fix.t() - before.t()) * 1000;
        // Who waits at a light or at a door is not slow.
        if (measured > 0.5) {
            speed = Math.clamp(speed + WEIGHT * (measured - speed), SPEED_MIN, SPEED_MAX);
        }
    }

    /**
     * The range to tell.
     *
     * @param metres what is left of the way
     * @param waitSeconds how long it takes beside riding
     */
    Range range(double metres, double waitSeconds, long nowMillis) {
        double middle = metres / speed + waitSeconds;
        double expected = toldMiddle - (nowMillis - toldAt) / 1000.0;
        Range before = told;
        double wrong = Math.max(WRONG_SECONDS, WRONG_SHARE * middle);
        if (before != null && Math.abs(middle - expected) <= wrong) {
            middle = Math.max(0, expected);
        } else {
            toldMiddle = middle;
            toldAt = nowMillis;
        }
        Range range = new Range(Math.round(middle * 0.85), Math.round(middle * 1.25 + 30));
        told = range;
        return range;
    }
}
