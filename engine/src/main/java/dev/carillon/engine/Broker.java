package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Port: orders the publications of channels, keeps them, and carries them to every node. One for a shard; called on the
 * shard's thread, answers there, never before the call has returned.
 *
 * <p>{@link EmbeddedBroker} does it for one node on a {@link ChannelLog}, {@link SharedBroker} for several on a
 * {@link SharedLog}.
 */
public interface Broker {

    /** Hears of a channel's publications, on the shard's thread. */
    interface Listener {
        /** The next publication, kept as its durability promises; in offset order, each once. */
        void onPublication(Publication publication);

        /** The data of a publication is gone; it is given as it is now. */
        void onRedacted(Publication publication);

        /**
         * The stream is another one from here on: it was purged, its end was lost and perhaps written again, or more was missed
         * than is kept. What was told before may be gone, and what comes next follows this head. A read tells each reader what
         * it is owed, and whether that is a gap.
         */
        void onReplaced(Attached.Done now);

        /** Nobody can be asked about the channel now. What is published meanwhile is heard of later, as if it had come late. */
        default void onStale() {}

        /** All that was published while the channel was stale has been heard of. */
        default void onFresh() {}

        /**
         * A signal of another node.
         *
         * @param missed how many before it did not come
         */
        default void onSignal(CarriedSignal signal, int missed) {}
    }

    /**
     * From the answer on, the listener hears of every publication after the head that the answer names. Every other call
     * for this channel comes between an answered attach and its detach.
     */
    void attach(ChannelName channel, ChannelSettings settings, Listener listener, Consumer<Attached> answer);

    /** Ends it: the listener hears nothing more. */
    void detach(ChannelName channel);

    /**
     * Whether the key was used before.
     *
     * @param change what the publish would do to a map; null in a stream
     */
    void find(ChannelName channel, String idempotencyKey, Data data, @Nullable Change change, Consumer<Found> answer);

    /**
     * Checks the idempotency key, appends and publishes, as one step. A listener hears of a publication before its
     * publisher has the answer, and both come in offset order.
     */
    void publish(ChannelName channel, Draft draft, Consumer<Published> answer);

    /**
     * Takes a key's value away, if it is still the one of this offset: the time that it had to live is over. The listener
     * hears of the removal; where it can't be stored now it hears nothing, and may ask again.
     */
    void expire(ChannelName channel, String key, long offset);

    /** Takes the data out of the publication with this position. A listener hears of it before the answer. */
    void redact(ChannelName channel, Position position, Consumer<Erased> answer);

    /** Empties the channel, behind all that was published so far. A listener hears of it before the answer. */
    void purge(ChannelName channel, Consumer<Erased> answer);

    /** Carries a signal to the readers of other nodes, perhaps: nobody is told whether it did. Any channel, attached or not. */
    default void signal(ChannelName channel, CarriedSignal signal) {}

    /** Whether there are other nodes, whose signals come to channels that are attached: so those that keep nothing are, too. */
    default boolean carriesSignals() {
        return false;
    }

    /** This shard's part in the presence of all nodes; null where a node's presence is its own. */
    default @Nullable SharedRosters rosters() {
        return null;
    }

    /** Reads what follows a position, or the newest. */
    void read(ChannelName channel, ReadFrom from, int countMax, int bytesMax, Consumer<Page> answer);

    /** The answer to {@link #attach}. */
    sealed interface Attached {
        /**
         * Done.
         *
         * @param changes of a map: of each key its newest change that is kept, in offset order
         * @param whole of a map: no removal after this offset has been let go of
         */
        record Done(Position head, List<Publication> changes, long whole) implements Attached {}

        /** It could not be loaded. */
        record Failed(Code code) implements Attached {}
    }

    /** A publication on its way in; the change is null in a stream. */
    record Draft(
            Data data,
            @Nullable String from,
            @Nullable String idempotencyKey,
            @Nullable Change change) {}

    /** The answer to {@link #find}. */
    sealed interface Found {
        /** No. */
        record Unused() implements Found {}

        /** Yes, for the same data, which was kept at this position. */
        record Duplicate(Position position) implements Found {}

        /** Yes, for other data; or a publish with this key has just been refused. */
        record Refused(Code code) implements Found {}
    }

    /** The answer to {@link #publish}. */
    sealed interface Published {
        /** Kept, now. */
        record Accepted(Position position) implements Published {}

        /** Kept, at an earlier publish with the same key and data. */
        record Duplicate(Position position) implements Published {}

        /** Not acknowledged. */
        record Refused(Code code) implements Published {}
    }

    /** The answer to {@link #redact} and {@link #purge}. */
    sealed interface Erased {
        /** It is gone, as the durability promises. */
        record Done() implements Erased {}

        /** It is not, or nobody knows. */
        record Refused(Code code) implements Erased {}
    }

    /** Where a read starts. */
    sealed interface ReadFrom {
        /** With the first publication after the position. */
        record After(Position position) implements ReadFrom {}

        /** So that it ends with the last publication before the position. */
        record Before(Position position) implements ReadFrom {}

        /** With the oldest that is kept. */
        record Oldest() implements ReadFrom {}

        /** So that it ends with the head. */
        record Newest() implements ReadFrom {}
    }

    /** The answer to {@link #read}. */
    sealed interface Page {
        /**
         * Publications in offset order, without a hole.
         *
         * @param start the position before the first of them
         * @param gap why they don't follow the position asked for; null where they do
         * @param moreBefore whether more is kept before {@code start}
         * @param moreAfter whether more is kept after the last of them
         */
        record Publications(
                Position start,
                Gap.@Nullable Cause gap,
                List<Publication> publications,
                boolean moreBefore,
                boolean moreAfter)
                implements Page {

            /** The position after the last of them. */
            public Position end() {
                return publications.isEmpty() ? start : publications.getLast().position();
            }

            /** The same without the times. */
            Publications withoutAt() {
                List<Publication> told =
                        publications.stream().map(Publication::withoutAt).toList();
                return new Publications(start, gap, told, moreBefore, moreAfter);
            }
        }

        /** They could not be read. */
        record Failed(Code code) implements Page {}
    }
}
