package dev.carillon.documents;

/** What bytes of a peer turned out to be. Any bytes give one of the two. */
public sealed interface Decoded<T> {

    /** They say this. */
    record Read<T>(T value) implements Decoded<T> {}

    /**
     * They say nothing that Yjs would take.
     *
     * @param reason what is wrong and where, for a log
     */
    record Malformed<T>(String reason) implements Decoded<T> {}
}
