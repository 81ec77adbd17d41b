package dev.carillon.server;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The channels as an {@link Extension} uses them: with all rights, asked by nobody. Each method waits for its answer, so it
 * is for virtual threads and never for an owner's. Publishes are kept in the order in which one thread makes them.
 */
public interface LocalChannels {

    /**
     * Publishes; {@code from} is absent.
     *
     * @param idempotencyKey makes it safe to publish the same again; null without
     */
    PublishOutcome publish(ChannelName channel, Data data, @Nullable String idempotencyKey);

    /**
     * Changes a map; {@code from} is absent. On a channel of another kind it is refused.
     *
     * @param change whose value it is, or that it has none from now on
     * @param data the value; means nothing where it is taken away
     */
    PublishOutcome set(ChannelName channel, Change change, Data data);

    /**
     * Reads what is kept.
     *
     * @param after with the first publication after it; null for the newest
     * @param limit at most so many; the node's {@code limits.historyPage} bounds it
     */
    HistoryOutcome history(ChannelName channel, @Nullable Position after, int limit);

    /** What became of a publish. */
    sealed interface PublishOutcome {
        /** Kept, as the channel's durability class promises; {@code duplicate}: at an earlier publish. */
        record Kept(Position position, boolean duplicate) implements PublishOutcome {}

        /** Refused. */
        record Refused(Code code, String message) implements PublishOutcome {}
    }

    /** What came of reading. */
    sealed interface HistoryOutcome {
        /**
         * A page, ascending.
         *
         * @param position after the last publication
         * @param more whether more follows, or for the newest: whether more is kept before
         * @param gap whether the publications don't follow the position asked for, because that is no longer kept
         */
        record Page(List<Publication> publications, Position position, boolean more, boolean gap)
                implements HistoryOutcome {
            public Page {
                publications = List.copyOf(publications);
            }
        }

        /** Refused. */
        record Refused(Code code, String message) implements HistoryOutcome {}
    }
}
