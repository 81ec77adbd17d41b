package dev.carillon.engine;

import java.time.Duration;

/**
 * The bounds of a {@link SharedBroker}, all finite.
 *
 * @param earlyMax the most publications of a channel that are held because one before them has not come
 * @param patience how long such a hole may take to fill by itself before the log is asked
 * @param fillCountMax the most publications that are read at once to fill a hole
 * @param fillBytesMax the most bytes in them, by {@link LogRecord#bytes}
 * @param tick how often it is looked what is due, and a log that is away is asked whether it is back
 * @param proofAgeMax a channel about which nothing was proven for so long has its head asked for
 * @param probeMax the most channels in one such question
 * @param leaseTime so long after the last sign of life of a node the users that it listed as present are taken away
 * @param leaseRenewal how often a node gives one
 * @param buryMax the most users that are taken away at once
 * @param signalRate how many signals go to other nodes, of all channels; more are dropped
 * @param signalsMax the most signals on their way to the log; one more is dropped
 */
public record SharedLimits(
        int earlyMax,
        Duration patience,
        int fillCountMax,
        int fillBytesMax,
        Duration tick,
        Duration proofAgeMax,
        int probeMax,
        Duration leaseTime,
        Duration leaseRenewal,
        int buryMax,
        Rate signalRate,
        int signalsMax) {

    /** What holds when nothing else is set. */
    public static final SharedLimits DEFAULT = new SharedLimits(
            256, Duration.ofMillis(20), 1000, 1 << 20, Duration.ofMillis(500), Duration.ofSeconds(2), 1000);

    /** With the usual bounds of signals. */
    public SharedLimits(
            int earlyMax,
            Duration patience,
            int fillCountMax,
            int fillBytesMax,
            Duration tick,
            Duration proofAgeMax,
            int probeMax,
            Duration leaseTime,
            Duration leaseRenewal,
            int buryMax) {
        this(
                earlyMax,
                patience,
                fillCountMax,
                fillBytesMax,
                tick,
                proofAgeMax,
                probeMax,
                leaseTime,
                leaseRenewal,
                buryMax,
                new Rate(10_000, 2000),
                1024);
    }

    /** With the usual bounds of presence and signals. */
    public SharedLimits(
            int earlyMax,
            Duration patience,
            int fillCountMax,
            int fillBytesMax,
            Duration tick,
            Duration proofAgeMax,
            int probeMax) {
        this(
                earlyMax,
                patience,
                fillCountMax,
                fillBytesMax,
                tick,
                proofAgeMax,
                probeMax,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                64);
    }
}
