package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's way to the Redis that holds the shared log: looks at the start whether that can be used, and makes links to it,
 * one for each shard. Safe for all threads.
 */
public final class Redis implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Redis.class);
    private static final int CLOSE_SECONDS = 2;

    private final RedisCounters counters = new RedisCounters();
    private final ClientResources resources;
    private final Connections.Source source;
    private final List<RedisLog> links = new ArrayList<>();
    private final List<RedisNotes> notes = new ArrayList<>();

    private Redis(RedisSettings settings) {
        RedisLimits limits = settings.limits();
        resources = DefaultClientResources.create();
        RedisClient client = RedisClient.create(resources);
        client.setOptions(options(settings));
        Sentinels sentinels =
                settings.place() instanceof Place.Watched watched ? new Sentinels(client, settings, watched) : null;
        source = new Connections.Source(client, settings, new Keys(settings.prefix()), new Functions(), sentinels);
        if (sentinels != null) {
            long period = Math.max(1, limits.callTimeout().toMillis() / 2);
            var _ = resources
                    .eventExecutorGroup()
                    .next()
                    .scheduleWithFixedDelay(() -> watch(sentinels), period, period, TimeUnit.MILLISECONDS);
        }
    }

    /** Links to a master that another one has taken over from are ended, even if it doesn't know that yet. */
    private void watch(Sentinels sentinels) {
        var _ = sentinels
                .master()
                .thenAccept(master -> all().forEach(one -> one.link().onMaster(master)));
    }

    private static ClientOptions options(RedisSettings settings) {
        RedisLimits limits = settings.limits();
        ClientOptions.Builder options = ClientOptions.builder()
                .autoReconnect(false) // would send again what was not answered
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(commandsMax(limits))
                .protocolVersion(ProtocolVersion.RESP3)
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build()) // a link looks after that
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(limits.connectTimeout())
                        .build());
        Path trusted = settings.trusted();
        if (trusted != null) {
            options.sslOptions(
                    SslOptions.builder().trustManager(trusted.toFile()).build());
        }
        return options.build();
    }

    /** A link keeps its own bounds, and a call of it may be as many commands as it expects answers. */
    private static int commandsMax(RedisLimits limits) {
        long commands = limits.callsMax() + limits.windowMax() + 2 * limits.windowBytesMax() / LookUp.ANSWER_BYTES;
        return (int) Math.min(commands, Integer.MAX_VALUE);
    }

    /**
     * Looks whether this Redis can be the shared log. Blocks for {@link RedisLimits#connectTimeout} at most.
     *
     * @throws RedisRefusedException if it can't be reached or can't give what is needed
     */
    public static Redis open(RedisSettings settings) throws RedisRefusedException, InterruptedException {
        Redis redis = new Redis(settings);
        try {
            redis.look();
            return redis;
        } catch (RedisRefusedException | InterruptedException | RuntimeException e) {
            redis.close();
            throw e;
        }
    }

    private void look() throws RedisRefusedException, InterruptedException {
        RedisSettings settings = source.settings();
        Life trial = new Life(source, _ -> new RedisPubSubAdapter<>(), _ -> {});
        try {
            trial.open(Map.of()).get(settings.limits().connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RedisRefusedException refused) {
                throw refused;
            }
            throw new RedisRefusedException(settings + " can't be used: " + Words.of(e));
        } catch (TimeoutException e) {
            throw new RedisRefusedException(settings + " doesn't answer within "
                    + settings.limits().connectTimeout().toMillis() + " ms");
        } finally {
            trial.close();
        }
    }

    /** A link for one shard. */
    public SharedLog link() {
        return newLink();
    }

    RedisLog newLink() {
        RedisLog link = new RedisLog(source, resources.eventExecutorGroup().next(), counters);
        synchronized (links) {
            links.add(link);
        }
        return link;
    }

    /** What all nodes note and read, over a link of its own. */
    public RedisNotes notes() {
        RedisNotes opened =
                new RedisNotes(source, resources.eventExecutorGroup().next(), counters);
        synchronized (links) {
            notes.add(opened);
        }
        return opened;
    }

    /** What all links count. */
    public RedisCounters counters() {
        return counters;
    }

    /**
     * Whether Redis has answered over every link just now. Done within {@link RedisLimits#callTimeout}, or within
     * {@link RedisLimits#connectTimeout} where one is connecting.
     */
    public CompletableFuture<Boolean> isThere() {
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
        for (RedisLog log : all()) {
            CompletableFuture<Boolean> one = new CompletableFuture<>();
            log.link().ping(one::complete);
            all = all.thenCombine(one, Boolean::logicalAnd);
        }
        return all;
    }

    /** How the links stand, in the order in which they were made. */
    public List<LinkStatus> links() {
        return all().stream()
                .map(RedisLog::link)
                .map(link -> new LinkStatus(link.isUp(), Duration.ofNanos(link.proofAgeNanos())))
                .toList();
    }

    /**
     * How a link stands.
     *
     * @param isUp whether calls are sent over it
     * @param proofAge how long ago that was asked which Redis has answered last, over the one of its connections that has
     *     waited longer
     */
    public record LinkStatus(boolean isUp, Duration proofAge) {}

    private List<RedisLog> all() {
        synchronized (links) {
            return List.copyOf(links);
        }
    }

    /** Ends all links. What was not answered is answered as failed. */
    @Override
    public void close() {
        List<RedisNotes> opened;
        synchronized (links) {
            opened = List.copyOf(notes);
        }
        CompletableFuture<?>[] closed = Stream.concat(
                        all().stream().map(RedisLog::close), opened.stream().map(RedisNotes::close))
                .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(closed).get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("A link is not closed yet", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        source.client().shutdown(0, CLOSE_SECONDS, TimeUnit.SECONDS);
        resources.shutdown(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
