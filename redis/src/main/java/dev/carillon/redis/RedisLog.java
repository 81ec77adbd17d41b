package dev.carillon.redis;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.SharedLog;
import dev.carillon.engine.SharedPresence;
import dev.carillon.protocol.ChannelName;
import io.lettuce.core.ScriptOutputType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

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
        byte[][] names = keys.all(channel);
        byte[] bounds = Functions.bounds(settings);
        byte[] start = RecordFormat.start(entry);
        byte[] rest = RecordFormat.rest(entry);
        link.call(new Call<byte[], Appended>(
                "append to",
                channel,
                rest.length + OVERHEAD_BYTES,
                ANSWER_BYTES,
                redis -> redis.fcall(functions.append, ScriptOutputType.VALUE, names, bounds, start, rest),
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
    public void heads(List<ChannelName> channels, Consumer<Heads> answer) {
        if (channels.isEmpty()) {
            link.ping(isThere -> answer.accept(isThere ? new Heads.Known(List.of()) : new Heads.Failed()));
            return;
        }
        lookUp.values(
                "heads of",
                channels.stream().map(keys::head).toList(),
                Answers::head,
                heads -> answer.accept(heads == null ? new Heads.Failed() : new Heads.Known(heads)));
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
