package dev.carillon.store;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Hands calls to the committers so that each channel's take effect, and are answered, in the order in which they came,
 * while a slow read of one channel holds up no other channel.
 *
 * <p>Every channel with calls under way has a lane. A lane lets through either any number of writes, which the one writing
 * committer takes in order and a group at a time, or one read; it changes over when what it let through was answered. So a
 * read sees every append made before it and none made after. A lane exists only while it has calls.
 *
 * <p>One lock guards everything; it is held for a few map and queue operations, never during an answer of stored or read records or a native call.
 */
final class Lanes {

    private static final class Lane {
        final Deque<Op> waiting = new ArrayDeque<>();

        /** Writes let through and not yet answered. */
        int writing;

        /** Whether a read is let through and not yet answered; never together with {@link #writing}. */
        boolean reading;

        boolean isIdle() {
            return waiting.isEmpty() && writing == 0 && !reading;
        }
    }

    private final int groupMax;
    private final long groupBytesMax;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition writesOrEnd = lock.newCondition();
    private final Condition looksOrEnd = lock.newCondition();
    private final Map<ChannelName, Lane> lanes = new HashMap<>();
    private final Deque<Op.Write> writes = new ArrayDeque<>();
    private final Deque<Runnable> looks = new ArrayDeque<>();
    private final LookRunner runner;
    private boolean closed;

    /** What a reading committer does with a look; its answer included. */
    interface LookRunner {
        void run(Op.Look look);
    }

    Lanes(int groupMax, long groupBytesMax, LookRunner runner) {
        this.groupMax = groupMax;
        this.groupBytesMax = groupBytesMax;
        this.runner = runner;
    }

    /** Takes a call in, from any thread; false after {@link #close}. */
    boolean submit(Op op) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            enter(op);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a refusal in behind what its channel is still owed; false where nothing is, so that it may be answered now. */
    boolean submitRefusal(Op.Refusal refusal) {
        lock.lock();
        try {
            if (!lanes.containsKey(refusal.channel())) {
                return false;
            }
            enter(refusal);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void enter(Op op) {
        Lane lane = lanes.computeIfAbsent(op.channel(), _ -> new Lane());
        lane.waiting.addLast(op);
        advance(lane);
    }

    /** Takes in work of a reading committer that has no channel; false after {@link #close}. */
    boolean submitLook(Runnable look) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            looks.addLast(look);
            looksOrEnd.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void advance(Lane lane) {
        while (!lane.waiting.isEmpty() && !lane.reading) {
            switch (lane.waiting.getFirst()) {
                case Op.Write write -> {
                    lane.waiting.removeFirst();
                    lane.writing++;
                    writes.addLast(write);
                    writesOrEnd.signal();
                }
                case Op.Look look -> {
                    if (lane.writing > 0) {
                        return;
                    }
                    lane.waiting.removeFirst();
                    lane.reading = true;
                    looks.addLast(() -> look(lane, look));
                    looksOrEnd.signal();
                }
            }
        }
    }

    private void look(Lane lane, Op.Look look) {
        try {
            runner.run(look);
        } finally {
            lock.lock();
            try {
                lane.reading = false;
                leave(look.channel(), lane);
            } finally {
                lock.unlock();
            }
        }
    }

    private void leave(ChannelName channel, Lane lane) {
        advance(lane);
        if (lane.isIdle()) {
            lanes.remove(channel);
            if (closed && lanes.isEmpty()) {
                writesOrEnd.signalAll();
                looksOrEnd.signalAll();
            }
        }
    }

    /** Makes calls that submit; no committer takes any of it before they have all been made. */
    void together(Runnable calls) {
        lock.lock();
        try {
            calls.run();
        } finally {
            lock.unlock();
        }
    }

    /** The next group of writes, in order; waits for one. Empty once closed and nothing is left to do. */
    List<Op.Write> takeWrites() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (writes.isEmpty()) {
                if (closed && lanes.isEmpty()) {
                    return List.of();
                }
                writesOrEnd.await();
            }
            List<Op.Write> group = new ArrayList<>(Math.min(writes.size(), groupMax));
            long bytes = 0;
            while (!writes.isEmpty() && group.size() < groupMax && bytes < groupBytesMax) {
                Op.Write write = writes.removeFirst();
                bytes += write.bytes();
                group.add(write);
            }
            return group;
        } finally {
            lock.unlock();
        }
    }

    /** The group was answered: their channels go on. */
    void answered(List<Op.Write> group) {
        lock.lock();
        try {
            for (Op.Write write : group) {
                Lane lane = lanes.get(write.channel());
                if (lane == null) {
                    throw new IllegalStateException("channel " + write.channel() + " has no lane");
                }
                lane.writing--;
                leave(write.channel(), lane);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The next thing to do for a reading committer; waits for it. Null once closed and nothing is left to do. */
    @Nullable
    Runnable takeLook() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (looks.isEmpty()) {
                if (closed && lanes.isEmpty()) {
                    return null;
                }
                looksOrEnd.await();
            }
            return looks.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more calls in; the committers end once those that were taken in are answered. */
    void close() {
        lock.lock();
        try {
            closed = true;
            writesOrEnd.signalAll();
            looksOrEnd.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
