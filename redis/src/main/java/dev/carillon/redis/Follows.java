package dev.carillon.redis;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a link was asked to follow and not to follow any more, in that order, as far as Redis hasn't confirmed it; and what it
 * follows, by slot, for whoever must be asked anew when a slot has moved. Owned by the link. Bounded by the channels that
 * there are: so many are on their way at once, and the others wait.
 */
final class Follows {

    /** What is pushed of a channel. */
    enum Feed {
        RECORDS,
        PRESENCE
    }

    /** One wish. */
    static final class Follow {
        private final ChannelName channel;
        private final Feed feed;
        private final boolean isOn;
        private boolean isConfirmed;

        /** @param isOn whether pushes are wanted */
        Follow(ChannelName channel, Feed feed, boolean isOn) {
            this.channel = channel;
            this.feed = feed;
            this.isOn = isOn;
        }

        ChannelName channel() {
            return channel;
        }

        Feed feed() {
            return feed;
        }

        boolean isOn() {
            return isOn;
        }

        private Wanted wanted() {
            return new Wanted(channel, feed);
        }
    }

    private record Wanted(ChannelName channel, Feed feed) {}

    private final int windowMax;
    /** In the order in which they were asked for. */
    private final ArrayDeque<Follow> waiting = new ArrayDeque<>();
    /** Of these, those that were sent, up to the newest; confirmations of several masters come in any order. */
    private final ArrayDeque<Follow> sent = new ArrayDeque<>();
    /** Those to be sent again, or once more, before all that wait. */
    private final ArrayDeque<Follow> again = new ArrayDeque<>();

    private final Map<Integer, Set<Wanted>> wanted = new HashMap<>();
    private int onWire;
    private long made;
    private long done;

    Follows(int windowMax) {
        this.windowMax = windowMax;
    }

    void add(Follow follow) {
        if (follow.isOn()) {
            made++;
            wanted.computeIfAbsent(Keys.slot(follow.channel()), _ -> new LinkedHashSet<>(2))
                    .add(follow.wanted());
        } else {
            wanted.computeIfPresent(Keys.slot(follow.channel()), (_, those) -> {
                those.remove(follow.wanted());
                return those.isEmpty() ? null : those;
            });
        }
        waiting.add(follow);
    }

    private boolean isWanted(Follow follow) {
        Set<Wanted> those = wanted.get(Keys.slot(follow.channel()));
        return those != null && those.contains(follow.wanted());
    }

    /** The next that may be sent, which counts as sent; null where none may. */
    @Nullable
    Follow next() {
        while (onWire < windowMax && !again.isEmpty()) {
            Follow follow = again.removeFirst();
            if (isWanted(follow) == follow.isOn()) {
                onWire++;
                return follow;
            }
            confirm(follow); // it is over before it was done
        }
        if (onWire >= windowMax || waiting.isEmpty()) {
            return null;
        }
        onWire++;
        Follow follow = waiting.removeFirst();
        sent.add(follow);
        return follow;
    }

    void onConfirmed(Follow follow) {
        onWire--;
        confirm(follow);
    }

    private void confirm(Follow follow) {
        follow.isConfirmed = true;
        for (Follow first = sent.peekFirst(); first != null && first.isConfirmed; first = sent.peekFirst()) {
            sent.removeFirst();
            if (first.isOn()) {
                done++;
            }
        }
    }

    /** It was turned away, and is to be sent again. */
    void onReturned(Follow follow) {
        onWire--;
        again.add(follow);
    }

    /** What is followed in this slot must be asked for once more: it has moved. */
    void repeat(int slot) {
        for (Wanted one : wanted.getOrDefault(slot, Set.of())) {
            again.add(new Follow(one.channel(), one.feed(), true));
        }
    }

    /** The same for one of them, which has fallen silent; without effect where it isn't followed. */
    void repeat(ChannelName channel, Feed feed) {
        Follow follow = new Follow(channel, feed, true);
        if (isWanted(follow)) {
            again.add(follow);
        }
    }

    /** All are over. */
    void clear() {
        waiting.clear();
        sent.clear();
        again.clear();
        wanted.clear();
        onWire = 0;
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
