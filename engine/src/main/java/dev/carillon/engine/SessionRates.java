package dev.carillon.engine;

/**
 * How often one session may say something.
 *
 * @param commands commands of any type, and messages that are none
 * @param signals signals, which count as commands too
 */
public record SessionRates(Rate commands, Rate signals) {

    /** Wide enough for a load test from one connection. */
    public static final SessionRates DEVELOPMENT =
            new SessionRates(new Rate(Rate.MAX, Rate.MAX), new Rate(Rate.MAX, Rate.MAX));

    /** For peers that others run. */
    public static final SessionRates PRODUCTION = new SessionRates(new Rate(100, 500), new Rate(30, 60));
}
