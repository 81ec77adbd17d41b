package dev.carillon.redis;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Those that tests share, which leave them as they are: each is started by the first that asks, and ends with the JVM. */
final class Deployments {

    private static final Shared ALONE = new Shared(RedisProcess::inMemory);
    private static final Shared WATCHED =
            new Shared(() -> WatchedRedis.start(WatchedRedis.REPLICAS, WatchedRedis.SENTINELS));
    private static final Shared SPREAD = new Shared(() -> SpreadRedis.start(3, SpreadRedis.CALM));

    private Deployments() {}

    static Deployment alone() {
        return ALONE.get();
    }

    /** By sentinels. */
    static Deployment watched() {
        return WATCHED.get();
    }

    /** A Redis Cluster of three masters. */
    static SpreadRedis spread() {
        return (SpreadRedis) SPREAD.get();
    }

    private static final class Shared {
        private final Supplier<Deployment> starting;
        private @Nullable Deployment started;

        private Shared(Supplier<Deployment> starting) {
            this.starting = starting;
        }

        private synchronized Deployment get() {
            Deployment known = started;
            if (known == null) {
                Deployment fresh = starting.get();
                Runtime.getRuntime().addShutdownHook(new Thread(fresh::close));
                started = fresh;
                known = fresh;
            }
            return known;
        }
    }
}
