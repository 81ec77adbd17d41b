package dev.carillon.server;

/** What a server offers its {@link Extension}s. Thread-safe. */
public interface Host {

    /** Whether no authentication is configured. */
    boolean isDevelopment();

    /** The channels, with all rights. */
    LocalChannels channels();
}
