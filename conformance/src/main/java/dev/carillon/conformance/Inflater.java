package dev.carillon.conformance;

import java.util.Arrays;

/**
 * Inflates the messages of a server (RFC 1951, RFC 7692 §7.2.2), and sees what a lenient one would not: a reference to
 * further back than was agreed, or into an earlier message when each was to start anew. For one connection and thread.
 *
 * <p>Codes are looked up in a table of all bit patterns of the longest code's length, made anew for each block: simple,
 * and fast enough, because a block is long where it has codes of its own.
 */
final class Inflater {
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};
    private static final int WINDOW_MAX = 1 << 15;
    private static final int CODE_BITS_MAX = 15;
    private static final int END_OF_BLOCK = 256;

    private static final int[] LENGTH_BASE = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258
    };
    private static final int[] LENGTH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
    };
    private static final int[] DISTANCE_BASE = {
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577
    };
    private static final int[] DISTANCE_BITS = {
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13
    };
    private static final int[] ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    private static final Codes FIXED_LENGTHS;
    private static final Codes FIXED_DISTANCES;

    static {
        int[] lengths = new int[288];
        Arrays.fill(lengths, 0, 144, 8);
        Arrays.fill(lengths, 144, 256, 9);
        Arrays.fill(lengths, 256, 280, 7);
        Arrays.fill(lengths, 280, 288, 8);
        FIXED_LENGTHS = new Codes(lengths);
        int[] distances = new int[30];
        Arrays.fill(distances, 5);
        FIXED_DISTANCES = new Codes(distances);
    }

    /** A Huffman code: for the next bits of the input, the symbol that they begin with and how many bits it has. */
    private static final class Codes {
        private final int bitsMax;
        private final int[] table;

        Codes(int[] lengths) {
            bitsMax = Math.max(1, Arrays.stream(lengths).max().orElse(0));
            table = new int[1 << bitsMax];
            Arrays.fill(table, -1);
            int code = 0;
            for (int bits = 1; bits <= bitsMax; bits++) {
                for (int symbol = 0; symbol < lengths.length; symbol++) {
                    if (lengths[symbol] == bits) {
                        enter(symbol, code, bits);
                        code++;
                    }
                }
                code <<= 1;
            }
        }

        private void enter(int symbol, int code, int bits) {
            int reversed = Integer.reverse(code) >>> (Integer.SIZE - bits);
            for (int at = reversed; at < table.length; at += 1 << bits) {
                table[at] = symbol << 4 | bits;
            }
        }
    }

    private final boolean isReset;
    private final int window;

    /** The last octets of earlier messages and then this one's. */
    private byte[] out = new byte[1 << 16];

    private int outAt;

    private byte[] in = {};
    private int inAt;
    private long held;
    private int heldBits;

    Inflater(Deflate agreed) {
        isReset = agreed.serverResets();
        window = 1 << agreed.serverBits();
    }

    /** The payload of a message. */
    Octets inflate(Octets compressed, int octetsMax) throws Violation {
        int from = forgetAllButTheWindow();
        in = Octets.join(compressed, Octets.of(TAIL)).bytes;
        inAt = 0;
        held = 0;
        heldBits = 0;
        while (inAt < in.length || heldBits >= 8) {
            boolean isFinal = bits(1) == 1;
            block(bits(2));
            if (outAt - from > octetsMax) {
                throw new Violation("a message inflates to more than " + octetsMax + " octets");
            }
            if (isFinal) {
                skipToOctet(); // RFC 7692 §7.2.3.4: what follows a final block begins on an octet
            }
        }
        return Octets.of(Arrays.copyOfRange(out, from, outAt));
    }

    private int forgetAllButTheWindow() {
        int keep = isReset ? 0 : Math.min(outAt, WINDOW_MAX);
        System.arraycopy(out, outAt - keep, out, 0, keep);
        outAt = keep;
        return keep;
    }

    private void block(int type) throws Violation {
        switch (type) {
            case 0 -> stored();
            case 1 -> codes(FIXED_LENGTHS, FIXED_DISTANCES);
            case 2 -> dynamic();
            default -> throw new Violation("a block is of type 3 (RFC 1951 §3.2.3)");
        }
    }

    private void stored() throws Violation {
        skipToOctet();
        int length = bits(16);
        if ((length ^ 0xFFFF) != bits(16)) {
            throw new Violation("a stored block's lengths differ (RFC 1951 §3.2.4)");
        }
        for (int i = 0; i < length; i++) {
            put((byte) bits(8));
        }
    }

    private void dynamic() throws Violation {
        int lengthCodes = bits(5) + 257;
        int distanceCodes = bits(5) + 1;
        int codeCodes = bits(4) + 4;
        int[] codeLengths = new int[ORDER.length];
        for (int i = 0; i < codeCodes; i++) {
            codeLengths[ORDER[i]] = bits(3);
        }
        Codes codes = new Codes(codeLengths);
        int[] lengths = new int[lengthCodes + distanceCodes];
        for (int at = 0; at < lengths.length; ) {
            int symbol = symbol(codes);
            int repeated = symbol == 16 && at > 0 ? lengths[at - 1] : symbol < 16 ? symbol : 0;
            int times = symbol < 16 ? 1 : symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
            if (at + times > lengths.length) {
                throw new Violation("a block has more code lengths than it says (RFC 1951 §3.2.7)");
            }
            Arrays.fill(lengths, at, at + times, repeated);
            at += times;
        }
        codes(
                new Codes(Arrays.copyOf(lengths, lengthCodes)),
                new Codes(Arrays.copyOfRange(lengths, lengthCodes, lengths.length)));
    }

    private void codes(Codes lengths, Codes distances) throws Violation {
        for (int symbol = symbol(lengths); symbol != END_OF_BLOCK; symbol = symbol(lengths)) {
            if (symbol < END_OF_BLOCK) {
                put((byte) symbol);
                continue;
            }
            int at = symbol - END_OF_BLOCK - 1;
            if (at >= LENGTH_BASE.length) {
                throw new Violation("a length code that is not in use (RFC 1951 §3.2.6)");
            }
            int length = LENGTH_BASE[at] + bits(LENGTH_BITS[at]);
            int code = symbol(distances);
            if (code >= DISTANCE_BASE.length) {
                throw new Violation("a distance code that is not in use (RFC 1951 §3.2.6)");
            }
            copy(length, DISTANCE_BASE[code] + bits(DISTANCE_BITS[code]));
        }
    }

    private void copy(int length, int distance) throws Violation {
        if (distance > window) {
            throw new Violation(
                    "a reference " + distance + " octets back, agreed are " + window + " (RFC 7692 §7.1.2.1)");
        }
        if (distance > outAt) {
            throw new Violation("a reference to before the beginning"
                    + (isReset ? " of a message that was to start anew (RFC 7692 §7.1.1.1)" : " (RFC 1951 §2)"));
        }
        for (int i = 0; i < length; i++) {
            put(out[outAt - distance]);
        }
    }

    private void put(byte octet) {
        if (outAt == out.length) {
            out = Arrays.copyOf(out, 2 * out.length);
        }
        out[outAt++] = octet;
    }

    private int symbol(Codes codes) throws Violation {
        while (heldBits < CODE_BITS_MAX && inAt < in.length) {
            hold();
        }
        int entry = codes.table[(int) held & (1 << codes.bitsMax) - 1];
        int bits = entry & 0xF;
        if (entry < 0 || bits > heldBits) {
            throw new Violation("bits that are no code (RFC 1951 §3.2.2)");
        }
        held >>>= bits;
        heldBits -= bits;
        return entry >>> 4;
    }

    private int bits(int count) throws Violation {
        while (heldBits < count) {
            if (inAt == in.length) {
                throw new Violation("a message ends in the middle of a block (RFC 7692 §7.2.1)");
            }
            hold();
        }
        int value = (int) (held & (1L << count) - 1);
        held >>>= count;
        heldBits -= count;
        return value;
    }

    private void hold() {
        held |= (in[inAt++] & 0xFFL) << heldBits;
        heldBits += 8;
    }

    private void skipToOctet() {
        int over = heldBits & 7;
        held >>>= over;
        heldBits -= over;
    }
}
