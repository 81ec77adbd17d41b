package dev.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code ./carillon bench <workload>}: one workload with any numbers, on a server of its own or on any that is running. */
final class WorkloadCommand {

    private static final Set<String> COMMON =
            Set.of("--url", "--dialect", "--pid", "--server", "--seconds", "--rounds", "--warmup");
    private static final Map<String, Set<String>> OWN = Map.of(
            "echo", Set.of("--size", "--connections", "--depth", "--rate"),
            "fanout", Set.of("--readers", "--size", "--rate"),
            "deflate-fanout", Set.of("--readers", "--size", "--rate"),
            "burst", Set.of("--readers", "--size", "--together", "--rate"),
            "chat", Set.of("--members", "--size", "--rate"),
            "channels", Set.of("--channels", "--readers", "--connections", "--size", "--rate"),
            "idle", Set.of("--connections", "--step", "--subscribe", "--heartbeat"),
            "connects", Set.of("--connections"),
            "storm", Set.of("--dropped", "--others", "--size", "--rate"),
            "stalled", Set.of("--readers", "--stalled", "--size", "--rate"));

    private static final int THREADS_SHOWN = 6;

    private final Path home;
    private final PrintStream out;

    WorkloadCommand(Path home, PrintStream out) {
        this.home = home;
        this.out = out;
    }

    static boolean isOne(String command) {
        return OWN.containsKey(command);
    }

    void run(String command, List<String> words) throws IOException, BenchException {
        Set<String> known = new HashSet<>(COMMON);
        known.addAll(OWN.getOrDefault(command, Set.of()));
        Arguments arguments = new Arguments(words, known);
        String url = arguments.text("--url");
        boolean isBinary = url == null && Dialect.CARILLON_BINARY.toString().equals(arguments.text("--dialect"));
        Workload workload = isBinary ? new InBinary(workload(command, arguments)) : workload(command, arguments);
        if (url == null) {
            Peer peer = Peer.of(arguments.text("--server", Peer.CARILLON.word));
            String refused = peer.refuses(workload);
            if (refused != null) {
                throw new BenchException(peer.title + " " + refused);
            }
            System.err.println(peer.build(home) + ": " + workload.description());
            List<String> more = configuration(peer, workload);
            try (ServerProcess server = ServerProcess.start(home, peer, workload, more)) {
                measure(workload, server.target(), arguments, words);
            }
        } else {
            measure(workload, target(url, arguments), arguments, words);
        }
    }

    private static Workload workload(String command, Arguments given) throws BenchException {
        int size = given.number("--size", command.equals("echo") ? 64 : command.equals("stalled") ? 4096 : 128);
        if (size < Stamp.DATA_BYTES_MIN) {
            throw new BenchException("--size must be " + Stamp.DATA_BYTES_MIN + " at least, to hold a stamp");
        }
        return switch (command) {
            case "echo" ->
                new Echo(
                        size,
                        given.number("--connections", 100),
                        given.number("--depth", 1),
                        given.number("--rate", 20_000));
            case "fanout" -> new FanOut(given.number("--readers", 1_000), size, given.number("--rate", 50));
            case "deflate-fanout" ->
                new DeflateFanOut(
                        given.number("--readers", 1_000), given.number("--size", 1_024), given.number("--rate", 50));
            case "burst" ->
                new Burst(
                        given.number("--readers", 1_000),
                        size,
                        given.number("--together", 32),
                        given.number("--rate", 64));
            case "chat" -> new Chat(given.number("--members", 320), size, given.number("--rate", 2));
            case "channels" ->
                new Channels(
                        given.number("--channels", 10_000),
                        given.number("--readers", 10),
                        given.number("--connections", 1_000),
                        size,
                        given.number("--rate", 5_000));
            case "idle" ->
                new Idle(
                        given.number("--connections", 10_000),
                        given.number("--step", 2_000),
                        given.has("--subscribe"),
                        given.number("--heartbeat", 25));
            case "connects" -> new Connects(given.number("--connections", 5_000));
            case "storm" ->
                new Storm(
                        given.number("--dropped", 15_000),
                        given.number("--others", 1_000),
                        size,
                        given.number("--rate", 50));
            case "stalled" ->
                new Stalled(
                        given.number("--readers", 1_000),
                        given.number("--stalled", 10),
                        size,
                        given.number("--rate", 50));
            default -> throw new BenchException("there is no workload " + command);
        };
    }

    /** A heartbeat that isn't the default needs a configuration; anything else is measured without. */
    private List<String> configuration(Peer peer, Workload workload) throws IOException {
        if (peer != Peer.CARILLON || !(workload instanceof Idle idle) || idle.heartbeat() == Idle.USUAL_HEARTBEAT) {
            return List.of();
        }
        Path file = Files.createDirectories(folder()).resolve("carillon.yaml");
        Files.writeString(file, "heartbeat: " + idle.heartbeat() + "s\n");
        return List.of("--config", file.toString());
    }

    private static Target target(String url, Arguments given) throws BenchException {
        try {
            URI parsed = new URI(url);
            if (!"ws".equals(parsed.getScheme()) || parsed.getHost() == null) {
                throw new BenchException("--url takes ws://host:port, or ws://host:port/path, and not " + url);
            }
            int port = parsed.getPort() < 0 ? 80 : parsed.getPort();
            String path = parsed.getRawPath() + (parsed.getRawQuery() == null ? "" : "?" + parsed.getRawQuery());
            Dialect dialect = Dialect.of(given.text("--dialect", Dialect.CARILLON.toString()));
            int process = given.number("--pid", 0);
            return new Target(
                    new InetSocketAddress(parsed.getHost(), port),
                    path.isEmpty() ? null : path,
                    dialect,
                    process == 0 ? null : (long) process,
                    process == 0 ? null : () -> MemoryProbes.ofOther(process));
        } catch (URISyntaxException e) {
            throw new BenchException("--url takes ws://host:port, and not " + url);
        }
    }

    private void measure(Workload workload, Target target, Arguments arguments, List<String> words)
            throws IOException, BenchException {
        int seconds = arguments.number("--seconds", 5);
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("workload", workload.name());
        written.put("description", workload.description());
        written.put("words", words);
        written.put("machine", Machine.describe());
        if (workload instanceof Idle idle) {
            Table steps = idle.steps(target, seconds);
            out.print(steps.markdown());
            out.println();
            for (String kind : List.of("heap", "direct", "resident")) {
                double bytes = steps.slope(kind + " MiB") * (1 << 20);
                out.printf("%s bytes per connection: %s%n", kind, Table.plain(Math.rint(bytes)));
            }
            written.put("steps", steps.toMaps());
        } else {
            List<Sample> samples = rounds(workload, target, arguments, seconds);
            out.print(markdown(samples));
            threads(samples);
            written.put("rounds", samples.stream().map(Sample::toMap).toList());
        }
        String when = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replace(":", "");
        Path file = Files.createDirectories(folder()).resolve(workload.name() + "-" + when + ".json");
        out.println(Files.writeString(file, Json.write(written)));
    }

    private static List<Sample> rounds(Workload workload, Target target, Arguments arguments, int seconds)
            throws BenchException {
        Workload warming = workload.warmUp();
        int warmUp = arguments.number("--warmup", 5);
        if (warming != null && warmUp > 0) {
            warming.measure(target, warmUp);
        }
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < arguments.number("--rounds", 3); i++) {
            samples.add(workload.measure(target, seconds));
        }
        return samples;
    }

    /** A line for each metric, a column for each round, and their median. */
    private static String markdown(List<Sample> samples) {
        StringBuilder text = new StringBuilder("| |");
        for (int i = 1; i <= samples.size(); i++) {
            text.append(" round ").append(i).append(" |");
        }
        text.append(" median |\n|---|")
                .append("---|".repeat(samples.size() + 1))
                .append('\n');
        for (Metric metric : Metric.values()) {
            double[] values = samples.stream()
                    .map(sample -> sample.get(metric))
                    .mapToDouble(value -> value == null ? Double.NaN : value)
                    .filter(value -> !Double.isNaN(value))
                    .toArray();
            if (values.length == 0) {
                continue;
            }
            text.append("| ").append(metric.title).append(" |");
            for (Sample sample : samples) {
                @Nullable Double value = sample.get(metric);
                text.append(' ')
                        .append(value == null ? "not measured" : metric.format(value))
                        .append(" |");
            }
            text.append(' ').append(metric.format(Statistics.median(values))).append(" |\n");
        }
        return text.toString();
    }

    /** Which of the server's threads it was, in the last round. */
    private void threads(List<Sample> samples) {
        if (samples.isEmpty() || samples.getLast().threads().isEmpty()) {
            return;
        }
        out.printf("%nserver CPU of the last round by thread, µs a message:%n");
        samples.getLast().threads().entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(THREADS_SHOWN)
                .forEach(thread -> out.printf("  %-16s %8.2f%n", thread.getKey(), thread.getValue()));
    }

    private Path folder() {
        return home.resolve(".build").resolve("bench");
    }
}
