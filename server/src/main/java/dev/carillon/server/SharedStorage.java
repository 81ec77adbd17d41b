package dev.carillon.server;

import dev.carillon.engine.Durability;
import dev.carillon.engine.SharedLog;
import dev.carillon.redis.Redis;
import dev.carillon.redis.RedisLimits;
import dev.carillon.redis.RedisRefusedException;
import dev.carillon.redis.RedisSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The log that this node shares with others. The only class that knows the room redis, whose jar may be missing where no
 * Redis is configured. Thread-safe.
 */
final class SharedStorage implements AutoCloseable {

    private final Redis redis;

    private SharedStorage(Redis redis) {
        this.redis = redis;
    }

    /**
     * Looks whether the configured Redis can be used; blocks for {@link RedisBounds#connectTime} at most.
     *
     * @return null where none is configured
     * @throws StartException in one line where it can't be reached, or can't give what is needed
     */
    static @Nullable SharedStorage open(Configuration configuration) throws StartException {
        RedisSource source = configuration.redis();
        if (source == null) {
            return null;
        }
        Set<Durability> needed = configuration.effectiveChannels().stream()
                .map(rule -> rule.settings().durability())
                .collect(Collectors.toUnmodifiableSet());
        try {
            return new SharedStorage(Redis.open(settingsOf(source, needed)));
        } catch (RedisRefusedException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("the start was interrupted", e);
        } catch (NoClassDefFoundError e) {
            throw new StartException(
                    "redis.url needs the jar carillon-redis, which is not on the class path: add it, or leave redis out",
                    e);
        }
    }

    /** What keeps this from being the address of a Redis, without the address, for it may hold a password; null for nothing. */
    static @Nullable String problemWith(RedisSource source) {
        try {
            var _ = settingsOf(source, Set.of());
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        } catch (NoClassDefFoundError e) {
            return null; // told when it is opened
        }
    }

    private static RedisSettings settingsOf(RedisSource source, Set<Durability> needed) {
        RedisBounds bounds = source.bounds();
        RedisSettings settings = RedisSettings.of(source.url(), needed)
                .withPrefix(source.prefix())
                .accepting(source.accept())
                .with(new RedisLimits(
                        bounds.calls(),
                        bounds.callBytes(),
                        bounds.window(),
                        bounds.windowBytes(),
                        bounds.callTime(),
                        bounds.connectTime(),
                        bounds.reconnectDelay()));
        String password = source.password();
        if (password != null) {
            settings = settings.with(source.user(), password);
        }
        Path trusted = source.trusted();
        return trusted == null ? settings : settings.trusting(trusted);
    }

    /** A link for one shard. */
    SharedLog link() {
        return redis.link();
    }

    /** Asks Redis over every link; empty, or why this node should not be sent clients. */
    CompletableFuture<String> roundTrip() {
        return redis.isThere().thenApply(isThere -> isThere ? "" : "Redis is away");
    }

    /** What links count, by its name. */
    long connects() {
        return redis.counters().connects();
    }

    long failures() {
        return redis.counters().failures();
    }

    long overflows() {
        return redis.counters().overflows();
    }

    long calls() {
        return redis.counters().calls();
    }

    long pushes() {
        return redis.counters().pushes();
    }

    long garbage() {
        return redis.counters().garbage();
    }

    /** How many links there are. */
    int linkCount() {
        return redis.links().size();
    }

    /** Whether calls are sent over a link, by its number from 0. */
    boolean isUp(int link) {
        return redis.links().get(link).isUp();
    }

    /** How long ago that was asked which Redis has answered last over a link. */
    Duration proofAge(int link) {
        return redis.links().get(link).proofAge();
    }

    @Override
    public void close() {
        redis.close();
    }
}
