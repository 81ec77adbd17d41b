package dev.carillon.testkit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What went through a lane, or through all of them. Written and read from any thread. */
final class Tally {

    private final @Nullable Tally all;
    private final LongAdder upTaken = new LongAdder();
    private final LongAdder upPassed = new LongAdder();
    private final LongAdder downTaken = new LongAdder();
    private final LongAdder downPassed = new LongAdder();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong tooMany = new AtomicLong();
    private volatile long heardNanos = System.nanoTime();

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
        (way == Direction.UP ? upTaken : downTaken).add(bytes);
        if (all != null) {
            all.taken(way, bytes);
        }
    }

    void passed(Direction way, int bytes) {
        (way == Direction.UP ? upPassed : downPassed).add(bytes);
        if (all != null) {
            all.passed(way, bytes);
        }
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
        return new Counts(
                new Counts.Bytes(upTaken.sum(), upPassed.sum()),
                new Counts.Bytes(downTaken.sum(), downPassed.sum()),
                open.get(),
                opened.get(),
                tooMany.get());
    }
}
