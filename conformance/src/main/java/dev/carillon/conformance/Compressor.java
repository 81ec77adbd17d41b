package dev.carillon.conformance;

import java.io.ByteArrayOutputStream;
import java.util.zip.Deflater;

/** Compresses our messages as was agreed (RFC 7692 §7.2.1). For one connection and one thread; ended by {@link #close}. */
final class Compressor implements AutoCloseable {
    /** What a flush leaves at the end of a message, which is not sent. */
    static final int TAIL_OCTETS = 4;

    /** RFC 7692 §7.2.3.6: a message without a payload. */
    private static final Octets EMPTY = Octets.hex("00");

    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final boolean isReset;
    private final int windowOctets;
    private final byte[] room = new byte[1 << 14];

    Compressor(Deflate agreed) {
        isReset = agreed.clientResets();
        windowOctets = 1 << agreed.clientBits();
    }

    /** The payload of the message as it is sent. */
    Octets compress(Octets payload) {
        if (payload.length() == 0) {
            return EMPTY;
        }
        if (isReset) {
            deflater.reset();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean isLimited = windowOctets < 1 << Deflate.BITS_MAX;
        int chunkOctets = isLimited ? windowOctets : payload.length();
        for (int at = 0; at < payload.length(); at += chunkOctets) {
            int octets = Math.min(chunkOctets, payload.length() - at);
            deflater.setInput(payload.bytes, at, octets);
            // The JDK's deflater has one window, of 32 KiB; forgetting all behind each chunk keeps it to a smaller one.
            drain(isLimited ? Deflater.FULL_FLUSH : Deflater.SYNC_FLUSH, out);
        }
        Octets flushed = Octets.of(out.toByteArray());
        return flushed.slice(0, flushed.length() - TAIL_OCTETS);
    }

    private void drain(int flush, ByteArrayOutputStream out) {
        int octets;
        do {
            octets = deflater.deflate(room, 0, room.length, flush);
            out.write(room, 0, octets);
        } while (octets == room.length);
    }

    @Override
    public void close() {
        deflater.end();
    }
}
