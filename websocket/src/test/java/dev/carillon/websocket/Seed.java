package dev.carillon.websocket;

import java.util.SplittableRandom;

/** The seed of this run's property tests: printed, and given again by {@code -Dcarillon.seed=N}. */
final class Seed {
    private static final long VALUE = Long.getLong("carillon.seed", System.nanoTime());

    static {
        System.out.println("carillon.seed=" + VALUE);
    }

    private Seed() {}

    /** Randomness of one property, the same for the same seed whatever other properties ran before. */
    static SplittableRandom forProperty(String name) {
        return new SplittableRandom(VALUE * 31 + name.hashCode());
    }

    /** What a failure must say so that it can be seen again. */
    static String hint(int round) {
        return "round " + round + " of -Dcarillon.seed=" + VALUE;
    }
}
