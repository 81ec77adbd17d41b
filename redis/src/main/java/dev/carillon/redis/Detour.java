package dev.carillon.redis;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a link does with calls and follows that a master of a Redis Cluster turned away, because a slot moves or has moved.
 * Owned by the link.
 *
 * <p><b>Order.</b> Calls for one channel must take effect in the order in which they were made, but those behind the one that
 * was turned away are on their way already, and may be turned away as well, or, if the slot is just being moved, not. So
 * nothing new is sent, and it is waited until every call that is on its way has come back. Then those that were turned away
 * are sent again, one after the other in their order, each once the one before has come back. A call that only reads and was
 * done behind one in its slot that wasn't is done again; one that has changed something there has the link fail.
 *
 * <p>A slot that has moved for good has the whole table read anew first, from its new owner; and what is followed in slots
 * that have another owner in it is asked for there.
 *
 * <p>All of it is within the time that a call may take from when it was sent first: then the link fails.
 */
final class Detour {

    /** What it needs of its link. */
    interface Owner {
        /** Sends one again. */
        void send(Call<?, ?> call, Life life);

        /** The same to one that has its keys for a while. */
        void sendAsking(Call<?, ?> call, Life life, Connections to);

        /** Goes on once that is done, if this life still is the link's; fails the link where that fails. */
        <T> void then(Life life, CompletableFuture<T> step, Consumer<T> next);

        /** Goes on after a time, if this life still is the link's. */
        void later(Life life, long millis, Runnable next);

        void fail(String why);

        /** There may be more to do. */
        void goOn();
    }

    private static final long PAUSE_MILLIS = 20;

    /** A call that was turned away so often waits before it is sent again: masters don't agree yet. */
    private static final int REPEATS_AT_ONCE = 3;

    private final Calls calls;
    private final Follows follows;
    private final Owner owner;
    /** How many calls were sent and have not come back. */
    private int onWire;
    /** How many calls were turned away and not answered since. */
    private int redirected;
    /** That the slot is elsewhere, the table doesn't know yet. */
    private Redirect.@Nullable Moved moved;
    /** True while sending again at once would be in vain. */
    private boolean isPausing;
    /** True while a step of it is being waited for. */
    private boolean isWaiting;

    Detour(Calls calls, Follows follows, Owner owner) {
        this.calls = calls;
        this.follows = follows;
        this.owner = owner;
    }

    // ---- what comes back

    void onSent() {
        onWire++;
    }

    void onAnswered() {
        onWire--;
        isPausing = false;
    }

    void onRedirected(Call<?, ?> call, Redirect redirect) {
        onWire--;
        call.again(redirect);
        redirected++;
        isPausing = redirect instanceof Redirect.Later || call.repeats >= REPEATS_AT_ONCE;
        if (redirect instanceof Redirect.Moved to) {
            onMoved(to);
        }
    }

    void onMoved(Redirect.Moved to) {
        moved = to;
    }

    /** Whether nothing was turned away, or all of that has been done since. */
    boolean isOver() {
        return redirected == 0 && moved == null;
    }

    /** The life is over. */
    void clear() {
        onWire = 0;
        redirected = 0;
        moved = null;
        isPausing = false;
        isWaiting = false;
    }

    // ---- what is done

    /** Takes the next step if it can be taken now. */
    void goOn(Life life) {
        if (onWire > 0 || isWaiting) {
            return;
        }
        Call<?, ?> overtaken = calls.repeatOvertaking();
        if (overtaken != null) {
            owner.fail(overtaken + " was done before one that was made before it");
            return;
        }
        Redirect.Moved to = moved;
        if (to != null) {
            learn(life, to);
            return;
        }
        Call<?, ?> call = calls.firstRedirected();
        if (call == null) {
            redirected = 0;
            owner.goOn();
        } else {
            repeat(life, call);
        }
    }

    private void learn(Life life, Redirect.Moved to) {
        isWaiting = true;
        owner.then(life, life.tableAt(to.slot(), to.to()), table -> {
            isWaiting = false;
            moved = null;
            life.become(table).forEach(follows::repeat);
            owner.goOn();
        });
    }

    private void repeat(Life life, Call<?, ?> call) {
        call.repeats++;
        if (isPausing) {
            isWaiting = true;
            owner.later(life, PAUSE_MILLIS, () -> {
                isWaiting = false;
                sendAgain(life, call);
            });
        } else {
            sendAgain(life, call);
        }
    }

    private void sendAgain(Life life, Call<?, ?> call) {
        if (call.redirect instanceof Redirect.Ask(Address at)) {
            isWaiting = true;
            owner.then(life, life.prepared(at), to -> {
                isWaiting = false;
                owner.sendAsking(call, life, to);
            });
        } else {
            owner.send(call, life);
        }
    }
}
