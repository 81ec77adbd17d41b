package dev.carillon.redis;

import dev.carillon.engine.Durability;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a Redis says of itself, as far as it decides whether it can be the shared log.
 *
 * @param version such as {@code 7.0.15}
 * @param runId of one life of its process; empty where it doesn't say
 * @param mode {@code standalone}, {@code cluster} or {@code sentinel}
 * @param isPrimary whether it takes writes
 * @param evicts the policy by which it throws keys away when its memory is full; null where it never does
 * @param hasAof whether it writes an append-only file
 * @param syncs whether it has synced that file before it answers; null where it doesn't say
 */
record ServerFacts(
        String version,
        String runId,
        String mode,
        boolean isPrimary,
        @Nullable String evicts,
        boolean hasAof,
        @Nullable Boolean syncs) {

    private static final int MAJOR_MIN = 7;

    /**
     * @param info the answer to {@code INFO}
     * @param configuration what {@code CONFIG GET} answered of appendfsync and no-appendfsync-on-rewrite; nothing where that
     *     isn't allowed
     */
    static ServerFacts of(String info, Map<String, String> configuration) {
        Map<String, String> facts = new HashMap<>();
        info.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.startsWith("#")) {
                facts.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        String policy = facts.getOrDefault("maxmemory_policy", "noeviction");
        boolean isBounded = !facts.getOrDefault("maxmemory", "0").equals("0");
        String fsync = configuration.get("appendfsync");
        return new ServerFacts(
                facts.getOrDefault("redis_version", ""),
                facts.getOrDefault("run_id", ""),
                facts.getOrDefault("redis_mode", "standalone"),
                facts.getOrDefault("role", "master").equals("master"),
                isBounded && !policy.equals("noeviction") ? policy : null,
                facts.getOrDefault("aof_enabled", "0").equals("1"),
                fsync == null
                        ? null
                        : fsync.equals("always") && "no".equals(configuration.get("no-appendfsync-on-rewrite")));
    }

    /** Why it isn't what it is configured as, in words that follow its name; null where it is. */
    @Nullable
    String misplaced(Place place) {
        if (mode.equals("sentinel")) {
            return "is a sentinel: name it in redis.sentinels";
        }
        boolean isCluster = mode.equals("cluster");
        return switch (place) {
            case Place.Alone _ when isCluster -> "is one of a Redis Cluster: name it in redis.cluster";
            case Place.Alone _ -> isPrimary ? null : "is a replica: name the primary";
            case Place.Watched _ when isCluster -> "is one of a Redis Cluster: name it in redis.cluster";
            case Place.Watched _ -> isPrimary ? null : "is a replica, although the sentinels name it as the master";
            case Place.Spread _ when !isCluster -> "is none of a Redis Cluster: name it in redis.url";
            case Place.Spread _ -> isPrimary ? null : "is a replica, although the Redis Cluster names it as a master";
        };
    }

    /** What it can't give, in words that follow its name; null where it can be used. */
    @Nullable
    String refusal(Set<Durability> needed, Set<Durability> accepted) {
        if (major() < MAJOR_MIN) {
            return "has version '" + version + "': it must be 7.0 or newer";
        }
        for (Durability durability : new TreeSet<>(needed)) {
            String shortcoming = shortcoming(durability);
            if (shortcoming != null && !accepted.contains(durability)) {
                return "can't give durability " + name(durability) + ": " + shortcoming + "; or name "
                        + name(durability) + " in redis.accept";
            }
        }
        return null;
    }

    private static String name(Durability durability) {
        return switch (durability) {
            case MEMORY -> "memory";
            case DISK -> "disk";
            case FSYNC -> "fsync";
        };
    }

    private @Nullable String shortcoming(Durability durability) {
        return switch (durability) {
            case MEMORY -> null;
            case DISK -> fileShortcoming();
            case FSYNC -> {
                String shortcoming = fileShortcoming();
                if (shortcoming != null) {
                    yield shortcoming;
                }
                if (syncs == null) {
                    yield "it doesn't tell its appendfsync; allow CONFIG GET";
                }
                yield syncs ? null : "set appendfsync always and no-appendfsync-on-rewrite no";
            }
        };
    }

    private @Nullable String fileShortcoming() {
        if (evicts != null) {
            return "it throws keys away when its memory is full (" + evicts + "); set maxmemory-policy noeviction";
        }
        return hasAof ? null : "it writes no append-only file; set appendonly yes";
    }

    private int major() {
        int dot = version.indexOf('.');
        String major = dot < 0 ? version : version.substring(0, dot);
        if (major.isEmpty() || major.length() > 4 || !major.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Integer.parseInt(major);
    }
}
