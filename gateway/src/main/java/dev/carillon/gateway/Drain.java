package dev.carillon.gateway;

import java.time.Duration;

/**
 * How a node takes leave of its clients ({@link Gateway#drain}).
 *
 * @param notice how long it goes on as before while it says that it is not ready, so that balancers notice
 * @param window within it the clients are moved in waves, and within another one like it they come back; zero for at once
 * @param away how long after the window nobody serves them; zero where other nodes take over at once
 */
public record Drain(Duration notice, Duration window, Duration away) {

    /** What holds when nothing else is set: of a node that is alone, and started again. */
    public static final Drain DEFAULT = new Drain(Duration.ZERO, Duration.ofSeconds(5), Duration.ofSeconds(2));
}
