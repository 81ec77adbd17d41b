package dev.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The command line of {@code ./carillon bench}. The figures go to stdout, everything else to stderr. */
public final class Main {

    private static final String USAGE = """
            usage: ./carillon bench <command> [option…]

            Workloads; the numbers are the defaults:
              echo       --size 64 --connections 100 --depth 1 --rate 20000
              fanout     --readers 1000 --size 128 --rate 50        one publisher, by the clock
              deflate-fanout  --readers 1000 --size 1024 --rate 50  the same to readers that take deflate
              burst      --readers 1000 --size 128 --together 32 --rate 64
              chat       --members 320 --size 128 --rate 2          everybody publishes to everybody
              channels   --channels 10000 --readers 10 --connections 1000 --size 128 --rate 5000
              idle       --connections 10000 --step 2000 --heartbeat 25 [--subscribe]
              connects   --connections 5000
              storm      --dropped 15000 --others 1000 --size 128 --rate 50
              stalled    --readers 1000 --stalled 10 --size 4096 --rate 50
                --seconds 5 --rounds 3 --warmup 5
                --server P     a server of this kind is started; default carillon
                --url U        or one that is running: ws://host:port, perhaps with a path
                --dialect D    how that one is spoken to: carillon (default), carillon-bin, plain, socketio, centrifugo
                --pid N        its process, if it runs here, for its CPU and memory

            Beside other servers:
              list       the workloads and servers that are compared
              compare    --starts 3 --rounds 3 --seconds 4 --warmup 8
                --workloads W,…   default all
                --peers P,…       default all
                --results DIR     default .build/bench/results
              report     writes the table and plots of docs/benchmarks.md from results
                --results DIR     default bench/results

            Correctness:
              conformance   every case of the suite; also as ./carillon conformance
                --peers P,…    carillon (default), ws, netty, bun
                --url U        or a server that is running: an echo of messages up to 16 MiB, and no larger ones
                --cases C,…    those whose ids begin so
                --long         in large volumes
                --report FILE  writes docs/conformance.md, of Carillon and all three peers unless others are named

            Documents:
              documents  --documents 200 --editors 10 --rate 1000 --seconds 10 --warmup 5 [--forget]
                         characters typed into documents, one editor after the other; --forget waits until nobody has them open
              updates    --rounds 20       merging and compacting 3,000 updates of Yjs, here and by yjs in Node

              jmh        codec, encoder and fan-out alone, in this process; options are JMH's
            """;

    private Main() {}

    /** Runs a measurement and ends the process with 0, 1 if it couldn't be made, or 2 if there is none of that name. */
    public static void main(String[] words) {
        System.exit(run(List.of(words)));
    }

    private static int run(List<String> words) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path home = Path.of(System.getProperty("carillon.home", "."));
        String command = words.isEmpty() ? "" : words.getFirst();
        List<String> rest = words.subList(Math.min(1, words.size()), words.size());
        try {
            switch (command) {
                case "list" -> list(out);
                case "compare" -> compare(home, rest);
                case "jmh" -> org.openjdk.jmh.Main.main(rest.toArray(new String[0]));
                case "documents" -> new DocumentsCommand(home, out).run(rest);
                case "updates" -> new UpdatesCommand(home, out).run(rest);
                case "conformance" -> {
                    return new ConformanceCommand(home, out).run(rest) ? 0 : 1;
                }
                case "report" -> report(home, rest, out);
                default -> {
                    if (!WorkloadCommand.isOne(command)) {
                        System.err.print(USAGE);
                        return 2;
                    }
                    new WorkloadCommand(home, out).run(command, rest);
                }
            }
            return 0;
        } catch (IOException | BenchException e) {
            System.err.println("bench: " + e.getMessage());
            return 1;
        }
    }

    private static void list(PrintStream out) {
        for (Workload workload : Workload.compared()) {
            out.printf("%-20s %s%n", workload.name(), workload.description());
        }
        for (Peer peer : Peer.values()) {
            out.printf("%-20s %s%n", peer.word, peer.title);
        }
    }

    private static void compare(Path home, List<String> words) throws IOException, BenchException {
        Arguments arguments = new Arguments(
                words, Set.of("--workloads", "--peers", "--starts", "--rounds", "--seconds", "--warmup", "--results"));
        Comparison comparison = new Comparison(
                home,
                arguments.number("--starts", 3),
                arguments.number("--rounds", 3),
                arguments.number("--seconds", 4),
                arguments.number("--warmup", 8),
                home.resolve(arguments.text("--results", ".build/bench/results")),
                System.err);
        List<Workload> workloads = workloads(arguments.text("--workloads", ""));
        for (Peer peer : peers(arguments.text("--peers", ""))) {
            for (Workload workload : workloads) {
                comparison.run(workload, peer);
            }
        }
    }

    private static List<Workload> workloads(String names) throws BenchException {
        List<Workload> all = Workload.compared();
        if (names.isEmpty()) {
            return all;
        }
        List<Workload> chosen = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            chosen.add(all.stream()
                    .filter(workload -> workload.name().equals(name))
                    .findFirst()
                    .orElseThrow(
                            () -> new BenchException("no workload " + name + " is compared; bench list has them")));
        }
        return chosen;
    }

    private static List<Peer> peers(String words) throws BenchException {
        List<Peer> chosen = new ArrayList<>();
        if (words.isEmpty()) {
            chosen.addAll(Arrays.asList(Peer.values()));
            chosen.remove(Peer.CARILLON);
            return chosen;
        }
        for (String word : words.split(",", -1)) {
            Peer peer = Peer.of(word);
            if (peer == Peer.CARILLON) {
                throw new BenchException("Carillon is measured beside every peer, and is none itself");
            }
            chosen.add(peer);
        }
        return chosen;
    }

    private static void report(Path home, List<String> words, PrintStream out) throws IOException, BenchException {
        Arguments arguments = new Arguments(words, Set.of("--results", "--page"));
        Path results = home.resolve(arguments.text("--results", "bench/results"));
        Path page = home.resolve(arguments.text("--page", "docs/benchmarks.md"));
        new Report(Result.readAll(results)).write(page);
        out.println(page);
    }
}
