package dev.carillon.bench;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Writes numbers and texts as lib0 does. Not for several threads. */
final class YjsBytes {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    YjsBytes number(long number) {
        long left = number;
        while (left > 0x7F) {
            bytes.write((int) (left & 0x7F) | 0x80);
            left >>>= 7;
        }
        bytes.write((int) left);
        return this;
    }

    /** One that is no number: what an item has, as bits. */
    YjsBytes octet(int octet) {
        bytes.write(octet);
        return this;
    }

    YjsBytes text(String ascii) {
        number(ascii.length());
        bytes.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    YjsBytes block(YjsBytes content) {
        number(content.bytes.size());
        bytes.writeBytes(content.toBytes());
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    /** Reads numbers of what a server sent. */
    static final class Reader {

        private final MemorySegment buffer;
        private final long end;
        private long at;

        Reader(MemorySegment buffer, long at, int length) {
            this.buffer = buffer;
            this.at = at;
            this.end = at + length;
        }

        long number() {
            long number = 0;
            for (int shift = 0; at < end; shift += 7) {
                byte octet = buffer.get(ValueLayout.JAVA_BYTE, at++);
                number |= (octet & 0x7FL) << shift;
                if (octet >= 0) {
                    break;
                }
            }
            return number;
        }
    }
}
