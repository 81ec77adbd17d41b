package dev.carillon.gateway;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
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

        /** The node will end: begins nothing new. */
        default void onLeaving() {}

        /**
         * The node ends: takes no more, and ends too, with all that it took answered. It may be told again.
         *
         * @param afterMillis its client is to come back after so many milliseconds
         * @param isLast whether it must end now, answered or not
         * @return false where something is not answered yet, and it has to be told again
         */
        boolean onNodeEnds(long afterMillis, boolean isLast);

        /** The bytes that wait for its socket. */
        long waitingBytes();

        /** Its place in the list; kept for this class. */
        int place();

        void place(int place);
    }

    private final EventLoop loop;
    private final List<Beating> members = new ArrayList<>();

    /** Those who are here and were not told yet that the node ends; some may have gone since. */
    private final List<Beating> staying = new ArrayList<>();

    /** Those who were told, and could not end yet. */
    private final List<Beating> late = new ArrayList<>();

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

    // ---- the node ends

    /** The node will end: whoever is here is to be moved. Returns how many there are. */
    int beginToLeave() {
        staying.addAll(members);
        for (Beating member : staying) {
            guarded(() -> {
                member.onLeaving();
                return true;
            });
        }
        return staying.size();
    }

    /** Moves those whose turn is in this wave, and asks those again who could not end yet. Returns how many are left of both. */
    int move(Waves waves, int wave) {
        long now = System.nanoTime();
        tellLate(waves, now);
        int count = waves.share(staying.size(), wave);
        for (int i = 0; i < count; i++) {
            double part = (i + ThreadLocalRandom.current().nextDouble()) / count;
            long afterMillis = waves.waitMillis(wave, part, now);
            Beating member = staying.removeLast();
            if (isHere(member) && !tell(member, afterMillis, false)) {
                late.add(member);
            }
        }
        return staying.size() + late.size();
    }

    private void tellLate(Waves waves, long now) {
        late.removeIf(member -> {
            long afterMillis = waves.waitMillis(ThreadLocalRandom.current().nextDouble(), now);
            return !isHere(member) || tell(member, afterMillis, false);
        });
    }

    /** Moves whoever is here, also those who came while others were moved. Returns how many there are. */
    int moveAll(Waves waves) {
        staying.clear();
        late.clear();
        late.addAll(members);
        tellLate(waves, System.nanoTime());
        return members.size();
    }

    /**
     * Tells every connection that the node ends now, and sweeps no more.
     *
     * @param afterMillis how long each is to wait before it comes back
     */
    void end(LongSupplier afterMillis) {
        for (Beating member : List.copyOf(members)) {
            if (isHere(member)) {
                tell(member, afterMillis.getAsLong(), true);
            }
        }
        if (sweeps != null) {
            sweeps.cancel(false);
        }
    }

    private boolean isHere(Beating member) {
        int place = member.place();
        return place < members.size() && members.get(place).equals(member);
    }

    private static boolean tell(Beating member, long afterMillis, boolean isLast) {
        return guarded(() -> member.onNodeEnds(afterMillis, isLast));
    }

    /** One connection's mistake keeps no other from being told; it is taken for told itself. */
    private static boolean guarded(BooleanSupplier telling) {
        try {
            return telling.getAsBoolean();
        } catch (RuntimeException | Error e) {
            LOG.error("a connection could not be told that the node ends", e);
            return true;
        }
    }

    // ---- life

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
