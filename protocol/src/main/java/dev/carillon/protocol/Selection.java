package dev.carillon.protocol;

import java.util.List;

/**
 * What a reader of a map tracks (PROTOCOL.md §5.2): the values of some keys, or those with some tags.
 *
 * @param byTag whether the names are tags; else they are keys
 * @param names each a key or a tag
 */
public record Selection(boolean byTag, List<String> names) {

    /** More than any server lets a reader track. */
    static final int NAMES_MAX = 100_000;

    public Selection {
        names = List.copyOf(names);
    }

    void writeTo(JsonWriter json) {
        json.openArray(byTag ? "tags" : "keys");
        names.forEach(json::textElement);
        json.closeArray();
    }
}
