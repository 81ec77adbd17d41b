package dev.carillon.bench;

import dev.carillon.bench.Target.Memory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections that only answer heartbeats: what one takes of the server's memory, as the slope over several numbers of them,
 * and what all of them take of its CPU.
 *
 * @param connections in the end
 * @param step measured after so many more each, from 2,000 on
 * @param isSubscribed whether each is subscribed to one channel, the same for all
 * @param heartbeat seconds between two of the server's signs of life, at most
 */
record Idle(int connections, int step, boolean isSubscribed, int heartbeat) implements Workload {

    /** Seconds, where nothing else is configured. */
    static final int USUAL_HEARTBEAT = 25;

    private static final int FIRST = 2_000;
    private static final double MIB = 1 << 20;
    private static final long SETTLING_NANOS = 500_000_000;

    @Override
    public String name() {
        return (isSubscribed ? "idle-" : "idle-unsubscribed-") + connections;
    }

    @Override
    public String description() {
        return String.format(
                "%,d connections%s that only answer heartbeats; bytes as the slope from %,d on",
                connections, isSubscribed ? ", each subscribed to one channel," : "", Math.min(FIRST, connections));
    }

    @Override
    public Metric chief() {
        return Metric.RSS_BYTES;
    }

    @Override
    public boolean needsFreshServer() {
        return true;
    }

    @Override
    public @Nullable Workload warmUp() {
        return null;
    }

    /** For what is outside the heap; a few MiB, and nothing on the way of a frame. */
    @Override
    public List<String> javaFlags() {
        return List.of("-XX:NativeMemoryTracking=summary");
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Table steps = steps(target, seconds);
        Sample sample = new Sample();
        // A runtime that doesn't tell all that it holds, such as what Bun keeps of a socket outside JavaScript, tells
        // nothing
        // that could be compared.
        if (Double.isFinite(steps.last("runtime MiB"))) {
            sample.put(Metric.LIVE_BYTES, (steps.slope("heap MiB") + steps.slope("direct MiB")) * MIB);
        }
        sample.put(Metric.RSS_BYTES, steps.slope("resident MiB") * MIB);
        sample.put(Metric.HEARTBEAT_BUSY, steps.last("CPU % of a core"));
        return sample;
    }

    /**
     * A row for each number of connections.
     *
     * @param seconds for which the CPU is watched; at the last number for two heartbeats if that is longer
     */
    Table steps(Target target, double seconds) throws BenchException {
        Table table = new Table(
                "connections", "heap MiB", "direct MiB", "runtime MiB", "resident MiB", "CPU % of a core", "pings/s");
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = isSubscribed
                    ? Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL))
                    : Crowd.idle(generator, target);
            int count = Math.min(FIRST, connections);
            while (true) {
                crowd.growTo(count);
                boolean isLast = count == connections;
                measure(target, generator, crowd, isLast ? Math.max(seconds, 2.0 * heartbeat) : seconds, table);
                if (isLast) {
                    return table;
                }
                count = Math.min(count + step, connections);
            }
        }
    }

    private static void measure(Target target, Generator generator, Crowd crowd, double seconds, Table table)
            throws BenchException {
        generator.turnFor(System.nanoTime() + SETTLING_NANOS);
        Target.MemoryProbe probe = target.memory();
        Memory memory = probe == null ? new Memory(Double.NaN, Double.NaN, Double.NaN, Double.NaN) : probe.ask();
        long pings = pings(crowd);
        Span span = new Span(target, crowd);
        generator.turnFor(System.nanoTime() + (long) (seconds * 1e9));
        CpuTime used = span.serverCpu();
        table.add(
                crowd.ready(),
                memory.heap() / MIB,
                memory.direct() / MIB,
                memory.runtime() / MIB,
                memory.resident() / MIB,
                used == null ? Double.NaN : used.total() / span.seconds() * 100,
                (pings(crowd) - pings) / span.seconds());
    }

    private static long pings(Crowd crowd) {
        return crowd.clients().stream().mapToLong(Client::pings).sum();
    }
}
