package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Owns a share of the channels. Everything but {@link #mailbox} runs on its owner's thread. */
final class Shard {

    private static final Duration SWEEP = Duration.ofSeconds(10);

    final Mailbox mailbox;
    final Broker broker;
    final Clock clock;
    final Decisions decisions;
    final EngineLimits limits;
    final EngineCounters counters;

    private final Timers timers;
    private final ChannelCatalog catalog;
    private final Map<ChannelName, Channel> channels = new HashMap<>();

    Shard(Node.Ports ports, Mailbox mailbox, Timers timers, Broker broker) {
        this.mailbox = mailbox;
        this.timers = timers;
        this.broker = broker;
        this.clock = ports.clock();
        this.decisions = ports.decisions();
        this.catalog = ports.catalog();
        this.limits = ports.limits();
        this.counters = ports.counters();
        mailbox.post(this::sweepLater);
    }

    /** Hands the channel of this name, loaded or about to be, to {@code use}; or says why there is none. */
    void withChannel(ChannelName name, Consumer<Channel> use, Consumer<Code> refuse) {
        assert mailbox.isOwner();
        Channel channel = channels.get(name);
        if (channel == null) {
            ChannelSettings settings = catalog.settingsOf(name);
            if (settings == null) {
                refuse.accept(Code.UNKNOWN_CHANNEL);
                return;
            }
            if (channels.size() >= limits.attachedMax() && !makeRoom()) {
                refuse.accept(Code.OVERLOADED);
                return;
            }
            channel = new Channel(name, this, settings);
            channels.put(name, channel);
            counters.channelsAttached.increment();
        }
        use.accept(channel);
    }

    /** Lets channels leave the memory that nobody is using at this moment; whether there is room then. */
    private boolean makeRoom() {
        sweep(0);
        return channels.size() < limits.attachedMax();
    }

    /** What the tail of one channel may hold, so that all tails together stay within their bound. */
    int tailBytesMax() {
        return (int) Math.min(limits.tailBytesMax(), limits.tailsBytesMax() / Math.max(1, channels.size()));
    }

    /** The channel of this name as far as it is attached. */
    @Nullable
    Channel attached(ChannelName name) {
        assert mailbox.isOwner();
        return channels.get(name);
    }

    /**
     * Asks a decision and goes on with its verdict on this thread: before it returns where the answer comes at once, else
     * later, after {@code whenLater} has run. A port that throws instead of answering has refused.
     */
    void decide(Consumer<Consumer<Decisions.Verdict>> question, Runnable whenLater, Consumer<Decisions.Verdict> then) {
        Asked.ask(
                mailbox,
                timers,
                limits.decisionTimeMax(),
                question,
                whenLater,
                code -> new Decisions.Verdict.Refuse(code, code.text()),
                then);
    }

    private void sweepLater() {
        timers.schedule(SWEEP, () -> {
            sweep(limits.idleTimeMax().toNanos());
            sweepLater();
        });
    }

    private void sweep(long idleNanos) {
        long now = clock.nanos();
        Iterator<Map.Entry<ChannelName, Channel>> walk = channels.entrySet().iterator();
        while (walk.hasNext()) {
            Map.Entry<ChannelName, Channel> entry = walk.next();
            if (entry.getValue().isIdle(now, idleNanos)) {
                walk.remove();
                if (entry.getValue().isAttached()) {
                    broker.detach(entry.getKey());
                }
                counters.channelsAttached.decrement();
            }
        }
    }
}
