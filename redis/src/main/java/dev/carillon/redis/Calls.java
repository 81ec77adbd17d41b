package dev.carillon.redis;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A link's calls that are not answered, in their order: those on their way to Redis, or done there but behind one that isn't,
 * then those that wait for a place there.
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

    /** The next that is to be answered with what it holds, which counts as answered; null where there is none yet. */
    @Nullable
    Call<?, ?> nextHeld() {
        Call<?, ?> call = sent.peekFirst();
        if (call == null || !call.isHeld()) {
            return null;
        }
        sent.removeFirst();
        sentAnswerBytes -= call.answerBytes;
        forget(call);
        return call;
    }

    /** The first that must be sent again; null where none must. */
    @Nullable
    Call<?, ?> firstRedirected() {
        for (Call<?, ?> call : sent) {
            if (call.redirect != null) {
                return call;
            }
        }
        return null;
    }

    /**
     * Has those sent again that were done while one before them in their slot was turned away.
     *
     * @return one that can't be, because it has changed something; null where there is none
     */
    @Nullable
    Call<?, ?> repeatOvertaking() {
        Set<Integer> slots = new HashSet<>();
        for (Call<?, ?> call : sent) {
            if (call.redirect != null) {
                slots.add(call.slot);
            } else if (call.isHeld() && (slots.contains(call.slot) || call.slot == Call.EVERYWHERE)) {
                if (!call.isReading()) {
                    return call;
                }
                call.again(new Redirect.Later());
            }
        }
        return null;
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
