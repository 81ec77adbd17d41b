package dev.carillon.engine;

import dev.carillon.protocol.Action;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order of each publisher's publishes to one channel (PROTOCOL.md §6), and remembers a publisher only as long as
 * there is something to keep in order:
 *
 * <ul>
 *   <li>while one publish waits for an answer before it can be appended, the later ones queue behind it;
 *   <li>after one with an idempotency key was refused with <em>retry</em>, the later ones are refused too, until that one
 *       comes again or is abandoned.
 * </ul>
 *
 * <p>One that is turned away at the entrance, because too many wait, holds back only what comes after it: those that wait
 * were sent before it.
 */
final class Lanes {

    /** What becomes of a publish that arrives. */
    enum Entry {
        /** It goes on at once. */
        FREE,
        /** It waits behind an earlier one. */
        QUEUED,
        /** Too many wait; {@link #turnedAway} is to be told. */
        FULL,
        /** An earlier one was refused and may come again. */
        HELD
    }

    private static final class Lane {
        private final ArrayDeque<Attempt> waiting = new ArrayDeque<>(2);
        private boolean occupied;
        /** The key of the refused publish that all later ones wait for; null without. */
        private @Nullable String heldFor;
        /** True only while {@link #heldFor} was turned away at the entrance, so that whatever is inside was sent before it. */
        private boolean sparesInside;
        /** Whether its publisher is gone: what it holds back ends with what waits. */
        private boolean isLast;

        void hold(String key, boolean sparing) {
            heldFor = key;
            sparesInside = sparing;
        }

        void letGo() {
            heldFor = null;
            sparesInside = false;
        }

        boolean isEmpty() {
            return !occupied && heldFor == null && waiting.isEmpty();
        }
    }

    private final int waitingMax;
    private final LongAdder waiting;
    private final Map<Publisher, Lane> lanes = new HashMap<>();

    Lanes(int waitingMax, LongAdder waiting) {
        this.waitingMax = waitingMax;
        this.waiting = waiting;
    }

    boolean isEmpty() {
        return lanes.isEmpty();
    }

    /** @param isEarlier whether it has waited for the channel until now: it was sent before all that was turned away */
    Entry enter(Publisher publisher, Attempt attempt, boolean isEarlier) {
        Lane lane = lanes.get(publisher);
        if (lane == null) {
            return Entry.FREE;
        }
        if (lane.occupied) {
            if (lane.waiting.size() >= waitingMax) {
                return Entry.FULL;
            }
            lane.waiting.add(attempt);
            waiting.increment();
            return Entry.QUEUED;
        }
        if (lane.heldFor != null && !(isEarlier && lane.sparesInside)) {
            if (!lane.heldFor.equals(attempt.publish().idempotencyKey())) {
                return Entry.HELD;
            }
            lane.letGo();
            drop(publisher, lane);
        }
        return Entry.FREE;
    }

    /** Whether the publisher has to send another one first: the publish went in before that one was refused. */
    boolean isHeldBack(Publisher publisher, ClientMessage.Publish publish) {
        Lane lane = lanes.get(publisher);
        return lane != null
                && lane.heldFor != null
                && !lane.sparesInside
                && !lane.heldFor.equals(publish.idempotencyKey());
    }

    /** From here on, later publishes wait until {@link #leave}. */
    void occupy(Publisher publisher) {
        lanes.computeIfAbsent(publisher, _ -> new Lane()).occupied = true;
    }

    /** The publish that occupied the lane has gone on; gives the next that waits, which occupies it from now on. */
    @Nullable
    Attempt leave(Publisher publisher) {
        Lane lane = lanes.get(publisher);
        if (lane == null) {
            return null;
        }
        Attempt next = lane.waiting.poll();
        if (next != null) {
            waiting.decrement();
        }
        lane.occupied = next != null;
        if (next == null && lane.isLast) {
            lane.letGo();
        }
        drop(publisher, lane);
        return next;
    }

    /** A publish was refused; tells whether the later ones are held back for it from now on. */
    boolean refused(Publisher publisher, ClientMessage.Publish publish, Code code) {
        String key = publish.idempotencyKey();
        if (key == null || code == Code.EARLIER_PUBLISH_REFUSED) {
            return false;
        }
        if (code.action() != Action.RETRY) {
            release(publisher, key);
            return false;
        }
        Lane lane = lanes.computeIfAbsent(publisher, _ -> new Lane());
        if (lane.heldFor == null || lane.sparesInside) {
            lane.hold(key, false);
        }
        return true;
    }

    /** A publish was refused with <em>retry</em> before it entered; tells whether later ones are held back for it. */
    boolean turnedAway(Publisher publisher, ClientMessage.Publish publish) {
        String key = publish.idempotencyKey();
        if (key == null) {
            return false;
        }
        Lane lane = lanes.computeIfAbsent(publisher, _ -> new Lane());
        if (lane.heldFor == null) {
            lane.hold(key, true);
        }
        return true;
    }

    /** The publish with this key holds nothing back any more: it was answered for good, or is given up. */
    void release(Publisher publisher, String key) {
        Lane lane = lanes.get(publisher);
        if (lane != null && key.equals(lane.heldFor)) {
            lane.letGo();
            drop(publisher, lane);
        }
    }

    /** The publisher is gone: nothing of it will come again. What waits behind a refused one is still refused. */
    void forget(Publisher publisher) {
        Lane lane = lanes.get(publisher);
        if (lane == null) {
            return;
        }
        lane.isLast = true;
        if (!lane.occupied) {
            lane.letGo();
            drop(publisher, lane);
        }
    }

    /** All that waited to enter was refused: whatever was turned away until now was sent before all that comes. */
    void spareNobody() {
        lanes.values().forEach(lane -> lane.sparesInside = false);
    }

    private void drop(Publisher publisher, Lane lane) {
        if (lane.isEmpty()) {
            lanes.remove(publisher, lane);
        }
    }
}
