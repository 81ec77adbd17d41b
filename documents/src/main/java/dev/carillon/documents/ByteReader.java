package dev.carillon.documents;

/** Reads lib0's encoding. Every length is checked against what is there before anything is made of it. Not for several threads. */
final class ByteReader {

    /** The greatest whole number of JavaScript that has no neighbour rounded to it; Yjs' clocks and clients end here. */
    static final long NUMBER_MAX = (1L << 53) - 1;

    private static final int NUMBER_BITS_MAX = 56;

    final byte[] bytes;
    private int at;
    private final int end;

    ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    ByteReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    int at() {
        return at;
    }

    int remaining() {
        return end - at;
    }

    MalformedException malformed(String what) {
        return new MalformedException(what + " at byte " + at + " of " + end);
    }

    void expectEnd() {
        if (at < end) {
            throw malformed((end - at) + " bytes too many");
        }
    }

    int octet() {
        if (at >= end) {
            throw malformed("the end comes too soon");
        }
        return bytes[at++] & 0xFF;
    }

    /** An unsigned number of seven bits a byte, least first. */
    long number() {
        long number = 0;
        for (int shift = 0; shift < NUMBER_BITS_MAX; shift += 7) {
            int octet = octet();
            number |= (octet & 0x7FL) << shift;
            if (octet < 0x80) {
                if (number > NUMBER_MAX) {
                    break;
                }
                return number;
            }
        }
        throw malformed("a number beyond 2^53-1");
    }

    /** A number that is the length of something, so at least 1, and whose sum with {@code from} is still a clock. */
    long length(long from) {
        long length = number();
        if (length < 1 || length > NUMBER_MAX - from) {
            throw malformed("a length of " + length + " behind clock " + from);
        }
        return length;
    }

    Id id() {
        long client = number();
        return new Id(client, number());
    }

    void skip(long count) {
        if (count > remaining()) {
            throw malformed(count + " bytes where " + remaining() + " are left");
        }
        at += (int) count;
    }

    /** Bytes behind their length. */
    Slice block() {
        long length = number();
        int from = at;
        skip(length);
        return new Slice(bytes, from, at);
    }

    /** UTF-8 behind its length, checked. */
    Slice text() {
        Slice text = block();
        Utf8.utf16Length(text);
        return text;
    }
}
