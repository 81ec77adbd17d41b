package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresenceContract;
import io.lettuce.core.KillArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Who is present over all nodes is in Redis what it is in the executable specification. */
class RedisPresenceContractTest extends SharedPresenceContract {

    private static int tests;

    private final List<RedisLog> links = new ArrayList<>();
    private String prefix = "";
    private @Nullable Redis redis;

    @BeforeAll
    static void look() {
        RedisProcess.assumeThere();
    }

    /** What it is asked of. */
    Deployment deployment() {
        return Deployments.alone();
    }

    @AfterEach
    void disconnect() {
        if (redis != null) {
            redis.close();
        }
    }

    @Override
    protected SharedLog link(SharedLog.Feed feed) {
        try {
            if (redis == null) {
                prefix = "presence-" + ++tests + ":";
                redis = Redis.open(deployment().settings(prefix));
            }
        } catch (RedisRefusedException | InterruptedException e) {
            throw new AssertionError(e);
        }
        RedisLog link = redis.newLink();
        link.begin(feed);
        links.add(link);
        return link;
    }

    @Override
    protected void settle() {
        for (RedisLog link : links) {
            CompletableFuture<SharedLog.Heads> answered = new CompletableFuture<>();
            link.heads(List.of(), answered::complete);
            get(answered);
        }
        for (RedisLog link : links) {
            get(link.heard());
        }
    }

    /** As if it had: what leases have left of their time is taken from them. */
    @Override
    protected void pass(Duration time) {
        String leases = prefix + Keys.VERSION + ":lease:*";
        for (RedisProcess master : deployment().masters()) {
            master.ask(connection -> {
                for (byte[] lease : connection.sync().keys(leases)) {
                    connection.sync().pexpire(lease, connection.sync().pttl(lease) - time.toMillis());
                }
                return true;
            });
        }
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    protected void fail(SharedLog link) {
        settle(); // which has it up
        RedisProcess one = deployment().masters().getLast();
        Connections.Identity calls = get(((RedisLog) link).link().identities()).get(one.address());
        long id = calls == null ? 0 : calls.id();
        Long killed = one.ask(connection -> connection.sync().clientKill(KillArgs.Builder.id(id)));
        if (killed == null || killed != 1) {
            throw new AssertionError("killed " + killed + " connections");
        }
    }
}
