package dev.carillon.gateway;

import dev.carillon.websocket.SendRings;
import dev.carillon.websocket.Volley;
import io.netty.buffer.ByteBuf;
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
    private final Volley volley;
    private List<Runnable> flushes = new ArrayList<>();
    private List<Runnable> running = new ArrayList<>();
    private List<Runnable> last = new ArrayList<>();
    private List<Runnable> runningLast = new ArrayList<>();

    /** Whether an end of the turn is queued that has not begun. */
    private boolean isQueued;

    /** Whether the flushes are running, but those that are the last. */
    private boolean isFlushing;

    Turn(EventLoop loop, SendRings rings) {
        this.loop = loop;
        this.volley = new Volley(rings);
    }

    /** Where frames lie that connections of the loop share in this turn, as {@link SharedFrames#place} says. */
    int share(byte[] frames) {
        queueEnd();
        return shared.place(frames);
    }

    /** The memory in which they lie. */
    ByteBuf sharedMemory() {
        return shared.memory();
    }

    /** Runs the flush at the end of this turn; the caller asks only once a turn. */
    void atEnd(Runnable flush) {
        queueEnd();
        flushes.add(flush);
    }

    /** As {@link #atEnd}, but behind all those: for what several of them write to. */
    void atLast(Runnable flush) {
        if (!isFlushing) {
            queueEnd();
        }
        last.add(flush);
    }

    /** Sends that are about to be made, from the shared memory. */
    Volley volley() {
        return volley;
    }

    /** Makes them. */
    void sendVolley() {
        if (!volley.isEmpty()) {
            volley.send(shared.memory());
        }
    }

    private void queueEnd() {
        if (!isQueued) {
            isQueued = true;
            loop.execute(this::end);
        }
    }

    private void end() {
        isQueued = false;
        isFlushing = true;
        List<Runnable> due = flushes;
        flushes = running;
        running = due;
        runAll(due);
        isFlushing = false;
        if (!isQueued) {
            shared.clear(); // else one of them was given something again, which may lie there
        }
        List<Runnable> dueLast = last;
        last = runningLast;
        runningLast = dueLast;
        runAll(dueLast);
    }

    private static void runAll(List<Runnable> due) {
        for (int i = 0; i < due.size(); i++) {
            try {
                due.get(i).run();
            } catch (RuntimeException | Error e) {
                LOG.error("a flush failed", e); // one connection's mistake; the others are still to be written to
            }
        }
        due.clear();
    }

    /** The loop has ended; nothing is gathered any more. */
    void close() {
        volley.close();
        shared.close();
    }
}
