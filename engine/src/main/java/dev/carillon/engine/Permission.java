package dev.carillon.engine;

/** What a {@link Grant} can allow on a channel. */
public enum Permission {
    /** To subscribe, to read the history, and to be given signals. */
    SUBSCRIBE,
    /** To publish. */
    PUBLISH,
    /** To send signals. */
    SIGNAL,
    /** To be listed as present, and to see who is. */
    PRESENCE,
    /** To empty a channel. */
    PURGE,
    /** To take the data out of a publication. */
    REDACT
}
