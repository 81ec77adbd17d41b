package dev.carillon.gateway;

import dev.carillon.engine.Rate;

/**
 * How much one remote address may do. An IPv6 address stands for its /64, of which one machine can have all.
 *
 * @param connections the most TCP connections at a time
 * @param connects how often it may connect; over TLS, each costs a handshake
 * @param requests how often it may ask something over HTTP; a WebSocket is one request
 * @param addresses the most addresses that are remembered; beyond it, new ones are not limited on their own
 */
public record AddressLimits(int connections, Rate connects, Rate requests, int addresses) {

    /** Wide enough for a load test from one machine. */
    public static final AddressLimits DEVELOPMENT =
            new AddressLimits(1_000_000, new Rate(Rate.MAX, Rate.MAX), new Rate(Rate.MAX, Rate.MAX), 65_536);

    /** For peers that others run, many of which may share an address. */
    public static final AddressLimits PRODUCTION =
            new AddressLimits(2_000, new Rate(100, 1_000), new Rate(500, 2_000), 65_536);
}
