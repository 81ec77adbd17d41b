package dev.carillon.bench.micro;

import dev.carillon.engine.ChannelCatalog;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Clock;
import dev.carillon.engine.Decisions;
import dev.carillon.engine.Durability;
import dev.carillon.engine.EmbeddedBroker;
import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.EngineLimits;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.MemoryLog;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.Timers;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node whose one shard is also its one loop, on the caller's thread: everything is permitted, and no timer runs. */
final class OneThread implements Mailbox, Decisions {

    private static final ServerMessage.Limits HELLO =
            new ServerMessage.Limits(65_536, 4_096, 128, 900_000, 10_000, 5_000);
    private static final ChannelSettings SETTINGS = ChannelSettings.DEFAULT.with(Durability.MEMORY);

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Node node;
    private final Loop loop;

    OneThread(EngineLimits limits) {
        Random random = new Random(1);
        Timers timers = (delay, task) -> () -> {};
        Clock clock = new Clock() {
            @Override
            public long millis() {
                return System.currentTimeMillis();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };
        ChannelCatalog catalog = channel -> SETTINGS;
        loop = new Loop(this, timers);
        node = new Node(
                new Node.Ports(clock, random::nextLong, this, catalog, limits, new EngineCounters(), HELLO),
                List.of(new Node.ShardPorts(this, timers)),
                owner -> new EmbeddedBroker(owner.mailbox(), clock, random::nextLong, new MemoryLog(), null, limits));
    }

    Session session(Wire wire) {
        return new Session(node, loop, wire, "s", Principal.ANONYMOUS);
    }

    /** Runs a task and all that comes of it. */
    void run(Runnable first) {
        tasks.add(first);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Override
    public void post(Runnable task) {
        tasks.add(task);
    }

    @Override
    public boolean isOwner() {
        return true;
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        answer.accept(new Admission.Admitted(Principal.ANONYMOUS));
    }

    @Override
    public boolean isRevoked(Principal principal, String session) {
        return false;
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }
}
