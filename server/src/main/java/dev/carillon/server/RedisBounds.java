package dev.carillon.server;

import dev.carillon.engine.Rate;
import dev.carillon.engine.SharedLimits;
import java.time.Duration;

/**
 * The bounds of a node's links to Redis, and of what it makes of what comes over them. They stand here and not in the room
 * redis, because a server without Redis runs without that room's jar.
 *
 * @param calls the most calls of one link that are not answered; one more, and the link counts as failed
 * @param callBytes the most bytes in them
 * @param window the most calls of one link that are on their way to Redis at once
 * @param windowBytes the most bytes that their answers are expected to have
 * @param callTime a call that is not answered within this time has its link fail
 * @param connectTime how long connecting may take
 * @param reconnectDelay a link waits a random time up to this before it connects again
 * @param early the most publications of a channel that are held because one before them has not come
 * @param holeTime how long such a hole may take to fill by itself
 * @param fill the most publications that are read at once to fill it
 * @param fillBytes the most bytes in them
 * @param tick how often it is looked what is due, and whether a Redis that was away is back
 * @param proofAge a channel about which nothing was proven for so long has its head asked for
 * @param probe the most channels in one such question
 * @param leaseTime so long after the last sign of life of a node the users that it listed as present are taken away
 * @param leaseRenewal how often a node gives one
 * @param bury the most users that are taken away at once
 * @param signalRate how many signals of one event loop go to other nodes in a second; more are dropped
 * @param signalsWaiting the most of its signals that Redis has not answered, and a quarter of {@code calls}; one more is dropped
 */
public record RedisBounds(
        int calls,
        long callBytes,
        int window,
        long windowBytes,
        Duration callTime,
        Duration connectTime,
        Duration reconnectDelay,
        int early,
        Duration holeTime,
        int fill,
        int fillBytes,
        Duration tick,
        Duration proofAge,
        int probe,
        Duration leaseTime,
        Duration leaseRenewal,
        int bury,
        int signalRate,
        int signalsWaiting) {

    private static final long MIB = 1 << 20;

    /** What holds when nothing else is set. */
    public static final RedisBounds DEFAULT = new RedisBounds(
            16_384,
            64 * MIB,
            1024,
            8 * MIB,
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofMillis(250),
            SharedLimits.DEFAULT.earlyMax(),
            SharedLimits.DEFAULT.patience(),
            SharedLimits.DEFAULT.fillCountMax(),
            SharedLimits.DEFAULT.fillBytesMax(),
            SharedLimits.DEFAULT.tick(),
            SharedLimits.DEFAULT.proofAgeMax(),
            SharedLimits.DEFAULT.probeMax(),
            SharedLimits.DEFAULT.leaseTime(),
            SharedLimits.DEFAULT.leaseRenewal(),
            SharedLimits.DEFAULT.buryMax(),
            SharedLimits.DEFAULT.signalRate().perSecond(),
            SharedLimits.DEFAULT.signalsMax());

    SharedLimits shared() {
        return new SharedLimits(
                early,
                holeTime,
                fill,
                fillBytes,
                tick,
                proofAge,
                probe,
                leaseTime,
                leaseRenewal,
                bury,
                new Rate(signalRate, Math.max(1, signalRate / 5)),
                Math.min(signalsWaiting, Math.max(1, calls / 4)));
    }
}
