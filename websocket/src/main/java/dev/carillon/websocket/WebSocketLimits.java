package dev.carillon.websocket;

import java.time.Duration;

/**
 * What one connection may ask of the server.
 *
 * @param messageBytesMax largest message, all its fragments together, in payload bytes: 125 bytes to 1 GiB. A frame that
 *     declares more is refused with 1009 before any of its payload is kept.
 * @param closeTimeout how long a closing handshake may take before the TCP connection is closed regardless
 */
public record WebSocketLimits(int messageBytesMax, Duration closeTimeout) {
    private static final int MESSAGE_BYTES_MAX = 1 << 30;

    public WebSocketLimits {
        if (messageBytesMax < FrameDecoder.CONTROL_BYTES_MAX || messageBytesMax > MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException("messageBytesMax is " + messageBytesMax + ", allowed are "
                    + FrameDecoder.CONTROL_BYTES_MAX + " to " + MESSAGE_BYTES_MAX);
        }
        if (closeTimeout.isNegative() || closeTimeout.isZero()) {
            throw new IllegalArgumentException("closeTimeout is " + closeTimeout + ", it must be longer than nothing");
        }
    }

    /** Messages up to 1 MiB, five seconds for a closing handshake. */
    public static WebSocketLimits defaults() {
        return new WebSocketLimits(1 << 20, Duration.ofSeconds(5));
    }
}
