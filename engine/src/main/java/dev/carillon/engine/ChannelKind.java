package dev.carillon.engine;

/** What a channel keeps (PROTOCOL.md §5.1). */
public enum ChannelKind {
    /** An ordered log. */
    STREAM,
    /** The newest value of each key. */
    MAP,
    /** Nothing: it carries signals and presence. */
    SIGNAL,
    /** What several write together: kept as a map is, whose values only the node writes. */
    DOCUMENT;

    /** Whether each publication is the new value of a key, of which the newest outlives the history. */
    public boolean hasKeys() {
        return this == MAP || this == DOCUMENT;
    }
}
