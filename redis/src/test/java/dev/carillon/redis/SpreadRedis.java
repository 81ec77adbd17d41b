package dev.carillon.redis;

import dev.carillon.engine.Durability;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A Redis Cluster. */
final class SpreadRedis implements Deployment {

    /** So long a master may be silent before the others take it for failed: longer than a busy machine keeps it from answering. */
    static final int CALM = 30_000;

    /** Where none listens: one of those that are named may be away. */
    static final Address NOBODY = new Address("127.0.0.1", 1);

    /** So long where they must hear of each other, or of a master's end, soon. */
    static final int QUICK = 2000;

    private final List<RedisProcess> masters = new ArrayList<>();

    private SpreadRedis(int count, int nodeTimeoutMillis, String... options) {
        List<String> all = new ArrayList<>(List.of(
                "--cluster-node-timeout",
                Integer.toString(nodeTimeoutMillis),
                "--cluster-allow-replica-migration",
                "no",
                "--repl-diskless-sync-delay",
                "0"));
        all.addAll(List.of(options));
        for (int i = 0; i < count; i++) {
            RedisProcess master = RedisProcess.ofCluster(all.toArray(String[]::new));
            masters.add(master);
            master.say(CommandType.CLUSTER, "SET-CONFIG-EPOCH", i + 1);
            int first = SlotTable.SLOTS * i / count;
            int last = SlotTable.SLOTS * (i + 1) / count - 1;
            master.say(CommandType.CLUSTER, "ADDSLOTSRANGE", first, last);
        }
        for (RedisProcess master : masters) {
            meet(master);
        }
        for (RedisProcess master : masters) {
            awaitReady(master, count);
        }
    }

    static SpreadRedis start(int masters, int nodeTimeoutMillis, String... options) {
        return new SpreadRedis(masters, nodeTimeoutMillis, options);
    }

    private void meet(RedisProcess one) {
        RedisProcess first = masters.getFirst();
        if (one != first) {
            one.say(CommandType.CLUSTER, "MEET", "127.0.0.1", first.port(), first.busPort());
        }
    }

    private static void awaitReady(RedisProcess one, int masters) {
        RedisProcess.await(
                () -> {
                    String info = one.told(connection -> connection.sync().clusterInfo());
                    return info.contains("cluster_state:ok") && info.contains("cluster_size:" + masters);
                },
                "a Redis Cluster of " + masters + " masters is ready");
    }

    /** A replica of a master, which has all that it has, and takes over from it only once it is let. */
    RedisProcess replicaOf(RedisProcess master) {
        RedisProcess replica = RedisProcess.ofCluster(
                "--cluster-replica-no-failover",
                "yes",
                "--cluster-node-timeout",
                Integer.toString(QUICK),
                "--repl-diskless-sync-delay",
                "0");
        meet(replica);
        String id = idOf(master);
        RedisProcess.await(
                () -> replica.told(connection -> connection.sync().clusterNodes())
                        .contains(id),
                "it knows its master");
        replica.say(CommandType.CLUSTER, "REPLICATE", id);
        RedisProcess.await(
                () -> replica.isSaying("replication", "master_link_status:up"), "a replica has what its master has");
        awaitReady(replica, masters.size());
        return replica;
    }

    static String idOf(RedisProcess one) {
        return one.say(CommandType.CLUSTER, "MYID");
    }

    /** Whose a slot is. */
    RedisProcess owner(int slot) {
        for (RedisProcess one : masters) {
            List<Object> told = one.ask(connection -> connection.sync().clusterSlots());
            SlotTable table = SlotTable.of(told == null ? List.of() : told, one.address());
            if (table != null && table.owner(slot).equals(one.address())) {
                return one;
            }
        }
        throw new AssertionError("nobody has slot " + slot);
    }

    /** Another than this one. */
    RedisProcess other(RedisProcess than) {
        return masters.stream().filter(one -> one != than).findFirst().orElseThrow();
    }

    @Override
    public RedisSettings settings(String prefix, Durability... needed) {
        Place place = new Place.Spread(List.of(NOBODY, masters.getFirst().address()));
        return RedisSettings.of(place, false, Set.of(needed))
                .withPrefix(prefix)
                .with(RedisProcess.limits(RedisProcess.PATIENCE));
    }

    @Override
    public List<RedisProcess> masters() {
        return List.copyOf(masters);
    }

    @Override
    public void close() {
        masters.forEach(RedisProcess::close);
    }
}
