package dev.carillon.simulation;

import dev.carillon.engine.Randomness;

/**
 * Random numbers that follow from a seed: SplitMix64 (Steele, Lea and Flood, 2014), written out so that a seed means the same
 * on every Java. What must not change when something else is left out has dice of its own ({@link #fork}).
 */
final class Dice implements Randomness {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long seed;
    private long state;

    Dice(long seed) {
        this.seed = seed;
        this.state = mix(seed);
    }

    /** Dice that depend on this one's seed and the number only, not on what was thrown. */
    Dice fork(long number) {
        return new Dice(mix(seed * GOLDEN + 1) ^ mix(number + GOLDEN));
    }

    @Override
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    static long mix(long value) {
        long mixed = value;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** From 0 to {@code bound} − 1. */
    int below(int bound) {
        return (int) ((nextLong() >>> 33) % bound);
    }

    /** From {@code min} to {@code max}, both included. */
    int between(int min, int max) {
        return min + below(max - min + 1);
    }

    /** From {@code min} to {@code max}, both included. */
    long between(long min, long max) {
        return min + (nextLong() >>> 1) % (max - min + 1);
    }

    /** Once in so many times. */
    boolean oneIn(int times) {
        return below(times) == 0;
    }

    /** Between 1 and {@code mean} × 8, small values far more often: about {@code mean} on average. */
    long spread(long mean) {
        return 1 + (between(0, mean) << below(3)) * 3 / 4;
    }
}
