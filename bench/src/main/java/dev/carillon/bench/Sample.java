package dev.carillon.bench;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one measurement of one server gave. A metric that a server or a workload doesn't have is absent. For one thread. */
final class Sample {

    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
    private final Map<String, Double> threads = new TreeMap<>();

    /** @param value one that isn't finite was not measured, and isn't kept */
    Sample put(Metric metric, double value) {
        if (Double.isFinite(value)) {
            values.put(metric, value);
        }
        return this;
    }

    @Nullable
    Double get(Metric metric) {
        return values.get(metric);
    }

    /** A metric that is known to be there. */
    double require(Metric metric) {
        return Objects.requireNonNull(values.get(metric), metric.title);
    }

    /** Server CPU of its threads of one name, in µs a message; resolution as {@link CpuTime}'s. */
    void putThread(String name, double cpu) {
        if (cpu > 0 && Double.isFinite(cpu)) {
            threads.put(name, cpu);
        }
    }

    Map<String, Double> threads() {
        return threads;
    }

    /** For {@link Json}. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        values.forEach((metric, value) -> map.put(metric.key(), value));
        if (!threads.isEmpty()) {
            map.put("threads", threads);
        }
        return map;
    }

    void putLatencies(Histogram latencies) {
        put(Metric.P50, latencies.quantile(0.5) / 1e6);
        put(Metric.P99, latencies.quantile(0.99) / 1e6);
        put(Metric.P999, latencies.quantile(0.999) / 1e6);
    }
}
