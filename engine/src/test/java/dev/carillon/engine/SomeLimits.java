package dev.carillon.engine;

/** The default limits with a few of them changed. */
final class SomeLimits {

    private static final EngineLimits NORMAL = EngineLimits.DEFAULT;

    private SomeLimits() {}

    /** Pages of a catch-up and tails of so many bytes. */
    static EngineLimits pagesAndTails(int pageBytes, int tailBytes) {
        return limits(NORMAL.channelsMax(), NORMAL.attachedMax(), pageBytes, tailBytes);
    }

    /** So many operations that wait, and commands at this rate. */
    static EngineLimits waitingAndCommands(int waiting, Rate commands) {
        return limits(
                NORMAL.channelsMax(),
                NORMAL.attachedMax(),
                NORMAL.pageBytesMax(),
                NORMAL.tailBytesMax(),
                waiting,
                new SessionRates(commands, NORMAL.rates().signals()));
    }

    /** Tails of so many bytes, and so many in all tails of a shard. */
    static EngineLimits tails(int one, long all) {
        return new EngineLimits(
                NORMAL.subscriptionsMax(),
                NORMAL.channelsMax(),
                NORMAL.attachedMax(),
                NORMAL.pageBytesMax(),
                NORMAL.historyPageMax(),
                NORMAL.historyBytesMax(),
                one,
                all,
                NORMAL.outstandingMax(),
                NORMAL.outstandingBytesMax(),
                NORMAL.waitingMax(),
                NORMAL.decisionTimeMax(),
                NORMAL.signalBytesMax(),
                NORMAL.presenceMax(),
                NORMAL.presencePageMax(),
                NORMAL.presenceDifferencesMax(),
                NORMAL.presenceCountInterval(),
                NORMAL.presenceGrace(),
                NORMAL.authenticateTimeMax(),
                NORMAL.refreshTime(),
                NORMAL.idleTimeMax(),
                NORMAL.rates());
    }

    /** So many commands of a session that wait for their answers, and so many bytes of data in them. */
    static EngineLimits outstanding(int commands, int bytes) {
        return new EngineLimits(
                NORMAL.subscriptionsMax(),
                NORMAL.channelsMax(),
                NORMAL.attachedMax(),
                NORMAL.pageBytesMax(),
                NORMAL.historyPageMax(),
                NORMAL.historyBytesMax(),
                NORMAL.tailBytesMax(),
                NORMAL.tailsBytesMax(),
                commands,
                bytes,
                NORMAL.waitingMax(),
                NORMAL.decisionTimeMax(),
                NORMAL.signalBytesMax(),
                NORMAL.presenceMax(),
                NORMAL.presencePageMax(),
                NORMAL.presenceDifferencesMax(),
                NORMAL.presenceCountInterval(),
                NORMAL.presenceGrace(),
                NORMAL.authenticateTimeMax(),
                NORMAL.refreshTime(),
                NORMAL.idleTimeMax(),
                NORMAL.rates());
    }

    /** So many channels, kept and in memory. */
    static EngineLimits channels(int kept, int attached) {
        return limits(kept, attached, NORMAL.pageBytesMax(), NORMAL.tailBytesMax());
    }

    /** So many users listed. */
    static EngineLimits presence(int users) {
        return presence(users, NORMAL.presencePageMax(), NORMAL.presenceDifferencesMax());
    }

    /** So many users listed, in pages of so many, and so many joins and leaves remembered. */
    static EngineLimits presence(int users, int page, int differences) {
        return new EngineLimits(
                NORMAL.subscriptionsMax(),
                NORMAL.channelsMax(),
                NORMAL.attachedMax(),
                NORMAL.pageBytesMax(),
                NORMAL.historyPageMax(),
                NORMAL.historyBytesMax(),
                NORMAL.tailBytesMax(),
                NORMAL.tailsBytesMax(),
                NORMAL.outstandingMax(),
                NORMAL.outstandingBytesMax(),
                NORMAL.waitingMax(),
                NORMAL.decisionTimeMax(),
                NORMAL.signalBytesMax(),
                users,
                page,
                differences,
                NORMAL.presenceCountInterval(),
                NORMAL.presenceGrace(),
                NORMAL.authenticateTimeMax(),
                NORMAL.refreshTime(),
                NORMAL.idleTimeMax(),
                NORMAL.rates());
    }

    /** Signals at this rate. */
    static EngineLimits signals(Rate signals) {
        return limits(
                NORMAL.channelsMax(),
                NORMAL.attachedMax(),
                NORMAL.pageBytesMax(),
                NORMAL.tailBytesMax(),
                NORMAL.waitingMax(),
                new SessionRates(NORMAL.rates().commands(), signals));
    }

    private static EngineLimits limits(int kept, int attached, int pageBytes, int tailBytes) {
        return limits(kept, attached, pageBytes, tailBytes, NORMAL.waitingMax(), NORMAL.rates());
    }

    private static EngineLimits limits(
            int kept, int attached, int pageBytes, int tailBytes, int waiting, SessionRates rates) {
        return new EngineLimits(
                NORMAL.subscriptionsMax(),
                kept,
                attached,
                pageBytes,
                NORMAL.historyPageMax(),
                NORMAL.historyBytesMax(),
                tailBytes,
                NORMAL.tailsBytesMax(),
                NORMAL.outstandingMax(),
                NORMAL.outstandingBytesMax(),
                waiting,
                NORMAL.decisionTimeMax(),
                NORMAL.signalBytesMax(),
                NORMAL.presenceMax(),
                NORMAL.presencePageMax(),
                NORMAL.presenceDifferencesMax(),
                NORMAL.presenceCountInterval(),
                NORMAL.presenceGrace(),
                NORMAL.authenticateTimeMax(),
                NORMAL.refreshTime(),
                NORMAL.idleTimeMax(),
                rates);
    }
}
