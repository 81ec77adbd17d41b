package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A node's way to the Redis that holds the shared log: looks at the start whether that can be used, and makes links to it,
 * one for each shard. Safe for all threads.
 */
public final class Redis implements AutoCloseable {

    private final RedisCounters counters = new RedisCounters();
    private final ClientResources resources;
    private final Connections.Source source;
    private final List<RedisLog> links = new ArrayList<>();

    private Redis(RedisSettings settings) {
        RedisLimits limits = settings.limits();
        resources = DefaultClientResources.create();
        RedisURI uri = RedisURI.builder()
                .withHost(settings.host())
                .withPort(settings.port())
                .withSsl(settings.isTls())
                .withClientName("carillon")
                .withTimeout(limits.connectTimeout())
                .build();
        String password = settings.password();
        String user = settings.user();
        if (password != null && user != null) {
            uri.setAuthentication(user, password);
        } else if (password != null) {
            uri.setAuthentication(password);
        }
        RedisClient client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false) // would send again what was not answered
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(limits.callsMax() + limits.windowMax()) // a link keeps its own bounds
                .protocolVersion(ProtocolVersion.RESP3)
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build()) // a link looks after that
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(limits.connectTimeout())
                        .build())
                .build());
        source = new Connections.Source(client, uri, settings, new Keys(settings.prefix()), new Functions());
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
        Connections trial = new Connections(source, _ -> {});
        try {
            trial.open(new RedisPubSubAdapter<>(), Connections.Identity.NONE)
                    .get(settings.limits().connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
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

    /** What all links count. */
    public RedisCounters counters() {
        return counters;
    }

    /** Ends all links. What was not answered is answered as failed. The library's client has nothing that isn't theirs. */
    @Override
    public void close() {
        synchronized (links) {
            links.forEach(RedisLog::close);
        }
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
