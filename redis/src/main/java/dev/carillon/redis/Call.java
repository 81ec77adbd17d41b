package dev.carillon.redis;

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

    /** Says it to Redis. */
    @FunctionalInterface
    interface Command<R> {
        CompletionStage<R> send(RedisAsyncCommands<byte[], byte[]> redis);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Call.class);

    /** What it is, for the log. */
    private final String name;

    private final Object about;
    /** What it holds in memory, about. */
    final int bytes;
    /** How many its answer may have, about. */
    final int answerBytes;

    private final Command<R> command;
    private final Function<R, @Nullable T> reading;
    private final T failed;
    private final Consumer<T> answer;

    /** Is sent once so many follows have taken effect: those that were made before it. */
    long followsBefore;

    long sentAt;

    /** @param reading makes the answer of a reply; null where the reply is unreadable */
    Call(
            String name,
            Object about,
            int bytes,
            int answerBytes,
            Command<R> command,
            Function<R, @Nullable T> reading,
            T failed,
            Consumer<T> answer) {
        this.name = name;
        this.about = about;
        this.bytes = bytes;
        this.answerBytes = answerBytes;
        this.command = command;
        this.reading = reading;
        this.failed = failed;
        this.answer = answer;
    }

    CompletionStage<R> send(RedisAsyncCommands<byte[], byte[]> redis) {
        return command.send(redis);
    }

    @Nullable
    T read(R reply) {
        return reading.apply(reply);
    }

    /** What goes wrong with an answer must not keep others from theirs. */
    void answer(T with) {
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
