package dev.carillon.redis;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How the processes of Redis are found that hold the shared log. What is secret in it is never said. */
public sealed interface Place {

    /** Where a process listens when nothing else is said. */
    int PORT = 6379;

    /** Where a sentinel does. */
    int SENTINEL_PORT = 26_379;

    /** The most addresses that one place may name. */
    int ADDRESSES_MAX = 64;

    /** One process that stands alone. */
    record Alone(Address at) implements Place {
        @Override
        public String toString() {
            return at.toString();
        }
    }

    /**
     * Redis Sentinel: a master with replicas, of which the sentinels say which one is the master.
     *
     * @param sentinels where they listen; those that can be reached are believed, by the newest of what they say
     * @param master the name under which they watch it
     * @param user of the sentinels' own access lists; null for the default one
     * @param password the sentinels' own; null for none
     */
    record Watched(
            List<Address> sentinels,
            String master,
            @Nullable String user,
            @Nullable String password) implements Place {

        /** @throws IllegalArgumentException if it names no sentinel, or too many, or no master */
        public Watched {
            sentinels = bounded(sentinels);
            if (master.isBlank()) {
                throw new IllegalArgumentException("the master has no name");
            }
        }

        @Override
        public String toString() {
            return "the master '" + master + "' of the sentinels at " + joined(sentinels);
        }
    }

    /**
     * Redis Cluster: several masters that share the slots.
     *
     * @param seeds some of them, of which one must answer; the others are heard of there
     */
    record Spread(List<Address> seeds) implements Place {

        /** @throws IllegalArgumentException if it names none or too many */
        public Spread {
            seeds = bounded(seeds);
        }

        @Override
        public String toString() {
            return "the Redis Cluster at " + joined(seeds);
        }
    }

    private static List<Address> bounded(List<Address> addresses) {
        if (addresses.isEmpty() || addresses.size() > ADDRESSES_MAX) {
            throw new IllegalArgumentException(
                    addresses.size() + " addresses: 1 to " + ADDRESSES_MAX + " can be named");
        }
        return List.copyOf(addresses);
    }

    private static String joined(List<Address> addresses) {
        return addresses.stream().map(Address::toString).collect(Collectors.joining(", "));
    }
}
