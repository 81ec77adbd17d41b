package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a publication is in a channel of kind {@code map} (PROTOCOL.md §5.2): the new value of a key, or its removal.
 *
 * @param key whose value it is
 * @param tag what readers may track it by; null without
 * @param isRemoved whether the key has no value from now on; then there is no data, and what stands for it means nothing
 */
public record Change(String key, @Nullable String tag, boolean isRemoved) {

    /** The longest key or tag, in bytes of UTF-8. */
    public static final int TEXT_BYTES_MAX = 256;

    public Change {
        if (!isText(key) || (tag != null && !isText(tag))) {
            throw new IllegalArgumentException("a key or a tag has 1 to " + TEXT_BYTES_MAX + " bytes of UTF-8");
        }
    }

    /** Whether the text can be a key or a tag. A lone surrogate has no UTF-8, and a key must be the same after a restart. */
    public static boolean isText(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length() && bytes <= TEXT_BYTES_MAX; i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        return bytes >= 1 && bytes <= TEXT_BYTES_MAX;
    }

    static String requireText(String name, String text) throws JsonObject.Malformed {
        if (!isText(text)) {
            throw new JsonObject.Malformed("\"" + name + "\" must have 1 to " + TEXT_BYTES_MAX + " bytes of UTF-8");
        }
        return text;
    }

    /** What a message says of it; null where it says nothing. */
    static @Nullable Change of(@Nullable String key, @Nullable String tag, boolean isRemoved)
            throws JsonObject.Malformed {
        if (key == null) {
            if (tag != null || isRemoved) {
                throw new JsonObject.Malformed("\"tag\" and \"removed\" belong to a \"key\"");
            }
            return null;
        }
        return new Change(requireText("key", key), tag == null ? null : requireText("tag", tag), isRemoved);
    }
}
