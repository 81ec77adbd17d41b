package dev.carillon.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription that asked for presence is told.
 *
 * @param refused why its user is not listed, or why it is told nothing at all; null otherwise
 * @param version the version that it has after the messages; {@link #NOTHING} where it may not be told
 * @param messages a page of the list, the differences since the version that it had, or both, in their order, perhaps none;
 *     or how many are here
 * @param next where the next page of the list begins; null where it has all of it
 */
record PresenceNews(
        CatchUp.@Nullable Refused refused,
        long version,
        List<EncodedEvent> messages,
        @Nullable PresenceCursor next) {

    /** The version of a reader that is told nothing. */
    static final long NOTHING = -1;

    PresenceNews {
        messages = List.copyOf(messages);
    }

    /** It may neither be told nor listed. */
    static PresenceNews refused(CatchUp.Refused refused) {
        return new PresenceNews(refused, NOTHING, List.of(), null);
    }

    /** The same for one that isn't listed. */
    PresenceNews butRefused(CatchUp.Refused why) {
        return new PresenceNews(why, version, messages, next);
    }
}
