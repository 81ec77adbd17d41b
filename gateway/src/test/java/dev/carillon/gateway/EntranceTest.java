package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Rate;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Who is let in when, on virtual time. */
class EntranceTest {

    private static final long MILLI = 1_000_000;

    private final GatewayCounters counters = new GatewayCounters();

    private record Coming(long atNanos, int tries) implements Comparable<Coming> {
        @Override
        public int compareTo(Coming other) {
            return Long.compare(atNanos, other.atNanos);
        }
    }

    @Test
    void whatComesAllAtOnceIsLetInOneByOneAndFewAreToldTwice() {
        Entrance entrance = new Entrance(new Rate(1000, 500), counters, 0);
        Random random = new Random(11);
        PriorityQueue<Coming> coming = new PriorityQueue<>();
        for (int i = 0; i < 5000; i++) {
            coming.add(new Coming(random.nextInt(1_000_000), 1));
        }
        Queue<Long> lastSecond = new ArrayDeque<>();
        int tries = 0;
        long last = 0;
        while (!coming.isEmpty()) {
            Coming next = coming.remove();
            tries++;
            ServerMessage.Refusal told = entrance.begin(next.atNanos());
            if (told == null) {
                last = next.atNanos();
                lastSecond.add(last);
                while (lastSecond.element() <= last - 1000 * MILLI) {
                    lastSecond.remove();
                }
                assertThat(lastSecond).hasSizeLessThanOrEqualTo(1501);
            } else {
                assertThat(told.code()).isEqualTo(Code.NODE_FULL);
                long jitter = random.nextLong(500 * MILLI);
                coming.add(new Coming(next.atNanos() + told.retryMillis() * MILLI + jitter, next.tries() + 1));
            }
        }
        assertThat(last / MILLI).isBetween(4000L, 7000L);
        assertThat(tries).isLessThan(5000 * 3);
        assertThat(counters.admissionsRefused()).isEqualTo(tries - 5000);
    }

    @Test
    void nobodyIsToldToWaitForLongerThanAMinuteHoweverManyThereAre() {
        Entrance entrance = new Entrance(new Rate(1, 1), counters, 0);
        assertThat(entrance.begin(0)).isNull();
        for (int i = 0; i < 1000; i++) {
            ServerMessage.Refusal told = entrance.begin(0);
            assertThat(told).isNotNull();
            assertThat(told.retryMillis()).isBetween(1L, Entrance.TURN_NANOS_MAX / MILLI);
        }
    }

    @Test
    void afterAPauseThereIsRoomAgainAndNoTurnIsOwed() {
        Entrance entrance = new Entrance(new Rate(10, 1), counters, 0);
        assertThat(entrance.begin(0)).isNull();
        assertThat(entrance.begin(0)).isNotNull();
        assertThat(entrance.begin(60_000 * MILLI)).isNull();
        ServerMessage.Refusal told = entrance.begin(60_000 * MILLI);
        assertThat(told).isNotNull();
        assertThat(told.retryMillis()).isEqualTo(100);
    }

    @Test
    void aNodeThatTakesLeaveLetsNobodyInAndSaysWhenItIsBack() {
        Entrance entrance = new Entrance(new Rate(Rate.MAX, Rate.MAX), counters, 0);
        assertThat(entrance.goOn(0)).isNull();
        Drain drain = new Drain(Duration.ZERO, Duration.ofSeconds(5), Duration.ofSeconds(10));
        entrance.leave(Waves.of(5000, drain, 0));
        for (int i = 0; i < 100; i++) {
            ServerMessage.Refusal told = i % 2 == 0 ? entrance.begin(0) : entrance.goOn(0);
            assertThat(told).isNotNull();
            assertThat(told.code()).isEqualTo(Code.MOVING);
            assertThat(told.retryMillis()).isBetween(15_000L, 20_000L);
        }
        assertThat(counters.leavingRefused()).isEqualTo(100);
    }
}
