package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A place in a channel's stream: <em>after</em> the publication with this offset (PROTOCOL.md §5).
 *
 * <p>On the wire it is one opaque string that any delivery gives out and any other takes back. Format 1 is the character
 * {@code 1}, the epoch in 11 characters of base64url, the check in 6, and the offset in decimal without leading zeros:
 * {@code 1Ek3sPq0aB-4AAbCdE42}. A channel that was never published to stands at {@link #ORIGIN}, written {@code 0}.
 *
 * <p>The check is the random value that was stored with the publication. It tells a position of this log from one of a
 * log that lost its end and wrote other publications under the same offsets.
 *
 * @param epoch the life of the stream, random; 0 with the offset 0 for {@link #ORIGIN} only
 * @param offset the offset of the last publication before this place; the first publication has 1
 * @param check the check stored with that publication
 */
public record Position(long epoch, long offset, int check) {

    /** Before the first publication of whatever epoch. */
    public static final Position ORIGIN = new Position(0, 0, 0);

    /** The longest text of a position, in characters. */
    public static final int LENGTH_MAX = 1 + 11 + 6 + 19;

    private static final char FORMAT = '1';
    private static final int EPOCH_CHARACTERS = 11;
    private static final int CHECK_CHARACTERS = 6;
    private static final int HEADER = 1 + EPOCH_CHARACTERS + CHECK_CHARACTERS;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final byte[] DIGITS = digits();

    /** @throws IllegalArgumentException if the offset is negative */
    public Position {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
    }

    /** The position that the text stands for, or null where it is no position that this version reads. */
    public static @Nullable Position parse(String text) {
        if (text.equals("0")) {
            return ORIGIN;
        }
        int length = text.length();
        if (length <= HEADER || length > LENGTH_MAX || text.charAt(0) != FORMAT) {
            return null;
        }
        long epoch = 0;
        for (int i = 1; i <= EPOCH_CHARACTERS; i++) {
            int digit = digitOf(text.charAt(i));
            // 11 characters carry 66 bits: the first has room for the top 4 bits only.
            if (digit < 0 || (i == 1 && digit > 0b1111)) {
                return null;
            }
            epoch = (epoch << 6) | digit;
        }
        long check = 0;
        for (int i = EPOCH_CHARACTERS + 1; i < HEADER; i++) {
            int digit = digitOf(text.charAt(i));
            // 6 characters carry 36 bits: the first has room for the top 2 bits only.
            if (digit < 0 || (i == EPOCH_CHARACTERS + 1 && digit > 0b11)) {
                return null;
            }
            check = (check << 6) | digit;
        }
        long offset = parseOffset(text);
        return offset < 0 ? null : new Position(epoch, offset, (int) check);
    }

    private static long parseOffset(String text) {
        int length = text.length();
        if (text.charAt(HEADER) == '0' && length > HEADER + 1) {
            return -1;
        }
        long offset = 0;
        for (int i = HEADER; i < length; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || offset > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            offset = offset * 10 + digit;
        }
        return offset;
    }

    /** The text on the wire. */
    @Override
    public String toString() {
        if (equals(ORIGIN)) {
            return "0";
        }
        StringBuilder text = new StringBuilder(LENGTH_MAX).append(FORMAT);
        appendDigits(text, epoch, EPOCH_CHARACTERS);
        appendDigits(text, Integer.toUnsignedLong(check), CHECK_CHARACTERS);
        return text.append(offset).toString();
    }

    private static void appendDigits(StringBuilder text, long value, int characters) {
        for (int shift = 6 * (characters - 1); shift >= 0; shift -= 6) {
            text.append(ALPHABET.charAt((int) (value >>> shift) & 63));
        }
    }

    private static int digitOf(char c) {
        return c < DIGITS.length ? DIGITS[c] : -1;
    }

    private static byte[] digits() {
        byte[] digits = new byte[128];
        java.util.Arrays.fill(digits, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            digits[ALPHABET.charAt(i)] = (byte) i;
        }
        return digits;
    }
}
