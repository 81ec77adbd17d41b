package dev.carillon.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What one end has sent and the other was not given yet: bounded, in order. One thread puts and one takes. */
final class Backlog {

    /** What arrived. */
    sealed interface Item {
        /** When, by {@link System#nanoTime}. */
        long atNanos();
    }

    /** A few bytes, changed by nobody. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody
    record Bytes(byte[] bytes, long atNanos) implements Item {}

    /**
     * The last item.
     *
     * @param isReset whether the connection broke, or its end was told in good order
     */
    record End(boolean isReset, long atNanos) implements Item {}

    /** What an item costs beside its bytes, about. */
    private static final int ITEM_BYTES = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition fuller = lock.newCondition();
    private final Condition emptier = lock.newCondition();
    private final Deque<Item> items = new ArrayDeque<>();
    private final int bytesMax;
    private int bytes;

    Backlog(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Waits for room, unless there is nothing at all. The last item needs none. */
    void put(Item item) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            int cost = costOf(item);
            while (bytes > 0 && cost > 0 && bytes + cost > bytesMax) {
                emptier.await();
            }
            items.add(item);
            bytes += cost;
            fuller.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an item. */
    Item take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (items.isEmpty()) {
                fuller.await();
            }
            Item item = items.removeFirst();
            bytes -= costOf(item);
            emptier.signal();
            return item;
        } finally {
            lock.unlock();
        }
    }

    private static int costOf(Item item) {
        return switch (item) {
            case Bytes some -> some.bytes().length + ITEM_BYTES;
            case End _ -> 0;
        };
    }
}
