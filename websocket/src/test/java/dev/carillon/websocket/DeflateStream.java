package dev.carillon.websocket;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * A DEFLATE decoder (RFC 1951) for tests, written from the specification, which knows what zlib doesn't tell: how far back
 * the stream refers.
 */
final class DeflateStream {
    private static final int[] LENGTH_BASE = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258
    };
    private static final int[] LENGTH_EXTRA = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
    };
    private static final int[] DISTANCE_BASE = {
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577
    };
    private static final int[] DISTANCE_EXTRA = {
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13
    };
    private static final int[] CODE_ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    private byte[] out = new byte[0];
    private int outBytes;
    private int farthest;
    private byte[] in = new byte[0];
    private int bitAt;

    /** How far back the farthest reference went, in bytes. */
    int farthest() {
        return farthest;
    }

    /** Inflates one message, keeping all that came before it as its window. */
    byte[] message(byte[] deflated) {
        in = Arrays.copyOf(deflated, deflated.length + 4);
        in[deflated.length + 2] = (byte) 0xFF;
        in[deflated.length + 3] = (byte) 0xFF;
        bitAt = 0;
        int from = outBytes;
        while (bitAt < in.length * 8) {
            block();
        }
        return Arrays.copyOfRange(out, from, outBytes);
    }

    private void block() {
        int isFinal = bits(1);
        switch (bits(2)) {
            case 0 -> stored();
            case 1 -> compressed(fixedLengths(), distances());
            case 2 -> dynamic();
            default -> throw new AssertionError("a block of no type");
        }
        if (isFinal == 1) {
            align();
        }
    }

    private void stored() {
        align();
        int length = bits(16);
        if (length != (~bits(16) & 0xFFFF)) {
            throw new AssertionError("a stored block whose lengths differ");
        }
        for (int i = 0; i < length; i++) {
            put((byte) bits(8));
        }
    }

    private void dynamic() {
        int literals = bits(5) + 257;
        int distances = bits(5) + 1;
        int codes = bits(4) + 4;
        int[] lengths = new int[19];
        for (int i = 0; i < codes; i++) {
            lengths[CODE_ORDER[i]] = bits(3);
        }
        int[] all = new int[literals + distances];
        for (int i = 0; i < all.length; ) {
            int symbol = symbol(lengths);
            int repeat = 1;
            int value = symbol;
            if (symbol == 16) {
                value = all[i - 1];
                repeat = 3 + bits(2);
            } else if (symbol > 16) {
                value = 0;
                repeat = symbol == 17 ? 3 + bits(3) : 11 + bits(7);
            }
            for (; repeat > 0; repeat--) {
                all[i++] = value;
            }
        }
        compressed(Arrays.copyOf(all, literals), Arrays.copyOfRange(all, literals, all.length));
    }

    private void compressed(int[] literals, int[] distances) {
        while (true) {
            int symbol = symbol(literals);
            if (symbol == 256) {
                return;
            }
            if (symbol < 256) {
                put((byte) symbol);
                continue;
            }
            int length = LENGTH_BASE[symbol - 257] + bits(LENGTH_EXTRA[symbol - 257]);
            int code = symbol(distances);
            int distance = DISTANCE_BASE[code] + bits(DISTANCE_EXTRA[code]);
            farthest = Math.max(farthest, distance);
            for (int i = 0; i < length; i++) {
                put(out[outBytes - distance]);
            }
        }
    }

    /** RFC 1951 §3.2.2: codes of one length follow each other, shorter ones come first. */
    private int symbol(int[] lengths) {
        int code = 0;
        int first = 0;
        for (int length = 1; length < 16; length++) {
            code = code << 1 | bits(1);
            first <<= 1;
            int count = 0;
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length && first + count++ == code) {
                    return symbol;
                }
            }
            first += count;
        }
        throw new AssertionError("no symbol has that code");
    }

    private static int[] fixedLengths() {
        int[] lengths = new int[288];
        Arrays.fill(lengths, 0, 144, 8);
        Arrays.fill(lengths, 144, 256, 9);
        Arrays.fill(lengths, 256, 280, 7);
        Arrays.fill(lengths, 280, 288, 8);
        return lengths;
    }

    private static int[] distances() {
        int[] lengths = new int[30];
        Arrays.fill(lengths, 5);
        return lengths;
    }

    private int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, bitAt++) {
            value |= (in[bitAt >> 3] >> (bitAt & 7) & 1) << i;
        }
        return value;
    }

    private void align() {
        bitAt = bitAt + 7 & ~7;
    }

    private void put(byte octet) {
        if (outBytes == out.length) {
            out = Arrays.copyOf(out, Math.max(1024, 2 * out.length));
        }
        out[outBytes++] = octet;
    }

    /** One DEFLATE stream that ends with a final block, as {@code ByteArrayOutputStream} would hold it. */
    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
