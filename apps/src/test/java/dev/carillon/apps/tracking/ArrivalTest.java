package dev.carillon.apps.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When somebody comes. */
final class ArrivalTest {

    private final Arrival arrival = new Arrival();

    @Test
    void whatIsLeftDecidesAndTheRangeLeansTowardsLate() {
        Arrival.Range range = arrival.range(1200, 20, 0);
        assertThat(range.low()).isBetween(170L, 220L);
        assertThat(range.high() - 220).isGreaterThan(220 - range.low());
    }

    @Test
    void aLittleMoreOrLessDoesNotFlicker() {
        Arrival.Range first = arrival.range(1200, 20, 0);
        assertThat(arrival.range(1260, 20, 0)).isEqualTo(first);
        assertThat(arrival.range(2400, 20, 0)).isNotEqualTo(first);
    }

    @Test
    void whoIsSlowComesLater() {
        for (int i = 0; i < 60; i++) {
            arrival.learn(new Fix(i * 1000L, 0, Place.ofMetres(i * 3.0, 0), 5, 3, 90));
        }
        assertThat(arrival.range(1200, 0, 60_000).low()).isGreaterThan(300);
    }
}
