package dev.carillon.gateway;

/**
 * Listens, and gives every connection its pipeline.
 */
public final class Gateway implements AutoCloseable {

    /** Opens a gateway for a node. */
    public static Gateway open(
            GatewaySettings settings,
            EventLoops loops,
            dev.carillon.engine.Node node,
            dev.carillon.engine.Decisions decisions,
            Pages pages,
            GatewayCounters counters)
            throws java.io.IOException {
        throw new java.io.IOException("not yet");
    }

    /** Opens a gateway that echoes every WebSocket message on every path. */
    public static Gateway openEcho(GatewaySettings settings, EventLoops loops, GatewayCounters counters)
            throws java.io.IOException {
        throw new java.io.IOException("not yet");
    }

    /** The port that it listens on. */
    public int port() {
        return 0;
    }

    @Override
    public void close() {}
}
