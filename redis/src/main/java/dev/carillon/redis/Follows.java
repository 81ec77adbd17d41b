package dev.carillon.redis;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a link was asked to follow and not to follow any more, in that order, as far as Redis hasn't confirmed it. Owned by
 * the link. Bounded by the channels that there are: so many are on their way at once, and the others wait.
 */
final class Follows {

    /** What is pushed of a channel. */
    enum Feed {
        RECORDS,
        PRESENCE
    }

    /**
     * One wish.
     *
     * @param isOn whether pushes are wanted
     */
    record Follow(ChannelName channel, Feed feed, boolean isOn) {}

    private final int windowMax;
    private final ArrayDeque<Follow> waiting = new ArrayDeque<>();
    private int sent;
    private long made;
    private long done;

    Follows(int windowMax) {
        this.windowMax = windowMax;
    }

    void add(Follow follow) {
        if (follow.isOn()) {
            made++;
        }
        waiting.add(follow);
    }

    /** The next that may be sent, which counts as sent; null where none may. */
    @Nullable
    Follow next() {
        if (sent >= windowMax || waiting.isEmpty()) {
            return null;
        }
        sent++;
        return waiting.removeFirst();
    }

    void onConfirmed(Follow follow) {
        sent--;
        if (follow.isOn()) {
            done++;
        }
    }

    /** All are over. */
    void clear() {
        waiting.clear();
        sent = 0;
        done = made;
    }

    /** How many were asked for, ever. */
    long made() {
        return made;
    }

    /** How many of these have taken effect, or are over: the first ones. */
    long done() {
        return done;
    }
}
