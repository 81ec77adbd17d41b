package dev.carillon.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What happens next: the events of virtual time, and the owners that have something to do. An owner's task takes a few
 * microseconds of that time, so that what comes from the network or the disk falls between any two of them.
 */
final class Agenda {

    static final long MICRO = 1_000;
    static final long MILLI = 1_000_000;
    static final long SECOND = 1_000_000_000;

    private static final int TASK_NANOS_MAX = 8_000;

    /** Something that is to happen at its time. */
    static final class Event {
        private final long due;
        private final long order;
        private final boolean counts;
        private @Nullable Runnable task;

        private Event(long due, long order, boolean counts, Runnable task) {
            this.due = due;
            this.order = order;
            this.counts = counts;
            this.task = task;
        }

        /** It won't happen. Without effect once it has. */
        void cancel() {
            task = null;
        }
    }

    private final Dice dice;
    private final PriorityQueue<Event> events = new PriorityQueue<>(
            256, Comparator.comparingLong((Event e) -> e.due).thenComparingLong(e -> e.order));
    private final List<Owner> busy = new ArrayList<>();
    private @Nullable Owner running;
    private long now;
    private long order;
    private long steps;

    Agenda(Dice dice) {
        this.dice = dice;
    }

    /** Nanoseconds since the beginning. */
    long now() {
        return now;
    }

    /** How many events were processed. */
    long steps() {
        return steps;
    }

    /** At a time, or now where that has passed. */
    Event at(long nanos, Runnable task) {
        return add(nanos, true, task);
    }

    Event after(long delayNanos, Runnable task) {
        return add(now + delayNanos, true, task);
    }

    /** For what only hands over to an event that counts itself. */
    Event afterUncounted(long delayNanos, Runnable task) {
        return add(now + delayNanos, false, task);
    }

    private Event add(long due, boolean counts, Runnable task) {
        Event event = new Event(due, order++, counts, task);
        events.add(event);
        return event;
    }

    void onBusy(Owner owner) {
        owner.place = busy.size();
        busy.add(owner);
    }

    void onIdle(Owner owner) {
        Owner last = busy.removeLast();
        if (last != owner) {
            busy.set(owner.place, last);
            last.place = owner.place;
        }
        owner.place = Owner.IDLE;
    }

    boolean isRunning(Owner owner) {
        return running == owner;
    }

    /** Processes one event; false where there is none. */
    boolean step() {
        Event next = next();
        boolean isDue = next != null && next.due <= now;
        if (!busy.isEmpty() && (!isDue || dice.oneIn(2))) {
            Owner owner = busy.get(dice.below(busy.size()));
            now += dice.below(TASK_NANOS_MAX);
            steps++;
            running = owner;
            try {
                owner.runOne();
            } finally {
                running = null;
            }
            return true;
        }
        if (next == null) {
            return false;
        }
        events.remove();
        now = Math.max(now, next.due);
        steps += next.counts ? 1 : 0;
        Runnable task = next.task;
        next.task = null;
        if (task != null) {
            task.run();
        }
        return true;
    }

    private @Nullable Event next() {
        Event next = events.peek();
        while (next != null && next.task == null) {
            events.remove();
            next = events.peek();
        }
        return next;
    }
}
