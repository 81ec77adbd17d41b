package dev.carillon.redis;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Position;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One shard's link to the shared log on Redis: what each call of the port says, and how its reply is read. How calls get
 * there, and what becomes of them when the link fails, is {@link Link}'s.
 *
 * <p>Answers come on the link's thread, pushes on another of the library's.
 */
final class RedisLog implements SharedLog {

    /** What a call holds beside its data, about. */
    private static final int OVERHEAD_BYTES = 512;

    private static final int ANSWER_BYTES = 64;

    /** What an answer that lists redactions is expected to have. */
    private static final int REDACTIONS_BYTES = 16 << 10;

    private final Keys keys;
    private final Functions functions;
    private final Link link;
    private final LookUp lookUp;
    private final RedisPresence presence;

    RedisLog(Connections.Source source, ScheduledExecutorService owner, RedisCounters counters) {
        keys = source.keys();
        functions = source.functions();
        link = new Link(source, owner, counters);
        lookUp = new LookUp(link);
        presence = new RedisPresence(keys, functions, link, lookUp);
    }

    /** For whoever looks at the link itself. */
    Link link() {
        return link;
    }

    /** Done once it is closed. */
    CompletableFuture<Void> close() {
        return link.close();
    }

    @Override
    public void begin(Feed feed) {
        link.begin(feed);
    }

    @Override
    public void resume() {
        link.resume();
    }

    @Override
    public void follow(ChannelName channel) {
        link.follow(channel, Follows.Feed.RECORDS, true);
    }

    @Override
    public void unfollow(ChannelName channel) {
        link.follow(channel, Follows.Feed.RECORDS, false);
    }

    @Override
    public void append(ChannelName channel, ChannelSettings settings, Entry entry, Consumer<Appended> answer) {
        boolean isMap = entry.change() != null;
        byte[][] names = isMap ? keys.map(channel) : keys.stream(channel);
        byte[] start = RecordFormat.start(entry);
        byte[] rest = RecordFormat.rest(entry);
        byte[][] said = isMap
                ? new byte[][] {Functions.bounds(settings), start, rest, Functions.map(settings, entry.expiring())}
                : new byte[][] {Functions.bounds(settings), start, rest};
        link.call(new Call<byte[], Appended>(
                "append to",
                channel,
                rest.length + OVERHEAD_BYTES,
                ANSWER_BYTES,
                redis -> redis.fcall(functions.append, ScriptOutputType.VALUE, names, said),
                reply -> Answers.appended(reply, entry),
                new Appended.Failed(),
                answer));
    }

    @Override
    public void find(ChannelName channel, ChannelSettings settings, LogRecord.Once once, Consumer<Found> answer) {
        byte[][] names = {keys.head(channel), keys.keys(channel)};
        byte[] key = RecordFormat.utf8(once.key());
        byte[] mark = RecordFormat.mark(once);
        byte[] age = Functions.keyAge(settings);
        link.call(new Call<byte[], Found>(
                        "find in",
                        channel,
                        OVERHEAD_BYTES,
                        ANSWER_BYTES,
                        redis -> redis.fcallReadOnly(functions.find, ScriptOutputType.VALUE, names, key, mark, age),
                        Answers::found,
                        new Found.Failed(),
                        answer)
                .onlyReading());
    }

    @Override
    public void read(
            ChannelName channel,
            ChannelSettings settings,
            Range range,
            int countMax,
            int bytesMax,
            Consumer<Read> answer) {
        byte[][] names = {keys.head(channel), keys.records(channel)};
        byte[] which = Functions.range(range, countMax, bytesMax, settings);
        link.call(new Call<List<Object>, Read>(
                        "read",
                        channel,
                        OVERHEAD_BYTES,
                        bytesMax,
                        redis -> redis.fcallReadOnly(functions.read, ScriptOutputType.MULTI, names, which),
                        Answers::read,
                        new Read.Failed(),
                        answer)
                .onlyReading());
    }

    @Override
    public void changes(
            ChannelName channel,
            ChannelSettings settings,
            long after,
            int countMax,
            int bytesMax,
            Consumer<Changes> answer) {
        byte[][] names = keys.changes(channel);
        byte[] which = Functions.changes(after, countMax, bytesMax, settings);
        link.call(new Call<List<Object>, Changes>(
                        "changes of",
                        channel,
                        OVERHEAD_BYTES,
                        bytesMax,
                        redis -> redis.fcallReadOnly(functions.changes, ScriptOutputType.MULTI, names, which),
                        Answers::changes,
                        new Changes.Failed(),
                        answer)
                .onlyReading());
    }

    @Override
    public void redact(ChannelName channel, ChannelSettings settings, Position position, Consumer<Redacted> answer) {
        byte[][] names = keys.redaction(channel);
        byte[] which = Functions.redaction(position, settings);
        link.call(new Call<byte[], Redacted>(
                "redact in",
                channel,
                OVERHEAD_BYTES,
                ANSWER_BYTES,
                redis -> redis.fcall(functions.redact, ScriptOutputType.VALUE, names, which),
                Answers::redacted,
                new Redacted.Failed(),
                answer));
    }

    @Override
    public void redactions(ChannelName channel, long since, Consumer<Redactions> answer) {
        byte[][] names = keys.redaction(channel);
        byte[] known = ByteBuffer.allocate(Long.BYTES).putLong(since).array();
        link.call(new Call<List<Object>, Redactions>(
                        "redactions of",
                        channel,
                        OVERHEAD_BYTES,
                        REDACTIONS_BYTES,
                        redis -> redis.fcallReadOnly(functions.redactions, ScriptOutputType.MULTI, names, known),
                        Answers::redactions,
                        new Redactions.Failed(),
                        answer)
                .onlyReading());
    }

    @Override
    public void heads(List<ChannelName> channels, Consumer<Heads> answer) {
        if (channels.isEmpty()) {
            link.ping(isThere -> answer.accept(isThere ? new Heads.Known(List.of()) : new Heads.Failed()));
            return;
        }
        lookUp.values(
                "heads of",
                channels.stream().map(keys::head).toList(),
                RedisLog::stand,
                stands -> answer.accept(stands == null ? new Heads.Failed() : known(stands)));
    }

    /** What a head says. */
    private record Stand(Position head, long redactions) {}

    private static @Nullable Stand stand(byte @Nullable [] text) {
        Position head = Answers.head(text);
        return head == null ? null : new Stand(head, Answers.redactions(text));
    }

    private static Heads known(List<Stand> stands) {
        return new Heads.Known(
                stands.stream().map(Stand::head).toList(),
                stands.stream().map(Stand::redactions).toList());
    }

    @Override
    public void signal(ChannelName channel, Signal signal, Consumer<Boolean> answer) {
        byte[] feed = keys.head(channel);
        byte[] pushed = SignalFormat.write(signal);
        link.call(new Call<Long, Boolean>(
                "signal",
                channel,
                pushed.length + OVERHEAD_BYTES,
                ANSWER_BYTES,
                redis -> redis.spublish(feed, pushed),
                _ -> true,
                false,
                answer));
    }

    @Override
    public SharedPresence presence() {
        return presence;
    }

    @Override
    public void purge(ChannelName channel, Consumer<Purged> answer) {
        byte[][] names = keys.all(channel);
        link.call(new Call<Long, Purged>(
                "purge",
                channel,
                OVERHEAD_BYTES,
                ANSWER_BYTES,
                redis -> redis.unlink(names),
                _ -> new Purged.Done(),
                new Purged.Failed(),
                answer));
    }

    /** Done once all that was pushed until now has been heard, or the link is down. */
    CompletableFuture<Boolean> heard() {
        return link.heard();
    }
}
