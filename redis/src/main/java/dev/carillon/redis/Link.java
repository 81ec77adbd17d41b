package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
 * <p><b>A Redis Cluster</b> is several masters, each of which has calls of this link on their way, and answers at its own pace;
 * answers are given in the order of the calls all the same. What a master turns away, because a slot moves, is a
 * {@link Detour}'s; while there is one, nothing new is sent.
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
        record Coming(Life life) implements State {}

        /** Calls are sent. */
        record Up(Life life) implements State {}
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
    private final Detour detour;
    private boolean isFlushDue;
    private boolean isFeedAsked;
    private long feedAskedAt;
    /** What took calls in the newest life that did, by address. */
    private Map<Address, Connections.Identity> before = Map.of();
    /** Whether it was said that the link is down; it is said once until it is up again. */
    private boolean isSaid;

    private boolean isClosed;
    /** Whose pushes are heard; also read by the thread that they come on. */
    private volatile @Nullable Life live;
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
        this.detour = new Detour(calls, follows, new Lent());
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
        call(Call.<Boolean, Boolean>everywhere(
                "ping", "", PING_BYTES, PING_BYTES, Life::ping, isThere -> isThere, false, answer));
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
            if (state instanceof State.Up(Life life)) {
                var _ = life.pingFeeds().whenComplete((_, failure) -> done.complete(failure == null));
            } else {
                done.complete(false);
            }
        });
        return done;
    }

    /** Which connections take calls, or did when it was last up, by address. */
    CompletableFuture<Map<Address, Connections.Identity>> identities() {
        return CompletableFuture.supplyAsync(
                () -> state instanceof State.Up(Life life) ? life.identities() : before, owner);
    }

    /** The sentinels name this one as the master: a link to another is over. */
    void onMaster(Address named) {
        post(() -> {
            if (state instanceof State.Up(Life life) && !life.isAt(named)) {
                fail("the sentinels name " + named + " as the master");
            }
        });
    }

    /** Whether keys of several slots can't be asked for at once. */
    boolean isSpread() {
        return source.isSpread();
    }

    /** The thread that owns it. */
    Executor owner() {
        return owner;
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
        live = next instanceof State.Up(Life life) ? life : null;
    }

    private void connect(long delayMillis) {
        SharedLog.Feed hearer = Objects.requireNonNull(feed, "not begun");
        Life life = new Life(source, one -> new Hearer(one, hearer), ended -> post(() -> onOver(ended)));
        become(new State.Coming(life));
        var _ = owner.schedule(() -> open(life), delayMillis, TimeUnit.MILLISECONDS);
    }

    private void open(Life life) {
        if (!isCurrent(life)) {
            return;
        }
        try {
            var _ = life.open(before)
                    .orTimeout(limits.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((_, failure) -> post(() -> onOpened(life, failure)));
        } catch (RuntimeException e) { // the library has ended
            fail(Words.of(e));
        }
    }

    private boolean isCurrent(Life life) {
        return switch (state) {
            case State.Down _ -> false;
            case State.Coming(Life coming) -> coming == life;
            case State.Up(Life up) -> up == life;
        };
    }

    private void onOpened(Life life, @Nullable Throwable failure) {
        if (!isCurrent(life)) {
            life.close();
            return;
        }
        if (failure != null) {
            fail(Words.of(failure));
            return;
        }
        counters.connects.increment();
        before = life.identities();
        callsProvenAt = System.nanoTime();
        feedProvenAt = callsProvenAt;
        become(new State.Up(life));
        if (isSaid) {
            isSaid = false;
            LOG.info("The link to {} is back", source.settings());
        }
        goOn();
    }

    private void onOver(Life life) {
        if (isCurrent(life)) {
            fail("a connection has ended");
        }
    }

    private void fail(String why) {
        switch (state) {
            case State.Down _ -> {
                return;
            }
            case State.Coming(Life life) -> life.close();
            case State.Up(Life life) -> {
                before = life.identities();
                life.close();
            }
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
        detour.clear();
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

    /** Sends what may be sent, or sees to what was turned away. */
    private void goOn() {
        if (detour.isOver()) {
            sendFollows();
            sendCalls();
        } else if (state instanceof State.Up(Life life)) {
            detour.goOn(life);
        }
    }

    private void sendCalls() {
        while (state instanceof State.Up(Life life) && detour.isOver()) {
            Call<?, ?> call = calls.next(follows.done(), System.nanoTime());
            if (call == null) {
                return;
            }
            counters.calls.increment();
            send(call, life);
        }
    }

    private <R> void send(Call<R, ?> call, Life life) {
        sent(call, life, () -> call.send(life));
    }

    private <R> void sent(Call<R, ?> call, Life life, Supplier<CompletionStage<R>> sending) {
        try {
            detour.onSent();
            var _ = sending.get().whenComplete((reply, failure) -> post(() -> onReply(life, call, reply, failure)));
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
                if (state instanceof State.Up(Life life)) {
                    life.flush();
                }
            });
        }
    }

    private <R, T> void onReply(Life life, Call<R, T> call, R reply, @Nullable Throwable failure) {
        if (!isCurrent(life)) {
            return; // it was answered
        }
        Redirect redirect = failure == null ? null : life.redirectOf(failure, call.slot);
        if (redirect != null) {
            counters.redirects.increment();
            detour.onRedirected(call, redirect);
        } else if (failure != null) {
            fail(call + ": " + Words.of(failure));
            return;
        } else if (call.hold(reply)) {
            detour.onAnswered();
        } else {
            fail(call + ": the reply is unreadable");
            return;
        }
        for (Call<?, ?> next = calls.nextHeld(); next != null; next = calls.nextHeld()) {
            callsProvenAt = next.sentAt;
            next.deliver();
        }
        goOn();
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
        while (state instanceof State.Up(Life life) && detour.isOver()) {
            Follows.Follow follow = follows.next();
            if (follow == null) {
                return;
            }
            Connections to = life.at(Keys.slot(follow.channel()));
            byte[] name = source.keys().feed(follow);
            var confirmed =
                    follow.isOn() ? to.feed().ssubscribe(name) : to.feed().sunsubscribe(name);
            var _ = confirmed.whenComplete((_, failure) -> post(() -> onFollowed(life, follow, failure)));
        }
    }

    private void onFollowed(Life life, Follows.Follow follow, @Nullable Throwable failure) {
        if (!isCurrent(life)) {
            return;
        }
        Redirect redirect = failure == null ? null : life.redirectOf(failure, Keys.slot(follow.channel()));
        if (redirect instanceof Redirect.Moved moved) {
            counters.redirects.increment();
            follows.onReturned(follow);
            detour.onMoved(moved);
        } else if (failure != null) {
            fail("follow " + follow.channel() + ": " + Words.of(failure));
            return;
        } else {
            follows.onConfirmed(follow);
        }
        goOn();
    }

    /** Nothing is pushed of it any more: in a Redis Cluster its slot has moved. */
    private void onSilent(Life life, byte[] name) {
        if (!isCurrent(life)) {
            return;
        }
        ChannelName records = source.keys().channelOf(name);
        ChannelName presences = source.keys().channelOfPresence(name);
        if (records != null) {
            follows.repeat(records, Follows.Feed.RECORDS);
        } else if (presences != null) {
            follows.repeat(presences, Follows.Feed.PRESENCE);
        }
        goOn();
    }

    /** What a detour needs of it. */
    private final class Lent implements Detour.Owner {
        @Override
        public void send(Call<?, ?> call, Life life) {
            Link.this.send(call, life);
        }

        @Override
        public void sendAsking(Call<?, ?> call, Life life, Connections to) {
            ask(call, life, to);
        }

        private <R> void ask(Call<R, ?> call, Life life, Connections to) {
            sent(call, life, () -> {
                var _ = to.calls().asking();
                return call.sendTo(to.calls());
            });
        }

        @Override
        public <T> void then(Life life, CompletableFuture<T> step, Consumer<T> next) {
            var _ = step.orTimeout(limits.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((result, failure) -> post(() -> {
                        if (!isCurrent(life)) {
                            return;
                        }
                        if (failure != null) {
                            fail("after a redirection: " + Words.of(failure));
                        } else {
                            next.accept(result);
                        }
                    }));
        }

        @Override
        public void later(Life life, long millis, Runnable next) {
            var _ = owner.schedule(
                    () -> {
                        if (isCurrent(life)) {
                            next.run();
                        }
                    },
                    millis,
                    TimeUnit.MILLISECONDS);
        }

        @Override
        public void fail(String why) {
            Link.this.fail(why);
        }

        @Override
        public void goOn() {
            Link.this.goOn();
        }
    }

    /** Hears what is pushed, on a thread of the library's. */
    private final class Hearer extends RedisPubSubAdapter<byte[], byte[]> {
        private final Life life;
        private final SharedLog.Feed to;

        private Hearer(Life life, SharedLog.Feed to) {
            this.life = life;
            this.to = to;
        }

        @Override
        public void sunsubscribed(byte[] name, long count) {
            if (life.isSpread()) {
                post(() -> onSilent(life, name));
            }
        }

        @Override
        public void smessage(byte[] name, byte[] message) {
            if (live != life) {
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
        if (!(state instanceof State.Up(Life life))) {
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
                askFeed(life, now);
            }
        }
    }

    private void askFeed(Life life, long now) {
        isFeedAsked = true;
        feedAskedAt = now;
        var _ = life.pingFeeds()
                .whenComplete((_, failure) -> post(() -> {
                    if (isCurrent(life) && failure == null) {
                        isFeedAsked = false;
                        feedProvenAt = feedAskedAt;
                    }
                }));
    }

    private boolean isTooLong(long since, long now) {
        return now - since >= limits.callTimeout().toNanos();
    }
}
