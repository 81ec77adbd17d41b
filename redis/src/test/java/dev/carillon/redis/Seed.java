package dev.carillon.redis;

/** The seed of a randomised test: new each time and printed, or the one given by {@code -Dcarillon.seed}. */
final class Seed {

    private Seed() {}

    static long of(Class<?> test) {
        long seed = Long.getLong("carillon.seed", System.nanoTime());
        System.out.println(test.getSimpleName() + ": -Dcarillon.seed=" + seed);
        return seed;
    }
}
