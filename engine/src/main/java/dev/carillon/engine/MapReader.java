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

    /** One that tracks is told its position after at most so many changes that it was not given. */
    private static final int UNTOLD_MAX = 100;

    private @Nullable Tracking tracking;
    /** As in {@link Ask}. */
    private @Nullable Position since;
    /** As in {@link Ask}; of the position that it came with nobody knows whether it knew all up to there. */
    private long known;

    /** True exactly from its beginning, or a reset, until it has come to the head: then it is told so. */
    private boolean isCatchingUp = true;

    /** The offset up to which it was told that it holds all it wants. */
    private long toldOffset;

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
        return new Ask(after, since, known, tracking);
    }

    /** Whether an answer is one to what it asks by now: it may have been told to begin anew meanwhile. */
    @SuppressWarnings("ReferenceEquality") // what is tracked is known by identity
    boolean isAnsweredBy(CatchUp.Changes answer) {
        return answer.tracking() == tracking && (since != null || answer.resets());
    }

    /** Takes an answer to what it asked. */
    void onPart(CatchUp.Changes part) {
        since = part.since();
        known = part.resets() ? part.since().offset() : known;
        isCatchingUp |= part.resets();
    }

    /**
     * It has come to the head; true if it is to be told: it has caught up, or would go too long without a position because
     * nothing of what changes is what it wants.
     *
     * @param wasTold whether it was given changes with that
     */
    boolean onHead(Position head, long nowNanos, boolean wasTold) {
        if (wasTold) {
            toldAtNanos = nowNanos;
            toldOffset = head.offset();
        }
        known = head.offset();
        boolean isToBeTold = isCatchingUp || head.offset() - toldOffset >= UNTOLD_MAX;
        if (isToBeTold) {
            isCatchingUp = false;
            toldOffset = head.offset();
        }
        return isToBeTold;
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
