package dev.carillon.engine;

import java.time.Duration;

/**
 * The engine's bounds, all finite.
 *
 * @param subscriptionsMax the most channels that a session may be subscribed to
 * @param channelsMax the most channels that the node keeps anything about
 * @param attachedMax the most channels that a shard holds in memory at a time
 * @param pageBytesMax a page of a catch-up ends once it holds so many bytes, by {@link LogRecord#bytes}
 * @param historyPageMax the most publications in one page of history
 * @param historyBytesMax the most bytes in one page of history, by the same count, unless one publication is larger
 * @param tailBytesMax the newest publications of an attached channel that stay in memory, by {@link LogRecord#bytes}
 * @param tailsBytesMax the same for all attached channels of a shard together
 * @param outstandingMax the most commands of one session that wait for an answer while more are read
 * @param outstandingBytesMax the most bytes of data in them
 * @param waitingMax the most operations that wait for one channel to be loaded, or behind one publisher's decision
 * @param decisionTimeMax how long a decision may take
 * @param signalBytesMax the most bytes of data in a signal
 * @param presenceMax the most users listed in one channel's presence
 * @param presencePageMax the most users in one page of the list
 * @param presenceDifferencesMax how many joins and leaves of a channel are remembered for those who return
 * @param presenceCountInterval who wants to know only how many are present is told at most once in so long
 * @param presenceGrace how long a user whose connections ended without a goodbye counts as present
 * @param authenticateTimeMax how long a stranger may take to prove who it is
 * @param refreshTime how long before its proof ends a session is told, or a quarter of the proof's life where that is less
 * @param idleTimeMax a channel that nobody uses for so long leaves the node's memory
 * @param rates how often one session may say something
 */
public record EngineLimits(
        int subscriptionsMax,
        int channelsMax,
        int attachedMax,
        int pageBytesMax,
        int historyPageMax,
        int historyBytesMax,
        int tailBytesMax,
        long tailsBytesMax,
        int outstandingMax,
        int outstandingBytesMax,
        int waitingMax,
        Duration decisionTimeMax,
        int signalBytesMax,
        int presenceMax,
        int presencePageMax,
        int presenceDifferencesMax,
        Duration presenceCountInterval,
        Duration presenceGrace,
        Duration authenticateTimeMax,
        Duration refreshTime,
        Duration idleTimeMax,
        SessionRates rates) {

    /** What holds when nothing else is set: development mode. */
    public static final EngineLimits DEFAULT = new EngineLimits(
            128,
            100_000,
            50_000,
            64 << 10,
            1000,
            4 << 20,
            256 << 10,
            64 << 20,
            1000,
            1 << 20,
            10_000,
            Duration.ofSeconds(5),
            4 << 10,
            10_000,
            1000,
            256,
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            SessionRates.DEVELOPMENT);
}
