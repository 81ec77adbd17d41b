package dev.carillon.server;

import dev.carillon.engine.Durability;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Redis that holds the log which the nodes of a cluster share. It never prints its password.
 *
 * @param place how its processes are found
 * @param user the user of its access lists; null for the one of the URL, or the default one
 * @param password null for the one of the URL, or none
 * @param trusted certificates in PEM, one of which must have signed Redis' own; null for those that the runtime trusts
 * @param prefix what its keys begin with; nodes with the same prefix are one cluster
 * @param accept the durability classes that may be less than they say
 */
public record RedisSource(
        RedisPlace place,
        @Nullable String user,
        @Nullable String password,
        @Nullable Path trusted,
        String prefix,
        Set<Durability> accept,
        RedisBounds bounds) {

    /** What keys begin with when nothing else is set. */
    public static final String PREFIX = "carillon:";

    public RedisSource {
        accept = Set.copyOf(accept);
    }

    /** One at this address, with what holds when nothing else is set. */
    public static RedisSource at(String url) {
        return at(RedisPlace.at(url));
    }

    /** What is found there, with what holds when nothing else is set. */
    public static RedisSource at(RedisPlace place) {
        return new RedisSource(place, null, null, null, PREFIX, Set.of(), RedisBounds.DEFAULT);
    }

    @Override
    public String toString() {
        return "(redis, keys from " + prefix + ")";
    }
}
