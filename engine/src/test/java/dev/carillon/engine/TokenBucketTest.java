package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenBucketTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @Test
    void aFullBucketGivesItsBurstAtOnceAndThenOneEachInterval() {
        Rate rate = new Rate(10, 3);
        long now = 17;
        TokenBucket bucket = new TokenBucket(now);
        for (int i = 0; i < 3; i++) {
            assertThat(bucket.take(rate, now)).isZero();
        }
        assertThat(bucket.take(rate, now)).isEqualTo(SECOND / 10);
        assertThat(bucket.take(rate, now + SECOND / 20)).isEqualTo(SECOND / 20);
        assertThat(bucket.take(rate, now + SECOND / 10)).isZero();
        assertThat(bucket.take(rate, now + SECOND / 10)).isEqualTo(SECOND / 10);
    }

    @Test
    void aPauseGivesBackNoMoreThanTheBurst() {
        Rate rate = new Rate(1, 2);
        TokenBucket bucket = new TokenBucket(0);
        bucket.take(rate, 0);
        assertThat(bucket.isFull(0)).isFalse();
        assertThat(bucket.isFull(SECOND)).isTrue();
        long later = 1000 * SECOND;
        assertThat(bucket.take(rate, later)).isZero();
        assertThat(bucket.take(rate, later)).isZero();
        assertThat(bucket.take(rate, later)).isEqualTo(SECOND);
    }

    @Test
    void aClockThatPassesTheEndOfItsNumbersChangesNothing() {
        Rate rate = new Rate(1, 1);
        long now = Long.MAX_VALUE - 5;
        TokenBucket bucket = new TokenBucket(now);
        assertThat(bucket.take(rate, now)).isZero();
        assertThat(bucket.take(rate, now + 10)).isEqualTo(SECOND - 10);
        assertThat(bucket.isFull(now + 10)).isFalse();
        assertThat(bucket.take(rate, now + SECOND)).isZero();
    }

    /** Against a bucket that counts its tokens, at random moments. */
    @Test
    void itGivesAsManyAsABucketThatCounts() {
        Random random = new Random(20261122);
        for (int run = 0; run < 200; run++) {
            Rate rate = new Rate(1 + random.nextInt(1000), 1 + random.nextInt(20));
            long interval = SECOND / rate.perSecond();
            long now = random.nextLong();
            TokenBucket bucket = new TokenBucket(now);
            // In parts of a token that a nanosecond gives.
            long full = rate.burst() * interval;
            long held = full;
            for (int i = 0; i < 200; i++) {
                long pause = random.nextInt((int) (2 * interval));
                now += pause;
                held = Math.min(full, held + pause);
                boolean isGiven = held >= interval;
                held -= isGiven ? interval : 0;
                assertThat(bucket.take(rate, now)).isEqualTo(isGiven ? 0 : interval - held);
            }
        }
    }

    @Test
    void aRateIsFinite() {
        assertThatThrownBy(() -> new Rate(0, 1)).hasMessageContaining("0 a second");
        assertThatThrownBy(() -> new Rate(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(Rate.MAX + 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1, Rate.MAX + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
