package dev.carillon.apps.tracking;

/**
 * A circle that somebody enters. Fixes waver, so one of them decides nothing: it takes {@link #FIXES} in a row within the inner
 * radius, the first of them at least as long ago as asked for; and it is left only beyond the outer one. Not thread-safe.
 */
final class Fence {

    /** So many fixes in a row. */
    static final int FIXES = 2;

    private final Place middle;
    private final double inner;
    private final double outer;
    private final long dwellMillis;

    private int within;
    private long since;
    private boolean isInside;

    /**
     * @param inner in metres
     * @param outer in metres, at least as far
     * @param dwellMillis how long somebody must be within the inner circle, by the fixes' own times
     */
    Fence(Place middle, double inner, double outer, long dwellMillis) {
        this.middle = middle;
        this.inner = inner;
        this.outer = outer;
        this.dwellMillis = dwellMillis;
    }

    /** Whether somebody is inside as of this fix. Fixes come in the order of their times. */
    boolean isInside(Fix fix) {
        double distance = middle.metresTo(fix.place());
        // A fix that may be wrong by more than the circle is wide says nothing.
        if (fix.accuracy() > inner) {
            return isInside;
        }
        if (distance <= inner) {
            since = within == 0 ? fix.t() : since;
            within++;
            isInside |= within >= FIXES && fix.t() - since >= dwellMillis;
        } else {
            within = 0;
            isInside &= distance <= outer;
        }
        return isInside;
    }
}
