package dev.carillon.engine;

import dev.carillon.protocol.Data;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A signal as it goes from node to node.
 *
 * @param session the id of the session that sent it
 * @param from the user who has proven to be behind that session; null for an anonymous one
 */
public record CarriedSignal(String session, @Nullable String from, Data data) implements SignalOrigin {

    @Override
    public boolean is(Session reader) {
        return reader.id().equals(session) && Objects.equals(reader.principal().name(), from);
    }
}
