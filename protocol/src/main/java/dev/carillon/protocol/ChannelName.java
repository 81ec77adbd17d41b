package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The name of a channel: 1 to 200 characters of {@code A–Z a–z 0–9 _ . : ~ -} (PROTOCOL.md §3). A colon parts it, which
 * matters to {@link ChannelPattern} only.
 *
 * @param value the name as it stands on the wire
 */
public record ChannelName(String value) implements Comparable<ChannelName> {

    /** The longest name, in characters (each is one byte of UTF-8). */
    public static final int LENGTH_MAX = 200;

    /**
     * @throws IllegalArgumentException where {@link #isValid} would answer false; input from a peer is asked first, or
     *     goes through {@link #parse}
     */
    public ChannelName {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not a channel name: " + value);
        }
    }

    /** The name, or null where the text is none. */
    public static @Nullable ChannelName parse(String text) {
        return isValid(text) ? new ChannelName(text) : null;
    }

    /** Whether the text keeps the rule above. */
    public static boolean isValid(String text) {
        int length = text.length();
        if (length == 0 || length > LENGTH_MAX) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!isNameCharacter(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '.'
                || c == ':'
                || c == '~'
                || c == '-';
    }

    @Override
    public int compareTo(ChannelName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
