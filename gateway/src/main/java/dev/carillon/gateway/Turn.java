package dev.carillon.gateway;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers what a turn of an event loop writes: a connection that was given something asks for its flush once, and all
 * flushes run after the tasks that are queued by then. Owned by the loop.
 */
final class Turn {

    private final EventLoop loop;
    private List<Runnable> flushes = new ArrayList<>();
    private List<Runnable> running = new ArrayList<>();

    Turn(EventLoop loop) {
        this.loop = loop;
    }

    /** Runs the flush at the end of this turn; the caller asks only once a turn. */
    void atEnd(Runnable flush) {
        if (flushes.isEmpty()) {
            loop.execute(this::end);
        }
        flushes.add(flush);
    }

    private void end() {
        List<Runnable> due = flushes;
        flushes = running;
        running = due;
        for (int i = 0; i < due.size(); i++) {
            due.get(i).run();
        }
        due.clear();
    }
}
