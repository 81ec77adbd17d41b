package dev.carillon.simulation;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is to be simulated: all that happens follows from it.
 *
 * @param steps after so many the trouble ends, and everything has 60 virtual seconds to be made good
 * @param clients at most so many, of those that the seed has
 * @param without which troubles are left out, by their number
 */
record Order(long seed, long steps, int clients, Set<Integer> without) {

    static final int ALL = Integer.MAX_VALUE;

    Order {
        without = Set.copyOf(without);
    }

    static Order of(long seed, long steps) {
        return new Order(seed, steps, ALL, Set.of());
    }

    /** The command that plays it again. */
    String command() {
        StringBuilder command = new StringBuilder("./carillon simulate --seed " + seed + " --steps " + steps);
        if (clients != ALL) {
            command.append(" --clients ").append(clients);
        }
        if (!without.isEmpty()) {
            String numbers =
                    new TreeSet<>(without).stream().map(String::valueOf).collect(Collectors.joining(","));
            command.append(" --without ").append(numbers);
        }
        return command.toString();
    }
}
