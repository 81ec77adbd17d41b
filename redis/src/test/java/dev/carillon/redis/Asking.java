package dev.carillon.redis;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A link, what it was pushed, and its calls as one waits for them. */
final class Asking implements SharedLog.Feed {

    static final ChannelName ROOM = new ChannelName("room");

    final RedisLog log;
    private final List<String> pushed = new ArrayList<>();
    private int lost;
    private int checks = 1000;

    Asking(Redis redis) {
        log = redis.newLink();
        log.begin(this);
    }

    @Override
    public synchronized void onPushed(ChannelName channel, long epoch, LogRecord record) {
        pushed.add(channel + " " + record.offset() + " " + record.data());
    }

    @Override
    public synchronized void onLost() {
        lost++;
    }

    synchronized List<String> pushed() {
        return List.copyOf(pushed);
    }

    synchronized int lost() {
        return lost;
    }

    static <T> T ask(Consumer<Consumer<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        question.accept(value -> {
            if (!answer.complete(value)) {
                throw new AssertionError("answered twice");
            }
        });
        return answer.orTimeout(30, TimeUnit.SECONDS).join();
    }

    SharedLog.Entry entry(String data, @Nullable String key) {
        LogRecord.Once once = key == null ? null : new LogRecord.Once(key, data.hashCode(), 7);
        return new SharedLog.Entry(Data.json(data), "ada", once, ++checks, 77);
    }

    SharedLog.Appended append(ChannelSettings settings, String data, @Nullable String key) {
        SharedLog.Entry entry = entry(data, key);
        return ask(answer -> log.append(ROOM, settings, entry, answer));
    }

    SharedLog.Appended.Stored store(ChannelSettings settings, String data) {
        return (SharedLog.Appended.Stored) append(settings, data, null);
    }

    SharedLog.Read.Records read(ChannelSettings settings, SharedLog.Range range) {
        return (SharedLog.Read.Records)
                Asking.<SharedLog.Read>ask(answer -> log.read(ROOM, settings, range, 10_000, 1 << 24, answer));
    }

    boolean isThere() {
        return Asking.<SharedLog.Heads>ask(answer -> log.heads(List.of(), answer)) instanceof SharedLog.Heads.Known;
    }

    /** Tries until it is up again. */
    void comeBack() {
        RedisProcess.await(
                () -> {
                    log.resume();
                    return isThere();
                },
                "the link is back");
    }
}
