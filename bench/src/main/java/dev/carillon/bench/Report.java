package dev.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Results as a section of a page of the documentation, with a plot for each workload. Every figure in it is read from a
 * result; what has none says that it was not measured. Stateless.
 */
final class Report {

    static final String HEADING = "## Beside other servers";

    private static final String NOT_MEASURED = "not measured";
    private static final String IMAGES = "images/bench/";

    /** Facts that say what a measurement was made on; the others are shown elsewhere. */
    private static final List<String> MACHINE =
            List.of("cpu", "cores", "memory", "kernel", "java", "pinned", "seconds");

    private static final List<Peer> PEERS =
            Arrays.stream(Peer.values()).filter(peer -> peer != Peer.CARILLON).toList();

    private final Map<String, Result> results = new LinkedHashMap<>();

    Report(List<Result> all) {
        for (Result result : all) {
            results.put(key(result.workload(), result.peer()), result);
        }
    }

    private static String key(String workload, String peer) {
        return workload + " " + peer;
    }

    private @Nullable Result result(Workload workload, Peer peer) {
        return results.get(key(workload.name(), peer.word));
    }

    /** Replaces the section of a page, or puts it at the end; and writes the plots beside it. */
    void write(Path page) throws IOException {
        String text = Files.exists(page) ? Files.readString(page) : "";
        int from = text.indexOf(HEADING);
        int next = from < 0 ? -1 : text.indexOf("\n## ", from);
        String before = from < 0 ? text : text.substring(0, from);
        String after = next < 0 ? "" : text.substring(next);
        Files.writeString(page, before + section() + after);
        Path images = page.resolveSibling(IMAGES);
        Files.createDirectories(images);
        for (Workload workload : Workload.compared()) {
            List<Result> measured = measured(workload);
            if (!measured.isEmpty()) {
                Files.writeString(images.resolve(workload.name() + ".svg"), Plot.of(workload, measured));
            }
        }
    }

    /** Those that have anything to plot. */
    private List<Result> measured(Workload workload) {
        List<Result> measured = new ArrayList<>();
        for (Peer peer : PEERS) {
            Result result = result(workload, peer);
            if (result != null && result.values(workload.chief(), true).length > 0) {
                measured.add(result);
            }
        }
        return measured;
    }

    String section() {
        StringBuilder text = new StringBuilder(HEADING).append("\n\n").append("""
                Written by `./carillon bench report` from the files of `bench/results`, which hold every round of every
                measurement: none was left out. `./carillon bench compare` makes them.

                Server and generator have a core each. In a round one server is loaded, then the other; who comes first
                alternates. CPU is user and system time of the server's whole process, by what the readers received. Latency
                counts from the moment for which a message was intended. Messages a send are counted by the segments that came.
                Cells hold Carillon's median / the other's, and for the first figure the least and the most of all rounds; a
                ratio is of the medians, with its 95 % interval by the bootstrap over rounds, and below 1 is less.
                Carillon is started by `./carillon serve` (echo by `./carillon echo`) with no configuration, so that each
                publication is numbered, checked and kept on disk; the peers keep nothing and number nothing. Data is the same
                for all; the frame around it is each one's own.

                """);
        facts(text);
        summary(text);
        for (Workload workload : Workload.compared()) {
            workload(workload, text);
        }
        commands(text);
        return text.toString();
    }

    private void facts(StringBuilder text) {
        for (String fact : MACHINE) {
            Set<String> values = new LinkedHashSet<>();
            for (Result result : results.values()) {
                String value = result.facts().get(fact);
                if (value != null) {
                    values.add(value);
                }
            }
            if (!values.isEmpty()) {
                text.append("- ")
                        .append(fact)
                        .append(": ")
                        .append(String.join(" · ", values))
                        .append('\n');
            }
        }
        for (Peer peer : Peer.values()) {
            Set<String> versions = new TreeSet<>();
            for (Result result : results.values()) {
                String version = result.facts().get(peer.word);
                if (version != null) {
                    versions.add(version);
                }
            }
            text.append("- ")
                    .append(peer.title)
                    .append(": ")
                    .append(versions.isEmpty() ? NOT_MEASURED : String.join(" · ", versions))
                    .append('\n');
        }
    }

    private void summary(StringBuilder text) {
        text.append("\n### All workloads\n\n")
                .append(
                        "Carillon's figure over the other's: ratio of the medians, with its 95 % interval. Of CPU, unless"
                                + " said otherwise; below 1 is less.\n\n| workload |");
        for (Peer peer : PEERS) {
            text.append(' ').append(peer.title).append(" |");
        }
        text.append("\n|---|").append("---|".repeat(PEERS.size())).append('\n');
        for (Workload workload : Workload.compared()) {
            text.append("| ").append(workload.name());
            if (workload.chief() != Metric.CPU) {
                text.append(" (").append(workload.chief().title).append(')');
            }
            text.append(" |");
            for (Peer peer : PEERS) {
                text.append(' ')
                        .append(ratio(workload, workload.chief(), result(workload, peer)))
                        .append(" |");
            }
            text.append('\n');
        }
    }

    /** Carillon's median over the other's with its interval, or why there is none. */
    private static String ratio(Workload workload, Metric metric, @Nullable Result result) {
        if (result == null) {
            return NOT_MEASURED;
        }
        if (result.unavailable() != null) {
            return result.unavailable();
        }
        double[][] values = result.values(metric);
        if (values[0].length == 0) {
            boolean isFailed = metric == workload.chief() && !result.rounds().isEmpty();
            return isFailed ? "failed: " + result.firstFailure() : NOT_MEASURED;
        }
        Statistics.Interval interval = Statistics.ratioOfMedians(values[0], values[1]);
        return String.format(Locale.ROOT, "%.2f (%.2f–%.2f)", interval.estimate(), interval.low(), interval.high());
    }

    private void workload(Workload workload, StringBuilder text) {
        text.append("\n### ").append(workload.name()).append("\n\n");
        text.append(workload.description()).append(".\n\n");
        List<Result> measured = measured(workload);
        if (!measured.isEmpty()) {
            text.append("![")
                    .append(workload.chief().title)
                    .append(" of each round](")
                    .append(IMAGES);
            text.append(workload.name()).append(".svg)\n\n");
            table(workload, measured, text);
        }
        Map<String, List<String>> others = new LinkedHashMap<>();
        for (Peer peer : PEERS) {
            Result result = result(workload, peer);
            if (result == null || !measured.contains(result)) {
                others.computeIfAbsent(ratio(workload, workload.chief(), result), why -> new ArrayList<>())
                        .add(peer.title);
            }
        }
        others.forEach((why, peers) ->
                text.append(String.join(", ", peers)).append(": ").append(why).append(".\n"));
    }

    private static void table(Workload workload, List<Result> measured, StringBuilder text) {
        List<Metric> columns = columns(workload, measured);
        text.append("| beside | rounds | ratio | ratio of p99 | ")
                .append(columns.stream().map(metric -> metric.title).collect(Collectors.joining(" | ")))
                .append(" |\n|---|---|---|---|")
                .append("---|".repeat(columns.size()))
                .append('\n');
        for (Result result : measured) {
            text.append("| ").append(Peer.titleOf(result.peer()));
            text.append(" | ").append(rounds(result));
            text.append(" | ").append(ratio(workload, workload.chief(), result));
            text.append(" | ").append(ratio(workload, Metric.P99, result)).append(" |");
            for (Metric metric : columns) {
                text.append(' ').append(cell(workload, metric, result)).append(" |");
            }
            text.append('\n');
        }
        text.append('\n');
    }

    /** What any of the results has, the chief figure first. */
    private static List<Metric> columns(Workload workload, List<Result> measured) {
        List<Metric> columns = new ArrayList<>();
        columns.add(workload.chief());
        for (Metric metric : Metric.values()) {
            if (metric != workload.chief()
                    && measured.stream()
                            .anyMatch(result -> result.values(metric, true).length > 0
                                    || result.values(metric, false).length > 0)) {
                columns.add(metric);
            }
        }
        return columns;
    }

    private static String rounds(Result result) {
        long failures = result.failures();
        return result.rounds().size() + (failures == 0 ? "" : ", " + failures + " failed");
    }

    private static String cell(Workload workload, Metric metric, Result result) {
        boolean isSpread = metric == workload.chief();
        return side(metric, result.values(metric, true), isSpread) + " / "
                + side(metric, result.values(metric, false), isSpread);
    }

    private static String side(Metric metric, double[] values, boolean isSpread) {
        if (values.length == 0) {
            return NOT_MEASURED;
        }
        String median = metric.format(Statistics.median(values));
        if (!isSpread) {
            return median;
        }
        double least = Arrays.stream(values).min().orElseThrow();
        double most = Arrays.stream(values).max().orElseThrow();
        return median + " (" + metric.format(least) + "–" + metric.format(most) + ")";
    }

    private void commands(StringBuilder text) {
        Set<String> commands = new TreeSet<>();
        for (Result result : results.values()) {
            result.facts().forEach((name, fact) -> {
                if (name.startsWith("command of ")) {
                    commands.add(fact);
                }
            });
        }
        if (!commands.isEmpty()) {
            text.append("\n### Commands\n\n");
            commands.forEach(command -> text.append("    ").append(command).append('\n'));
        }
    }
}
