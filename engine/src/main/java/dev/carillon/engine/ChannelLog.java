package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import java.util.List;
import java.util.function.Consumer;

/**
 * Port: keeps the records of channels, in offset order, and the idempotency keys that were used.
 *
 * <p>Every method may be called from any thread and returns at once; its answer comes exactly once, on a thread of the
 * log's choice (which may be the caller's, before the method returns), and whoever receives it hands over through a
 * {@link Mailbox} and does nothing else there. Calls for one channel take effect in the order in which they were made, and
 * their answers come in that order.
 *
 * <p>{@link MemoryLog} is the executable specification; every implementation passes {@code ChannelLogContract}.
 */
public interface ChannelLog extends AutoCloseable {

    /** What this log can promise at most; a channel of a higher class is refused at start. */
    Durability durabilityMax();

    /** The number of channels that it keeps anything about; approximate while channels are being made. */
    int channelCount();

    /** Reads what is kept about a channel. */
    void open(ChannelName channel, Consumer<Opened> answer);

    /**
     * Appends one record. It is answered {@link Appended.Stored} only after the record has reached the class, and every
     * record of this channel before it as well. A record whose offset does not follow the last one of the same epoch is
     * answered {@link Appended.Refused}, so that after one failed append no later one of that channel can be stored until
     * the caller has started again behind the last record that was. Offset 1 with a new epoch starts the channel anew:
     * whatever was kept of another epoch is gone.
     */
    void append(ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer);

    /** Reads the records with offsets from {@code first} to {@code last}, both included, as far as they are kept. */
    void read(ChannelName channel, long first, long last, Consumer<Read> answer);

    /**
     * Lets go of what lies before the offset {@code oldest}, and of the idempotency keys used before {@code oldestOnce}.
     * The epoch, the head and the head's check stay, and of a map what {@link #compact} has left. It may happen later, in part or, after a crash, not at all: what was
     * trimmed may then be read again.
     */
    void trim(ChannelName channel, long oldest, long oldestOnce);

    /**
     * As {@link #trim}, of a map: of the records before {@code oldest} those stay whose offsets are in {@code live}. What a
     * compaction lets go of, it lets go of in one step: after a crash all of it is gone, or nothing.
     *
     * @param live ascending; the caller does not change it any more
     */
    void compact(ChannelName channel, long oldest, long oldestOnce, long[] live);

    /**
     * Takes the data out of the record with this offset, as {@link LogRecord#redacted} does; answered once that has reached the
     * class. Where there is no such record in this epoch, or only a compaction has left it, it is answered
     * {@link Fault#OUT_OF_ORDER}.
     */
    void redact(ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer);

    /** Forgets everything about a channel, its epoch too, if that is this one; answered once that has reached the class. */
    void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer);

    /** Forgets everything about a channel, its epoch too. */
    void forget(ChannelName channel);

    /** Lists the channels that it keeps anything about. */
    void list(Consumer<List<Summary>> answer);

    /** Finishes what was appended, then lets go of every resource. Blocks; not for an owner's thread. */
    @Override
    void close();

    /**
     * Makes calls on this thread; appends among them are taken in one piece where the log takes several at a time. Returns when
     * the calls have been made, which block nothing.
     */
    default void together(Runnable calls) {
        calls.run();
    }

    /** The answer to {@link #open}. */
    sealed interface Opened {
        /** What is kept. */
        record Kept(LogState state) implements Opened {}

        /** Nothing is kept: the channel was never published to, or was forgotten. */
        record Nothing() implements Opened {}

        /** It could not be read. */
        record Failed(Fault fault) implements Opened {}
    }

    /** The answer to {@link #append}, {@link #redact} and {@link #purge}. */
    sealed interface Appended {
        /** It has reached its class. */
        record Stored() implements Appended {}

        /** It was not stored, or it is not known whether it was; nothing after it was stored. */
        record Refused(Fault fault) implements Appended {}
    }

    /** The answer to {@link #read}. */
    sealed interface Read {
        /** The records in ascending order, without a hole; shorter than asked where some are no longer kept. */
        record Records(List<LogRecord> records) implements Read {}

        /** They could not be read. */
        record Failed(Fault fault) implements Read {}
    }

    /** Why the log could not do what it was asked. */
    enum Fault {
        /** No space is left. */
        FULL,
        /** More was waiting to be written than the log's queue may hold. */
        BUSY,
        /** The record does not follow the last one that is stored. */
        OUT_OF_ORDER,
        /** The device or the library failed. */
        BROKEN,
        /** The log was closed. */
        CLOSED
    }

    /**
     * One line of {@link #list}.
     *
     * @param lastAt when its newest record was accepted, in milliseconds since 1970-01-01T00:00Z
     */
    record Summary(ChannelName channel, long epoch, long head, long lastAt) {}
}
