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
 */
final class Lanes {

    /** What becomes of a publish that arrives. */
    enum Entry {
        /** It goes on at once. */
        FREE,
        /** It waits behind an earlier one. */
        QUEUED,
        /** Too many wait. */
        FULL,
        /** An earlier one was refused and may come again. */
        HELD
    }

    private static final class Lane {
        private final ArrayDeque<ClientMessage.Publish> waiting = new ArrayDeque<>(2);
        private boolean occupied;
        /** The key of the refused publish that all later ones wait for; null without. */
        private @Nullable String heldFor;

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

    Entry enter(Publisher publisher, ClientMessage.Publish publish) {
        Lane lane = lanes.get(publisher);
        if (lane == null) {
            return Entry.FREE;
        }
        if (lane.occupied) {
            if (lane.waiting.size() >= waitingMax) {
                return Entry.FULL;
            }
            lane.waiting.add(publish);
            waiting.increment();
            return Entry.QUEUED;
        }
        if (lane.heldFor != null) {
            if (!lane.heldFor.equals(publish.idempotencyKey())) {
                return Entry.HELD;
            }
            lane.heldFor = null;
            drop(publisher, lane);
        }
        return Entry.FREE;
    }

    /** From here on, later publishes wait until {@link #leave}. */
    void occupy(Publisher publisher) {
        lanes.computeIfAbsent(publisher, _ -> new Lane()).occupied = true;
    }

    /** The publish that occupied the lane has gone on; gives the next that waits. */
    ClientMessage.@Nullable Publish leave(Publisher publisher) {
        Lane lane = lanes.get(publisher);
        if (lane == null) {
            return null;
        }
        lane.occupied = false;
        ClientMessage.Publish next = lane.waiting.poll();
        if (next != null) {
            waiting.decrement();
        }
        drop(publisher, lane);
        return next;
    }

    /** A publish was refused; tells whether the later ones are held back for it from now on. */
    boolean refused(Publisher publisher, ClientMessage.Publish publish, Code code) {
        String key = publish.idempotencyKey();
        if (key == null || code.action() != Action.RETRY || code == Code.EARLIER_PUBLISH_REFUSED) {
            return false;
        }
        Lane lane = lanes.computeIfAbsent(publisher, _ -> new Lane());
        if (lane.heldFor == null) {
            lane.heldFor = key;
        }
        return true;
    }

    /** The publisher gives the publish with this key up. */
    void release(Publisher publisher, String key) {
        Lane lane = lanes.get(publisher);
        if (lane != null && key.equals(lane.heldFor)) {
            lane.heldFor = null;
            drop(publisher, lane);
        }
    }

    /** The publisher is gone: nothing of it will come again. */
    void forget(Publisher publisher) {
        Lane lane = lanes.get(publisher);
        if (lane != null) {
            lane.heldFor = null;
            drop(publisher, lane);
        }
    }

    private void drop(Publisher publisher, Lane lane) {
        if (lane.isEmpty()) {
            lanes.remove(publisher, lane);
        }
    }
}
