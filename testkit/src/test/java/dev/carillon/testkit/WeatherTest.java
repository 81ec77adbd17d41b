package dev.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When bytes may go on, and how many. */
@Timeout(60)
class WeatherTest {

    private final Weather weather = new Weather();

    private int await(Direction way, int length) throws InterruptedException {
        return weather.await(way, length, System.nanoTime());
    }

    /** Waits on a thread of its own, and is waiting when this returns. */
    private CompletableFuture<Integer> waiting(Direction way, int length) throws Exception {
        CompletableFuture<Integer> gone = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                gone.complete(await(way, length));
            } catch (InterruptedException e) {
                gone.completeExceptionally(e);
            }
        });
        Rig.until(() -> thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
        return gone;
    }

    @Test
    void whatIsNotCoveredGoesAtOnceAndWhole() throws Exception {
        for (Fault fault : new Fault[] {
            new Fault.None(),
            new Fault.Refuse(),
            new Fault.HalfOpen(Direction.BOTH),
            new Fault.Hang(Direction.DOWN),
            new Fault.OneWay(Direction.UP),
            new Fault.Delay(Direction.DOWN, Fault.DELAY_MAX),
            new Fault.Throttle(Direction.DOWN, 1),
            new Fault.Split(Direction.DOWN)
        }) {
            weather.become(fault);
            assertThat(await(Direction.UP, 1000)).as(fault.toString()).isEqualTo(1000);
        }
    }

    /** What hung when its connection was cut once arrived in the moment before the reset. */
    @Test
    void whatHangsWhenItIsCutStaysWhereItIs() throws Exception {
        weather.become(new Fault.Hang(Direction.BOTH));
        CompletableFuture<Integer> up = waiting(Direction.UP, 10);
        weather.become(new Fault.Cut());
        CompletableFuture<Integer> next = waiting(Direction.UP, 10);
        assertThat(up).isNotDone();
        assertThat(next).isNotDone();
        weather.become(new Fault.None());
        assertThat(up.get(20, TimeUnit.SECONDS)).isEqualTo(10);
        assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo(10);
    }

    @Test
    void splitGivesOneByteAtATime() throws Exception {
        weather.become(new Fault.Split(Direction.BOTH));
        assertThat(await(Direction.UP, 1000)).isEqualTo(1);
        assertThat(await(Direction.DOWN, 1)).isEqualTo(1);
        assertThat(await(Direction.DOWN, 0)).isZero();
    }

    @Test
    void whoHangsGoesOnAsTheNextFaultSays() throws Exception {
        weather.become(new Fault.Hang(Direction.BOTH));
        CompletableFuture<Integer> up = waiting(Direction.UP, 10);
        weather.become(new Fault.OneWay(Direction.DOWN));
        assertThat(up).isNotDone();
        weather.become(new Fault.Split(Direction.UP));
        assertThat(up.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void aThrottleGivesASliceAtATimeAndTheNextOneInItsTurn() throws Exception {
        weather.become(new Fault.Throttle(Direction.UP, 100));
        assertThat(await(Direction.UP, 1000)).isEqualTo(2);
        // What is slower than a slice in any time that a test takes:
        weather.become(new Fault.Throttle(Direction.UP, 1));
        assertThat(await(Direction.UP, 1000)).isEqualTo(1);
        for (int i = 0; i < 1000; i++) {
            weather.become(new Fault.Throttle(Direction.UP, 1));
            assertThat(await(Direction.UP, 1000)).isEqualTo(1);
        }
        CompletableFuture<Integer> next = waiting(Direction.UP, 1000);
        weather.become(new Fault.None());
        assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo(1000);
    }

    @Test
    void aDelayCountsFromTheArrival() throws Exception {
        weather.become(new Fault.Delay(Direction.UP, Fault.DELAY_MAX));
        long longAgo = System.nanoTime() - Duration.ofMinutes(2).toNanos();
        assertThat(weather.await(Direction.UP, 7, longAgo)).isEqualTo(7);
    }
}
