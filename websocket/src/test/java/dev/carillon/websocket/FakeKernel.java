package dev.carillon.websocket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/** The kernel's side of a ring, which does what a test says in each call. */
final class FakeKernel implements RingCalls {

    /** What it does in one call. */
    interface Turn {
        long enter(int toSubmit);
    }

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int FILE = 77;
    private static final int ENTRIES = SendRing.SENDS_MAX;
    private static final int COMPLETIONS = 2 * ENTRIES;
    private static final int GIVEN_HEAD = 0;
    private static final int GIVEN_TAIL = 4;
    private static final int DONE_HEAD = 8;
    private static final int DONE_TAIL = 12;
    private static final int PLACES = 64;
    private static final int DONE = 8192;

    private final MemorySegment queues = Arena.ofAuto().allocate(DONE + 16L * COMPLETIONS, 64);
    private final MemorySegment entries = Arena.ofAuto().allocate(64L * ENTRIES, 64);
    private final Deque<Turn> turns = new ArrayDeque<>();

    /** What {@link #setup} and {@link #map} answer instead, if it is below zero. */
    long setupAnswer;

    long entriesAnswer;
    int setups;
    int enters;
    int maps;
    int unmaps;
    int closes;

    /** Adds a call's doing; the last one holds for all further calls. */
    FakeKernel then(Turn turn) {
        turns.add(turn);
        return this;
    }

    /** Takes the next entry; its {@code user_data}. */
    long take() {
        int head = queues.get(INT, GIVEN_HEAD);
        if (head == queues.get(INT, GIVEN_TAIL)) {
            throw new AssertionError("nothing was submitted");
        }
        int slot = queues.get(INT, PLACES + 4L * (head & (ENTRIES - 1)));
        queues.set(INT, GIVEN_HEAD, head + 1);
        return entries.get(LONG, 64L * slot + 32);
    }

    /** The length of the send that {@link #take} named. */
    int lengthOf(long userData) {
        return entries.get(INT, 64L * userData + 24);
    }

    void complete(long userData, int result) {
        int tail = queues.get(INT, DONE_TAIL);
        if (tail - queues.get(INT, DONE_HEAD) == COMPLETIONS) {
            throw new AssertionError("more completions than places");
        }
        long at = DONE + 16L * (tail & (COMPLETIONS - 1));
        queues.set(LONG, at, userData);
        queues.set(INT, at + 8, result);
        queues.set(INT, DONE_TAIL, tail + 1);
    }

    @Override
    public long setup(int count, MemorySegment parameters) {
        setups++;
        if (setupAnswer < 0) {
            return setupAnswer;
        }
        parameters.set(INT, 0, ENTRIES);
        parameters.set(INT, 4, COMPLETIONS);
        parameters.set(INT, 40, GIVEN_HEAD);
        parameters.set(INT, 44, GIVEN_TAIL);
        parameters.set(INT, 64, PLACES);
        parameters.set(INT, 80, DONE_HEAD);
        parameters.set(INT, 84, DONE_TAIL);
        parameters.set(INT, 100, DONE);
        return FILE;
    }

    @Override
    public long enter(int ring, int toSubmit, int toComplete, int flags) {
        enters++;
        Turn turn = turns.size() > 1 ? turns.removeFirst() : turns.getFirst();
        return turn.enter(toSubmit);
    }

    @Override
    public long map(int ring, long bytes, long offset) {
        if (offset != 0 && entriesAnswer < 0) {
            return entriesAnswer;
        }
        maps++;
        return (offset == 0 ? queues : entries).address();
    }

    @Override
    public long unmap(long address, long bytes) {
        unmaps++;
        return 0;
    }

    @Override
    public long close(int ring) {
        closes++;
        return 0;
    }
}
