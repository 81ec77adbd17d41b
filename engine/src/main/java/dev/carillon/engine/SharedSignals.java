package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The signals that one shard sends to the readers of other nodes, and hears from there (docs/adr/0007). They are not kept and
 * not answered for: what can't be sent is dropped and counted.
 *
 * <p><b>Counting.</b> A node numbers what it has for one channel, sent or not, in a series of its own. Whoever hears a number
 * that doesn't follow knows how many it was not given, whoever dropped them, and its readers are told with the next signal. What
 * comes late or twice is not told: it was counted as missing.
 *
 * <p>Owned by the shard.
 */
final class SharedSignals {

    /** The channels of which it is known how many signals were sent; of the one that comes back a new series begins. */
    private static final int SENT_MAX = 16_384;

    /** The nodes that are told apart in one channel; what one more has dropped before its first signal is not counted. */
    private static final int HEARD_MAX = 256;

    /** What it needs of its broker. */
    interface Link {
        boolean isAway();

        /** A call has failed. */
        void goAway();
    }

    private static final class Series {
        private final long name;
        private long serial;

        private Series(long name) {
            this.name = name;
        }
    }

    /** So many of those that were used last. */
    private static final class Newest<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;
        private final int max;

        private Newest(int max) {
            super(16, 0.75f, true);
            this.max = max;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > max;
        }
    }

    private final Mailbox shard;
    private final Clock clock;
    private final Randomness randomness;
    private final SharedLog log;
    private final SharedLimits limits;
    private final EngineCounters counters;
    private final Link link;
    private final TokenBucket bucket;
    private final Map<ChannelName, Series> sent = new Newest<>(SENT_MAX);
    /** Of attached channels, the newest number of each series. */
    private final Map<ChannelName, Map<Long, Long>> heard = new HashMap<>();

    private int unanswered;

    SharedSignals(
            Mailbox shard,
            Clock clock,
            Randomness randomness,
            SharedLog log,
            SharedLimits limits,
            EngineCounters counters,
            Link link) {
        this.shard = shard;
        this.clock = clock;
        this.randomness = randomness;
        this.log = log;
        this.limits = limits;
        this.counters = counters;
        this.link = link;
        this.bucket = new TokenBucket(clock.nanos());
    }

    /** Sends one, if the link is up and has room. */
    void send(ChannelName channel, CarriedSignal signal) {
        Series series = sent.computeIfAbsent(channel, _ -> new Series(randomness.nextLong()));
        series.serial++;
        boolean isHeld = link.isAway()
                || unanswered >= limits.signalsMax()
                || bucket.take(limits.signalRate(), clock.nanos()) > 0;
        if (isHeld) {
            counters.signalsUnsent.increment();
            return;
        }
        unanswered++;
        log.signal(
                channel,
                new SharedLog.Signal(series.name, series.serial, signal),
                isDone -> shard.post(() -> {
                    unanswered--;
                    if (!isDone) {
                        counters.signalsUnsent.increment();
                        link.goAway();
                    }
                }));
    }

    /**
     * Takes one that was pushed, to a channel that is attached.
     *
     * @return how many of its series did not come since the one before it; −1 where it is not to be told, because it is this
     *     node's own or was counted as missing
     */
    int hear(ChannelName channel, SharedLog.Signal signal) {
        Series own = sent.get(channel);
        if (own != null && own.name == signal.series()) {
            return -1;
        }
        Map<Long, Long> newest = heard.computeIfAbsent(channel, _ -> new Newest<>(HEARD_MAX));
        Long before = newest.get(signal.series());
        if (before != null && signal.serial() <= before) {
            return -1;
        }
        newest.put(signal.series(), signal.serial());
        int missed = before == null ? 0 : (int) Math.min(signal.serial() - before - 1, Integer.MAX_VALUE);
        counters.signalsMissed.add(missed);
        return missed;
    }

    void onDetached(ChannelName channel) {
        heard.remove(channel);
    }
}
