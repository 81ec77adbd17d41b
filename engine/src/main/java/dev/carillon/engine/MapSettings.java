package dev.carillon.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is set for a channel of kind {@link ChannelKind#MAP} beside what is set for every channel. How far back a returning
 * reader is brought up by what has changed, and how long removals are kept for that, is what its history keeps.
 *
 * @param keysMax the most keys that have a value
 * @param bytesMax the most bytes of all values together, by {@link LogRecord#bytes}
 * @param timeToLive after how long a value is taken away; zero for never
 * @param trackedMax the most keys, or tags, that one reader may track
 * @param interval how long a reader is not given changes after it was given some; zero for no time
 */
public record MapSettings(int keysMax, int bytesMax, int trackedMax, Duration timeToLive, Duration interval) {

    /** The most keys that a map can be set to hold. */
    public static final int KEYS_LIMIT = 100_000;

    /** The most bytes that a map can be set to hold: a snapshot of it is one page of history. */
    public static final int BYTES_LIMIT = 16 << 20;

    /** What a map has when nothing else is set. */
    public static final MapSettings DEFAULT = new MapSettings(10_000, 4 << 20, 1000, Duration.ZERO, Duration.ZERO);

    /** @throws IllegalArgumentException if a bound is out of range; the message names it */
    public MapSettings {
        requireRange("map keys", keysMax, 1, KEYS_LIMIT);
        requireRange("map bytes", bytesMax, 1, BYTES_LIMIT);
        requireRange("map tracked", trackedMax, 1, KEYS_LIMIT);
        requireRange("map time to live", timeToLive.toMillis(), 0, Long.MAX_VALUE);
        requireRange("map interval", interval.toMillis(), 0, Duration.ofHours(1).toMillis());
    }

    static void requireRange(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not from " + min + " to " + max);
        }
    }

    /** Why a reader may not track so much; null where it may. */
    @Nullable
    String refusalOf(@Nullable Tracking tracking) {
        int asked = tracking == null ? 0 : tracking.names().size();
        return asked <= trackedMax
                ? null
                : "a reader of this channel may track " + trackedMax + " keys or tags, not " + asked;
    }

    /** Whether a value that was accepted then has outlived its time. */
    boolean isOver(long at, long nowMillis) {
        return !timeToLive.isZero() && nowMillis - at >= timeToLive.toMillis();
    }
}
