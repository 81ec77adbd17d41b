package dev.carillon.simulation;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The command line of {@code ./carillon simulate}. */
public final class Main {

    private static final String USAGE = """
            usage: ./carillon simulate [option…]

              --seed N       the first seed; default 1
              --seeds K      how many, one after another; default 1
              --steps M      the steps of each until its trouble ends; default 10000
              --fixed        the seeds that ./test plays; each kind of trouble must be met
              --unshrunk     a failing seed is shown as it is
              --clients N    at most so many clients
              --without I,…  leaves troubles out, by their numbers in the trace

            Exits with 1 where an invariant does not hold, and shows how to play that again, as small as it was made.
            """;

    private Main() {}

    /** Plays what the words say, and ends the process with 0, with 1 after a violation, or with 2 for wrong words. */
    public static void main(String[] words) {
        System.exit(run(List.of(words), new PrintStream(System.out, true, StandardCharsets.UTF_8)));
    }

    static int run(List<String> words, PrintStream out) {
        long seed = 1;
        long seeds = 1;
        long steps = FixedSet.STEPS;
        int clients = Order.ALL;
        boolean isFixed = false;
        boolean isToShrink = true;
        Set<Integer> without = new TreeSet<>();
        try {
            for (int i = 0; i < words.size(); i++) {
                switch (words.get(i)) {
                    case "--seed" -> seed = Long.parseLong(words.get(++i));
                    case "--seeds" -> seeds = Long.parseLong(words.get(++i));
                    case "--steps" -> steps = Long.parseLong(words.get(++i));
                    case "--clients" -> clients = Integer.parseInt(words.get(++i));
                    case "--fixed" -> isFixed = true;
                    case "--unshrunk" -> isToShrink = false;
                    case "--without" -> {
                        for (String number : words.get(++i).split(",", -1)) {
                            without.add(Integer.parseInt(number));
                        }
                    }
                    default -> throw new IllegalArgumentException(words.get(i));
                }
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
            out.print(USAGE);
            return 2;
        }
        if (isFixed) {
            return play(1, FixedSet.SEEDS, FixedSet.STEPS, true, isToShrink, out);
        }
        if (seeds == 1) {
            return playOne(new Order(seed, steps, clients, without), isToShrink, out);
        }
        return play(seed, seeds, steps, false, isToShrink, out);
    }

    private static int playOne(Order order, boolean isToShrink, PrintStream out) {
        Result result = Simulation.run(order);
        out.print(result.tally().text());
        out.printf("hash %016x%n", result.hash());
        if (result.violation() == null) {
            return 0;
        }
        tell(result, isToShrink, out);
        return 1;
    }

    private static int play(
            long first, long seeds, long steps, boolean isToReachAll, boolean isToShrink, PrintStream out) {
        FixedSet.Outcome outcome = FixedSet.play(first, seeds, steps, _ -> {});
        out.print(outcome.tally().text());
        Result failed = outcome.failed();
        if (failed != null) {
            tell(failed, isToShrink, out);
            return 1;
        }
        if (isToReachAll && !outcome.unreached().isEmpty()) {
            out.println("never met: " + outcome.unreached());
            return 1;
        }
        return 0;
    }

    private static void tell(Result failed, boolean isToShrink, PrintStream out) {
        Result smallest = isToShrink ? Shrinker.shrink(failed) : failed;
        smallest.last().forEach(out::println);
        Violation violation = smallest.violation();
        if (violation != null) {
            out.printf(
                    "%nviolated: %s%n%s: %s%n",
                    violation.invariant().sentence, violation.invariant(), violation.getMessage());
            Throwable cause = violation.getCause();
            if (cause != null) {
                cause.printStackTrace(out);
            }
        }
        out.printf("%nthe seed:  %s%n", failed.order().command());
        out.printf("as small:  %s%n", smallest.order().command());
    }
}
