package dev.carillon.redis;

import dev.carillon.protocol.ChannelName;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of the port, from its making to its one answer. Owned by its link's thread.
 *
 * @param <R> what Redis replies
 * @param <T> what the port answers
 */
final class Call<R, T> {

    /** Says it to the process that has its keys. */
    @FunctionalInterface
    interface Command<R> {
        CompletionStage<R> send(RedisAsyncCommands<byte[], byte[]> redis);
    }

    /** Says it to each process that must hear it. */
    @FunctionalInterface
    interface Everywhere<R> {
        CompletionStage<R> send(Life life);
    }

    /** The slot of a call that only reads, and may go to several processes. */
    static final int EVERYWHERE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(Call.class);

    /** What it is, for the log. */
    private final String name;

    private final Object about;
    /** Its keys are in this slot; {@link #EVERYWHERE} where they may be in several. */
    final int slot;
    /** What it holds in memory, about. */
    final int bytes;
    /** How many its answer may have, about. */
    final int answerBytes;

    private final Everywhere<R> sending;
    /** Null where it may go to several. */
    private final @Nullable Command<R> command;

    private final Function<R, @Nullable T> reading;
    private final T failed;
    private final Consumer<T> answer;
    private boolean isReading;

    /** Is sent once so many follows have taken effect: those that were made before it. */
    long followsBefore;

    long sentAt;
    /** How often it was sent again. */
    int repeats;
    /** Why it must be sent again; null where it needn't. */
    @Nullable
    Redirect redirect;

    /** What it will be answered once all before it are; null where that isn't known. */
    private @Nullable T held;

    /**
     * One with keys of one channel.
     *
     * @param reading makes the answer of a reply; null where the reply is unreadable
     */
    Call(
            String name,
            ChannelName channel,
            int bytes,
            int answerBytes,
            Command<R> command,
            Function<R, @Nullable T> reading,
            T failed,
            Consumer<T> answer) {
        this(name, channel, Keys.slot(channel), bytes, answerBytes, command, reading, failed, answer);
    }

    /**
     * One with keys of one slot.
     *
     * @param reading makes the answer of a reply; null where the reply is unreadable
     */
    Call(
            String name,
            Object about,
            int slot,
            int bytes,
            int answerBytes,
            Command<R> command,
            Function<R, @Nullable T> reading,
            T failed,
            Consumer<T> answer) {
        this(
                name,
                about,
                slot,
                bytes,
                answerBytes,
                life -> command.send(life.at(slot).calls()),
                command,
                reading,
                failed,
                answer);
    }

    private Call(
            String name,
            Object about,
            int slot,
            int bytes,
            int answerBytes,
            Everywhere<R> sending,
            @Nullable Command<R> command,
            Function<R, @Nullable T> reading,
            T failed,
            Consumer<T> answer) {
        this.name = name;
        this.about = about;
        this.slot = slot;
        this.bytes = bytes;
        this.answerBytes = answerBytes;
        this.sending = sending;
        this.command = command;
        this.reading = reading;
        this.failed = failed;
        this.answer = answer;
    }

    /** One that only reads, and may go to several processes. */
    static <R, T> Call<R, T> everywhere(
            String name,
            Object about,
            int bytes,
            int answerBytes,
            Everywhere<R> sending,
            Function<R, @Nullable T> reading,
            T failed,
            Consumer<T> answer) {
        return new Call<>(name, about, EVERYWHERE, bytes, answerBytes, sending, null, reading, failed, answer)
                .onlyReading();
    }

    /** Says that it changes nothing, and may be done twice. */
    Call<R, T> onlyReading() {
        isReading = true;
        return this;
    }

    boolean isReading() {
        return isReading;
    }

    CompletionStage<R> send(Life life) {
        return sending.send(life);
    }

    /** Says it to a process that has its keys while their slot is being moved. */
    CompletionStage<R> sendTo(RedisAsyncCommands<byte[], byte[]> redis) {
        if (command == null) {
            throw new IllegalStateException(this + " goes to several");
        }
        return command.send(redis);
    }

    /** Keeps the answer that a reply is; false where it is unreadable. */
    boolean hold(R reply) {
        held = reading.apply(reply);
        redirect = null;
        return held != null;
    }

    boolean isHeld() {
        return held != null;
    }

    /** It is to be sent again: what it was answered, if it was, counts no more. */
    void again(Redirect why) {
        held = null;
        redirect = why;
    }

    /** Gives the answer that is held. */
    void deliver() {
        T answered = held;
        if (answered == null) {
            throw new IllegalStateException(this + " holds no answer");
        }
        answer(answered);
    }

    /** What goes wrong with an answer must not keep others from theirs. */
    private void answer(T with) {
        try {
            answer.accept(with);
        } catch (RuntimeException e) {
            LOG.error("{}: the answer was not taken", this, e);
        }
    }

    void fail() {
        answer(failed);
    }

    @Override
    public String toString() {
        return name + " " + about;
    }
}
