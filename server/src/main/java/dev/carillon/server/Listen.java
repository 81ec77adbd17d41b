package dev.carillon.server;

import java.util.List;

/**
 * Where the server listens.
 *
 * @param hosts host names or addresses; each is bound to the same port
 * @param port 0 picks a free one
 */
public record Listen(List<String> hosts, int port) {

    /** Loopback, in both families. */
    public static final Listen DEFAULT = new Listen(List.of("127.0.0.1", "::1"), 8080);

    public Listen {
        hosts = List.copyOf(hosts);
    }
}
