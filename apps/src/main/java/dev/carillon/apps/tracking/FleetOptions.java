package dev.carillon.apps.tracking;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * What the fleet's command line says.
 *
 * @param url of the server
 * @param couriers how many ride
 * @param seed the same riders for the same seed
 * @param connections how many connections carry their fixes
 * @param viewers how many look at the middle of the town
 * @param seconds for how long it is measured; 0 to ride until it is told to end
 * @param serverPid whose processor time is measured; 0 for nobody's
 */
record FleetOptions(URI url, int couriers, long seed, int connections, int viewers, int seconds, long serverPid) {

    static final String USAGE = """
            usage: ./carillon fleet [option…]

            Couriers that ride through the town of the delivery app, each with one fix a second.

              --url URL          the server, in development mode; default http://127.0.0.1:8080
              --couriers N       how many, 1 to 10000; default 1000
              --seed S           the same couriers for the same seed; default 1
              --connections N    how many WebSockets carry their fixes, 1 to 10000; default 20
              --viewers N        how many look at the middle of the town, 0 to 1000; default 0
              --seconds N        measures for so long, prints it and ends; default 0, which is without end
              --server-pid PID   measures that process' time on the processor, too""";

    private static final int COURIERS_MAX = Couriers.MAX;

    /** @throws IllegalArgumentException with a sentence, where an option is none */
    static FleetOptions of(String[] arguments) {
        Map<String, String> given = new HashMap<>(Map.of(
                "--url", "http://127.0.0.1:8080",
                "--couriers", "1000",
                "--seed", "1",
                "--connections", "20",
                "--viewers", "0",
                "--seconds", "0",
                "--server-pid", "0"));
        for (int i = 0; i < arguments.length; i += 2) {
            if (!given.containsKey(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException(arguments[i] + " is no option with a value");
            }
            given.put(arguments[i], arguments[i + 1]);
        }
        int couriers = (int) number(given, "--couriers", 1, COURIERS_MAX);
        return new FleetOptions(
                URI.create(given.getOrDefault("--url", "")),
                couriers,
                number(given, "--seed", Long.MIN_VALUE, Long.MAX_VALUE),
                Math.min(couriers, (int) number(given, "--connections", 1, COURIERS_MAX)),
                (int) number(given, "--viewers", 0, 1000),
                (int) number(given, "--seconds", 0, 86_400),
                number(given, "--server-pid", 0, Long.MAX_VALUE));
    }

    private static long number(Map<String, String> given, String name, long min, long max) {
        String text = given.getOrDefault(name, "");
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, like one that is out of range.
        }
        throw new IllegalArgumentException(name + " is " + text + "; it must be a number from " + min + " to " + max);
    }
}
