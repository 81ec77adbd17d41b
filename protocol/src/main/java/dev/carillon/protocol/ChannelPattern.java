package dev.carillon.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of channel names (PROTOCOL.md §3): parts between colons, of which {@code *} matches any one part and a last
 * {@code **} the rest, at least one part. Every other part matches itself only.
 *
 * <p>Patterns are ordered by how specific they are: compared part by part from the left, a literal part before {@code *}
 * before {@code **}. Two different patterns that are equally specific and match a common name are a tie, which a
 * configuration must not have; see {@link #ties}.
 */
public final class ChannelPattern {

    private static final String ONE = "*";
    private static final String REST = "**";

    private final String text;
    private final List<String> parts;

    private ChannelPattern(String text, List<String> parts) {
        this.text = text;
        this.parts = parts;
    }

    /** The pattern, or null where the text is none. */
    public static @Nullable ChannelPattern parse(String text) {
        if (text.isEmpty() || text.length() > ChannelName.LENGTH_MAX) {
            return null;
        }
        List<String> parts = partsOf(text);
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            boolean wild = part.equals(ONE) || (part.equals(REST) && i == parts.size() - 1);
            if (!wild && !isLiteral(part)) {
                return null;
            }
        }
        return new ChannelPattern(text, parts);
    }

    private static boolean isLiteral(String part) {
        for (int i = 0; i < part.length(); i++) {
            if (!ChannelName.isNameCharacter(part.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> partsOf(String text) {
        return List.of(text.split(":", -1));
    }

    /** Whether the name is one of the pattern's. */
    public boolean matches(ChannelName name) {
        List<String> nameParts = partsOf(name.value());
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (part.equals(REST)) {
                return nameParts.size() > i;
            }
            if (i >= nameParts.size() || !(part.equals(ONE) || part.equals(nameParts.get(i)))) {
                return false;
            }
        }
        return nameParts.size() == parts.size();
    }

    /** Below zero where this pattern is the more specific one, above where the other is, zero where neither is. */
    public int compareSpecificity(ChannelPattern other) {
        int shared = Math.min(parts.size(), other.parts.size());
        for (int i = 0; i < shared; i++) {
            int difference = rank(parts.get(i)) - rank(other.parts.get(i));
            if (difference != 0) {
                return difference;
            }
        }
        return 0;
    }

    private static int rank(String part) {
        return part.equals(REST) ? 2 : part.equals(ONE) ? 1 : 0;
    }

    /** Whether both match some common name and neither is the more specific one. */
    public boolean ties(ChannelPattern other) {
        if (compareSpecificity(other) != 0 || parts.size() != other.parts.size()) {
            return false;
        }
        for (int i = 0; i < parts.size(); i++) {
            boolean bothLiteral = rank(parts.get(i)) == 0 && rank(other.parts.get(i)) == 0;
            if (bothLiteral && !parts.get(i).equals(other.parts.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChannelPattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
