package dev.carillon.engine;

import org.jspecify.annotations.Nullable;

/**
 * Who, as proven.
 *
 * @param name the name that publications carry as {@code from}; null for an anonymous one
 * @param credential which key or token proved it, for decisions and logs, never a secret; empty for an anonymous one
 */
public record Principal(@Nullable String name, String credential) {

    /** Nobody in particular. */
    public static final Principal ANONYMOUS = new Principal(null, "");
}
