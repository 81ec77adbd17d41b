package dev.carillon.redis;

import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.ChannelName;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Notes that every node of the cluster reads: names, and a time with each, numbered in the order in which they were made. Over a
 * link of its own; thread-safe. Each answer is empty where Redis is away, and comes on a thread of the library's; the next
 * question tries anew.
 */
public final class RedisNotes {

    /** What a call holds, about. */
    private static final int CALL_BYTES = 1024;

    private static final int PAGE_BYTES = 64 << 10;

    /** Nothing is followed over this link. */
    private static final class Deaf implements SharedLog.Feed {
        @Override
        public void onPushed(ChannelName channel, long epoch, LogRecord record) {}

        @Override
        public void onLost() {}
    }

    /**
     * A note.
     *
     * @param serial its number, from 1
     */
    public record Note(long serial, String name, long at) {}

    /**
     * Some notes in ascending order.
     *
     * @param serial how many were ever made; less than before where Redis lost some
     */
    public record Page(long serial, List<Note> notes) {}

    private final Keys keys;
    private final Functions functions;
    private final Link link;

    RedisNotes(Connections.Source source, ScheduledExecutorService owner, RedisCounters counters) {
        keys = source.keys();
        functions = source.functions();
        link = new Link(source, owner, counters);
        link.begin(new Deaf());
    }

    /** Done once it is closed. */
    CompletableFuture<Void> close() {
        return link.close();
    }

    /**
     * Makes a note.
     *
     * @param at its time, in milliseconds since 1970
     * @param over notes of such a time or an earlier one may be let go of
     * @param kept for how long all are kept after the newest
     * @param max how many there may be
     * @return its number; 0 where there are too many
     */
    public CompletableFuture<Optional<Long>> note(String name, long at, long over, Duration kept, int max) {
        byte[] text = RecordFormat.utf8(name);
        byte[] bounds = ByteBuffer.allocate(32)
                .putLong(at)
                .putLong(over)
                .putLong(kept.toMillis())
                .putLong(max)
                .array();
        CompletableFuture<Optional<Long>> answer = new CompletableFuture<>();
        link.resume();
        link.call(new Call<Long, Optional<Long>>(
                "note",
                name,
                keys.notesSlot(),
                text.length + CALL_BYTES,
                CALL_BYTES,
                redis -> redis.fcall(functions.note, ScriptOutputType.INTEGER, keys.notes(), text, bounds),
                Optional::of,
                Optional.empty(),
                answer::complete));
        return answer;
    }

    /** The notes behind that number, so many at most. */
    public CompletableFuture<Optional<Page>> read(long since, int countMax) {
        byte[] which = ByteBuffer.allocate(12).putLong(since).putInt(countMax).array();
        CompletableFuture<Optional<Page>> answer = new CompletableFuture<>();
        link.resume();
        link.call(new Call<List<Object>, Optional<Page>>(
                        "notes behind",
                        since,
                        keys.notesSlot(),
                        CALL_BYTES,
                        PAGE_BYTES,
                        redis -> redis.fcallReadOnly(functions.notes, ScriptOutputType.MULTI, keys.notes(), which),
                        RedisNotes::page,
                        Optional.empty(),
                        answer::complete)
                .onlyReading());
        return answer;
    }

    /** Null where the answer is none, as calls have it of what reads their answers. */
    @SuppressWarnings("NullableOptional")
    static @Nullable Optional<Page> page(List<?> answer) {
        if (answer.size() % 3 != 1 || !(answer.getFirst() instanceof Long made)) {
            return null;
        }
        List<Note> notes = new ArrayList<>(answer.size() / 3);
        for (int i = 1; i < answer.size(); i += 3) {
            if (!(answer.get(i) instanceof Long serial)
                    || !(answer.get(i + 1) instanceof byte[] name)
                    || !(answer.get(i + 2) instanceof Long at)) {
                return null;
            }
            notes.add(new Note(serial, new String(name, StandardCharsets.UTF_8), at));
        }
        return Optional.of(new Page(made, List.copyOf(notes)));
    }
}
