package dev.carillon.engine;

import dev.carillon.protocol.Position;
import org.jspecify.annotations.Nullable;

/** Where a subscription starts. */
public sealed interface Start {

    /** With what follows the position. */
    record After(Position position) implements Start {}

    /** With the newest so many publications; with none of them for 0. */
    record Newest(int count) implements Start {}

    /**
     * With everything that is kept, and a gap that says why: the reader presented a position that can't be read.
     *
     * @param text what it presented
     */
    record Unreadable(String text) implements Start {}

    /** The position as the reader presented it; null where it presented none. */
    default @Nullable String presented() {
        return switch (this) {
            case After(Position position) -> position.toString();
            case Newest _ -> null;
            case Unreadable(String text) -> text;
        };
    }
}
