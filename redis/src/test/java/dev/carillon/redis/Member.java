package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Broker;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Clock;
import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.Node;
import dev.carillon.engine.SharedBroker;
import dev.carillon.engine.SharedLimits;
import dev.carillon.engine.Timers;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** One node's broker with a shard of its own, and what its listener is told. */
final class Member implements Broker.Listener, Mailbox, Timers, Clock, AutoCloseable {
    private final ScheduledExecutorService shard = Executors.newSingleThreadScheduledExecutor();
    private final SharedBroker broker;
    private final List<String> told = new ArrayList<>();
    private Position position = Position.ORIGIN;
    private int staleTimes;

    Member(Redis redis) throws Exception {
        broker = shard.submit(() -> new SharedBroker(
                        new Node.ShardPorts(this, this),
                        this,
                        () -> ThreadLocalRandom.current().nextLong(),
                        redis.link(),
                        SharedLimits.DEFAULT,
                        new EngineCounters()))
                .get();
    }

    void attach() {
        CompletableFuture<Broker.Attached> attached = new CompletableFuture<>();
        post(() -> broker.attach(Asking.ROOM, ChannelSettings.DEFAULT, this, attached::complete));
        assertThat(attached.orTimeout(30, TimeUnit.SECONDS).join()).isInstanceOf(Broker.Attached.Done.class);
    }

    /** One after the other; what is refused is tried again with its key. */
    CompletableFuture<Void> publish(int first, int last) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(() -> publish(first, last, done));
        return done;
    }

    private void publish(int number, int last, CompletableFuture<Void> done) {
        if (number > last) {
            done.complete(null);
            return;
        }
        Broker.Draft draft = new Broker.Draft(
                Data.json(Integer.toString(number)), "ada", "key-" + (1_000_000_000_000L + number), null);
        broker.publish(Asking.ROOM, draft, published -> {
            if (published instanceof Broker.Published.Refused) {
                shard.schedule(() -> publish(number, last, done), 20, TimeUnit.MILLISECONDS);
            } else {
                publish(number + 1, last, done);
            }
        });
    }

    synchronized List<String> told() {
        return List.copyOf(told);
    }

    synchronized int staleTimes() {
        return staleTimes;
    }

    /** What the broker has for a reader that comes back with this position. */
    Broker.Page readAfter(Position position) {
        CompletableFuture<Broker.Page> page = new CompletableFuture<>();
        post(() -> broker.read(Asking.ROOM, new Broker.ReadFrom.After(position), 1000, 1 << 20, page::complete));
        return page.orTimeout(30, TimeUnit.SECONDS).join();
    }

    /** After the newest that was told. */
    synchronized Position position() {
        return position;
    }

    @Override
    public synchronized void onPublication(Publication publication) {
        position = publication.position();
        told.add(publication.data().text());
    }

    @Override
    public synchronized void onRedacted(Publication publication) {
        told.add("redacted");
    }

    @Override
    public synchronized void onReplaced(Broker.Attached.Done now) {
        told.add("replaced by " + now.head());
    }

    @Override
    public synchronized void onStale() {
        staleTimes++;
    }

    @Override
    public void post(Runnable task) {
        try {
            shard.execute(task);
        } catch (RejectedExecutionException e) {
            assertThat(shard.isShutdown()).isTrue(); // the owner has ended: it is dropped
        }
    }

    @Override
    public boolean isOwner() {
        return true;
    }

    @Override
    public Runnable schedule(Duration delay, Runnable task) {
        Future<?> later = shard.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> later.cancel(false);
    }

    @Override
    public long millis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void close() {
        shard.shutdownNow();
    }
}
