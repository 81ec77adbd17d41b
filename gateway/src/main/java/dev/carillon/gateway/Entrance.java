package dev.carillon.gateway;

import dev.carillon.engine.Rate;
import dev.carillon.engine.TokenBucket;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session may begin: not on a node that takes leave, and not more of them at once than the node takes in (the key
 * {@code admission}). From any thread.
 *
 * <p><b>Turns.</b> Whoever is refused is told to come back when it is its turn: after all who were refused before it, one
 * interval of the rate behind another. Nobody is remembered by it, and whoever comes while there is room is let in; but what
 * came all together, as after a restart, comes back one by one, and finds room then.
 */
final class Entrance {

    /** The longest that somebody is told to wait for its turn; beyond it all are told to wait about so long. */
    static final long TURN_NANOS_MAX = 60_000_000_000L;

    /** What is told where nothing is planned: a node that ends without taking leave. */
    private static final long RETRY_MILLIS = 1000;

    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long MILLI_NANOS = 1_000_000;
    private static final String TOO_MANY_AT_ONCE = "more sessions begin at once than this node takes in (admission)";

    private final Rate rate;
    private final GatewayCounters counters;

    /** Guarded by this. */
    private final TokenBucket room;

    /** When the turn after the last one that was told begins; guarded by this. */
    private long nextTurnNanos;

    /** Null as long as the node stays. */
    private volatile @Nullable Waves leaving;

    Entrance(Rate rate, GatewayCounters counters, long nowNanos) {
        this.rate = rate;
        this.counters = counters;
        this.room = new TokenBucket(nowNanos);
        this.nextTurnNanos = nowNanos;
    }

    /** From now on no session begins; whoever asks is told to come back as those do who are moved by these waves. */
    void leave(Waves waves) {
        leaving = waves;
    }

    boolean isLeaving() {
        return leaving != null;
    }

    /**
     * A session that lasts wants to begin.
     *
     * @return what it is told if it may not; null where it may
     */
    ServerMessage.@Nullable Refusal begin(long nowNanos) {
        ServerMessage.Refusal moving = goOn(nowNanos);
        if (moving != null) {
            return moving;
        }
        long waitNanos = takeOrWait(nowNanos);
        if (waitNanos == 0) {
            return null;
        }
        counters.admissionsRefused.increment();
        return new ServerMessage.Refusal(
                null, Code.NODE_FULL, null, TOO_MANY_AT_ONCE, Math.ceilDiv(waitNanos, MILLI_NANOS));
    }

    /** Likewise for the next poll of a run of polls, which began before. */
    ServerMessage.@Nullable Refusal goOn(long nowNanos) {
        if (leaving == null) {
            return null;
        }
        counters.leavingRefused.increment();
        return new ServerMessage.Refusal(null, Code.MOVING, null, Code.MOVING.text(), returnMillis(nowNanos));
    }

    /** How long one that is sent away now is to wait before it comes back, not all alike. */
    long returnMillis(long nowNanos) {
        Waves waves = leaving;
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long least = RETRY_MILLIS + random.nextLong(RETRY_MILLIS);
        return waves == null ? least : Math.max(least, waves.waitMillis(random.nextDouble(), nowNanos));
    }

    /** Takes a place; 0 where there was one, else how long until the turn of who asks. */
    private synchronized long takeOrWait(long nowNanos) {
        long untilRoom = room.take(rate, nowNanos);
        if (untilRoom == 0) {
            return 0;
        }
        long wait = Math.max(untilRoom, nextTurnNanos - nowNanos);
        if (wait > TURN_NANOS_MAX) {
            return TURN_NANOS_MAX / 2 + ThreadLocalRandom.current().nextLong(TURN_NANOS_MAX / 2);
        }
        nextTurnNanos = nowNanos + wait + SECOND_NANOS / rate.perSecond();
        return wait;
    }
}
