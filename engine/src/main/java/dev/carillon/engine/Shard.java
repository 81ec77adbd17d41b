package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Owns a share of the channels. Everything but {@link #mailbox} runs on its owner's thread. */
final class Shard {

    private static final Duration SWEEP = Duration.ofSeconds(10);

    final Mailbox mailbox;
    final Broker broker;
    final Clock clock;
    private final Randomness randomness;
    final Decisions decisions;
    final EngineLimits limits;
    final EngineCounters counters;
    final Signals signals = new Signals(this);

    private final Timers timers;
    private final ChannelCatalog catalog;
    private final Map<ChannelName, Channel> channels = new HashMap<>();
    private final ChannelNumbers numbers;
    /** The newest version of any channel's presence that this shard has given. */
    private long presenceVersion;

    Shard(Node.Ports ports, Mailbox mailbox, Timers timers, Broker broker, ChannelNumbers numbers) {
        this.mailbox = mailbox;
        this.timers = timers;
        this.broker = broker;
        this.numbers = numbers;
        this.clock = ports.clock();
        this.randomness = ports.randomness();
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
            channel = new Channel(name, numbers.take(), this, settings);
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

    /** Whether there may be a channel of this name. */
    boolean allows(ChannelName name) {
        return catalog.settingsOf(name) != null;
    }

    /** Runs a task on this thread once the delay has passed. */
    void later(Duration delay, Runnable task) {
        var _ = timers.schedule(delay, task);
    }

    // ---- presence

    /**
     * A version for a presence that begins: above all that this shard has given, even where the clock was put back. After a
     * restart with such a clock it may lie below those of the life before; so that it doesn't meet one of them, it is spread
     * over the millisecond.
     */
    long newPresenceVersion() {
        long now = clock.millis() * 1000 + Math.floorMod(randomness.nextLong(), 1000L);
        presenceVersion = Math.max(presenceVersion + 1, now);
        return presenceVersion;
    }

    void onPresenceVersion(long given) {
        presenceVersion = Math.max(presenceVersion, given);
    }

    /** Who is present on a channel, in memory or not. */
    void onPresence(
            Principal principal,
            ClientMessage.Presence asked,
            Consumer<ServerMessage> onAnswer,
            Consumer<CatchUp.Refused> onRefused) {
        ChannelName name = asked.channel();
        if (!allows(name)) {
            onRefused.accept(new CatchUp.Refused(Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL.text()));
            return;
        }
        decide(answer -> decisions.onPresence(principal, name, answer), () -> {}, verdict -> {
            if (verdict instanceof Decisions.Verdict.Refuse(Code code, String message)) {
                onRefused.accept(new CatchUp.Refused(code, message));
            } else if (broker.rosters() == null) {
                onAnswer.accept(presenceAnswer(asked, presenceOf(name)));
            } else {
                withChannel(
                        name,
                        channel -> channel.withPresence(presence -> onAnswer.accept(presenceAnswer(asked, presence))),
                        code -> onRefused.accept(Channel.refusedWith(code)));
            }
        });
    }

    private ServerMessage presenceAnswer(ClientMessage.Presence asked, @Nullable Presence presence) {
        ChannelName name = asked.channel();
        if (asked.countsOnly()) {
            ServerMessage.PresenceCount count =
                    presence == null ? new ServerMessage.PresenceCount(null, name, 0, 0) : presence.count();
            return new ServerMessage.PresenceCount(asked.id(), name, count.users(), count.connections());
        }
        if (presence == null) {
            return new ServerMessage.PresenceList(asked.id(), name, newPresenceVersion(), List.of());
        }
        ServerMessage.PresenceList list = presence.list(asked.after(), asked.limit());
        return new ServerMessage.PresenceList(
                asked.id(), name, list.version(), list.after(), list.users(), list.next());
    }

    /** Those whose connections were lost, and of whom it is known that they will not come back, leave at once. */
    void endLapsing(BiPredicate<Principal, String> which) {
        for (Channel channel : channels.values()) {
            Presence presence = channel.presence();
            if (presence != null) {
                presence.endLapsing(which);
            }
        }
    }

    private @Nullable Presence presenceOf(ChannelName name) {
        Channel channel = attached(name);
        return channel == null ? null : channel.presence();
    }

    // ---- decisions

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

    // ---- memory

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
                entry.getValue().onForgotten();
                numbers.giveBack(entry.getValue().number());
                counters.channelsAttached.decrement();
            }
        }
    }
}
