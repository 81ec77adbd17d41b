package dev.carillon.documents;

import org.jspecify.annotations.Nullable;

/**
 * The place of an item, said by its neighbours at the time it was made; where it had none, by its parent.
 *
 * @param left the last tick of what stood before it
 * @param right the first tick of what stood behind it
 * @param parent what it is in; null where a neighbour says it
 * @param key its key, in a map; null where a neighbour says it, or there is none
 */
record Anchor(
        @Nullable Id left,
        @Nullable Id right,
        @Nullable Parent parent,
        @Nullable Slice key) {

    /** What an item is in. */
    sealed interface Parent {

        /** A type of the document itself, by its name. */
        record Root(Slice name) implements Parent {}

        /** A type that is an item itself. */
        record Nested(Id id) implements Parent {}
    }
}
