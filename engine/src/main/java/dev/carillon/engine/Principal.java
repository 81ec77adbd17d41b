package dev.carillon.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who, as proven, and what they may do.
 *
 * @param name the name that publications carry as {@code from}; null for an anonymous one
 * @param credential which key or token proved it, for decisions and logs, never a secret; empty for an anonymous one
 * @param grants what they may do, for those who decide by it
 * @param term how long it holds; null without an end
 */
public record Principal(
        @Nullable String name,
        String credential,
        List<Grant> grants,
        @Nullable Term term) {

    /** Nobody in particular. */
    public static final Principal ANONYMOUS = new Principal(null, "");

    /**
     * Has presented nothing where those who present nothing may do nothing. On a session it may prove who it is, and
     * everything else is refused.
     */
    public static final Principal STRANGER = new Principal(null, "nothing");

    /** What keeps this node's documents: it alone writes to their channels. No token or key proves this credential. */
    public static final Principal DOCUMENTS = new Principal(null, "documents");

    /**
     * How long a proof holds.
     *
     * @param id what the proof is called, so that it can be revoked; null without a name
     * @param issuedAtMillis when it was given, in milliseconds since 1970
     * @param expiresAtMillis when it ends, likewise; later than it was given
     */
    public record Term(@Nullable String id, long issuedAtMillis, long expiresAtMillis) {}

    public Principal {
        grants = List.copyOf(grants);
    }

    /** One without grants of its own, and without an end. */
    public Principal(@Nullable String name, String credential) {
        this(name, credential, List.of(), null);
    }

    /** Whether it is {@link #DOCUMENTS}. */
    public boolean isDocuments() {
        return equals(DOCUMENTS);
    }

    /** Whether it is {@link #STRANGER}. */
    public boolean isStranger() {
        return equals(STRANGER);
    }
}
