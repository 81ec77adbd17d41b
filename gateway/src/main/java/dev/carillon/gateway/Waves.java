package dev.carillon.gateway;

import java.time.Duration;

/**
 * When which share of a node's clients is moved, and when each of them comes back: evenly over a window, and later by a time
 * that is the same for all, in which nobody would serve them. A wave that goes out late changes nothing about the way back.
 * Immutable; all moments are of one {@link System#nanoTime}.
 *
 * @param count how many waves there are, at least one
 * @param beganNanos when the first one is due
 * @param awayNanos how much later than it is moved a client comes back
 */
record Waves(int count, long beganNanos, long awayNanos) {

    /** From one wave to the next. */
    static final Duration EVERY = Duration.ofMillis(100);

    /** A wave moves so many, where there are as many: a few clients don't take the whole window. */
    static final int TOGETHER_MIN = 10;

    /** The waves for so many clients, beginning now. */
    static Waves of(int clients, Drain drain, long nowNanos) {
        int most = (int) Math.max(1, drain.window().dividedBy(EVERY));
        int count = Math.clamp(Math.ceilDiv(clients, TOGETHER_MIN), 1, most);
        long away = drain.away().isZero()
                ? 0
                : count * EVERY.toNanos() + drain.away().toNanos();
        return new Waves(count, nowNanos, away);
    }

    long windowNanos() {
        return count * EVERY.toNanos();
    }

    /** When a wave, counted from 0, is due. */
    long dueNanos(int wave) {
        return beganNanos + wave * EVERY.toNanos();
    }

    /** How many of those who stay are moved in a wave; in the last one, and later, all. */
    int share(int staying, int wave) {
        return Math.ceilDiv(staying, Math.max(1, count - wave));
    }

    /**
     * How long one that is moved in a wave is to wait before it comes back.
     *
     * @param part which part of the wave's time is before it, from 0 to below 1
     * @return milliseconds, at least 0
     */
    long waitMillis(int wave, double part, long nowNanos) {
        long back = dueNanos(wave) + (long) (part * EVERY.toNanos()) + awayNanos;
        return Math.max(0, Duration.ofNanos(back - nowNanos).toMillis());
    }

    /**
     * The same for one that was not here when the waves began.
     *
     * @param part its place among all such, from 0 to below 1
     */
    long waitMillis(double part, long nowNanos) {
        long back = beganNanos + (long) (part * windowNanos()) + awayNanos;
        return Math.max(0, Duration.ofNanos(back - nowNanos).toMillis());
    }
}
