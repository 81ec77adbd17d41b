package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One server process as the engine sees it: its shards, and the ports that they share. */
public final class Node {

    /**
     * What all shards and sessions share.
     *
     * @param hello what a session tells its client first
     */
    public record Ports(
            Clock clock,
            Randomness randomness,
            Decisions decisions,
            ChannelCatalog catalog,
            EngineLimits limits,
            EngineCounters counters,
            ServerMessage.Limits hello) {

        /** Asks who presents a token; goes on on the loop. */
        void admit(Loop loop, @Nullable String token, Runnable whenLater, Consumer<Decisions.Admission> then) {
            Asked.ask(
                    loop.mailbox(),
                    loop.timers(),
                    limits.decisionTimeMax(),
                    answer -> decisions.onConnect(token, answer),
                    whenLater,
                    code -> new Decisions.Admission.Rejected(code, code.text()),
                    then);
        }
    }

    /** What one shard has for itself. */
    public record ShardPorts(Mailbox mailbox, Timers timers) {}

    final Ports ports;
    private final Shard[] shards;

    /** Makes a node; the brokers are made by {@code brokerOf}, one for a shard. */
    public Node(Ports ports, List<ShardPorts> owners, Function<ShardPorts, Broker> brokerOf) {
        this.ports = ports;
        List<Shard> made = new ArrayList<>(owners.size());
        for (ShardPorts owner : owners) {
            ChannelNumbers numbers = new ChannelNumbers(made.size(), owners.size());
            made.add(new Shard(ports, owner.mailbox(), owner.timers(), brokerOf.apply(owner), numbers));
        }
        this.shards = made.toArray(new Shard[0]);
    }

    /**
     * Finds out who presents a token, on the loop that asks: before this returns where the answer comes at once, else later,
     * after {@code whenLater} has run. An answer that takes too long is a refusal.
     *
     * @param token null for nothing
     */
    public void admit(Loop loop, @Nullable String token, Runnable whenLater, Consumer<Decisions.Admission> then) {
        ports.admit(loop, token, whenLater, then);
    }

    /** What is set for a channel; null where no pattern allows its name. From any thread. */
    public @Nullable ChannelSettings settingsOf(ChannelName channel) {
        return ports.catalog().settingsOf(channel);
    }

    /**
     * Those whose connections were lost, and of whom it is known that they will not come back, leave presence at once; from
     * any thread.
     */
    void endLapsing(BiPredicate<Principal, String> which) {
        for (Shard shard : shards) {
            shard.mailbox.post(() -> shard.endLapsing(which));
        }
    }

    /** The shard that owns the channel of this name; from any thread. */
    Shard shardOf(ChannelName channel) {
        int hash = channel.value().hashCode();
        return shards[Math.floorMod(hash ^ (hash >>> 16), shards.length)];
    }
}
