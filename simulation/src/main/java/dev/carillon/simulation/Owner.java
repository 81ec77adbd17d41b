package dev.carillon.simulation;

import dev.carillon.engine.Mailbox;
import dev.carillon.engine.Timers;
import java.time.Duration;
import java.util.ArrayDeque;

/** One of a node's threads: an event loop and a shard. Gone with its node; what is posted afterwards is dropped. */
final class Owner implements Mailbox, Timers {

    static final int IDLE = -1;

    private final Agenda agenda;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    /** Its index among those that have something to do and may; IDLE without. */
    int place = IDLE;

    private boolean paused;
    private boolean gone;

    Owner(Agenda agenda) {
        this.agenda = agenda;
    }

    @Override
    public void post(Runnable task) {
        if (!gone) {
            tasks.add(task);
            settle();
        }
    }

    @Override
    public boolean isOwner() {
        return agenda.isRunning(this);
    }

    @Override
    public Runnable schedule(Duration delay, Runnable task) {
        return agenda.afterUncounted(delay.toNanos(), () -> post(task))::cancel;
    }

    void runOne() {
        tasks.removeFirst().run();
        settle();
    }

    /** It does nothing until {@link #resume}: the machine is busy otherwise, or collects garbage. */
    void pause() {
        paused = true;
        settle();
    }

    void resume() {
        paused = false;
        settle();
    }

    void end() {
        gone = true;
        tasks.clear();
        settle();
    }

    private void settle() {
        boolean mayRun = !paused && !tasks.isEmpty();
        if (mayRun && place == IDLE) {
            agenda.onBusy(this);
        } else if (!mayRun && place != IDLE) {
            agenda.onIdle(this);
        }
    }
}
