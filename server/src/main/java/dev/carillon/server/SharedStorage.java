package dev.carillon.server;

import dev.carillon.engine.Durability;
import dev.carillon.engine.SharedLog;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The log that this node shares with others. What does it is loaded only where it is configured, for its jar may be missing
 * otherwise. Thread-safe.
 */
interface SharedStorage extends AutoCloseable {

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
            return RedisStorage.open(source, needed);
        } catch (NoClassDefFoundError e) {
            throw new StartException(
                    "Redis needs the jar carillon-redis, which is not on the class path: add it, or leave redis out",
                    e);
        }
    }

    /** What keeps this from naming a Redis, without what may hold a password; null for nothing. */
    static @Nullable String problemWith(RedisSource source) {
        try {
            RedisStorage.check(source);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        } catch (NoClassDefFoundError e) {
            return null; // told when it is opened
        }
    }

    /** A link for one shard. */
    SharedLog link();

    /** What all nodes note and read; opened once. */
    SharedNotes notes();

    /** Asks over every link; empty, or why this node should not be sent clients. */
    CompletableFuture<String> roundTrip();

    /** How often a link was made. */
    long connects();

    /** How often a link failed, or could not be made. */
    long failures();

    /** Of these, how often because more calls waited for their answers than may. */
    long overflows();

    /** Calls that were sent. */
    long calls();

    /** What was pushed to this node. */
    long pushes();

    /** What was pushed to this node and could not be read. */
    long garbage();

    /** How often calls were turned away because a slot moves or has moved. */
    long redirects();

    /** How many links there are. */
    int linkCount();

    /** Whether calls are sent over a link, by its number from 0. */
    boolean isUp(int link);

    /** How long ago that was asked which was answered last over a link. */
    Duration proofAge(int link);

    /** Ends the links. */
    @Override
    void close();
}
