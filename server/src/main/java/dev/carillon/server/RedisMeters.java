package dev.carillon.server;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;

/** The series of the links to Redis. */
final class RedisMeters {

    private RedisMeters() {}

    static void bind(Metrics metrics, RedisBounds bounds, SharedStorage shared) {
        Tags none = Tags.empty();
        metrics.bindLimits("redis.", bounds);
        metrics.counter("redis.connects", "Links to Redis made", none, shared::connects);
        metrics.counter("redis.failures", "Links to Redis that failed or could not be made", none, shared::failures);
        metrics.counter(
                "redis.overflows",
                "Links to Redis that failed because too many calls waited for their answers",
                none,
                shared::overflows);
        metrics.counter("redis.calls", "Calls sent to Redis", none, shared::calls);
        metrics.counter("redis.pushes", "Publications that Redis pushed to this node", none, shared::pushes);
        metrics.counter("redis.garbage", "What Redis pushed that was no publication", none, shared::garbage);
        metrics.counter(
                "redis.redirects", "Calls turned away because a slot moves or has moved", none, shared::redirects);
        for (int i = 0; i < shared.linkCount(); i++) {
            int link = i;
            Tags tags = Tags.of("link", Integer.toString(i));
            metrics.gauge("redis.up", "1, or 0 while a link is down", tags, () -> shared.isUp(link) ? 1 : 0);
            Gauge.builder(
                            "carillon.redis.proof.age.seconds",
                            () -> shared.proofAge(link).toNanos() / 1e9)
                    .description("How long ago Redis was asked what it has answered last over a link")
                    .tags(tags)
                    .register(metrics.registry());
        }
    }
}
