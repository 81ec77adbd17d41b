package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SimulationTest {

    private static String told(Result failed) {
        return String.join("\n", failed.last()) + "\n" + failed.violation() + "\n"
                + failed.order().command();
    }

    private static FixedSet.Outcome play(long first, long seeds, long steps) {
        FixedSet.Outcome outcome = FixedSet.play(first, seeds, steps, _ -> {});
        Result failed = outcome.failed();
        if (failed != null) {
            throw new AssertionError(told(Shrinker.shrink(failed)), failed.violation());
        }
        return outcome;
    }

    @Test
    void everyInvariantHoldsOverTheFixedSeedsAndEveryTroubleIsMet() {
        FixedSet.Outcome outcome = play(1, FixedSet.SEEDS, FixedSet.STEPS);
        System.out.println(outcome.tally().text());
        assertThat(outcome.unreached()).isEmpty();
        assertThat(outcome.tally().steps).isGreaterThan(1_000_000);
        assertThat(outcome.tally().gaps).isPositive();
        assertThat(outcome.tally().resets).isPositive();
        assertThat(outcome.tally().expired).isPositive();
        assertThat(outcome.tally().signalsDropped).isPositive();
        assertThat(outcome.tally().purges).isPositive();
        assertThat(outcome.tally().redactions).isPositive();
    }

    @Test
    @Tag("long")
    void everyInvariantHoldsOverAHundredMillionSteps() {
        FixedSet.Outcome outcome = play(1000, 10_000, FixedSet.STEPS);
        System.out.println(outcome.tally().text());
        assertThat(outcome.unreached()).isEmpty();
        assertThat(outcome.tally().steps).isGreaterThan(100_000_000);
    }

    @Test
    void theSameOrderGivesTheSameToTheLastStep() {
        for (long seed = 1; seed <= 10; seed++) {
            Result first = Simulation.run(Order.of(seed, 5000));
            Result second = Simulation.run(Order.of(seed, 5000));
            assertThat(second.hash()).isEqualTo(first.hash());
            assertThat(second.tally().text()).isEqualTo(first.tally().text());
        }
        assertThat(Simulation.run(Order.of(1, 5000)).hash())
                .isNotEqualTo(Simulation.run(Order.of(2, 5000)).hash());
    }

    @Test
    void aTroubleThatIsLeftOutChangesNothingBeforeIt() {
        Order all = Order.of(3, 10_000);
        Result whole = Simulation.run(all);
        Result without = Simulation.run(new Order(3, 10_000, Order.ALL, Set.of(whole.troubles() + 100)));
        assertThat(without.hash()).isEqualTo(whole.hash());
    }

    @Test
    void theCommandLineReportsFiguresAndRefusesWhatItDoesNotKnow() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertThat(Main.run(List.of("--seed", "1", "--steps", "2000"), print)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("deliveries").contains("hash ");
        assertThat(Main.run(List.of("--seed"), print)).isEqualTo(2);
        assertThat(Main.run(List.of("--speed", "1"), print)).isEqualTo(2);
    }

    @Test
    void anOrderIsWrittenAsTheCommandThatPlaysIt() {
        assertThat(Order.of(7, 100).command()).isEqualTo("./carillon simulate --seed 7 --steps 100");
        assertThat(new Order(7, 100, 2, Set.of(5, 1)).command())
                .isEqualTo("./carillon simulate --seed 7 --steps 100 --clients 2 --without 1,5");
    }
}
