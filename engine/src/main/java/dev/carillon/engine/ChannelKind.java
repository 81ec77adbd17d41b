package dev.carillon.engine;

/** What a channel keeps (PROTOCOL.md §5.1). */
public enum ChannelKind {
    /** An ordered log. */
    STREAM,
    /** The newest value of each key. */
    MAP,
    /** Nothing: it carries signals and presence. */
    SIGNAL
}
