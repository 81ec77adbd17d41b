package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A master with replicas, and sentinels that watch it. */
final class WatchedRedis implements Deployment {

    private static final boolean IS_LONG = Boolean.parseBoolean(System.getenv("CARILLON_LONG"));

    /** How many there are of each: few are enough for what a node sees of them. */
    static final int REPLICAS = IS_LONG ? 2 : 1;

    static final int SENTINELS = IS_LONG ? 3 : 1;

    private static final String NAME = "town";

    /** A replica that has nothing yet is given all at once, and not only after some seconds. */
    private static final String[] SOON = {"--repl-diskless-sync-delay", "0"};

    final RedisProcess master;
    final List<RedisProcess> replicas = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    private WatchedRedis(int replicaCount, int sentinelCount) {
        master = RedisProcess.inMemory(SOON);
        for (int i = 0; i < replicaCount; i++) {
            replicas.add(RedisProcess.inMemory(
                    SOON[0], SOON[1], "--replicaof", "127.0.0.1", Integer.toString(master.port())));
        }
        for (RedisProcess replica : replicas) {
            RedisProcess.await(
                    () -> replica.isSaying("replication", "master_link_status:up"),
                    "a replica has what its master has");
        }
        int quorum = sentinelCount / 2 + 1;
        for (int i = 0; i < sentinelCount; i++) {
            sentinels.add(RedisProcess.sentinel(
                    "sentinel monitor " + NAME + " 127.0.0.1 " + master.port() + " " + quorum,
                    "sentinel down-after-milliseconds " + NAME + " 2000",
                    "sentinel failover-timeout " + NAME + " 8000"));
        }
        String all = "slaves=" + replicaCount + ",sentinels=" + sentinelCount;
        for (RedisProcess sentinel : sentinels) {
            RedisProcess.await(() -> sentinel.isSaying("sentinel", all), "a sentinel knows " + all);
            RedisProcess.await(
                    () -> sentinel.hasHeardOfReplicas(NAME, replicaCount), "a sentinel has heard of all replicas");
        }
    }

    static WatchedRedis start(int replicas, int sentinels) {
        return new WatchedRedis(replicas, sentinels);
    }

    @Override
    public RedisSettings settings(String prefix, Durability... needed) {
        List<Address> named = new ArrayList<>(List.of(SpreadRedis.NOBODY));
        sentinels.forEach(sentinel -> named.add(sentinel.address()));
        Place place = new Place.Watched(named, NAME, null, null);
        return RedisSettings.of(place, false, Set.of(needed))
                .withPrefix(prefix)
                .with(RedisProcess.limits(RedisProcess.PATIENCE));
    }

    @Override
    public List<RedisProcess> masters() {
        return List.of(master);
    }

    /** Once the replicas have all that the master has. */
    void awaitReplicas() {
        for (RedisProcess replica : replicas) {
            RedisProcess.await(
                    () -> offset(replica, "slave_repl_offset:") == offset(master, "master_repl_offset:"),
                    "a replica has what its master has");
        }
    }

    static long offset(RedisProcess process, String name) {
        String info = process.told(connection -> connection.sync().info("replication"));
        return info.lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.substring(name.length()).strip()))
                .findFirst()
                .orElse(-1);
    }

    /** From now on the replicas learn of nothing: they look for their master where none is. */
    void cutReplicas() {
        for (RedisProcess replica : replicas) {
            replica.say(CommandType.REPLICAOF, "127.0.0.1", "1");
        }
    }

    /** Has a replica take over from a master that is still there, as soon as one is thought fit for it. */
    void failOver() {
        RedisProcess.await(this::isFailingOver, "a replica is fit to take over");
    }

    private boolean isFailingOver() {
        try {
            sentinels.getFirst().say(CommandType.SENTINEL, "FAILOVER", NAME);
            return true;
        } catch (RedisCommandExecutionException e) {
            assertThat(e).hasMessageStartingWith("NOGOODSLAVE");
            return false;
        }
    }

    /** Has the sentinels name another master, of which the one that is left learns nothing. */
    void nameInstead(RedisProcess other) {
        for (RedisProcess sentinel : sentinels) {
            sentinel.say(CommandType.SENTINEL, "REMOVE", NAME);
            sentinel.say(CommandType.SENTINEL, "MONITOR", NAME, "127.0.0.1", other.port(), 1);
        }
    }

    /** Once the sentinels name another master than the first. */
    void awaitPromotion() {
        for (RedisProcess sentinel : sentinels) {
            RedisProcess.await(
                    () -> sentinel.isSaying("sentinel", "name=" + NAME)
                            && !sentinel.isSaying("sentinel", "address=" + master.address()),
                    "a replica is promoted");
        }
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        replicas.forEach(RedisProcess::close);
        master.close();
    }
}
