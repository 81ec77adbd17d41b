package dev.carillon.engine;

import dev.carillon.protocol.Position;

/** Something that is to be gone from a channel (PROTOCOL.md §6.3). */
public sealed interface Erasure {

    /** What who asks for it must be granted. */
    Permission permission();

    /** Everything in the channel. */
    record Purge() implements Erasure {
        @Override
        public Permission permission() {
            return Permission.PURGE;
        }
    }

    /** The data of the publication with this position. */
    record Redaction(Position position) implements Erasure {
        @Override
        public Permission permission() {
            return Permission.REDACT;
        }
    }
}
