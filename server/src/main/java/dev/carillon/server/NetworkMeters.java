package dev.carillon.server;

import dev.carillon.testkit.Counts;
import dev.carillon.testkit.FaultProxy;
import io.micrometer.core.instrument.Tags;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** The series of the fault proxy. */
final class NetworkMeters {

    private NetworkMeters() {}

    static void bind(Metrics metrics, NetworkSettings settings, FaultProxy proxy) {
        metrics.bindLimits("network.", settings.limits());
        metrics.gauge("network.lanes", "Lanes of the fault proxy", Tags.empty(), proxy::lanes);
        metrics.gauge(
                "network.connections",
                "Connections through lanes",
                Tags.empty(),
                () -> proxy.counts().open());
        bytes(metrics, proxy, "up", counts -> counts.up().passed());
        bytes(metrics, proxy, "down", counts -> counts.down().passed());
        refused(metrics, "lanes_limit", proxy::lanesRefused);
        refused(metrics, "connections_limit", () -> proxy.counts().tooMany());
    }

    private static void bytes(Metrics metrics, FaultProxy proxy, String direction, ToLongFunction<Counts> value) {
        metrics.counter(
                "network.bytes",
                "Bytes that lanes let through",
                Tags.of("direction", direction),
                () -> value.applyAsLong(proxy.counts()));
    }

    private static void refused(Metrics metrics, String why, LongSupplier value) {
        metrics.counter("network.refusals", "Lanes and connections through them refused", Tags.of("why", why), value);
    }
}
