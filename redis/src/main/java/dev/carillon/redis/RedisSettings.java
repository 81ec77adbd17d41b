package dev.carillon.redis;

import dev.carillon.engine.Durability;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the shared log is, and what it must give.
 *
 * @param place how its processes are found
 * @param isTls whether they, and sentinels, are spoken to over TLS; a certificate must be good for the host that is asked
 * @param trusted certificates in PEM, one of which must have signed Redis' own; null for those that the Java runtime trusts
 * @param user the user of its access lists; null for the default one
 * @param password null for none
 * @param prefix what the keys begin with: up to 64 letters, digits and {@code _ . : -}
 * @param needed the durability classes that channels are set to
 * @param accepted of these, the ones that may be less than they say
 * @param limits what it may take
 */
public record RedisSettings(
        Place place,
        boolean isTls,
        @Nullable Path trusted,
        @Nullable String user,
        @Nullable String password,
        String prefix,
        Set<Durability> needed,
        Set<Durability> accepted,
        RedisLimits limits) {

    /** What keys begin with when nothing else is set. */
    public static final String PREFIX = "carillon:";

    private static final int PREFIX_MAX = 64;

    /** @throws IllegalArgumentException if the prefix is none; the message names it */
    public RedisSettings {
        if (prefix.length() > PREFIX_MAX || !prefix.chars().allMatch(RedisSettings::isPrefixCharacter)) {
            throw new IllegalArgumentException(
                    "prefix '" + prefix + "' is not up to 64 letters, digits, '_', '.', ':' and '-'");
        }
        needed = Set.copyOf(needed);
        accepted = Set.copyOf(accepted);
    }

    private static boolean isPrefixCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "_.:-".indexOf(c) >= 0;
    }

    /**
     * Settings of one that stands alone, by {@code redis://[[user]:password@]host[:port]}, or {@code rediss://} for TLS.
     *
     * @throws IllegalArgumentException if it is no such address; the message doesn't repeat it, for it may hold a password
     */
    public static RedisSettings of(String address, Set<Durability> needed) {
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not an address of the form redis://host:port");
        }
        String scheme = uri.getScheme();
        boolean isTls = "rediss".equals(scheme);
        boolean hasMore = (uri.getPath() != null
                        && !uri.getPath().isEmpty()
                        && !uri.getPath().equals("/"))
                || uri.getQuery() != null
                || uri.getFragment() != null;
        if ((!isTls && !"redis".equals(scheme)) || uri.getHost() == null || hasMore) {
            throw new IllegalArgumentException("not an address of the form redis://host:port");
        }
        String user = null;
        String password = uri.getUserInfo();
        if (password != null) {
            int colon = password.indexOf(':');
            user = colon < 1 ? null : password.substring(0, colon);
            password = password.substring(colon + 1);
        }
        int port = uri.getPort() < 0 ? Place.PORT : uri.getPort();
        String host = uri.getHost();
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1); // an address of IPv6
        }
        return new RedisSettings(
                new Place.Alone(new Address(host, port)),
                isTls,
                null,
                user,
                password,
                PREFIX,
                needed,
                Set.of(),
                RedisLimits.DEFAULT);
    }

    /** Settings of what is found there. */
    public static RedisSettings of(Place place, boolean isTls, Set<Durability> needed) {
        return new RedisSettings(place, isTls, null, null, null, PREFIX, needed, Set.of(), RedisLimits.DEFAULT);
    }

    /** The same with keys that begin so. */
    public RedisSettings withPrefix(String other) {
        return new RedisSettings(place, isTls, trusted, user, password, other, needed, accepted, limits);
    }

    /** The same for this user, null for the default one, with this password. */
    public RedisSettings with(@Nullable String otherUser, String otherPassword) {
        return new RedisSettings(place, isTls, trusted, otherUser, otherPassword, prefix, needed, accepted, limits);
    }

    /** The same, which trusts these certificates alone. */
    public RedisSettings trusting(Path certificates) {
        return new RedisSettings(place, isTls, certificates, user, password, prefix, needed, accepted, limits);
    }

    /** The same, where these classes may be less than they say. */
    public RedisSettings accepting(Set<Durability> classes) {
        return new RedisSettings(place, isTls, trusted, user, password, prefix, needed, classes, limits);
    }

    /** The same with other bounds. */
    public RedisSettings with(RedisLimits other) {
        return new RedisSettings(place, isTls, trusted, user, password, prefix, needed, accepted, other);
    }

    /** Where it is, without what is secret. */
    @Override
    public String toString() {
        return switch (place) {
            case Place.Alone(Address at) -> url(at);
            case Place.Watched _, Place.Spread _ -> place.toString();
        };
    }

    /** One of its processes, without what is secret. */
    String url(Address at) {
        return (isTls ? "rediss://" : "redis://") + at;
    }
}
