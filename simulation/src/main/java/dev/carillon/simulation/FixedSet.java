package dev.carillon.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Many seeds in a row, until one fails. */
final class FixedSet {

    /** What every run of the tests plays. */
    static final long SEEDS = 240;

    static final long STEPS = 10_000;

    /**
     * What came of them.
     *
     * @param failed null where all held
     */
    record Outcome(Tally tally, @Nullable Result failed) {

        /** Which troubles none of them met. */
        List<Trouble> unreached() {
            List<Trouble> unreached = new ArrayList<>();
            for (Trouble trouble : Trouble.values()) {
                if (tally.count(trouble) == 0) {
                    unreached.add(trouble);
                }
            }
            return unreached;
        }
    }

    private FixedSet() {}

    /** Plays the seeds from {@code first} on. */
    static Outcome play(long first, long seeds, long steps, Consumer<Result> heard) {
        Tally tally = new Tally();
        for (long seed = first; seed < first + seeds; seed++) {
            Result result = Simulation.run(Order.of(seed, steps));
            tally.add(result.tally());
            heard.accept(result);
            if (result.violation() != null) {
                return new Outcome(tally, result);
            }
        }
        return new Outcome(tally, null);
    }
}
