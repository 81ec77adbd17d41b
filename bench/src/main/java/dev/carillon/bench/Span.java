package dev.carillon.bench;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a server and the generator use from one moment to another, and what a crowd receives for it. For one thread. */
final class Span {

    private final Target target;
    private final Crowd crowd;
    private final long from;
    private final long deliveries;
    private final long messageBytes;
    private final long segments;
    private final @Nullable CpuTime server;
    private final Map<String, CpuTime> threads;
    private final CpuTime generator;
    private final double machine;

    /** Begins now. */
    Span(Target target, Crowd crowd) throws BenchException {
        this.target = target;
        this.crowd = crowd;
        segments = crowd.segments();
        deliveries = crowd.deliveries();
        messageBytes = crowd.messageBytes();
        generator = CpuTime.of(ProcessHandle.current().pid());
        threads = threads(target);
        server = cpu(target);
        machine = CpuTime.machine();
        from = System.nanoTime();
    }

    private static @Nullable CpuTime cpu(Target target) {
        Long process = target.process();
        return process == null ? null : CpuTime.of(process);
    }

    private static Map<String, CpuTime> threads(Target target) {
        Long process = target.process();
        return process == null ? Map.of() : CpuTime.threads(process);
    }

    /** Ends now: what was used, and for each delivery. */
    void end(Sample into) throws BenchException {
        CpuTime used = endBusy(into);
        double delivered = crowd.deliveries() - deliveries;
        into.put(Metric.RATE, delivered / into.require(Metric.SECONDS));
        into.put(Metric.MESSAGE_BYTES, (crowd.messageBytes() - messageBytes) / delivered);
        into.put(Metric.PER_SEND, delivered / (crowd.segments() - segments));
        if (used != null) {
            into.put(Metric.CPU, used.total() * 1e6 / delivered);
            into.put(Metric.CPU_USER, used.user() * 1e6 / delivered);
            into.put(Metric.CPU_SYSTEM, used.system() * 1e6 / delivered);
            threads(target).forEach((name, time) -> {
                CpuTime spent = time.since(threads.getOrDefault(name, CpuTime.NONE));
                into.putThread(name, spent.total() * 1e6 / delivered);
            });
        }
    }

    /**
     * Ends now: how busy everybody was.
     *
     * @return what the server used; null where that can't be read
     */
    @Nullable
    CpuTime endBusy(Sample into) {
        double seconds = seconds();
        CpuTime used = serverCpu();
        double all = CpuTime.machine() - machine;
        CpuTime own = CpuTime.of(ProcessHandle.current().pid()).since(generator);
        into.put(Metric.SECONDS, seconds);
        into.put(Metric.GENERATOR_BUSY, own.total() / seconds * 100);
        if (used != null) {
            into.put(Metric.SERVER_BUSY, used.total() / seconds * 100);
            into.put(Metric.OTHERS_BUSY, Math.max(0, all - used.total() - own.total()) / seconds * 100);
        }
        return used;
    }

    double seconds() {
        return (System.nanoTime() - from) / 1e9;
    }

    /** What the server has used since the beginning; null where that can't be read. */
    @Nullable
    CpuTime serverCpu() {
        CpuTime now = cpu(target);
        return now == null || server == null ? null : now.since(server);
    }
}
