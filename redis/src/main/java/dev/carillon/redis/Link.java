package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the calls of one shard to Redis and their answers back, in the order of the calls, and keeps the port's rule about
 * failure: once one of them failed all do, made before or after, until it is resumed.
 *
 * <p><b>One thread owns it</b>, one of the library's. Calls may be made on any; each is a task of the owner's, and so is each
 * reply. So the order of calls is that of the tasks, and a failure falls between two of them. What was said to Redis within
 * the tasks that were waiting leaves in one write.
 *
 * <p><b>Failure.</b> A reply that is an error or unreadable, a connection that ends, a call or a ping of the feed that stays
 * unanswered: the link is down. Both connections are closed and never repaired, because nobody knows what became of what
 * they carried; resuming makes new ones, and has Redis end the old one first, so that nothing which was answered as failed
 * takes effect after that.
 *
 * <p><b>Follows</b> go over the other connection. A call that was made after a follow is sent once that has taken effect.
 *
 * <p><b>Bounds.</b> So many calls, and bytes in them, may wait for their answers; one more, and the link is down: Redis is
 * too slow for what is asked of it, and publishers must hear that. Fewer are on their way at once, so that a slow link
 * doesn't fill buffers with answers. Follows are bounded by the channels there are.
 */
final class Link {

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    /** What a ping and its answer hold, about. */
    private static final int PING_BYTES = 64;

    private sealed interface State {
        /** Not begun, or failed, or ended. */
        record Down() implements State {}

        /** Connecting, or about to. */
        record Coming(Connections connections) implements State {}

        /** Calls are sent. */
        record Up(Connections connections) implements State {}
    }

    private final Connections.Source source;
    private final RedisLimits limits;
    private final ScheduledExecutorService owner;
    private final RedisCounters counters;
    private final Calls calls;

    // What follows is the owner's.
    private State state = new State.Down();
    private SharedLog.@Nullable Feed feed;
    /** Set once, before anything of it is followed; read by the thread that pushes come on. */
    private volatile SharedPresence.@Nullable Feed presence;

    private @Nullable ScheduledFuture<?> ticks;
    private final Follows follows;
    private boolean isFlushDue;
    private boolean isFeedAsked;
    private long feedAskedAt;
    /** Of the newest life that took calls. */
    private Connections.Identity before = Connections.Identity.NONE;
    /** Whether it was said that the link is down; it is said once until it is up again. */
    private boolean isSaid;

    private boolean isClosed;
    /** Whose pushes are heard; also read by the thread that they come on. */
    private volatile @Nullable Connections live;
    /** When that was asked which Redis has answered last, over each of the connections; read from any thread. */
    private volatile long callsProvenAt = System.nanoTime();

    private volatile long feedProvenAt = callsProvenAt;

    Link(Connections.Source source, ScheduledExecutorService owner, RedisCounters counters) {
        this.source = source;
        this.limits = source.settings().limits();
        this.owner = owner;
        this.counters = counters;
        this.calls = new Calls(limits);
        this.follows = new Follows(limits.windowMax());
    }

    // ---- from any thread

    void begin(SharedLog.Feed hearer) {
        post(() -> onBegin(hearer));
    }

    void resume() {
        post(() -> {
            if (state instanceof State.Down && feed != null && !isClosed) {
                connect(ThreadLocalRandom.current()
                        .nextLong(limits.reconnectDelayMax().toMillis() + 1));
            }
        });
    }

    /** Done once it is closed. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(() -> {
            isClosed = true;
            if (ticks != null) {
                ticks.cancel(false);
            }
            fail("it is closed");
            done.complete(null);
        });
        return done;
    }

    /** Asks for a sign of life, in the order of the calls; false where the link has failed. */
    void ping(Consumer<Boolean> answer) {
        call(new Call<String, Boolean>(
                "ping", "", PING_BYTES, PING_BYTES, redis -> redis.ping(), _ -> true, false, answer));
    }

    /** Whether calls are sent. */
    boolean isUp() {
        return live != null;
    }

    /** How long ago that was asked which Redis has answered last, over the connection that has waited longer. */
    long proofAgeNanos() {
        long now = System.nanoTime();
        return Math.max(now - callsProvenAt, now - feedProvenAt);
    }

    void call(Call<?, ?> call) {
        boolean hasRoom = calls.admit(call);
        try {
            owner.execute(() -> onCall(call, hasRoom));
        } catch (RejectedExecutionException e) { // the library has ended
            calls.fail(call);
        }
    }

    void beginPresence(SharedPresence.Feed hearer) {
        presence = hearer;
    }

    void follow(ChannelName channel, Follows.Feed of, boolean isOn) {
        post(() -> onFollow(new Follows.Follow(channel, of, isOn)));
    }

    private void post(Runnable task) {
        try {
            owner.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("The library has ended", e);
        }
    }

    /** Done once all that was pushed until now has been heard, or the link is down. */
    CompletableFuture<Boolean> heard() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        post(() -> {
            if (state instanceof State.Up(Connections connections)) {
                var _ = connections.feed().ping().whenComplete((_, failure) -> done.complete(failure == null));
            } else {
                done.complete(false);
            }
        });
        return done;
    }

    /** Which connection takes calls, or did when it was last up. */
    CompletableFuture<Connections.Identity> identity() {
        return CompletableFuture.supplyAsync(
                () -> state instanceof State.Up(Connections connections) ? connections.identity() : before, owner);
    }

    // ---- lives

    private void onBegin(SharedLog.Feed hearer) {
        if (feed != null) {
            throw new IllegalStateException("begun twice");
        }
        feed = hearer;
        long period = limits.callTimeout().toMillis() / 4;
        ticks = owner.scheduleWithFixedDelay(this::onTick, period, period, TimeUnit.MILLISECONDS);
        connect(0);
    }

    private void become(State next) {
        state = next;
        live = next instanceof State.Up(Connections connections) ? connections : null;
    }

    private void connect(long delayMillis) {
        Connections connections = new Connections(source, ended -> post(() -> onOver(ended)));
        become(new State.Coming(connections));
        var _ = owner.schedule(() -> open(connections), delayMillis, TimeUnit.MILLISECONDS);
    }

    private void open(Connections connections) {
        if (!isCurrent(connections) || feed == null) {
            return;
        }
        try {
            var _ = connections
                    .open(new Hearer(connections, feed), before)
                    .orTimeout(limits.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((_, failure) -> post(() -> onOpened(connections, failure)));
        } catch (RuntimeException e) { // the library has ended
            fail(Words.of(e));
        }
    }

    private boolean isCurrent(Connections connections) {
        return switch (state) {
            case State.Down _ -> false;
            case State.Coming(Connections coming) -> coming == connections;
            case State.Up(Connections up) -> up == connections;
        };
    }

    private void onOpened(Connections connections, @Nullable Throwable failure) {
        if (!isCurrent(connections)) {
            connections.close();
            return;
        }
        if (failure != null) {
            fail(Words.of(failure));
            return;
        }
        counters.connects.increment();
        before = connections.identity();
        callsProvenAt = System.nanoTime();
        feedProvenAt = callsProvenAt;
        become(new State.Up(connections));
        if (isSaid) {
            isSaid = false;
            LOG.info("The link to {} is back", source.settings());
        }
        sendFollows();
        sendCalls();
    }

    private void onOver(Connections connections) {
        if (isCurrent(connections)) {
            fail("a connection has ended");
        }
    }

    private void fail(String why) {
        switch (state) {
            case State.Down _ -> {
                return;
            }
            case State.Coming(Connections connections) -> connections.close();
            case State.Up(Connections connections) -> connections.close();
        }
        become(new State.Down());
        if (!isClosed) {
            counters.failures.increment();
            if (!isSaid) {
                isSaid = true;
                LOG.warn("The link to {} is down: {}", source.settings(), why);
            }
        }
        follows.clear();
        isFeedAsked = false;
        calls.failAll();
        if (feed != null) {
            feed.onLost();
        }
    }

    // ---- calls

    private void onCall(Call<?, ?> call, boolean hasRoom) {
        if (!hasRoom && !(state instanceof State.Down)) {
            counters.overflows.increment();
            fail("more than " + limits.callsMax() + " calls or " + limits.callBytesMax() + " bytes wait for answers");
        }
        if (state instanceof State.Down) {
            calls.fail(call);
            return;
        }
        call.followsBefore = follows.made();
        calls.add(call);
        sendCalls();
    }

    private void sendCalls() {
        while (state instanceof State.Up(Connections connections)) {
            Call<?, ?> call = calls.next(follows.done(), System.nanoTime());
            if (call == null) {
                return;
            }
            counters.calls.increment();
            send(call, connections);
        }
    }

    private <R> void send(Call<R, ?> call, Connections connections) {
        try {
            var _ = call.send(connections.calls())
                    .whenComplete((reply, failure) -> post(() -> onReply(connections, call, reply, failure)));
            flushLater();
        } catch (RuntimeException e) {
            fail(call + ": " + Words.of(e));
        }
    }

    /** Behind the tasks that are waiting, which may say more. */
    private void flushLater() {
        if (!isFlushDue) {
            isFlushDue = true;
            post(() -> {
                isFlushDue = false;
                if (state instanceof State.Up(Connections connections)) {
                    connections.flush();
                }
            });
        }
    }

    private <R, T> void onReply(Connections connections, Call<R, T> call, R reply, @Nullable Throwable failure) {
        if (!isCurrent(connections)) {
            return; // it was answered
        }
        if (failure != null) {
            fail(call + ": " + Words.of(failure));
            return;
        }
        T answer = call.read(reply);
        if (answer == null || calls.first() != call) {
            fail(call + ": the reply is unreadable or out of order");
            return;
        }
        calls.removeFirst();
        callsProvenAt = call.sentAt;
        call.answer(answer);
        sendCalls();
    }

    // ---- the feed

    private void onFollow(Follows.Follow follow) {
        if (state instanceof State.Down) {
            return;
        }
        follows.add(follow);
        sendFollows();
    }

    private void sendFollows() {
        while (state instanceof State.Up(Connections connections)) {
            Follows.Follow follow = follows.next();
            if (follow == null) {
                return;
            }
            byte[] name = source.keys().feed(follow);
            var confirmed = follow.isOn()
                    ? connections.feed().ssubscribe(name)
                    : connections.feed().sunsubscribe(name);
            var _ = confirmed.whenComplete((_, failure) -> post(() -> onFollowed(connections, follow, failure)));
        }
    }

    private void onFollowed(Connections connections, Follows.Follow follow, @Nullable Throwable failure) {
        if (!isCurrent(connections)) {
            return;
        }
        if (failure != null) {
            fail("follow " + follow.channel() + ": " + Words.of(failure));
            return;
        }
        follows.onConfirmed(follow);
        sendFollows();
        sendCalls();
    }

    /** Hears what is pushed, on a thread of the library's. */
    private final class Hearer extends RedisPubSubAdapter<byte[], byte[]> {
        private final Connections connections;
        private final SharedLog.Feed to;

        private Hearer(Connections connections, SharedLog.Feed to) {
            this.connections = connections;
            this.to = to;
        }

        @Override
        public void smessage(byte[] name, byte[] message) {
            if (live != connections) {
                return;
            }
            ChannelName channel = source.keys().channelOf(name);
            boolean isHeard = channel == null ? hearPresence(name, message) : hear(channel, message);
            (isHeard ? counters.pushes : counters.garbage).increment();
        }

        private boolean hear(ChannelName channel, byte[] message) {
            RecordFormat.Pushed pushed = RecordFormat.pushed(message);
            if (pushed != null) {
                to.onPushed(channel, pushed.epoch(), pushed.record());
                return true;
            }
            SharedLog.Signal signal = SignalFormat.read(message);
            if (signal != null) {
                to.onSignal(channel, signal);
                return true;
            }
            SharedLog.Redacted.Done redaction = RedactionFormat.read(message);
            if (redaction != null) {
                to.onRedacted(channel, redaction);
            }
            return redaction != null;
        }

        private boolean hearPresence(byte[] name, byte[] message) {
            ChannelName channel = source.keys().channelOfPresence(name);
            SharedPresence.Change change = PresenceFormat.change(message);
            SharedPresence.Feed hearer = presence;
            if (channel == null || change == null || hearer == null) {
                return false;
            }
            hearer.onChanged(channel, change);
            return true;
        }
    }

    // ---- silence

    private void onTick() {
        if (!(state instanceof State.Up(Connections connections))) {
            return;
        }
        long now = System.nanoTime();
        Call<?, ?> oldest = calls.first();
        if (oldest != null && isTooLong(oldest.sentAt, now)) {
            fail(oldest + ": no answer within " + limits.callTimeout().toMillis() + " ms");
        } else if (isFeedAsked && isTooLong(feedAskedAt, now)) {
            fail("the feed: no answer within " + limits.callTimeout().toMillis() + " ms");
        } else {
            if (oldest == null) {
                ping(_ -> {});
            }
            if (!isFeedAsked) {
                askFeed(connections, now);
            }
        }
    }

    private void askFeed(Connections connections, long now) {
        isFeedAsked = true;
        feedAskedAt = now;
        var _ = connections
                .feed()
                .ping()
                .whenComplete((_, failure) -> post(() -> {
                    if (isCurrent(connections) && failure == null) {
                        isFeedAsked = false;
                        feedProvenAt = feedAskedAt;
                    }
                }));
    }

    private boolean isTooLong(long since, long now) {
        return now - since >= limits.callTimeout().toNanos();
    }
}
