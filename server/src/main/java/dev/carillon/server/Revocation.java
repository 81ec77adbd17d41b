package dev.carillon.server;

import dev.carillon.engine.Principal;
import org.jspecify.annotations.Nullable;

/**
 * What proves somebody was taken back.
 *
 * @param kind of what it is the name
 * @param name a user, the {@code jti} of a token, or a session's id
 * @param atMillis when, in milliseconds since 1970; of a user, tokens issued up to then are refused
 */
record Revocation(Kind kind, String name, long atMillis) {

    /** What can be revoked. */
    enum Kind {
        USER("user"),
        TOKEN("token"),
        SESSION("session");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** As requests and the file say it. */
        String word() {
            return word;
        }
    }

    /** Whether it takes back what the principal proved, or the session. */
    boolean covers(Principal principal, String session) {
        Principal.Term term = principal.term();
        return switch (kind) {
            case USER -> term != null && name.equals(principal.name()) && coversIssued(term);
            case TOKEN -> term != null && name.equals(term.id());
            case SESSION -> name.equals(session);
        };
    }

    /**
     * Whether it ends a session that is there when it comes into force. A user's does whatever its token says: the token was
     * issued before this moment, if perhaps by a clock that is ahead.
     */
    boolean ends(Principal principal, String session) {
        return kind == Kind.USER
                ? principal.term() != null && name.equals(principal.name())
                : covers(principal, session);
    }

    /** Of a user: tokens say the second in which they were issued, so those of the same second are covered too. */
    private boolean coversIssued(Principal.Term term) {
        return term.issuedAtMillis() <= atMillis;
    }

    /** The later one of two about the same. */
    static Revocation later(@Nullable Revocation one, Revocation other) {
        return one != null && one.atMillis > other.atMillis ? one : other;
    }
}
