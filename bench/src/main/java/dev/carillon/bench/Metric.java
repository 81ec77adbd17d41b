package dev.carillon.bench;

import java.util.Locale;

/** What is measured of a server under a workload. The name in lower case is the key in a result file. */
enum Metric {
    CPU("server CPU, µs a message", 2),
    CPU_USER("of it user", 2),
    CPU_SYSTEM("of it system", 2),
    RATE("messages/s", 0),
    P50("p50, ms", 3),
    P99("p99, ms", 3),
    P999("p99.9, ms", 3),
    PER_SEND("messages a send", 2),
    MESSAGE_BYTES("bytes a message, with its frame", 0),
    SERVER_BUSY("server, % of a core", 1),
    GENERATOR_BUSY("generator, % of a core", 1),
    OTHERS_BUSY("everything else here, % of a core", 1),
    SECONDS("measured for, s", 2),
    MISSING("not delivered", 0),
    LIVE_BYTES("live bytes a connection", 0),
    RSS_BYTES("resident bytes a connection", 0),
    HEARTBEAT_BUSY("idle, % of a core", 2),
    CONNECT_CPU("server CPU, µs a connect", 1),
    CONNECTS("connects/s", 0),
    BACK("all back after, s", 3),
    P99_BEFORE("p99 before, ms", 3),
    P99_RATIO("p99, times that before", 2),
    RSS_GROWTH("resident memory meanwhile, MiB more", 1);

    final String title;
    private final int digits;

    Metric(String title, int digits) {
        this.title = title;
        this.digits = digits;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    String format(double value) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
