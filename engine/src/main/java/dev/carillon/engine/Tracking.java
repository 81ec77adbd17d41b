package dev.carillon.engine;

import dev.carillon.protocol.Selection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a reader of a map tracks, ready to be asked. Immutable; known by identity, so that a reader that tracks something new
 * can tell the answer to what it asked before.
 *
 * @param byTag whether the names are tags; else they are keys
 */
record Tracking(boolean byTag, Set<String> names) {

    Tracking {
        names = Set.copyOf(names);
    }

    /** What a selection asks for; null for everything. */
    static @Nullable Tracking of(@Nullable Selection selection) {
        return selection == null ? null : new Tracking(selection.byTag(), Set.copyOf(selection.names()));
    }

    boolean wants(@Nullable String name) {
        return name != null && names.contains(name);
    }
}
