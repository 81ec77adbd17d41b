package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class HistogramTest {

    @Test
    void quantilesAreNeverBelowTheTruthAndAtMostASixtyFourthAbove() {
        Random random = new Random(7);
        Histogram histogram = new Histogram();
        long[] times = new long[20_000];
        for (int i = 0; i < times.length; i++) {
            // From nanoseconds to minutes, evenly over the powers of two.
            times[i] = random.nextLong(1L << random.nextInt(1, 38));
            histogram.record(times[i]);
        }
        Arrays.sort(times);
        for (double part : new double[] {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1}) {
            long truth = times[(int) Math.ceil(part * times.length) - 1];
            assertThat(histogram.quantile(part)).isBetween((double) truth, truth * (1 + 1.0 / 64));
        }
    }

    @Test
    void everyTimeFindsABucketThatHoldsIt() {
        for (int bits = 0; bits < Long.SIZE - 1; bits++) {
            for (long time : new long[] {(1L << bits) - 1, 1L << bits, (1L << bits) + 1}) {
                Histogram histogram = new Histogram();
                histogram.record(time);
                histogram.record(Long.MAX_VALUE);
                assertThat(histogram.quantile(0.5)).isBetween((double) time, time * (1 + 1.0 / 64));
            }
        }
    }

    @Test
    void theWorstIsExact() {
        Histogram histogram = new Histogram();
        histogram.record(1_000_003);
        histogram.record(5);
        assertThat(histogram.quantile(1)).isEqualTo(1_000_003);
        assertThat(histogram.count()).isEqualTo(2);
    }

    @Test
    void aClockThatStepsBackCountsAsNoTime() {
        Histogram histogram = new Histogram();
        histogram.record(-1);
        assertThat(histogram.quantile(1)).isZero();
    }

    @Test
    void nothingRecordedHasNoQuantile() {
        assertThat(new Histogram().quantile(0.5)).isNaN();
    }
}
