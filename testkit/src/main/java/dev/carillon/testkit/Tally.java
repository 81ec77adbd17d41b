package dev.carillon.testkit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What went through a lane, or through all of them. Written and read from any thread. */
final class Tally {

    private final @Nullable Tally all;
    private final Way up = new Way();
    private final Way down = new Way();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong tooMany = new AtomicLong();
    private volatile long heardNanos = System.nanoTime();

    private static final class Way {
        final LongAdder taken = new LongAdder();
        final LongAdder passed = new LongAdder();
        final LongAdder writes = new LongAdder();

        Counts.Bytes counts() {
            return new Counts.Bytes(taken.sum(), passed.sum(), writes.sum());
        }
    }

    /**
     * A tally of its own.
     *
     * @param all counts the same once more; null for none
     */
    Tally(@Nullable Tally all) {
        this.all = all;
    }

    void taken(Direction way, int bytes) {
        if (way == Direction.UP) {
            heardNanos = System.nanoTime();
        }
        of(way).taken.add(bytes);
        if (all != null) {
            all.taken(way, bytes);
        }
    }

    /** So many bytes were given on in one write. */
    void passed(Direction way, int bytes) {
        of(way).passed.add(bytes);
        of(way).writes.increment();
        if (all != null) {
            all.passed(way, bytes);
        }
    }

    private Way of(Direction way) {
        return way == Direction.UP ? up : down;
    }

    void opened() {
        open.incrementAndGet();
        opened.incrementAndGet();
        if (all != null) {
            all.opened();
        }
    }

    void over() {
        open.decrementAndGet();
        if (all != null) {
            all.over();
        }
    }

    /** A connection was refused by the limit. */
    void tooMany() {
        tooMany.incrementAndGet();
        if (all != null) {
            all.tooMany();
        }
    }

    /** When a client last sent something, by {@link System#nanoTime}; at first, when this was made. */
    long heardNanos() {
        return heardNanos;
    }

    Counts counts() {
        return new Counts(up.counts(), down.counts(), open.get(), opened.get(), tooMany.get());
    }
}
