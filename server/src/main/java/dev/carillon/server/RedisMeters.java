package dev.carillon.server;

import dev.carillon.engine.EngineCounters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;

/** The series of a node that shares its log with others. */
final class RedisMeters {

    private RedisMeters() {}

    static void bind(Metrics metrics, RedisBounds bounds, SharedStorage shared, EngineCounters engine) {
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
        metrics.counter("shared.lost", "Times that a shard lost its link", none, engine::linksLost);
        metrics.counter("shared.holes", "Holes filled from the log before delivery", none, engine::holesFilled);
        metrics.counter("shared.silences", "Channels of which something was not pushed", none, engine::silences);
        metrics.counter("shared.replaced", "Channels whose log had lost its end or more", none, engine::replaced);
        metrics.counter(
                "shared.presence.replaced",
                "Presence lists given anew, because it was not known what led to them",
                none,
                engine::presenceReplaced);
        metrics.counter("shared.leases.lost", "Leases of this node that had ended", none, engine::leasesLost);
        metrics.counter("shared.leases.buried", "Times that users of a dead node were taken away", none, engine::leasesBuried);
        metrics.gauge("channels.stale", "Channels about which Redis can't be asked", none, engine::staleChannels);
    }
}
