package dev.carillon.conformance;

import java.io.ByteArrayOutputStream;
import java.util.zip.Deflater;

/** A small message that is a large one when it is inflated. Stateless. */
final class Bomb {
    private static final int PIECE = 1 << 20;

    private Bomb() {}

    /** Compressed zeros of that many MiB, without the octets that a sender leaves away (RFC 7692 §7.2.1). */
    static Octets megabytes(int count) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            byte[] zeros = new byte[PIECE];
            byte[] room = new byte[PIECE];
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < count; i++) {
                deflater.setInput(zeros);
                int flush = i == count - 1 ? Deflater.SYNC_FLUSH : Deflater.NO_FLUSH;
                out.write(room, 0, deflater.deflate(room, 0, room.length, flush));
            }
            Octets flushed = Octets.of(out.toByteArray());
            return flushed.slice(0, flushed.length() - Compressor.TAIL_OCTETS);
        } finally {
            deflater.end();
        }
    }
}
