package dev.carillon.redis;

import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two connections of one life of a link to one process of Redis: one for calls, and one for what is pushed. They are
 * never repaired: once one of them is over, both are, and the next life has new ones. So no command is ever sent twice.
 *
 * <p>Safe for all threads. Whatever is opened after {@link #close} is closed at once.
 */
final class Connections {

    /**
     * What is the same for all lives of all links.
     *
     * @param sentinels those of {@link Place.Watched}; null elsewhere
     */
    record Source(
            RedisClient client,
            RedisSettings settings,
            Keys keys,
            Functions functions,
            @Nullable Sentinels sentinels) {

        boolean isSpread() {
            return settings.place() instanceof Place.Spread;
        }

        /** How a process of Redis is spoken to. */
        RedisURI uri(Address at) {
            RedisURI uri = uri(at, settings);
            String password = settings.password();
            String user = settings.user();
            if (password != null && user != null) {
                uri.setAuthentication(user, password);
            } else if (password != null) {
                uri.setAuthentication(password);
            }
            return uri;
        }

        /** The same without a password. */
        static RedisURI uri(Address at, RedisSettings settings) {
            return RedisURI.builder()
                    .withHost(at.host())
                    .withPort(at.port())
                    .withSsl(settings.isTls())
                    .withClientName("carillon")
                    .withTimeout(settings.limits().connectTimeout())
                    .build();
        }
    }

    /** Which connection of which process takes calls, so that its successor can end it. */
    record Identity(String runId, long id) {
        static final Identity NONE = new Identity("", 0);
    }

    private final Source source;
    private final Address at;
    private final Consumer<Connections> onOver;
    private @Nullable StatefulRedisConnection<byte[], byte[]> calls;
    private @Nullable StatefulRedisPubSubConnection<byte[], byte[]> feed;
    private volatile ServerFacts facts = ServerFacts.of("", Map.of());
    private volatile boolean isPrepared;
    private Identity identity = Identity.NONE;
    private boolean isClosed;

    /** @param onOver is told when a connection has ended, on any thread, perhaps more than once */
    Connections(Source source, Address at, Consumer<Connections> onOver) {
        this.source = source;
        this.at = at;
        this.onOver = onOver;
    }

    /**
     * Connects, and looks whether this Redis can be used.
     *
     * @param hearer hears what is pushed, on a thread of the library's
     * @return fails with a {@link RedisRefusedException} where it can't be used, and otherwise with the library's exceptions
     */
    CompletableFuture<Void> open(RedisPubSubListener<byte[], byte[]> hearer) {
        return source.client()
                .connectAsync(ByteArrayCodec.INSTANCE, source.uri(at))
                .toCompletableFuture()
                .thenCompose(connection -> {
                    keep(connection);
                    return source.client()
                            .connectPubSubAsync(ByteArrayCodec.INSTANCE, source.uri(at))
                            .toCompletableFuture();
                })
                .thenCompose(connection -> {
                    keepFeed(connection);
                    connection.addListener(hearer);
                    return inspect();
                })
                .thenCompose(this::judge);
    }

    Address at() {
        return at;
    }

    private synchronized void keep(StatefulRedisConnection<byte[], byte[]> connection) {
        calls = connection;
        watch(connection);
    }

    private synchronized void keepFeed(StatefulRedisPubSubConnection<byte[], byte[]> connection) {
        feed = connection;
        watch(connection);
    }

    private void watch(StatefulConnection<byte[], byte[]> connection) {
        if (isClosed) {
            var _ = connection.closeAsync();
            throw new CompletionException(new IllegalStateException("closed meanwhile"));
        }
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
                onOver.accept(Connections.this);
            }
        });
        if (!connection.isOpen()) {
            onOver.accept(this);
        }
    }

    // ---- before the first call

    private CompletionStage<ServerFacts> inspect() {
        CompletionStage<Map<String, String>> configuration = calls().configGet("appendfsync")
                .thenCombine(calls().configGet("no-appendfsync-on-rewrite"), Connections::both)
                .exceptionally(_ -> Map.of()); // not allowed: then it isn't known
        return calls().info().thenCombine(configuration, ServerFacts::of);
    }

    private static Map<String, String> both(Map<String, String> one, Map<String, String> other) {
        Map<String, String> both = new HashMap<>(one);
        both.putAll(other);
        return both;
    }

    private CompletionStage<Void> judge(ServerFacts found) {
        facts = found;
        RedisSettings settings = source.settings();
        String refusal = found.misplaced(settings.place());
        if (refusal == null) {
            refusal = found.refusal(settings.needed(), settings.accepted());
        }
        return refusal == null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(new RedisRefusedException(settings.url(at) + " " + refusal));
    }

    /** Ends the connection of the life before, and has the functions loaded. */
    CompletableFuture<Void> prepare(Identity before) {
        return calls().clientId()
                .thenCompose(id -> {
                    identify(new Identity(facts.runId(), id));
                    return endBefore(before);
                })
                .thenCompose(_ -> load())
                .thenAccept(_ -> {
                    connection().setAutoFlushCommands(false);
                    isPrepared = true;
                })
                .toCompletableFuture();
    }

    /** Whether it is ready for calls. */
    boolean isPrepared() {
        return isPrepared;
    }

    private synchronized void identify(Identity now) {
        identity = now;
    }

    /** The first node says which format is kept; a newer node than this may have said so. */
    CompletionStage<Boolean> checkFormat() {
        byte[] ours = Integer.toString(Keys.VERSION).getBytes(StandardCharsets.US_ASCII);
        return calls().setGet(source.keys().format(), ours, SetArgs.Builder.nx())
                .thenCompose(kept -> {
                    String format = kept == null ? null : new String(kept, StandardCharsets.ISO_8859_1);
                    if (format == null || format.equals(Integer.toString(Keys.VERSION))) {
                        return CompletableFuture.completedFuture(true);
                    }
                    return CompletableFuture.failedFuture(
                            new RedisRefusedException(source.settings() + " holds format '"
                                    + format.substring(0, Math.min(format.length(), 20)) + "' under '"
                                    + source.settings().prefix()
                                    + "', and this version reads " + Keys.VERSION + ": it was written by a newer one"));
                });
    }

    /**
     * What the life before has sent and Redis has not read yet would take effect now. A connection's number means something
     * in one life of the process only. Where it may not be ended, such calls may take effect late.
     */
    private CompletionStage<Boolean> endBefore(Identity before) {
        if (before.equals(Identity.NONE) || !before.runId().equals(facts.runId())) {
            return CompletableFuture.completedFuture(true);
        }
        return calls().clientKill(KillArgs.Builder.id(before.id()).skipme()).handle((_, _) -> true);
    }

    /** The name has a fingerprint of the text, so one of that name is the same. */
    private CompletionStage<Boolean> load() {
        return calls().functionLoad(source.functions().text).handle((_, failure) -> {
            if (failure == null || isThere(failure)) {
                return true;
            }
            throw new CompletionException(failure);
        });
    }

    private static boolean isThere(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof RedisCommandExecutionException
                && String.valueOf(cause.getMessage()).contains("already exists");
    }

    // ---- what links use

    private synchronized StatefulRedisConnection<byte[], byte[]> connection() {
        return Objects.requireNonNull(calls, "not opened");
    }

    /** For calls; what is said is sent with the next {@link #flush}. */
    RedisAsyncCommands<byte[], byte[]> calls() {
        return connection().async();
    }

    /** Sends what was said. */
    void flush() {
        connection().flushCommands();
    }

    /** For what is followed. */
    synchronized RedisPubSubAsyncCommands<byte[], byte[]> feed() {
        return Objects.requireNonNull(feed, "not opened").async();
    }

    synchronized Identity identity() {
        return identity;
    }

    synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (calls != null) {
            var _ = calls.closeAsync();
        }
        if (feed != null) {
            var _ = feed.closeAsync();
        }
    }
}
