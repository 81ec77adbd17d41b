package dev.carillon.engine;

import java.util.Objects;

/**
 * Who sent a signal: a session, as it was then.
 *
 * @param session the session over whose connection it came; its id is immutable, all else is its loop's
 */
record Sender(Session session, Principal principal) implements SignalOrigin {

    /**
     * Whether this is the session that sent it, perhaps over another connection: a session is an id in the hands of one
     * user.
     */
    @Override
    public boolean is(Session reader) {
        return reader == session
                || (reader.id().equals(session.id())
                        && Objects.equals(reader.principal().name(), principal.name()));
    }
}
