package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class StatisticsTest {

    @Test
    void theMedianIsTheMiddleOneOrBetweenTheMiddleTwo() {
        assertThat(Statistics.median(new double[] {9, 1, 5})).isEqualTo(5);
        assertThat(Statistics.median(new double[] {9, 1, 5, 7})).isEqualTo(6);
    }

    @Test
    void theMedianLeavesItsInputAsItWas() {
        double[] values = {3, 1, 2};
        Statistics.median(values);
        assertThat(values).containsExactly(3, 1, 2);
    }

    @Test
    void whatDisturbsBothSidesOfARoundAlikeDoesNotWidenTheInterval() {
        double[] theirs = {10, 11, 30, 10, 12, 25, 10, 9, 14};
        double[] ours = new double[theirs.length];
        for (int i = 0; i < ours.length; i++) {
            ours[i] = theirs[i] * 0.9;
        }
        Statistics.Interval interval = Statistics.ratioOfMedians(ours, theirs);
        assertThat(interval.low()).isCloseTo(0.9, within(1e-9));
        assertThat(interval.estimate()).isCloseTo(0.9, within(1e-9));
        assertThat(interval.high()).isCloseTo(0.9, within(1e-9));
    }

    @Test
    void theIntervalHoldsTheEstimateAndMovesWithTheNoise() {
        double[] calm = {10, 10.1, 9.9, 10, 10.2, 9.8, 10, 10.1, 9.9};
        double[] wild = {10, 14, 7, 10, 16, 6, 10, 13, 8};
        double[] theirs = {10, 10, 10, 10, 10, 10, 10, 10, 10};
        Statistics.Interval narrow = Statistics.ratioOfMedians(calm, theirs);
        Statistics.Interval wide = Statistics.ratioOfMedians(wild, theirs);
        assertThat(narrow.estimate()).isBetween(narrow.low(), narrow.high());
        assertThat(wide.high() - wide.low()).isGreaterThan(5 * (narrow.high() - narrow.low()));
    }

    @Test
    void nineRoundsHoldTheTrueRatioAboutAsOftenAsTheIntervalSays() {
        Random random = new Random(11);
        int held = 0;
        int experiments = 100;
        for (int i = 0; i < experiments; i++) {
            double[] ours = new double[9];
            double[] theirs = new double[9];
            for (int round = 0; round < 9; round++) {
                ours[round] = 8 + random.nextGaussian() * 0.4;
                theirs[round] = 10 + random.nextGaussian() * 0.5;
            }
            Statistics.Interval interval = Statistics.ratioOfMedians(ours, theirs);
            if (interval.low() <= 0.8 && 0.8 <= interval.high()) {
                held++;
            }
        }
        assertThat(held).isBetween(86, 100);
    }

    @Test
    void theSameRoundsGiveTheSameInterval() {
        double[] ours = {1, 2, 3, 4, 5};
        double[] theirs = {2, 3, 4, 5, 6};
        assertThat(Statistics.ratioOfMedians(ours, theirs)).isEqualTo(Statistics.ratioOfMedians(ours, theirs));
    }

    @Test
    void roundsWithoutTheOtherSideAreRefused() {
        assertThatThrownBy(() -> Statistics.ratioOfMedians(new double[3], new double[4]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
