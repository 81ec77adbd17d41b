package dev.carillon.engine;

import java.time.Duration;

/** Port: runs a task later, on the owner's thread. */
public interface Timers {

    /**
     * Runs the task once the delay has passed.
     *
     * @param delay not negative
     * @return cancels the task; without effect once it has run
     */
    Runnable schedule(Duration delay, Runnable task);
}
