package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Port: the part of one shard's link to what several nodes share that says who is present over all of them. Each node, or
 * rather each of its shards, has one lease and lists the users of its own sessions under it, in the channels that they attend;
 * a user is present as long as any lease lists it. What is pushed is not believed, as {@link SharedLog} says.
 *
 * <p><b>One chain.</b> Each change of a channel's presence, seen by readers or not, has the serial after that of the one before
 * it, a check of its own, and the check of the one before. A change by which a user comes or leaves also counts up the version
 * that readers are told.
 *
 * <p><b>Leases</b> are numbers that nobody else has. One that has ended does not come back: its node takes another. So whoever
 * finds that a lease has ended may take away what was listed under it, whenever it comes to that, and more than once.
 *
 * <p><b>Answers and failure</b> are those of the link's {@link SharedLog}, whose calls these are too: in one order with its
 * calls, failing with them, and tried again after its {@link SharedLog#resume}.
 *
 * <p>{@link PresenceMemory} is the executable specification.
 */
public interface SharedPresence {

    /** Connections of a user that a lease does not list, or no more. */
    int ABSENT = -1;

    /** Hears what is pushed; on any thread. */
    interface Feed {
        /** A change of a channel that is followed. */
        void onChanged(ChannelName channel, Change change);
    }

    /** Begins; once, before anything else. */
    void begin(Feed feed);

    /** Has the changes of a channel from now on pushed, as far as pushes come. */
    void follow(ChannelName channel);

    /** Ends that; pushes on their way may still come. */
    void unfollow(ChannelName channel);

    /**
     * Begins a lease, or lets it last so long from now on.
     *
     * @param isNew whether it begins with this
     */
    void renew(long lease, boolean isNew, Duration lasts, Consumer<Renewed> answer);

    /** Which of these leases have ended; those that never began have, too. */
    void ended(Set<Long> leases, Consumer<Ended> answer);

    /**
     * Makes what a lease says of one user so; where it is so already, nothing changes, and a channel of which nothing is known
     * stays so.
     */
    void put(ChannelName channel, Listing listing, Seed seed, Consumer<Put> answer);

    /** Takes away what a lease lists in a channel, at most so many users of it. */
    void bury(ChannelName channel, long lease, int countMax, Seed seed, Consumer<Buried> answer);

    /**
     * Reads all that is listed in a channel. Where its version is below the first of these two, it is first raised to the
     * second, which is a change too.
     *
     * @param versionMin 0 for any: then a channel of which nothing is known stays so
     */
    void read(ChannelName channel, long versionMin, long versionRaised, int check, Consumer<Read> answer);

    /** Where channels stand, in the order of their names; {@link Stand#ORIGIN} where nothing is known of one. */
    void stands(List<ChannelName> channels, Consumer<Stands> answer);

    /**
     * What a change may need.
     *
     * @param check of the change; those that one call makes after it count it up
     * @param version before the first change, if the channel's presence begins with this
     */
    record Seed(int check, long version) {}

    /**
     * Where a channel's presence stands.
     *
     * @param serial of the last change
     */
    record Stand(long serial, int check, long version) {
        /** Nothing is known. */
        public static final Stand ORIGIN = new Stand(0, 0, 0);
    }

    /**
     * What a lease says of one user.
     *
     * @param connections over so many sessions; {@link #ABSENT} if it does not list it
     */
    record Listing(long lease, String user, int connections) {}

    /**
     * A change, and where the channel stands after it.
     *
     * @param listing null where only the version was raised
     */
    record Change(Stand after, int previousCheck, @Nullable Listing listing) {}

    /**
     * One who is listed, by one lease.
     *
     * @param arrival the version with which the user came
     */
    record Member(long arrival, Listing listing) {}

    /** The answer to {@link #renew}. */
    enum Renewed {
        /** It lasts. */
        HELD,
        /** It has ended, or was there already. */
        OVER,
        /** The link has failed. */
        FAILED
    }

    /** The answer to {@link #ended}. */
    sealed interface Ended {
        /** These. */
        record Known(Set<Long> leases) implements Ended {}

        /** The link has failed. */
        record Failed() implements Ended {}
    }

    /** The answer to {@link #put}. */
    sealed interface Put {
        /** It is so; the change is null where it was so already. */
        record Done(@Nullable Change change) implements Put {}

        /** The link has failed. */
        record Failed() implements Put {}
    }

    /** The answer to {@link #bury}. */
    sealed interface Buried {
        /**
         * They are gone.
         *
         * @param isMore whether the lease lists others there
         */
        record Done(boolean isMore) implements Buried {}

        /** The link has failed. */
        record Failed() implements Buried {}
    }

    /** The answer to {@link #read}. */
    sealed interface Read {
        /** The users in the order in which they came. */
        record Members(Stand stand, List<Member> members) implements Read {}

        /** The link has failed. */
        record Failed() implements Read {}
    }

    /** The answer to {@link #stands}. */
    sealed interface Stands {
        /** One for each channel. */
        record Known(List<Stand> stands) implements Stands {}

        /** The link has failed. */
        record Failed() implements Stands {}
    }
}
