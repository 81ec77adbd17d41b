package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The honest answer when a reader cannot be given all that it is owed (PROTOCOL.md §5).
 *
 * @param cause why
 * @param after the position that the reader presented or had reached, as text; null where it had none that can be shown
 * @param next where delivery goes on: everything that is still kept after this position follows
 */
public record Gap(Cause cause, @Nullable String after, Position next) {

    /** Why there is a gap. */
    public enum Cause {
        /** The history's bounds let go of what follows the position. */
        TRIMMED("trimmed"),
        /** The position belongs to another life of the stream. */
        EPOCH("epoch"),
        /** The log lost its end, and other publications have taken those offsets since. */
        REWRITTEN("rewritten"),
        /** The log lost its end: the position lies beyond its newest publication. */
        AHEAD("ahead"),
        /** The position cannot be read. Event streams and {@code /channels} over WebSocket only; elsewhere it is the error {@code invalid_position}. */
        UNREADABLE("unreadable");

        private final String wire;

        Cause(String wire) {
            this.wire = wire;
        }

        /** The word on the wire. */
        public String wire() {
            return wire;
        }

        static @Nullable Cause of(String wire) {
            for (Cause cause : values()) {
                if (cause.wire.equals(wire)) {
                    return cause;
                }
            }
            return null;
        }
    }
}
