package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.MigrateArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
        RedisProcess from = spread.ownerAtStart(SLOT);
        RedisProcess to = spread.masters().stream()
                .filter(one -> one != from)
                .findFirst()
                .orElseThrow();
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
            assertThat(ofBob.counters().pushes()).as("pushed from where the slot is").isGreaterThan(pushed);
            assertThat(ofAda.counters().failures()).isZero();
            assertThat(ofBob.counters().failures()).isZero();
        } finally {
            for (RedisProcess one : List.of(to, from)) {
                setSlot(one, "STABLE");
            }
        }
    }

    @Test
    void aKilledMasterIsFollowedByItsReplicaWithoutAGap() throws Exception {
        try (SpreadRedis spread = SpreadRedis.start(3, 2000)) {
            RedisProcess master = spread.ownerAtStart(SLOT);
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
