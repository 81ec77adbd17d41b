package dev.carillon.gateway;

import dev.carillon.engine.Loop;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Timers;
import dev.carillon.protocol.Code;
import dev.carillon.websocket.SendRings;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;

/**
 * The event loops, on epoll where the system has it. Each owns its connections and, as a shard, its share of the channels
 * (docs/adr/0002-a-shard-is-an-event-loop.md).
 */
public final class EventLoops implements AutoCloseable {

    /** What belongs to one event loop. */
    record Member(Loop loop, Turn turn, Heartbeats heartbeats) {}

    private final SendRings rings;
    private final MultiThreadIoEventLoopGroup group;
    private final IdentityHashMap<EventLoop, Member> members = new IdentityHashMap<>();
    private final List<Node.ShardPorts> shardPorts = new ArrayList<>();

    /**
     * Starts so many loops.
     *
     * @param rings whether they make many sends in one system call
     */
    public EventLoops(int count, SendRings rings) {
        this.rings = rings;
        IoHandlerFactory transport = isEpoll() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group = new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory("carillon-loop"), transport);
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            Mailbox mailbox = new LoopMailbox(loop);
            Timers timers = timersOf(loop);
            Turn turn = new Turn(loop, rings);
            members.put(loop, new Member(new Loop(mailbox, timers, turn::sendVolley), turn, new Heartbeats(loop)));
            shardPorts.add(new Node.ShardPorts(mailbox, timers));
        }
    }

    /** The loop of a session that has no connection. */
    public Loop anyLoop() {
        return of((EventLoop) group.iterator().next()).loop();
    }

    /** How they send to many connections at once. */
    public SendRings sendRings() {
        return rings;
    }

    static boolean isEpoll() {
        return Epoll.isAvailable();
    }

    /** The ports of the shards that live on these loops. */
    public List<Node.ShardPorts> shardPorts() {
        return List.copyOf(shardPorts);
    }

    /** The bytes that wait for all connections' sockets, as of the last tenth of a heartbeat; from any thread. */
    public long waitingBytes() {
        return members.values().stream()
                .mapToLong(member -> member.heartbeats().waitingBytes())
                .sum();
    }

    /**
     * Ends the sessions of all loops that the test names; from any thread, and without waiting for it.
     *
     * @param which is given each session's principal and id, on the session's loop
     */
    public void endSessions(BiPredicate<Principal, String> which, Code code) {
        for (Member member : members.values()) {
            Loop loop = member.loop();
            loop.mailbox().post(() -> loop.endSessions(which, code));
        }
    }

    /**
     * Runs the task on this thread; what it posts to loops reaches each of them in one piece, when it is over. So one
     * turn does all of it, where a loop that is woken for the first post would begin with that alone.
     */
    public static void together(Runnable task) {
        LoopMailbox.together(task);
    }

    MultiThreadIoEventLoopGroup group() {
        return group;
    }

    Member of(EventLoop loop) {
        return Objects.requireNonNull(members.get(loop), "a loop of another group");
    }

    private static Timers timersOf(EventLoop loop) {
        return (delay, task) -> {
            Future<?> timer = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> timer.cancel(false);
        };
    }

    /** Ends the loops; what is in their queues is dropped. Blocks; not for a loop's own thread. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        members.values().forEach(member -> member.turn().close());
    }
}
