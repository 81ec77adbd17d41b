package dev.carillon.gateway;

import java.time.Duration;

/**
 * What the peer of one HTTP/2 connection may do. Whoever breaks a limit but the first is sent GOAWAY, and its connection closed.
 *
 * @param streamsMax the most streams at a time; one more is refused, and the peer may ask again later (RFC 9113 §8.7)
 * @param resetsMax the most streams that the peer may reset, or have the server reset, in {@link #WINDOW}: each costs the server
 *     a request, and nothing the peer
 * @param controlsMax the most frames that ask for an answer or for nothing at all in {@link #WINDOW}: PING, SETTINGS, PRIORITY,
 *     unknown ones; and the most answers to them that wait for the socket
 */
public record Http2Limits(int streamsMax, int resetsMax, int controlsMax) {

    /** Over what time resets and control frames are counted. */
    static final Duration WINDOW = Duration.ofSeconds(30);

    /** What holds when nothing else is set. */
    public static final Http2Limits DEFAULT = new Http2Limits(100, 300, 1000);
}
