package dev.carillon.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription that asked for presence is told.
 *
 * @param refused why its user is not listed, or why it is told nothing at all; null otherwise
 * @param version the version that it has after the messages; {@link #NOTHING} where it may not be told
 * @param messages the whole list, or the differences since the version that it had, ascending and perhaps none
 */
record PresenceNews(CatchUp.@Nullable Refused refused, long version, List<EncodedEvent> messages) {

    /** The version of a reader that is told nothing. */
    static final long NOTHING = -1;

    PresenceNews {
        messages = List.copyOf(messages);
    }

    /** It may neither be told nor listed. */
    static PresenceNews refused(CatchUp.Refused refused) {
        return new PresenceNews(refused, NOTHING, List.of());
    }
}
