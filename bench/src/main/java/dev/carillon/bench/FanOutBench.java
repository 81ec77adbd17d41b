package dev.carillon.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a delivery costs the server: one publisher, many subscribers, a fixed rate. The bursts are of one write of the
 * publisher, so they come to the server in one read, and a subscriber's share of them can leave in one write.
 */
final class FanOutBench {

    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final String DATA = "x".repeat(100);

    private FanOutBench() {}

    static void run(Path home, List<String> words, Appendable out)
            throws IOException, InterruptedException, BenchException {
        Arguments arguments =
                new Arguments(words, Set.of("--subscribers", "--rate", "--burst", "--seconds", "--rounds"));
        int subscribers = arguments.number("--subscribers", 1000);
        int burst = arguments.number("--burst", 1);
        int rate = arguments.number("--rate", 100);
        int seconds = arguments.number("--seconds", 10);
        Table table = new Table("publications", "deliveries", "server CPU s", "CPU µs per delivery");
        try (ServerProcess server = ServerProcess.start(home, "channels: [{pattern: bench, durability: memory}]\n");
                Crowd crowd = new Crowd(server.address(), "bench");
                Crowd publisher = new Crowd(server.address(), null)) {
            crowd.growTo(subscribers);
            publisher.growTo(1);
            publish(publisher, crowd, rate, burst, seconds, subscribers); // the compilers' time
            for (int i = 0; i < arguments.number("--rounds", 3); i++) {
                long before = crowd.deliveries();
                double cpu = server.cpuSeconds();
                int published = publish(publisher, crowd, rate, burst, seconds, subscribers);
                double used = server.cpuSeconds() - cpu;
                long delivered = crowd.deliveries() - before;
                table.add(published, (double) delivered, used, used * 1e6 / delivered);
            }
        }
        out.append(table.markdown());
        out.append(table.write(home, "fanout", words).toString()).append('\n');
    }

    /** Publishes at the rate and waits until everybody has everything; answers how many publications it was. */
    private static int publish(Crowd publisher, Crowd crowd, int rate, int burst, int seconds, int subscribers)
            throws InterruptedException, BenchException {
        byte[] json = ("{\"type\":\"publish\",\"channel\":\"bench\",\"data\":\"" + DATA + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        int bursts = Math.max(1, rate * seconds / burst);
        long everyNanos = TimeUnit.SECONDS.toNanos(1) * burst / rate;
        long wanted = crowd.deliveries() + (long) bursts * burst * subscribers;
        long due = System.nanoTime();
        for (int i = 0; i < bursts; i++) {
            publisher.send(json, burst);
            due += everyNanos;
            // By the clock and not by the last one's end, so that a server that is late isn't spared.
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
        long deadline = System.nanoTime() + DRAIN_NANOS;
        while (crowd.deliveries() < wanted) {
            crowd.check();
            publisher.check();
            if (System.nanoTime() > deadline) {
                throw new BenchException((wanted - crowd.deliveries()) + " deliveries are missing");
            }
            Thread.sleep(1);
        }
        return bursts * burst;
    }
}
