package dev.carillon.server;

import dev.carillon.engine.Grant;
import java.time.Duration;
import java.util.List;

/** What a server offers its {@link Extension}s. Thread-safe. */
public interface Host {

    /** Whether no authentication is configured. */
    boolean isDevelopment();

    /** The channels, with all rights. */
    LocalChannels channels();

    /**
     * Issues a token for this server, signed with its development key. In production somebody else issues them.
     *
     * @param user whom it names: 1 to 128 characters, no control characters
     * @param grants what it allows; with none, what peers without a token may do
     * @param lifetime from 1 s to {@code tokens.lifetimeMax}
     * @throws IllegalArgumentException if such a token would be refused; the message says why
     * @throws IllegalStateException outside development mode
     */
    String issueToken(String user, List<Grant> grants, Duration lifetime);
}
