package dev.carillon.bench;

import java.util.Arrays;
import java.util.Random;

/** Medians and how sure they are. Stateless. */
final class Statistics {

    /** How often rounds are drawn again for an interval. */
    private static final int RESAMPLES = 10_000;

    /** The same results give the same interval. */
    private static final long SEED = 20_261_122;

    /**
     * An estimate with its 95 % interval.
     *
     * @param low 2.5 % of the resamples were below
     * @param high 2.5 % of the resamples were above
     */
    record Interval(double estimate, double low, double high) {}

    private Statistics() {}

    /** The middle one, or the mean of the middle two. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * The ratio of two medians, with an interval by the bootstrap: rounds are drawn with replacement, always both sides of a
     * round together, because what disturbed the machine then disturbed both.
     *
     * @param ours one value a round
     * @param theirs of the same rounds
     */
    static Interval ratioOfMedians(double[] ours, double[] theirs) {
        if (ours.length != theirs.length || ours.length == 0) {
            throw new IllegalArgumentException(ours.length + " rounds against " + theirs.length);
        }
        Random random = new Random(SEED);
        int rounds = ours.length;
        double[] ratios = new double[RESAMPLES];
        double[] drawnOurs = new double[rounds];
        double[] drawnTheirs = new double[rounds];
        for (int i = 0; i < RESAMPLES; i++) {
            for (int j = 0; j < rounds; j++) {
                int round = random.nextInt(rounds);
                drawnOurs[j] = ours[round];
                drawnTheirs[j] = theirs[round];
            }
            ratios[i] = median(drawnOurs) / median(drawnTheirs);
        }
        Arrays.sort(ratios);
        return new Interval(
                median(ours) / median(theirs), ratios[(int) (RESAMPLES * 0.025)], ratios[(int) (RESAMPLES * 0.975)]);
    }
}
