package dev.carillon.server;

import dev.carillon.testkit.LaneLimits;
import java.util.OptionalInt;

/**
 * The fault proxy of development mode; outside of it there is none, whatever is set here.
 *
 * @param port where the default lane listens; 0 for a free port, empty for no lanes at all
 * @param limits the bounds of the lanes
 */
public record NetworkSettings(OptionalInt port, LaneLimits limits) {

    /** What holds when nothing else is set. */
    public static final NetworkSettings DEFAULT = new NetworkSettings(OptionalInt.of(0), LaneLimits.DEFAULT);

    /** No lanes. */
    public static final NetworkSettings NONE = new NetworkSettings(OptionalInt.empty(), LaneLimits.DEFAULT);
}
