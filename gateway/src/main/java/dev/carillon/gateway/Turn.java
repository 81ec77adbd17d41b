package dev.carillon.gateway;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers what a turn of an event loop writes: a connection that was given something asks for its flush once, and all
 * flushes run after the tasks that are queued by then. Owned by the loop.
 */
final class Turn {

    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

    private final EventLoop loop;
    private final SharedFrames shared = new SharedFrames();
    private List<Runnable> flushes = new ArrayList<>();
    private List<Runnable> running = new ArrayList<>();

    Turn(EventLoop loop) {
        this.loop = loop;
    }

    /** What the connections of the loop share in this turn. */
    SharedFrames shared() {
        return shared;
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
            try {
                due.get(i).run();
            } catch (RuntimeException | Error e) {
                LOG.error("a flush failed", e); // one connection's mistake; the others are still to be written to
            }
        }
        due.clear();
        if (flushes.isEmpty()) {
            shared.clear(); // else one of them was given something again, which may lie there
        }
    }
}
