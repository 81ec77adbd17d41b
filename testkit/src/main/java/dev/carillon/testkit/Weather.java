package dev.carillon.testkit;

import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What the bytes of a lane suffer now, and the place where they wait until they may go on. From any thread. */
final class Weather {

    static final Fault FAIR = new Fault.None();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Fault fault = FAIR;
    /** Not null exactly while the fault is a throttle that covers the way. */
    private @Nullable Pace upPace;

    private @Nullable Pace downPace;

    Fault now() {
        lock.lock();
        try {
            return fault;
        } finally {
            lock.unlock();
        }
    }

    /** Whoever waits looks again at what it waits for. */
    void become(Fault next) {
        lock.lock();
        try {
            fault = next;
            upPace = pace(next, Direction.UP);
            downPace = pace(next, Direction.DOWN);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable Pace pace(Fault next, Direction way) {
        return next instanceof Fault.Throttle(Direction direction, long bytesPerSecond) && direction.covers(way)
                ? new Pace(bytesPerSecond, System.nanoTime())
                : null;
    }

    /**
     * Waits until what arrived may go on that way.
     *
     * @param length how many bytes wait; 0 for the end of them
     * @param arrivedNanos when the first of them arrived
     * @return how many may go in one write; at least 1 where there are any
     */
    int await(Direction way, int length, long arrivedNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                switch (fault) {
                    // What waits is about to be reset, and must not slip through before.
                    case Fault.Cut _ -> changed.await();
                    case Fault.Hang(Direction direction) when direction.covers(way) -> changed.await();
                    case Fault.OneWay(Direction passing) when passing != way -> changed.await();
                    case Fault.Delay delay
                    when delay.direction().covers(way) -> {
                        long left = arrivedNanos + delay.by().toNanos() - System.nanoTime();
                        if (left <= 0) {
                            return length;
                        }
                        changed.awaitNanos(left);
                    }
                    case Fault.Throttle throttle
                    when throttle.direction().covers(way) -> {
                        Pace pace = Objects.requireNonNull(paceOf(way));
                        int slice = pace.slice(length);
                        if (awaitSlice(way, pace, pace.reserve(slice, System.nanoTime()))) {
                            return slice;
                        }
                    }
                    case Fault.Split(Direction direction)
                    when direction.covers(way) -> {
                        return Math.min(length, 1);
                    }
                    case Fault.None _,
                            Fault.Hang _,
                            Fault.HalfOpen _,
                            Fault.OneWay _,
                            Fault.Delay _,
                            Fault.Throttle _,
                            Fault.Split _,
                            Fault.Refuse _ -> {
                        return length;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Pace paceOf(Direction way) {
        return way == Direction.UP ? upPace : downPace;
    }

    /** Waits for a slice's turn; false where the fault changed before it came. */
    private boolean awaitSlice(Direction way, Pace pace, long startNanos) throws InterruptedException {
        long left = startNanos - System.nanoTime();
        while (left > 0 && paceOf(way) == pace) {
            left = changed.awaitNanos(left);
        }
        return paceOf(way) == pace;
    }
}
