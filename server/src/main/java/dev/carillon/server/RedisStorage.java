package dev.carillon.server;

import dev.carillon.engine.Durability;
import dev.carillon.engine.SharedLog;
import dev.carillon.redis.Address;
import dev.carillon.redis.Place;
import dev.carillon.redis.Redis;
import dev.carillon.redis.RedisLimits;
import dev.carillon.redis.RedisNotes;
import dev.carillon.redis.RedisRefusedException;
import dev.carillon.redis.RedisSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The only class that knows the room redis. Thread-safe. */
final class RedisStorage implements SharedStorage {

    private static final int NOTES_AT_ONCE = 256;

    private final Redis redis;

    private RedisStorage(Redis redis) {
        this.redis = redis;
    }

    /** @throws StartException in one line where it can't be reached, or can't give what is needed */
    static SharedStorage open(RedisSource source, Set<Durability> needed) throws StartException {
        try {
            return new RedisStorage(Redis.open(settingsOf(source, needed)));
        } catch (RedisRefusedException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("the start was interrupted", e);
        }
    }

    /** @throws IllegalArgumentException if it names no Redis; the message holds no secret */
    static void check(RedisSource source) {
        var _ = settingsOf(source, Set.of());
    }

    private static RedisSettings settingsOf(RedisSource source, Set<Durability> needed) {
        RedisBounds bounds = source.bounds();
        RedisSettings settings = settingsAt(source.place(), needed)
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

    private static RedisSettings settingsAt(RedisPlace place, Set<Durability> needed) {
        String url = place.url();
        if (url != null) {
            return RedisSettings.of(url, needed);
        }
        Place found = place.sentinels().isEmpty()
                ? new Place.Spread(addresses(place.cluster(), Place.PORT))
                : new Place.Watched(
                        addresses(place.sentinels(), Place.SENTINEL_PORT),
                        place.master() == null ? "" : place.master(),
                        place.sentinelUser(),
                        place.sentinelPassword());
        return RedisSettings.of(found, place.isTls(), needed);
    }

    private static List<Address> addresses(List<String> texts, int portOtherwise) {
        return texts.stream().map(text -> Address.of(text, portOtherwise)).toList();
    }

    @Override
    public SharedLog link() {
        return redis.link();
    }

    @Override
    public SharedNotes notes() {
        RedisNotes opened = redis.notes();
        return new SharedNotes() {
            @Override
            public CompletableFuture<Optional<Long>> note(
                    String name, long atMillis, long overMillis, Duration kept, int max) {
                return opened.note(name, atMillis, overMillis, kept, max);
            }

            @Override
            public CompletableFuture<Optional<Page>> read(long since) {
                return opened.read(since, NOTES_AT_ONCE).thenApply(page -> page.map(RedisStorage::pageOf));
            }
        };
    }

    private static SharedNotes.Page pageOf(RedisNotes.Page page) {
        return new SharedNotes.Page(
                page.serial(),
                page.notes().stream()
                        .map(note -> new SharedNotes.Note(note.serial(), note.name(), note.at()))
                        .toList());
    }

    @Override
    public CompletableFuture<String> roundTrip() {
        return redis.isThere().thenApply(isThere -> isThere ? "" : "Redis is away");
    }

    @Override
    public long connects() {
        return redis.counters().connects();
    }

    @Override
    public long failures() {
        return redis.counters().failures();
    }

    @Override
    public long overflows() {
        return redis.counters().overflows();
    }

    @Override
    public long calls() {
        return redis.counters().calls();
    }

    @Override
    public long pushes() {
        return redis.counters().pushes();
    }

    @Override
    public long garbage() {
        return redis.counters().garbage();
    }

    @Override
    public long redirects() {
        return redis.counters().redirects();
    }

    @Override
    public int linkCount() {
        return redis.links().size();
    }

    @Override
    public boolean isUp(int link) {
        return redis.links().get(link).isUp();
    }

    @Override
    public Duration proofAge(int link) {
        return redis.links().get(link).proofAge();
    }

    @Override
    public void close() {
        redis.close();
    }
}
