package dev.carillon.websocket;

import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Deflates messages (RFC 7692 §7.2.1), one after another, for all connections of an event loop.
 *
 * <p><b>Context without a deflater of one's own.</b> The JDK's zlib is reset for each message, and given what the
 * connection keeps as its dictionary: for raw DEFLATE that is the same as having compressed it before. So a connection that
 * takes context over holds some kilobytes instead of zlib's 268 (docs/adr/0004-deflate-contexts-are-dictionaries.md).
 *
 * <p><b>Windows smaller than 15 bits</b>, which the JDK cannot ask zlib for: the message goes through in pieces, each with
 * as much of what went before as its dictionary as fits the window together with it. So no reference can reach further
 * back. Pieces end on byte borders (a sync flush), and are one DEFLATE stream behind each other.
 *
 * <p>Owned by the loop.
 */
final class MessageDeflater implements AutoCloseable {
    /** What deflating answers where it would not make a message smaller. */
    static final int NO_GAIN = -1;

    /** The empty stored block's last bytes, which every message ends with and none carries (RFC 7692 §7.2.1). */
    private static final int TAIL_BYTES = 4;

    /** A buffer for a message larger than this is not kept. */
    private static final int KEPT_BYTES_MAX = 64 << 10;

    private static final byte[] NONE = {};

    private final Deflater deflater;
    private final byte[] window = new byte[1 << (DeflateSettings.WINDOW_BITS_MAX - 1)];
    private byte[] out = NONE;

    MessageDeflater(int level) {
        deflater = new Deflater(level, true);
    }

    /**
     * Deflates a message into {@link #out}.
     *
     * @param before what it may refer to, or null; is not told of the message
     * @param windowBits no reference reaches further back than this, 8 to 15
     * @return how many bytes it made, fewer than the message has, or {@link #NO_GAIN}
     */
    int deflate(byte[] message, @Nullable Context before, int windowBits) {
        int bytesMax = message.length - 1 + TAIL_BYTES;
        if (out.length < bytesMax) {
            out = new byte[Math.max(bytesMax, Math.min(2 * out.length, KEPT_BYTES_MAX))];
        }
        int made = 0;
        int from = 0;
        while (from < message.length) {
            int left = message.length - from;
            int dictionary = from + (before == null ? 0 : before.size());
            int piece = left;
            if (windowBits < DeflateSettings.WINDOW_BITS_MAX) {
                int windowBytes = 1 << windowBits;
                dictionary = Math.min(dictionary, windowBytes - Math.min(left, windowBytes / 2));
                piece = Math.min(left, windowBytes - dictionary);
            }
            deflater.reset();
            setDictionary(message, from, before, dictionary);
            deflater.setInput(message, from, piece);
            int room = bytesMax - made;
            int more = deflater.deflate(out, made, room, Deflater.SYNC_FLUSH);
            if (more == room) {
                deflater.setInput(NONE); // lets go of the message
                return NO_GAIN; // there may be more to come
            }
            made += more;
            from += piece;
        }
        deflater.setInput(NONE);
        return made - TAIL_BYTES;
    }

    /** What the last {@link #deflate} made, from 0; valid until the next. */
    byte[] out() {
        return out;
    }

    /** Lets go of a buffer that only a large message needed. */
    void trim() {
        if (out.length > KEPT_BYTES_MAX) {
            out = NONE;
        }
    }

    /** Gives the deflater the last {@code bytes} of what lies before {@code from}: the message's own, and before these the context's. */
    private void setDictionary(byte[] message, int from, @Nullable Context before, int bytes) {
        if (bytes <= from || before == null) {
            if (bytes > 0) {
                deflater.setDictionary(message, from - bytes, bytes);
            }
        } else if (from == 0) {
            deflater.setDictionary(before.bytes(), before.size() - bytes, bytes);
        } else {
            int older = bytes - from;
            System.arraycopy(before.bytes(), before.size() - older, window, 0, older);
            System.arraycopy(message, 0, window, older, from);
            deflater.setDictionary(window, 0, bytes);
        }
    }

    @Override
    public void close() {
        deflater.end();
    }
}
