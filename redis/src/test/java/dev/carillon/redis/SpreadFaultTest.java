package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.SharedLog;
import io.lettuce.core.MigrateArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What readers are told when slots of a Redis Cluster move, and when a replica takes over. */
class SpreadFaultTest {

    private static final RedisLimits BRIEF = RedisProcess.limits(Duration.ofSeconds(5));
    private static final int SLOT = Keys.slot(Asking.ROOM);

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    private static List<String> numbers(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(Integer::toString).toList();
    }

    private static CompletableFuture<Void> publish(Member by, int first, int last) {
        return by.publish(first, last).orTimeout(60, TimeUnit.SECONDS);
    }

    private static void setSlot(RedisProcess at, Object... words) {
        Object[] all = new Object[words.length + 2];
        all[0] = "SETSLOT";
        all[1] = SLOT;
        System.arraycopy(words, 0, all, 2, words.length);
        assertThat(at.say(CommandType.CLUSTER, all)).isEqualTo("OK");
    }

    private static void migrate(RedisProcess from, RedisProcess to, List<byte[]> keys) {
        String said = from.ask(connection ->
                connection.sync().migrate("127.0.0.1", to.port(), 0, 10_000, MigrateArgs.Builder.keys(keys)));
        assertThat(said).isEqualTo("OK");
    }

    /** Those of other tests, too: with one left the slot can't be given away. */
    private static void migrateAll(RedisProcess from, RedisProcess to) {
        List<byte[]> keys = from.ask(connection -> connection.sync().clusterGetKeysInSlot(SLOT, 10_000));
        migrate(from, to, keys == null ? List.of() : keys);
    }

    @Test
    void aSlotMovesWhileReadersReadAndPublishersPublish() throws Exception {
        SpreadRedis spread = Deployments.spread();
        RedisProcess from = spread.owner(SLOT);
        RedisProcess to = spread.other(from);
        Keys keys = new Keys("moves:");
        try (Redis ofAda = Redis.open(spread.settings("moves:"));
                Redis ofBob = Redis.open(spread.settings("moves:"));
                Member ada = new Member(ofAda);
                Member bob = new Member(ofBob)) {
            ada.attach();
            bob.attach();
            publish(ada, 1, 20).join();
            setSlot(to, "IMPORTING", SpreadRedis.idOf(from));
            setSlot(from, "MIGRATING", SpreadRedis.idOf(to));
            publish(ada, 21, 40).join(); // it still has all keys
            migrate(from, to, List.of(keys.head(Asking.ROOM)));
            CompletableFuture<Void> done = publish(ada, 41, 60);
            long before = ofAda.counters().redirects();
            RedisProcess.await(() -> ofAda.counters().redirects() > before, "keys are here and there");
            migrateAll(from, to);
            done.join(); // by asking the other
            for (RedisProcess one : List.of(to, from)) {
                setSlot(one, "NODE", SpreadRedis.idOf(to));
            }
            publish(ada, 61, 80).join();
            RedisProcess.await(() -> bob.told().size() >= 80, "all has come to the other node");
            long pushed = ofBob.counters().pushes();
            publish(ada, 81, 100).join();
            RedisProcess.await(() -> bob.told().size() >= 100, "all has come to the other node");
            assertThat(ada.told()).isEqualTo(numbers(1, 100));
            assertThat(bob.told()).isEqualTo(numbers(1, 100));
            assertThat(ofBob.counters().pushes())
                    .as("pushed from where the slot is")
                    .isGreaterThan(pushed);
            assertThat(ofAda.counters().failures()).isZero();
            assertThat(ofBob.counters().failures()).isZero();
        } finally {
            for (RedisProcess one : List.of(to, from)) {
                setSlot(one, "STABLE");
            }
        }
    }

    /** Calls are on their way in great number whenever the slot is given away, in parts and as a whole. */
    @Test
    void whatIsOnItsWayWhileASlotMovesTakesEffectInItsOrder() throws Exception {
        SpreadRedis spread = Deployments.spread();
        RedisProcess from = spread.owner(SLOT);
        RedisProcess to = spread.other(from);
        Keys keys = new Keys("order:");
        try (Redis redis = Redis.open(spread.settings("order:"))) {
            Asking ada = new Asking(redis);
            ada.log.follow(Asking.ROOM);
            ada.append(ChannelSettings.DEFAULT, "0", "key-1000000000000");
            Stream stream = new Stream(ada);
            stream.say(60);
            setSlot(to, "IMPORTING", SpreadRedis.idOf(from));
            setSlot(from, "MIGRATING", SpreadRedis.idOf(to));
            stream.say(60);
            migrate(from, to, List.of(keys.order(Asking.ROOM)));
            stream.say(60);
            RedisProcess.await(() -> redis.counters().redirects() > 0, "keys are here and there");
            migrate(from, to, List.of(keys.head(Asking.ROOM)));
            stream.say(60);
            migrateAll(from, to);
            stream.say(60);
            for (RedisProcess one : List.of(to, from)) {
                setSlot(one, "NODE", SpreadRedis.idOf(to));
                stream.say(60);
            }
            stream.check();
            assertThat(ada.read(ChannelSettings.DEFAULT, new SharedLog.Range.From(1))
                            .records())
                    .extracting(record -> record.data().text())
                    .isEqualTo(numbers(0, stream.said));
            assertThat(ada.lost()).isZero();
        }
    }

    /** Appends, and calls that read what was appended before them; nobody waits for an answer. */
    private static final class Stream {
        private final Asking ada;
        private final List<CompletableFuture<Long>> answers = new ArrayList<>();
        private final List<Long> least = new ArrayList<>();
        private int said;

        private Stream(Asking ada) {
            this.ada = ada;
        }

        private void say(int count) {
            for (int i = 0; i < count; i++) {
                said++;
                SharedLog.Entry entry = ada.entry(Integer.toString(said), "key-" + (1_000_000_000_000L + said));
                ada.log.append(Asking.ROOM, ChannelSettings.DEFAULT, entry, answer(said + 1));
                ada.log.heads(List.of(Asking.ROOM), answer(said + 1));
                SharedLog.Range newest = new SharedLog.Range.To(Long.MAX_VALUE);
                ada.log.read(Asking.ROOM, ChannelSettings.DEFAULT, newest, 1, 1, answer(said + 1));
            }
        }

        /** Takes an answer, which shows an offset: as it was then at least, for reading may be later than it was asked. */
        private <T> Consumer<T> answer(long offset) {
            CompletableFuture<Long> shown = new CompletableFuture<>();
            answers.add(shown);
            least.add(offset);
            return answer -> shown.complete(
                    switch (answer) {
                        case SharedLog.Appended.Stored stored -> stored.record().offset();
                        case SharedLog.Heads.Known known ->
                            known.heads().getFirst().offset();
                        case SharedLog.Read.Records read -> read.state().head().offset();
                        default -> -1L;
                    });
        }

        private void check() {
            for (int i = 0; i < answers.size(); i++) {
                long shown = answers.get(i).orTimeout(60, TimeUnit.SECONDS).join();
                if (i % 3 == 0) {
                    assertThat(shown).as("append %d", i / 3).isEqualTo(least.get(i));
                } else {
                    assertThat(shown).as("answer %d", i).isGreaterThanOrEqualTo(least.get(i));
                }
            }
        }
    }

    @Test
    void aKilledMasterIsFollowedByItsReplicaWithoutAGap() throws Exception {
        try (SpreadRedis spread = SpreadRedis.start(3, SpreadRedis.QUICK)) {
            RedisProcess master = spread.owner(SLOT);
            try (RedisProcess replica = spread.replicaOf(master);
                    Redis ofAda = Redis.open(spread.settings("killed:").with(BRIEF));
                    Redis ofBob = Redis.open(spread.settings("killed:").with(BRIEF));
                    Member ada = new Member(ofAda);
                    Member bob = new Member(ofBob)) {
                ada.attach();
                bob.attach();
                publish(ada, 1, 50).join();
                RedisProcess.await(
                        () -> WatchedRedis.offset(replica, "slave_repl_offset:")
                                == WatchedRedis.offset(master, "master_repl_offset:"),
                        "the replica has what its master has");
                replica.say(CommandType.CONFIG, "SET", "cluster-replica-no-failover", "no");
                master.kill();
                publish(ada, 51, 100).join();
                RedisProcess.await(() -> bob.told().size() >= 100, "all has come to the other node");
                assertThat(ada.told()).isEqualTo(numbers(1, 100));
                assertThat(bob.told()).isEqualTo(numbers(1, 100));
            }
        }
    }
}
