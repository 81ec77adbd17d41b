package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Port: one shard's link to the log that several nodes share. The log orders what all of them publish and is believed;
 * what it pushes to nodes is not: a push may be lost, late, doubled or out of order, and the whole feed may fall silent
 * without a word. {@link SharedBroker} makes a {@link Broker} of that.
 *
 * <p><b>Answers.</b> Every method returns at once. Each answer comes exactly once, within a time that the implementation
 * bounds and names, on any thread; answers come in the order of their calls. Calls for one channel take effect in the order
 * in which they were made, each in one step.
 *
 * <p><b>Failure.</b> Once a call was answered {@code Failed}, nobody knows whether it took effect, or will. From then on
 * every call is answered so, made before or after, until {@link #resume}; so nothing overtakes what was refused. Of the calls
 * that failed together some first part may take effect, even later, and nothing behind it. All follows are over then.
 *
 * <p>{@link SharedMemory} is the executable specification.
 */
public interface SharedLog {

    /** Hears what the log pushes; on any thread. */
    interface Feed {
        /** A record was appended to a channel that is followed. */
        void onPushed(ChannelName channel, long epoch, LogRecord record);

        /** The data of a record of a channel that is followed was taken out. */
        default void onRedacted(ChannelName channel, Redacted.Done redacted) {}

        /** A signal was sent to a channel that is followed, perhaps by this link. */
        default void onSignal(ChannelName channel, Signal signal) {}

        /** The link has failed, as if a call had been answered {@code Failed}. */
        void onLost();
    }

    /** Begins; once, before anything else. */
    void begin(Feed feed);

    /** After a failure: calls from now on are tried again. Without effect where nothing has failed. */
    void resume();

    /** Has what is appended to a channel from now on pushed, as far as pushes come. */
    void follow(ChannelName channel);

    /** Ends that; pushes on their way may still come. */
    void unfollow(ChannelName channel);

    /**
     * Checks the idempotency key, appends and pushes, as one step: the offset, the predecessor's check and the time are the
     * log's. It lets go of what the settings no longer keep.
     *
     * <p>Of a map it keeps the newest change of each key, in the same step: a value until it is replaced, a removal for as long
     * as its record is.
     */
    void append(ChannelName channel, ChannelSettings settings, Entry entry, Consumer<Appended> answer);

    /** Whether an idempotency key was used before. */
    void find(ChannelName channel, ChannelSettings settings, LogRecord.Once once, Consumer<Found> answer);

    /**
     * Reads a run of records with at most so many, and so many bytes by {@link LogRecord#bytes}, but at least one where
     * one is kept, and how the channel stands at that moment.
     */
    void read(
            ChannelName channel,
            ChannelSettings settings,
            Range range,
            int countMax,
            int bytesMax,
            Consumer<Read> answer);

    /**
     * Reads the newest changes of the keys of a map behind an offset, ascending, with at most so many, and so many bytes by
     * {@link LogRecord#bytes}, but at least one where there is one, and how the channel stands at that moment.
     */
    void changes(
            ChannelName channel,
            ChannelSettings settings,
            long after,
            int countMax,
            int bytesMax,
            Consumer<Changes> answer);

    /** The heads of channels, in the order of their names, and how often each was redacted; of none, it tells whether the log is there. */
    void heads(List<ChannelName> channels, Consumer<Heads> answer);

    /** Takes the data out of the record at a position, if it is kept, and pushes what is left. */
    void redact(ChannelName channel, ChannelSettings settings, Position position, Consumer<Redacted> answer);

    /** What was redacted since that many redactions of the channel. */
    void redactions(ChannelName channel, long since, Consumer<Redactions> answer);

    /**
     * Pushes a signal to whoever follows the channel, as far as pushes come. Nothing is kept of it.
     *
     * @param answer whether the link has passed it on; else the link has failed
     */
    void signal(ChannelName channel, Signal signal, Consumer<Boolean> answer);

    /** The presence of all nodes, over this link; null where it carries none, and each node's presence is its own. */
    default @Nullable SharedPresence presence() {
        return null;
    }

    /** Forgets everything about a channel, its epoch and idempotency keys too. */
    void purge(ChannelName channel, Consumer<Purged> answer);

    /**
     * What is appended.
     *
     * @param check the record's
     * @param epoch the channel's, if it begins with this
     * @param change what it does to a map; null in a stream
     * @param expiring of a removal because a value's time is over, the offset of that value; 0 of everything else
     */
    record Entry(
            Data data,
            @Nullable String from,
            LogRecord.@Nullable Once once,
            int check,
            long epoch,
            @Nullable Change change,
            long expiring) {

        /** Of a stream. */
        public Entry(Data data, @Nullable String from, LogRecord.@Nullable Once once, int check, long epoch) {
            this(data, from, once, check, epoch, null, 0);
        }

        /** What takes a key's value away once its time is over. */
        static Entry expiring(String key, long offset, int check, long epoch) {
            return new Entry(Data.NONE, null, null, check, epoch, new Change(key, null, true), offset);
        }

        /** What becomes of it in this place. */
        public LogRecord record(long offset, int previousCheck, long at) {
            return new LogRecord(offset, check, previousCheck, at, from, once, data, change, false);
        }
    }

    /**
     * A signal on its way between nodes.
     *
     * @param series whose number it has: a random value
     * @param serial its number among those that its node has had for the channel, from 1
     */
    record Signal(long series, long serial, CarriedSignal carried) {}

    /** Which records are read. */
    sealed interface Range {
        /** From this offset on, or from the oldest kept where that is newer. */
        record From(long first) implements Range {}

        /** Up to this offset, or to the head where that is older. */
        record To(long last) implements Range {}
    }

    /**
     * How a channel stands.
     *
     * @param head {@link Position#ORIGIN} where nothing is known of it
     * @param oldest the offset of the oldest record kept; the one after the head where none is
     */
    record State(Position head, long oldest) {
        int count() {
            return (int) (head.offset() - oldest + 1);
        }
    }

    /** The answer to {@link #append}. */
    sealed interface Appended {
        /** It is kept, as this. */
        record Stored(long epoch, LogRecord record) implements Appended {}

        /** It was kept before, at this position. */
        record Duplicate(Position position) implements Appended {}

        /** Its key was used for something else. */
        record Conflict() implements Appended {}

        /** The map would hold more than it may. */
        record Full() implements Appended {}

        /** The value that it was to take away is not its key's newest any more, or its time is not over by the log's clock. */
        record Unchanged() implements Appended {}

        /** The link has failed. */
        record Failed() implements Appended {}
    }

    /** The answer to {@link #find}. */
    sealed interface Found {
        /** No. */
        record Unused() implements Found {}

        /** Yes, for the same, which was kept at this position. */
        record Duplicate(Position position) implements Found {}

        /** Yes, for something else. */
        record Conflict() implements Found {}

        /** The link has failed. */
        record Failed() implements Found {}
    }

    /** The answer to {@link #read}. */
    sealed interface Read {
        /** In ascending order, without a hole. */
        record Records(State state, List<LogRecord> records) implements Read {}

        /** The link has failed. */
        record Failed() implements Read {}
    }

    /** The answer to {@link #changes}. */
    sealed interface Changes {
        /** In ascending order; the last page if there are none behind them. */
        record Page(State state, List<LogRecord> changes, boolean isLast) implements Changes {}

        /** The link has failed. */
        record Failed() implements Changes {}
    }

    /** The answer to {@link #heads}. */
    sealed interface Heads {
        /** One of each for each channel. */
        record Known(List<Position> heads, List<Long> redactions) implements Heads {
            /** Of channels of which nothing was redacted. */
            public Known(List<Position> heads) {
                this(heads, heads.stream().map(_ -> 0L).toList());
            }
        }

        /** The link has failed. */
        record Failed() implements Heads {}
    }

    /** The answer to {@link #redact}. */
    sealed interface Redacted {
        /**
         * The data is gone.
         *
         * @param serial its number among the redactions of this epoch, from 1
         * @param record what is left
         */
        record Done(long epoch, long serial, LogRecord record) implements Redacted {}

        /** There is no such record. */
        record Unknown() implements Redacted {}

        /** The link has failed. */
        record Failed() implements Redacted {}
    }

    /** Of so many of the newest redactions of a channel it is known what they were. */
    int REDACTIONS_KEPT = 64;

    /** The answer to {@link #redactions}. */
    sealed interface Redactions {
        /**
         * How many there were in this epoch.
         *
         * @param isWhole whether the records are all that are kept of those asked for
         * @param records what is left of each
         */
        record Known(long epoch, long serial, boolean isWhole, List<LogRecord> records) implements Redactions {}

        /** The link has failed. */
        record Failed() implements Redactions {}
    }

    /** The answer to {@link #purge}. */
    sealed interface Purged {
        /** It is forgotten. */
        record Done() implements Purged {}

        /** The link has failed. */
        record Failed() implements Purged {}
    }
}
