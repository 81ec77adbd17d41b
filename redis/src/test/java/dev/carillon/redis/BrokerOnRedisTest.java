package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Broker;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Clock;
import dev.carillon.engine.Durability;
import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.Node;
import dev.carillon.engine.SharedBroker;
import dev.carillon.engine.SharedLimits;
import dev.carillon.engine.Timers;
import dev.carillon.protocol.Data;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Brokers of two nodes on one Redis that ends in the middle. */
class BrokerOnRedisTest {

    private static final int COUNT = 300;

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    @Test
    void twoNodesHearAllOfItOnceAndInOrderAcrossAKillOfRedis() throws Exception {
        try (RedisProcess process = RedisProcess.synced();
                Redis ofAda = Redis.open(process.settings("broker:", Durability.FSYNC));
                Redis ofBob = Redis.open(process.settings("broker:", Durability.FSYNC));
                Member ada = new Member(ofAda);
                Member bob = new Member(ofBob)) {
            ada.attach();
            bob.attach();
            CompletableFuture<Void> done = ada.publishFrom(1);
            RedisProcess.await(() -> bob.told().size() >= COUNT / 3, "a third is published");
            process.kill();
            RedisProcess.await(() -> ada.staleTimes() > 0 && bob.staleTimes() > 0, "both nodes know");
            process.restart();
            done.orTimeout(60, TimeUnit.SECONDS).join();
            List<String> all =
                    IntStream.rangeClosed(1, COUNT).mapToObj(Integer::toString).toList();
            RedisProcess.await(() -> bob.told().size() >= COUNT, "all has come to the other node");
            assertThat(ada.told()).isEqualTo(all);
            assertThat(bob.told()).isEqualTo(all);
        }
    }

    /** One node's broker with a shard of its own, and what its listener is told. */
    private static final class Member implements Broker.Listener, Mailbox, Timers, Clock, AutoCloseable {
        private final ScheduledExecutorService shard = Executors.newSingleThreadScheduledExecutor();
        private final SharedBroker broker;
        private final List<String> told = new ArrayList<>();
        private int staleTimes;

        private Member(Redis redis) throws Exception {
            broker = shard.submit(() -> new SharedBroker(
                            new Node.ShardPorts(this, this),
                            this,
                            () -> ThreadLocalRandom.current().nextLong(),
                            redis.link(),
                            SharedLimits.DEFAULT,
                            new EngineCounters()))
                    .get();
        }

        private void attach() {
            CompletableFuture<Broker.Attached> attached = new CompletableFuture<>();
            post(() -> broker.attach(Asking.ROOM, ChannelSettings.DEFAULT, this, attached::complete));
            assertThat(attached.orTimeout(30, TimeUnit.SECONDS).join()).isInstanceOf(Broker.Attached.Done.class);
        }

        /** One after the other; what is refused is tried again with its key. */
        private CompletableFuture<Void> publishFrom(int first) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            post(() -> publish(first, done));
            return done;
        }

        private void publish(int number, CompletableFuture<Void> done) {
            if (number > COUNT) {
                done.complete(null);
                return;
            }
            Broker.Draft draft = new Broker.Draft(
                    Data.json(Integer.toString(number)), "ada", "key-" + (1_000_000_000_000L + number), null);
            broker.publish(Asking.ROOM, draft, published -> {
                if (published instanceof Broker.Published.Refused) {
                    shard.schedule(() -> publish(number, done), 20, TimeUnit.MILLISECONDS);
                } else {
                    publish(number + 1, done);
                }
            });
        }

        private synchronized List<String> told() {
            return List.copyOf(told);
        }

        private synchronized int staleTimes() {
            return staleTimes;
        }

        @Override
        public synchronized void onPublication(Publication publication) {
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
}
