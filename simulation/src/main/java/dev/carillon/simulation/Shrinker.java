package dev.carillon.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes a failing order smaller, as long as the same invariant fails: it ends the trouble sooner, leaves clients out, and then
 * troubles, in halves, quarters and so on (delta debugging, Zeller and Hildebrandt 2002). Bounded by the runs that it may make.
 */
final class Shrinker {

    private static final int RUNS_MAX = 150;

    private final Invariant invariant;
    private Result smallest;
    private int runs;

    private Shrinker(Result failing, Invariant invariant) {
        this.smallest = failing;
        this.invariant = invariant;
    }

    /** The smallest found that still fails. */
    static Result shrink(Result failing) {
        Violation violation = failing.violation();
        if (violation == null) {
            return failing;
        }
        Shrinker shrinker = new Shrinker(failing, violation.invariant());
        shrinker.fewerSteps();
        shrinker.fewerClients();
        shrinker.fewerTroubles();
        shrinker.fewerSteps();
        return shrinker.smallest;
    }

    private boolean stillFails(Order order) {
        if (runs++ >= RUNS_MAX) {
            return false;
        }
        Result result = Simulation.run(order);
        Violation violation = result.violation();
        boolean fails = violation != null && violation.invariant() == invariant;
        if (fails) {
            smallest = result;
        }
        return fails;
    }

    private void fewerSteps() {
        Order order = smallest.order();
        long steps = Math.min(order.steps(), smallest.tally().steps + 1);
        while (steps > 1 && stillFails(new Order(order.seed(), steps, order.clients(), order.without()))) {
            steps /= 2;
        }
    }

    private void fewerClients() {
        for (int clients = 1; clients <= 8 && clients < smallest.order().clients(); clients++) {
            Order order = smallest.order();
            if (stillFails(new Order(order.seed(), order.steps(), clients, order.without()))) {
                return;
            }
        }
    }

    private void fewerTroubles() {
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < smallest.troubles(); i++) {
            if (!smallest.order().without().contains(i)) {
                left.add(i);
            }
        }
        int size = left.size();
        while (size > 0 && runs < RUNS_MAX) {
            for (int from = 0; from < left.size(); ) {
                List<Integer> some = left.subList(from, Math.min(left.size(), from + size));
                Order order = smallest.order();
                Set<Integer> without = new TreeSet<>(order.without());
                without.addAll(some);
                if (stillFails(new Order(order.seed(), order.steps(), order.clients(), without))) {
                    some.clear();
                } else {
                    from += size;
                }
            }
            size /= 2;
        }
    }
}
