package dev.carillon.engine;

import dev.carillon.protocol.Code;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A question to a port whose answer may come at once, later from any thread, more than once, or too late. */
final class Asked<T> {

    private static final System.Logger LOG = System.getLogger(Asked.class.getName());

    private final Mailbox owner;
    private final Consumer<T> then;
    /** True exactly until the port's method has returned; read on the owner's thread only. */
    private boolean asking = true;

    private boolean settled;
    private @Nullable T early;
    private Runnable cancelTimer = () -> {};

    private Asked(Mailbox owner, Consumer<T> then) {
        this.owner = owner;
        this.then = then;
    }

    /**
     * Asks, and goes on with the first answer on the owner's thread: before this returns where it comes at once, else later,
     * after {@code whenLater} has run. A port that throws instead of answering, or takes longer than {@code timeMax}, has
     * refused.
     *
     * @param refusal what stands for an answer that never came
     */
    static <T> void ask(
            Mailbox owner,
            Timers timers,
            Duration timeMax,
            Consumer<Consumer<T>> question,
            Runnable whenLater,
            Function<Code, T> refusal,
            Consumer<T> then) {
        Asked<T> asked = new Asked<>(owner, then);
        try {
            question.accept(asked::answer);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a decision failed", e);
            asked.answer(refusal.apply(Code.INTERNAL));
        }
        asked.settleOrWait(whenLater, timers, timeMax, refusal.apply(Code.DECISION_LATE));
    }

    /** The answer; from any thread. All but the first are ignored. */
    private void answer(T answer) {
        if (owner.isOwner() && asking) {
            early = early == null ? answer : early;
        } else {
            owner.post(() -> settle(answer));
        }
    }

    /** The port's method has returned. */
    private void settleOrWait(Runnable whenLater, Timers timers, Duration timeMax, T late) {
        asking = false;
        if (early != null) {
            settle(early);
            return;
        }
        whenLater.run();
        cancelTimer = timers.schedule(timeMax, () -> settle(late));
    }

    private void settle(T answer) {
        if (!settled) {
            settled = true;
            cancelTimer.run();
            then.accept(answer);
        }
    }
}
