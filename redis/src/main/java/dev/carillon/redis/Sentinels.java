package dev.carillon.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.MapOutput;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks sentinels which Redis is the master. All are asked, and what is newest is believed: a sentinel that is cut off from
 * the others still names the master from before a failover, but with the number of an older configuration.
 *
 * <p>Safe for all threads.
 */
final class Sentinels {

    /** What one of them says: the number of its configuration, and the master in it. */
    private record Word(long epoch, Address master) {}

    private final RedisClient client;
    private final RedisSettings settings;
    private final Place.Watched place;
    private final long patienceMillis;
    private final Map<Address, CompletableFuture<StatefulRedisConnection<String, String>>> connections =
            new HashMap<>();

    Sentinels(RedisClient client, RedisSettings settings, Place.Watched place) {
        this.client = client;
        this.settings = settings;
        this.place = place;
        RedisLimits limits = settings.limits();
        patienceMillis = Math.min(
                limits.callTimeout().toMillis(),
                Math.max(1, limits.connectTimeout().toMillis() / 2));
    }

    /** The master; fails with a {@link RedisRefusedException} where none of them names one. */
    CompletableFuture<Address> master() {
        List<CompletableFuture<@Nullable Word>> asked = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (Address sentinel : place.sentinels()) {
            asked.add(ask(sentinel)
                    .orTimeout(patienceMillis, TimeUnit.MILLISECONDS)
                    .exceptionally(failure -> {
                        forget(sentinel);
                        synchronized (failures) {
                            failures.add(sentinel + ": " + Words.of(failure));
                        }
                        return null;
                    }));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(_ -> {
            Word newest = null;
            for (CompletableFuture<@Nullable Word> one : asked) {
                Word word = one.join();
                if (word != null && (newest == null || word.epoch > newest.epoch)) {
                    newest = word;
                }
            }
            if (newest == null) {
                throw new CompletionException(new RedisRefusedException(
                        place + " can't be found: no sentinel names it (" + failures.getFirst() + ")"));
            }
            return newest.master;
        });
    }

    private CompletableFuture<@Nullable Word> ask(Address sentinel) {
        return connection(sentinel).thenCompose(connection -> {
            RedisAsyncCommands<String, String> commands = connection.async();
            return commands.dispatch(CommandType.SENTINEL, new MapOutput<>(StringCodec.UTF8), args("MASTER"))
                    .thenCombine(
                            commands.dispatch(
                                    CommandType.SENTINEL,
                                    new ValueListOutput<>(StringCodec.UTF8),
                                    args("GET-MASTER-ADDR-BY-NAME")),
                            Sentinels::word);
        });
    }

    private CommandArgs<String, String> args(String question) {
        return new CommandArgs<>(StringCodec.UTF8).add(question).add(place.master());
    }

    private static @Nullable Word word(Map<String, String> facts, List<String> named) {
        String epoch = facts.getOrDefault("config-epoch", "");
        if (named.size() != 2 || !epoch.matches("\\d{1,18}")) {
            throw new CompletionException(new RedisRefusedException("it names no master"));
        }
        return new Word(Long.parseLong(epoch), new Address(named.getFirst(), Address.port(named.getLast())));
    }

    /** Kept from question to question, and made anew where it has ended. */
    private synchronized CompletableFuture<StatefulRedisConnection<String, String>> connection(Address at) {
        CompletableFuture<StatefulRedisConnection<String, String>> kept = connections.get(at);
        if (kept != null && isUsable(kept)) {
            return kept;
        }
        RedisURI uri = Connections.Source.uri(at, settings);
        String password = place.password();
        String user = place.user();
        if (password != null && user != null) {
            uri.setAuthentication(user, password);
        } else if (password != null) {
            uri.setAuthentication(password);
        }
        CompletableFuture<StatefulRedisConnection<String, String>> fresh =
                client.connectAsync(StringCodec.UTF8, uri).toCompletableFuture();
        connections.put(at, fresh);
        return fresh;
    }

    /** Of one that doesn't answer no more is asked over the same connection. */
    private synchronized void forget(Address sentinel) {
        CompletableFuture<StatefulRedisConnection<String, String>> kept = connections.remove(sentinel);
        if (kept != null) {
            var _ = kept.thenAccept(connection -> {
                var _ = connection.closeAsync();
            });
        }
    }

    private static boolean isUsable(CompletableFuture<StatefulRedisConnection<String, String>> kept) {
        return !kept.isDone()
                || (!kept.isCompletedExceptionally() && kept.join().isOpen());
    }
}
