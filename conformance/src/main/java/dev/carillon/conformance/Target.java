package dev.carillon.conformance;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;

/**
 * The server that is asked: one that sends back every message, and takes messages of up to {@link #MESSAGE_OCTETS_MAX}
 * octets, and no larger ones.
 *
 * @param host as it stands in the {@code Host} header
 * @param patience how long anything that must come is waited for
 * @param moment how long is waited for what should come at once, and may come later
 */
public record Target(InetSocketAddress address, String host, String path, Duration patience, Duration moment) {
    /** 16 MiB. */
    public static final int MESSAGE_OCTETS_MAX = 16 << 20;

    private static final int HTTP_PORT = 80;

    /**
     * The server at an address.
     *
     * @param address {@code ws://host:port/path} or {@code http://…}
     */
    public static Target of(URI address, Duration patience, Duration moment) {
        int port = address.getPort() < 0 ? HTTP_PORT : address.getPort();
        String path = address.getRawPath() == null || address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        return new Target(
                new InetSocketAddress(address.getHost(), port), address.getRawAuthority(), path, patience, moment);
    }
}
