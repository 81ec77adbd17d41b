package dev.carillon.gateway;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the long-lived connections of one event loop: one sweep for all of them, no timer for any. Owned by the loop.
 */
final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

    /** How many times a heartbeat the sweep comes around. */
    static final int SWEEPS = 10;

    /** A connection that is looked after. */
    interface Beating {
        /** Asks for a sign of life where it is due, and ends what gave none. */
        void onBeat(long nowNanos);

        /** The node ends: says so, and ends too. */
        void onNodeEnds();

        /** The bytes that wait for its socket. */
        long waitingBytes();

        /** Its place in the list; kept for this class. */
        int place();

        void place(int place);
    }

    private final EventLoop loop;
    private final List<Beating> members = new ArrayList<>();

    private @Nullable Future<?> sweeps;
    private volatile long waitingBytes;

    Heartbeats(EventLoop loop) {
        this.loop = loop;
    }

    void start(Duration heartbeat) {
        long everyNanos = heartbeat.toNanos() / SWEEPS;
        sweeps = loop.scheduleWithFixedDelay(this::sweep, everyNanos, everyNanos, TimeUnit.NANOSECONDS);
    }

    void add(Beating member) {
        member.place(members.size());
        members.add(member);
    }

    void remove(Beating member) {
        Beating last = members.removeLast();
        int place = member.place();
        if (place < members.size()) {
            last.place(place);
            members.set(place, last);
        }
    }

    /** The bytes that waited for sockets at the last sweep; from any thread. */
    long waitingBytes() {
        return waitingBytes;
    }

    /** Tells every connection that the node ends, and sweeps no more. */
    void end() {
        for (int i = members.size() - 1; i >= 0; i--) {
            members.get(i).onNodeEnds();
        }

        if (sweeps != null) {
            sweeps.cancel(false);
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        // Whoever ends in its beat leaves, and the last one takes its place: from the end on, nobody is passed over.
        long waiting = 0;
        for (int i = members.size() - 1; i >= 0; i--) {
            Beating member = members.get(i);
            try {
                waiting += member.waitingBytes();
                member.onBeat(now);
            } catch (RuntimeException | Error e) {
                LOG.error("a heartbeat failed", e); // what is thrown from here would end the sweeps for good
            }
        }
        waitingBytes = waiting;
    }
}
