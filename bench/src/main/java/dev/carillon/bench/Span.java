package dev.carillon.bench;

import org.jspecify.annotations.Nullable;

/** What a server and the generator use from one moment to another, and what a crowd receives for it. For one thread. */
final class Span {

    private final Target target;
    private final Crowd crowd;
    private final long from;
    private final long deliveries;
    private final long messages;
    private final long messageBytes;
    private final long segments;
    private final @Nullable CpuTime server;
    private final CpuTime generator;
    private final double machine;

    /** Begins now. */
    Span(Target target, Crowd crowd) throws BenchException {
        this.target = target;
        this.crowd = crowd;
        segments = crowd.segments();
        deliveries = crowd.deliveries();
        messages = crowd.messages();
        messageBytes = crowd.messageBytes();
        generator = CpuTime.of(ProcessHandle.current().pid());
        server = cpu(target);
        machine = CpuTime.machine();
        from = System.nanoTime();
    }

    private static @Nullable CpuTime cpu(Target target) {
        Long process = target.process();
        return process == null ? null : CpuTime.of(process);
    }

    /** Ends now: what was used, for each delivery. */
    void end(Sample into) throws BenchException {
        double seconds = seconds();
        CpuTime used = serverCpu();
        double all = CpuTime.machine() - machine;
        CpuTime own = CpuTime.of(ProcessHandle.current().pid()).since(generator);
        double delivered = crowd.deliveries() - deliveries;
        double received = crowd.messages() - messages;
        into.put(Metric.RATE, delivered / seconds);
        into.put(Metric.GENERATOR_BUSY, own.total() / seconds * 100);
        into.put(Metric.FRAME_BYTES, (crowd.messageBytes() - messageBytes) / received);
        into.put(Metric.FRAMES_PER_SEND, received / (crowd.segments() - segments));
        if (used != null) {
            into.put(Metric.CPU, used.total() * 1e6 / delivered);
            into.put(Metric.CPU_USER, used.user() * 1e6 / delivered);
            into.put(Metric.CPU_SYSTEM, used.system() * 1e6 / delivered);
            into.put(Metric.SERVER_BUSY, used.total() / seconds * 100);
            into.put(Metric.OTHERS_BUSY, Math.max(0, all - used.total() - own.total()) / seconds * 100);
        }
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
