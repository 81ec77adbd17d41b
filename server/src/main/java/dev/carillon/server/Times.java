package dev.carillon.server;

import dev.carillon.engine.EngineLimits;
import dev.carillon.gateway.GatewaySettings;
import java.time.Duration;

/**
 * How long connections may take.
 *
 * @param heartbeat a peer that is silent for so long is taken for dead
 * @param longPollMax the longest that a long poll waits
 * @param requestTime how long a request may take to come in, and a connection may idle between two
 * @param authenticateTime how long a session may take to prove who it is, where others may do nothing
 * @param refreshTime how long before the end of its token a session is told of it, or a quarter of the token's life where
 *     that is less
 * @param closeTime how long a closing handshake may take
 * @param readyTime how long the log and the event loops may take to answer, for the node to be ready
 */
public record Times(
        Duration heartbeat,
        Duration longPollMax,
        Duration requestTime,
        Duration authenticateTime,
        Duration refreshTime,
        Duration closeTime,
        Duration readyTime) {

    /** What holds when nothing else is set. */
    public static final Times DEFAULT = new Times(
            GatewaySettings.DEFAULT.heartbeat(),
            GatewaySettings.DEFAULT.waitMax(),
            GatewaySettings.DEFAULT.requestTimeMax(),
            EngineLimits.DEFAULT.authenticateTimeMax(),
            EngineLimits.DEFAULT.refreshTime(),
            GatewaySettings.DEFAULT.closeTimeMax(),
            Duration.ofSeconds(2));
}
