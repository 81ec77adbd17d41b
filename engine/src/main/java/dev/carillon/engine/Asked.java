package dev.carillon.engine;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A question to a port whose answer may come at once, later from any thread, or too late. */
final class Asked<T> {

    private final Mailbox owner;
    private final Consumer<T> then;
    /** True exactly until the port's method has returned; read on the owner's thread only. */
    private boolean asking = true;

    private boolean settled;
    private @Nullable T early;
    private Runnable cancelTimer = () -> {};

    Asked(Mailbox owner, Consumer<T> then) {
        this.owner = owner;
        this.then = then;
    }

    /** The answer; from any thread. All but the first are ignored. */
    void answer(T answer) {
        if (owner.isOwner() && asking) {
            early = early == null ? answer : early;
        } else {
            owner.post(() -> settle(answer));
        }
    }

    /** The port's method has returned. */
    void settleOrWait(Runnable whenLater, Timers timers, Duration timeMax, T late) {
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
