package dev.carillon.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the processes of Redis are found that hold the shared log: by the URL of one that stands alone, by sentinels, or by
 * some of a Redis Cluster. It never prints a password.
 *
 * @param url {@code redis://host:port}, or {@code rediss://host:port} for TLS; may hold a user and a password; null without
 * @param sentinels where Redis' sentinels listen, as {@code host:port}; empty without
 * @param master the name under which they watch the master; null without
 * @param sentinelUser the user of the sentinels' own access lists; null for the default one
 * @param sentinelPassword the sentinels' own; null for none
 * @param cluster some of a Redis Cluster, as {@code host:port}; empty without
 * @param isTls whether sentinels and the processes that are found are spoken to over TLS; a URL says that itself
 */
public record RedisPlace(
        @Nullable String url,
        List<String> sentinels,
        @Nullable String master,
        @Nullable String sentinelUser,
        @Nullable String sentinelPassword,
        List<String> cluster,
        boolean isTls) {

    public RedisPlace {
        sentinels = List.copyOf(sentinels);
        cluster = List.copyOf(cluster);
    }

    /** One that stands alone. */
    public static RedisPlace at(String url) {
        return new RedisPlace(url, List.of(), null, null, null, List.of(), false);
    }

    /** One that these sentinels watch under this name, without passwords and TLS. */
    public static RedisPlace watched(List<String> sentinels, String master) {
        return new RedisPlace(null, sentinels, master, null, null, List.of(), false);
    }

    /** A Redis Cluster of which these are some, without TLS. */
    public static RedisPlace cluster(List<String> some) {
        return new RedisPlace(null, List.of(), null, null, null, some, false);
    }

    /** Whether it names none at all. */
    boolean isNone() {
        return url == null && sentinels.isEmpty() && cluster.isEmpty();
    }

    @Override
    public String toString() {
        return "(redis)";
    }
}
