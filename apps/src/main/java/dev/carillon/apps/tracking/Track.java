package dev.carillon.apps.tracking;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges one courier's fixes, and holds the newest. Not thread-safe.
 *
 * <p>Fixes are ordered by the phone's clock, never by when they arrive. One that is older than the newest is a part of the
 * trail all the same, once. A fix is believed to be elsewhere only if nobody would have had to fly there; where the phone
 * insists, with {@link #INSISTED} fixes that agree among each other, the fix before was the wrong one.
 */
final class Track {

    /** A fix may be dated so far ahead of the server's clock: beyond, it would keep all later ones from being the newest. */
    static final long AHEAD_MILLIS_MAX = 5_000;

    /** And so far behind: longer than that no phone keeps fixes. */
    static final long BEHIND_MILLIS_MAX = 600_000;

    /** A worse fix, in metres, says nothing about a street. */
    static final double ACCURACY_MAX = 200;

    /** The fastest that anybody rides, in metres a second. */
    static final double SPEED_MAX = 60;

    /** So far from the town's middle, in metres, nobody delivers; it keeps out (0, 0), too. */
    static final double AREA_MAX = 20_000;

    /** So many fixes a second of one courier, over time, and so many at once: what was held back without a network. */
    static final double RATE = 10;

    static final int BURST = 600;

    /** So many fixes that agree with each other are believed against one that they do not agree with. */
    static final int INSISTED = 3;

    /** So many fixes are remembered, to know those that come again. */
    static final int REMEMBERED = 600;

    /** Two fixes are never further apart than this because of their errors, in metres. */
    private static final double ERROR = 50;

    /** Why a fix was not believed. */
    enum Doubt {
        OUTSIDE("it is too far away from the town"),
        INACCURATE("its accuracy is worse than " + (int) ACCURACY_MAX + " m"),
        TOO_FAST("its speed is more than " + (int) SPEED_MAX + " m/s"),
        AHEAD("it is dated more than " + AHEAD_MILLIS_MAX / 1000 + " s ahead of the server's clock"),
        TOO_OLD("it is older than what is still taken"),
        JUMP("nobody gets there in that time"),
        TOO_OFTEN("there are more than " + (int) RATE + " a second");

        private final String sentence;

        Doubt(String sentence) {
            this.sentence = sentence;
        }

        String sentence() {
            return sentence;
        }
    }

    /** What became of a fix. */
    sealed interface Verdict {
        /** It is a part of the trail; {@code isNewest}: and where the courier is. */
        record Taken(boolean isNewest) implements Verdict {}

        /** It was taken before. */
        record Repeated() implements Verdict {}

        /** It is not believed. */
        record Doubted(Doubt why) implements Verdict {}
    }

    private record Id(long t, long n) {}

    private final Deque<Id> order = new ArrayDeque<>();
    private final Set<Id> taken = new HashSet<>();
    private @Nullable Fix newest;
    private @Nullable Fix suspect;
    private int insisted;
    /** Fixes up to here may have been taken and forgotten. */
    private long forgottenUpTo = Long.MIN_VALUE;

    private double tokens = BURST;
    private long refilledAt;

    /** Where the courier is, as far as known; null before the first fix. */
    @Nullable
    Fix newest() {
        return newest;
    }

    Verdict take(Fix fix, long nowMillis) {
        Id id = new Id(fix.t(), fix.n());
        if (taken.contains(id)) {
            return new Verdict.Repeated();
        }
        Doubt doubt = doubtAbout(fix, nowMillis);
        if (doubt != null) {
            return new Verdict.Doubted(doubt);
        }
        remember(id);
        boolean isNewest = newest == null || fix.compareTo(newest) > 0;
        if (isNewest) {
            newest = fix;
        }
        return new Verdict.Taken(isNewest);
    }

    private @Nullable Doubt doubtAbout(Fix fix, long nowMillis) {
        if (fix.place().metresTo(Town.MIDDLE) > AREA_MAX) {
            return Doubt.OUTSIDE;
        }
        if (fix.accuracy() > ACCURACY_MAX) {
            return Doubt.INACCURATE;
        }
        if (fix.speed() > SPEED_MAX) {
            return Doubt.TOO_FAST;
        }
        if (fix.t() > nowMillis + AHEAD_MILLIS_MAX) {
            return Doubt.AHEAD;
        }
        if (fix.t() < nowMillis - BEHIND_MILLIS_MAX || fix.t() <= forgottenUpTo) {
            return Doubt.TOO_OLD;
        }
        if (!mayPass(nowMillis)) {
            return Doubt.TOO_OFTEN;
        }
        return isJump(fix) ? Doubt.JUMP : null;
    }

    private boolean mayPass(long nowMillis) {
        if (nowMillis > refilledAt) {
            tokens = Math.min(BURST, tokens + (nowMillis - refilledAt) * RATE / 1000);
            refilledAt = nowMillis;
        }
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }

    private boolean isJump(Fix fix) {
        if (newest == null || isNear(newest, fix)) {
            suspect = null;
            return false;
        }
        insisted = suspect != null && isNear(suspect, fix) ? insisted + 1 : 1;
        suspect = fix;
        if (insisted < INSISTED) {
            return true;
        }
        suspect = null;
        return false;
    }

    private static boolean isNear(Fix one, Fix other) {
        double seconds = Math.abs(one.t() - other.t()) / 1000.0;
        return one.place().metresTo(other.place()) <= ERROR + SPEED_MAX * seconds;
    }

    private void remember(Id id) {
        taken.add(id);
        order.add(id);
        if (order.size() > REMEMBERED) {
            Id oldest = order.removeFirst();
            taken.remove(oldest);
            // Whatever arrives later and is as old may be that one again.
            forgottenUpTo = Math.max(forgottenUpTo, oldest.t());
        }
    }
}
