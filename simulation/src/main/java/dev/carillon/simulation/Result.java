package dev.carillon.simulation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of an order.
 *
 * @param hash over all that happened: the same order has the same
 * @param troubles how many there were, those left out included
 * @param violation null where every invariant held
 * @param last what happened before it
 */
record Result(
        Order order,
        Tally tally,
        long hash,
        int troubles,
        @Nullable Violation violation,
        List<String> last) {}
