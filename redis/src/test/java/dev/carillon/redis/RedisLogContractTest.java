package dev.carillon.redis;

import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedLogContract;
import io.lettuce.core.KillArgs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Redis is what the executable specification is. */
class RedisLogContractTest extends SharedLogContract {

    private static int tests;

    private final List<RedisLog> links = new ArrayList<>();
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
                redis = Redis.open(deployment().settings("contract-" + ++tests + ":"));
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

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    protected void fail(SharedLog link) {
        RedisProcess one = deployment().masters().getLast();
        Connections.Identity calls = get(((RedisLog) link).link().identities()).get(one.address());
        long id = calls == null ? 0 : calls.id();
        Long killed = one.ask(connection -> connection.sync().clientKill(KillArgs.Builder.id(id)));
        if (killed == null || killed != 1) {
            throw new AssertionError("killed " + killed + " connections");
        }
    }
}
