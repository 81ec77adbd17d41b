package dev.carillon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What WebSockets cost that only answer heartbeats. After each step the server collects its garbage, is measured, and idles
 * for two heartbeats; what one more connection takes is the slope over all steps, so what the process takes without any,
 * and what the first ones loaded, is not in it.
 */
final class IdleBench {

    private static final int STEP = 2000;
    private static final double MIB = 1 << 20;

    private IdleBench() {}

    static void run(Path home, List<String> words, Appendable out)
            throws IOException, InterruptedException, BenchException {
        Arguments arguments = new Arguments(words, Set.of("--connections", "--step", "--subscribe", "--heartbeat"));
        int most = arguments.number("--connections", 10_000);
        int step = Math.min(most, arguments.number("--step", STEP));
        Duration heartbeat = Duration.ofSeconds(arguments.number("--heartbeat", 25));
        Table table = new Table(
                "connections", "heap MiB", "direct MiB", "runtime MiB", "RSS MiB", "CPU % of a core", "pings/s");
        try (ServerProcess server = ServerProcess.start(home, "heartbeat: " + heartbeat.toSeconds() + "s\n");
                Crowd crowd = new Crowd(server.address(), arguments.has("--subscribe") ? "bench" : null)) {
            for (int count = step; count <= most; count += step) {
                crowd.growTo(count);
                measure(server, crowd, count, heartbeat, table);
            }
        }
        out.append(table.markdown());
        out.append(String.format(
                "%nbytes per connection: heap %.0f, direct memory %.0f, RSS %.0f%n",
                table.slope("heap MiB") * MIB, table.slope("direct MiB") * MIB, table.slope("RSS MiB") * MIB));
        out.append(table.write(home, "idle", words).toString()).append('\n');
    }

    private static void measure(ServerProcess server, Crowd crowd, int count, Duration heartbeat, Table table)
            throws IOException, InterruptedException, BenchException {
        ServerProcess.Memory memory = server.memory();
        long pings = crowd.pings();
        double cpu = server.cpuSeconds();
        long from = System.nanoTime();
        Thread.sleep(heartbeat.multipliedBy(2));
        double seconds = (System.nanoTime() - from) / 1e9;
        double used = server.cpuSeconds() - cpu;
        crowd.check();
        table.add(
                count,
                memory.heap() / MIB,
                memory.direct() / MIB,
                memory.runtime() / MIB,
                memory.resident() / MIB,
                used / seconds * 100,
                (crowd.pings() - pings) / seconds);
    }
}
