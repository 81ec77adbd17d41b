package dev.carillon.websocket;

/**
 * What a server agrees to of permessage-deflate (RFC 7692), and how it deflates.
 *
 * @param mode whether it is negotiated, and whether context is taken over from message to message
 * @param level of zlib, 1 (fast) to 9 (small)
 * @param thresholdBytes messages below this go uncompressed
 * @param contextBytes how much of what went before is kept per connection and direction with {@link Mode#DEDICATED}: a
 *     power of two from 512 to 32,768
 * @param contextsMax the most connections that keep context; further ones are agreed with as with {@link Mode#SHARED}
 */
public record DeflateSettings(Mode mode, int level, int thresholdBytes, int contextBytes, int contextsMax) {

    /** What is negotiated. */
    public enum Mode {
        /** Nothing: offers are not answered. */
        OFF,
        /** Each message by itself: nothing is kept for a connection, and one deflated message serves many readers. */
        SHARED,
        /** With context takeover: smaller, at the price of {@link #contextBytes} a direction and of work per reader. */
        DEDICATED
    }

    /** zlib's window at 15 bits. */
    static final int WINDOW_BITS_MAX = 15;

    private static final int CONTEXT_BITS_MIN = 9;

    /** No deflate at all. */
    public static final DeflateSettings OFF = new DeflateSettings(Mode.OFF, 3, 256, 4 << 10, 1000);

    public DeflateSettings {
        if (level < 1 || level > 9) {
            throw new IllegalArgumentException("level is " + level + ", allowed are 1 to 9");
        }
        if (thresholdBytes < 0) {
            throw new IllegalArgumentException("thresholdBytes is " + thresholdBytes);
        }
        if (Integer.bitCount(contextBytes) != 1
                || contextBytes < 1 << CONTEXT_BITS_MIN
                || contextBytes > 1 << WINDOW_BITS_MAX) {
            throw new IllegalArgumentException(
                    "contextBytes is " + contextBytes + ", allowed are the powers of two from 512 to 32768");
        }
        if (contextsMax < 0) {
            throw new IllegalArgumentException("contextsMax is " + contextsMax);
        }
    }

    /** The same in another mode. */
    public DeflateSettings with(Mode other) {
        return new DeflateSettings(other, level, thresholdBytes, contextBytes, contextsMax);
    }

    /** {@link #contextBytes} as a window size of RFC 7692 §7.1.2. */
    int contextBits() {
        return Integer.numberOfTrailingZeros(contextBytes);
    }
}
