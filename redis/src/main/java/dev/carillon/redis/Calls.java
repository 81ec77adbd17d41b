package dev.carillon.redis;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A link's calls that are not answered, in their order: those on their way to Redis, then those that wait for a place there.
 * They are admitted where they are made, on any thread; all else is the link's.
 */
final class Calls {

    private final RedisLimits limits;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final ArrayDeque<Call<?, ?>> waiting = new ArrayDeque<>();
    private final ArrayDeque<Call<?, ?>> sent = new ArrayDeque<>();
    private long sentAnswerBytes;

    Calls(RedisLimits limits) {
        this.limits = limits;
    }

    /** Counts one that was made; whether there is room for it. It is counted until it is answered, even if there is none. */
    boolean admit(Call<?, ?> call) {
        boolean hasPlace = count.incrementAndGet() <= limits.callsMax();
        boolean hasRoom = bytes.addAndGet(call.bytes) <= limits.callBytesMax();
        return hasPlace && hasRoom;
    }

    /** Answers one that was admitted and not added. */
    void fail(Call<?, ?> call) {
        forget(call);
        call.fail();
    }

    void add(Call<?, ?> call) {
        waiting.add(call);
    }

    /** The next that may be sent, which counts as sent; null where none may. */
    @Nullable
    Call<?, ?> next(long followsDone, long nanos) {
        Call<?, ?> call = waiting.peekFirst();
        if (call == null
                || call.followsBefore > followsDone
                || sent.size() >= limits.windowMax()
                || sentAnswerBytes >= limits.windowBytesMax()) {
            return null;
        }
        waiting.removeFirst();
        call.sentAt = nanos;
        sentAnswerBytes += call.answerBytes;
        sent.add(call);
        return call;
    }

    /** The one whose answer comes next; null where none is on its way. */
    @Nullable
    Call<?, ?> first() {
        return sent.peekFirst();
    }

    /** That one is about to be answered. */
    void removeFirst() {
        Call<?, ?> call = sent.removeFirst();
        sentAnswerBytes -= call.answerBytes;
        forget(call);
    }

    /** Answers all so, in their order. */
    void failAll() {
        sentAnswerBytes = 0;
        failAll(sent);
        failAll(waiting);
    }

    private void failAll(ArrayDeque<Call<?, ?>> calls) {
        while (!calls.isEmpty()) {
            fail(calls.removeFirst());
        }
    }

    private void forget(Call<?, ?> call) {
        count.decrementAndGet();
        bytes.addAndGet(-call.bytes);
    }
}
