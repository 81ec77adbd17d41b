package dev.carillon.websocket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Many {@code send(2)} in one system call, by an io_uring that is used for nothing else. Sends are written into memory that
 * the kernel shares; one {@code io_uring_enter(2)} makes them all, and what became of each lies in that memory, too.
 *
 * <p>No send waits: {@code MSG_DONTWAIT} has the kernel answer −EAGAIN where it would, and forbids it to try again later.
 * So all are over when the call returns, none is in flight between two rounds, and there are never more completions than
 * the kernel has places for: it keeps twice as many as there are sends.
 *
 * <p>A round that the kernel breaks off leaves three sorts of sends, which {@link #result} tells apart: those with an
 * answer, those that the kernel was never given ({@link #NOT_MADE}; they may be made otherwise), and those that it was
 * given and has not answered ({@link #UNKNOWN}; they must not be repeated). Then the ring {@link #isBroken}.
 *
 * <p>Confined to the thread that opened it, by the kernel as well (IORING_SETUP_SINGLE_ISSUER); that and the other flags
 * mean Linux 6.1 or later, and an older one refuses.
 */
final class SendRing implements AutoCloseable {

    /** The most sends of one round; a power of two. */
    static final int SENDS_MAX = 1024;

    /** A result: the kernel was not given this send. */
    static final int NOT_MADE = Integer.MIN_VALUE;

    /** A result: the kernel was given this send, and did not say what became of it. */
    static final int UNKNOWN = Integer.MIN_VALUE + 1;

    /** Calls in a row that move nothing, after which a ring is broken. */
    static final int FRUITLESS_MAX = 64;

    // Errors after which the same call may do.
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EBUSY = 16;

    // <linux/io_uring.h>
    private static final int SUBMIT_ALL = 1 << 7;
    private static final int SINGLE_ISSUER = 1 << 12;
    private static final int DEFER_TASKRUN = 1 << 13;
    private static final int GETEVENTS = 1;
    private static final byte OP_SEND = 26;
    private static final long ENTRIES_OFFSET = 0x1000_0000L;
    private static final int ENTRY_BYTES = 64;
    private static final int COMPLETION_BYTES = 16;

    /** MSG_DONTWAIT and MSG_NOSIGNAL. */
    private static final int SEND_FLAGS = 0x40 | 0x4000;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final VarHandle WORD = INT.varHandle();

    /** Where things lie, as {@code struct io_uring_params} says after the setup. */
    private record Plan(
            int entries,
            long givenHead,
            long givenTail,
            long givenPlaces,
            long doneHead,
            long doneTail,
            int doneMask,
            long done,
            long queuesBytes,
            long entriesBytes) {

        static final int PARAMETERS_BYTES = 120;

        static Plan of(MemorySegment parameters) {
            int entries = parameters.get(INT, 0);
            int completions = parameters.get(INT, 4);
            long places = parameters.get(INT, 64);
            long done = parameters.get(INT, 100);
            return new Plan(
                    entries,
                    parameters.get(INT, 40),
                    parameters.get(INT, 44),
                    places,
                    parameters.get(INT, 80),
                    parameters.get(INT, 84),
                    completions - 1,
                    done,
                    Math.max(places + (long) entries * Integer.BYTES, done + (long) completions * COMPLETION_BYTES),
                    (long) entries * ENTRY_BYTES);
        }
    }

    private final RingCalls calls;
    private final int ring;
    private final Plan plan;

    /** As long as it lives, the memory is mapped: a use behind {@link #close} is an exception, and not a crash. */
    private final Arena mapped = Arena.ofShared();

    private final MemorySegment queues;
    private final MemorySegment entries;
    private final int mask;
    private final int[] results = new int[SENDS_MAX];

    /** Where the first send of this round, or of the next one, lies; the kernel counts alike. */
    private int first;

    /** How many sends the round has that is being written, or was made last. */
    private int size;

    /** True exactly when {@link #size} is that of a round that was made. */
    private boolean isOver;

    private int doneHead;
    private boolean isBroken;
    private boolean isClosed;

    @SuppressWarnings("restricted") // memory that the kernel has mapped
    private SendRing(RingCalls calls, int ring, Plan plan, long queues, long entries) {
        this.calls = calls;
        this.ring = ring;
        this.plan = plan;
        this.queues = MemorySegment.ofAddress(queues).reinterpret(plan.queuesBytes, mapped, null);
        this.entries = MemorySegment.ofAddress(entries).reinterpret(plan.entriesBytes, mapped, null);
        this.mask = plan.entries - 1;
        for (int slot = 0; slot < plan.entries; slot++) {
            long at = (long) slot * ENTRY_BYTES;
            this.entries.set(ValueLayout.JAVA_BYTE, at, OP_SEND);
            this.entries.set(INT, at + 28, SEND_FLAGS);
            this.entries.set(LONG, at + 32, slot);
            this.queues.set(INT, plan.givenPlaces + (long) slot * Integer.BYTES, slot);
        }
    }

    /**
     * Opens a ring for the thread that calls this.
     *
     * @throws IOException where the system refuses, with why
     */
    static SendRing open(RingCalls calls) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = arena.allocate(Plan.PARAMETERS_BYTES, Long.BYTES);
            parameters.set(INT, 8, SUBMIT_ALL | SINGLE_ISSUER | DEFER_TASKRUN);
            long ring = calls.setup(SENDS_MAX, parameters);
            if (ring < 0) {
                throw refused("io_uring_setup", ring);
            }
            Plan plan = Plan.of(parameters);
            long queues = calls.map((int) ring, plan.queuesBytes, 0);
            long entries = queues < 0 ? queues : calls.map((int) ring, plan.entriesBytes, ENTRIES_OFFSET);
            if (entries < 0) {
                if (queues >= 0) {
                    calls.unmap(queues, plan.queuesBytes);
                }
                calls.close((int) ring);
                throw refused("mmap", entries);
            }
            return new SendRing(calls, (int) ring, plan, queues, entries);
        }
    }

    private static IOException refused(String call, long answer) {
        return new IOException(call + " failed with error " + -answer);
    }

    /**
     * Writes down one send of the next round, which has at most {@link #SENDS_MAX}.
     *
     * @param file a file descriptor; one that is none is answered with an error
     * @param address of bytes that stay as they are until {@link #run} returns
     */
    void add(int file, long address, int length) {
        if (isOver) {
            isOver = false;
            size = 0;
        }
        long at = (long) ((first + size) & mask) * ENTRY_BYTES;
        entries.set(INT, at + 4, file);
        entries.set(LONG, at + 16, address);
        entries.set(INT, at + 24, length);
        results[size++] = NOT_MADE;
    }

    /** Makes the sends that were added. None of them is in flight behind this, unless the ring {@link #isBroken}. */
    void run() {
        assert !isBroken && !isClosed && !isOver;
        int end = first + size;
        WORD.setRelease(queues, plan.givenTail, end);
        int given = 0;
        int done = 0;
        int fruitless = 0;
        while (done < size && !isBroken) {
            long answer = calls.enter(ring, size - given, size - done, GETEVENTS);
            int before = given + done;
            given = (int) WORD.getAcquire(queues, plan.givenHead) - first;
            done += harvest();
            fruitless = given + done == before ? fruitless + 1 : 0;
            isBroken = fruitless == FRUITLESS_MAX || isFinal(answer);
        }
        if (isBroken) {
            for (int i = 0; i < given; i++) {
                results[i] = results[i] == NOT_MADE ? UNKNOWN : results[i];
            }
        }
        first = end;
        isOver = true;
    }

    private static boolean isFinal(long answer) {
        return answer < 0 && answer != -EINTR && answer != -EAGAIN && answer != -EBUSY;
    }

    /** Reads the completions that lie there; they come in any order. */
    private int harvest() {
        int head = doneHead;
        int tail = (int) WORD.getAcquire(queues, plan.doneTail);
        int count = tail - head;
        for (; head != tail; head++) {
            long at = plan.done + (long) (head & plan.doneMask) * COMPLETION_BYTES;
            int slot = (int) queues.get(LONG, at);
            results[(slot - first) & mask] = queues.get(INT, at + 8);
        }
        doneHead = head;
        WORD.setRelease(queues, plan.doneHead, head);
        return count;
    }

    /**
     * What became of a send of the last round, counted from 0 as they were added: how many bytes were sent; an error's number
     * below zero, and then none; {@link #NOT_MADE} or {@link #UNKNOWN}.
     */
    int result(int send) {
        return results[send];
    }

    /** Whether the kernel broke off a round; then there is no other one. */
    boolean isBroken() {
        return isBroken;
    }

    /** Gives everything back; from any thread once its own uses it no more. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        mapped.close();
        calls.unmap(entries.address(), plan.entriesBytes);
        calls.unmap(queues.address(), plan.queuesBytes);
        calls.close(ring);
    }
}
