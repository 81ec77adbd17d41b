package dev.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The command line of {@code ./carillon bench}. The figures go to stdout, everything else to stderr. */
public final class Main {

    private static final String USAGE = """
            usage: ./carillon bench <command> [option…]

              idle      memory and CPU of WebSockets that only answer heartbeats
                --connections N   how many in the end; default 10000
                --step N          measured after so many more each; default 2000
                --subscribe       each to one channel, the same for all
                --heartbeat S     seconds; default 25
              fanout    CPU of a delivery: one publisher, many subscribers
                --subscribers N   default 1000
                --rate N          publications a second; default 100
                --burst N         so many of them at a time; default 1
                --seconds S       of one round; default 10
                --rounds N        after one to warm up; default 3
            """;

    private Main() {}

    /** Runs a measurement and ends the process with 0, 1 if it couldn't be made, or 2 if there is none of that name. */
    public static void main(String[] words) throws InterruptedException {
        System.exit(run(List.of(words)));
    }

    private static int run(List<String> words) throws InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path home = Path.of(System.getProperty("carillon.home", "."));
        List<String> rest = words.subList(Math.min(1, words.size()), words.size());
        try {
            switch (words.isEmpty() ? "" : words.getFirst()) {
                case "idle" -> IdleBench.run(home, rest, out);
                case "fanout" -> FanOutBench.run(home, rest, out);
                default -> {
                    System.err.print(USAGE);
                    return 2;
                }
            }
            return 0;
        } catch (IOException | BenchException e) {
            System.err.println("bench: " + e.getMessage());
            return 1;
        }
    }
}
