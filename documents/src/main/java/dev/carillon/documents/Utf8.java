package dev.carillon.documents;

import java.util.Arrays;

/** UTF-8 as the {@code TextDecoder} of a browser takes it when it is told to be strict, counted as JavaScript counts. */
final class Utf8 {

    /** What stands in place of half a pair: U+FFFD. */
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private Utf8() {}

    /** Checks the bytes, and counts the UTF-16 units that they are. */
    static int utf16Length(Slice text) {
        int units = 0;
        for (int at = text.from(); at < text.to(); ) {
            int size = size(text.bytes(), at, text.to());
            units += size == 4 ? 2 : 1;
            at += size;
        }
        return units;
    }

    /** How many bytes the character here has (RFC 3629 §4). */
    private static int size(byte[] bytes, int at, int end) {
        int lead = bytes[at] & 0xFF;
        if (lead < 0x80) {
            return 1;
        }
        int size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (lead < 0xC2 || lead > 0xF4 || at + size > end) {
            throw new MalformedException("text that is not UTF-8 at byte " + at);
        }
        int second = bytes[at + 1] & 0xFF;
        int least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        boolean isWhole = second >= least && second <= most;
        for (int next = 2; next < size; next++) {
            isWhole &= (bytes[at + next] & 0xC0) == 0x80;
        }
        if (!isWhole) {
            throw new MalformedException("text that is not UTF-8 at byte " + at);
        }
        return size;
    }

    /** What is left of a checked text without its first units. Half a pair at the cut is U+FFFD, as in Yjs. */
    static Slice from(Slice text, long units) {
        Cut cut = cut(text, units);
        return cut.isInPair
                ? joined(REPLACEMENT, Arrays.copyOfRange(text.bytes(), cut.at + 4, text.to()))
                : new Slice(text.bytes(), cut.at, text.to());
    }

    /** The first units of a checked text. Half a pair at the cut is U+FFFD, as in Yjs. */
    static Slice upTo(Slice text, long units) {
        Cut cut = cut(text, units);
        return cut.isInPair
                ? joined(Arrays.copyOfRange(text.bytes(), text.from(), cut.at), REPLACEMENT)
                : new Slice(text.bytes(), text.from(), cut.at);
    }

    /**
     * A place in a text.
     *
     * @param at the byte at which the character begins that comes behind, or is cut
     */
    private record Cut(int at, boolean isInPair) {}

    private static Cut cut(Slice text, long units) {
        long left = units;
        int at = text.from();
        while (left > 0) {
            int lead = text.bytes()[at] & 0xFF;
            if (lead >= 0xF0 && left == 1) {
                return new Cut(at, true);
            }
            left -= lead >= 0xF0 ? 2 : 1;
            at += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        }
        return new Cut(at, false);
    }

    private static Slice joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return Slice.of(both);
    }
}
