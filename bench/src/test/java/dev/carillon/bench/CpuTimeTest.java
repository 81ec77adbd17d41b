package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CpuTimeTest {

    @Test
    void userAndSystemTimeAreFoundBehindWhateverName() {
        String stat = "4711 (a) S 1 (b) R 1 4711 4711 0 -1 4194304 100 0 3 0 250 1075 8 9 20 0 12 0 5 1000 200\n";
        assertThat(CpuTime.parse(stat)).isEqualTo(new CpuTime(2.5, 10.75));
    }

    @Test
    void theMachineIsBusyWithAllButIdlingAndWaiting() {
        String stat = "cpu  100 20 300 5000 600 7 8 40 50 60\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assertThat(CpuTime.parseMachine(stat)).isEqualTo(4.75);
    }

    @Test
    void aProcessThatWorksIsSeenToWork() {
        long self = ProcessHandle.current().pid();
        double before = CpuTime.of(self).total();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (CpuTime.of(self).total() < before + 0.02 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(CpuTime.of(self).total()).isGreaterThanOrEqualTo(before + 0.02);
    }

    @Test
    void theThreadsOfAProcessTogetherUseNoMoreThanTheProcess() {
        long self = ProcessHandle.current().pid();
        double threads = CpuTime.threads(self).values().stream()
                .mapToDouble(CpuTime::total)
                .sum();
        // Each thread's two figures are cut to the tick, so their sum can only be less.
        assertThat(threads).isPositive().isLessThanOrEqualTo(CpuTime.of(self).total() + 0.02);
    }

    @Test
    void whatWasUsedSinceIsTheDifference() {
        assertThat(new CpuTime(3, 5).since(new CpuTime(1, 1))).isEqualTo(new CpuTime(2, 4));
    }
}
