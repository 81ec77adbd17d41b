package dev.carillon.engine;

import dev.carillon.protocol.Position;
import org.jspecify.annotations.Nullable;

/**
 * How far one subscription to a map is with what it is owed, on its event loop.
 *
 * <p>One that tracks, or is paced, isn't given the live flow: when something has changed it asks for its part
 * ({@link Subscription.Stage#FOLLOWING}), at most once in an interval. So changes are conflated, and what it does not track
 * costs it nothing.
 */
final class MapReader {

    private @Nullable Tracking tracking;
    /** As in {@link Ask}. */
    private @Nullable Position since;
    /** True exactly from a reset until its snapshot is complete. */
    private boolean isInSnapshot;

    private final MapSettings settings;
    private long toldAtNanos;
    /** True exactly while a timer is set that asks for what has changed. */
    boolean isWaiting;

    MapReader(CatchUp.Changes first, long nowNanos) {
        this.tracking = first.tracking();
        this.settings = first.settings();
        this.toldAtNanos = nowNanos - settings.interval().toNanos();
    }

    MapSettings settings() {
        return settings;
    }

    /** It is to begin anew, and track this from now on. */
    void track(@Nullable Tracking anew) {
        tracking = anew;
        since = null;
    }

    /** It is to begin anew. */
    void restart() {
        since = null;
    }

    Ask ask(Position after) {
        return new Ask(after, since, tracking);
    }

    /** Whether an answer is one to what it asks by now: it may have been told to begin anew meanwhile. */
    @SuppressWarnings("ReferenceEquality") // what is tracked is known by identity
    boolean isAnsweredBy(CatchUp.Changes answer) {
        return answer.tracking() == tracking && (since != null || answer.resets());
    }

    /** Takes an answer to what it asked. */
    void onPart(CatchUp.Changes part) {
        since = part.since();
        isInSnapshot |= part.resets();
    }

    /** It has come to the head; true if that completes a snapshot. */
    boolean onHead(long nowNanos, boolean wasTold) {
        if (wasTold) {
            toldAtNanos = nowNanos;
        }
        boolean completes = isInSnapshot;
        isInSnapshot = false;
        return completes;
    }

    /** Whether the live flow is what it wants. */
    boolean wantsLiveFlow() {
        return tracking == null && settings.interval().isZero();
    }

    /** For how long it is not to be told more; not positive if it may be told at once. */
    long restNanos(long nowNanos) {
        return toldAtNanos + settings.interval().toNanos() - nowNanos;
    }
}
