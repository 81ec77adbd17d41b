package dev.carillon.documents;

/** lib0's encoding of a JavaScript value, as far as where it ends. */
final class AnyValue {

    /** How deep values may be nested: a peer reads them by recursion. */
    static final int NESTING_MAX = 200;

    private static final int BYTES = 116;
    private static final int ARRAY = 117;
    static final int OBJECT = 118;
    private static final int TEXT = 119;
    private static final int TRUE = 120;
    private static final int FALSE = 121;
    private static final int BIGINT = 122;
    private static final int DOUBLE = 123;
    private static final int FLOAT = 124;
    private static final int INTEGER = 125;
    private static final int NULL = 126;
    private static final int UNDEFINED = 127;

    private static final int INTEGER_BYTES_MAX = 8;

    private AnyValue() {}

    /** Reads over one value. */
    static void skip(ByteReader in) {
        skip(in, 0);
    }

    private static void skip(ByteReader in, int depth) {
        if (depth > NESTING_MAX) {
            throw in.malformed("values nested deeper than " + NESTING_MAX);
        }
        int type = in.octet();
        switch (type) {
            case UNDEFINED, NULL, TRUE, FALSE -> {}
            case INTEGER -> integer(in);
            case FLOAT -> in.skip(4);
            case DOUBLE, BIGINT -> in.skip(8);
            case TEXT -> in.text();
            case BYTES -> in.block();
            case OBJECT -> {
                for (long left = in.number(); left > 0; left--) {
                    in.text();
                    skip(in, depth + 1);
                }
            }
            case ARRAY -> {
                for (long left = in.number(); left > 0; left--) {
                    skip(in, depth + 1);
                }
            }
            default -> throw in.malformed("a value of the unknown type " + type);
        }
    }

    private static void integer(ByteReader in) {
        for (int size = 1; in.octet() >= 0x80; size++) {
            if (size == INTEGER_BYTES_MAX) {
                throw in.malformed("a whole number beyond 2^53-1");
            }
        }
    }
}
