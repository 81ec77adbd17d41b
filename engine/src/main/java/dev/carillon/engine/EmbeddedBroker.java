package dev.carillon.engine;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The broker of a node that is alone: it orders publications itself and keeps them in a {@link ChannelLog}. One for a
 * shard, owned by it.
 */
public final class EmbeddedBroker implements Broker {

    private final Mailbox shard;
    private final Stream.Owner owner;
    private final ChannelLog memory;
    private final @Nullable ChannelLog durable;
    private final int channelsMax;
    private final Map<ChannelName, Stream> streams = new HashMap<>();

    /**
     * @param memory keeps the channels of durability {@code memory}
     * @param durable keeps the others; null where the node has none, and every channel is kept in memory
     */
    public EmbeddedBroker(
            Mailbox shard,
            Clock clock,
            Randomness randomness,
            ChannelLog memory,
            @Nullable ChannelLog durable,
            EngineLimits limits) {
        this.shard = shard;
        Appends appends = new Appends(shard, durable == null ? Runnable::run : durable::together);
        this.owner = new Stream.Owner(shard, clock, randomness, appends);
        this.memory = memory;
        this.durable = durable;
        this.channelsMax = limits.channelsMax();
    }

    @Override
    public void attach(ChannelName channel, ChannelSettings settings, Listener listener, Consumer<Attached> answer) {
        ChannelLog log = durable == null || settings.durability() == Durability.MEMORY ? memory : durable;
        log.open(
                channel,
                opened -> shard.post(() -> {
                    switch (opened) {
                        case ChannelLog.Opened.Kept kept ->
                            answer.accept(attached(
                                    new Stream(channel, settings, log, listener, owner, kept.state()),
                                    kept.state().changes()));
                        case ChannelLog.Opened.Nothing _ ->
                            answer.accept(
                                    attached(new Stream(channel, settings, log, listener, owner, null), List.of()));
                        case ChannelLog.Opened.Failed failed ->
                            answer.accept(new Attached.Failed(Stream.codeOf(failed.fault())));
                    }
                }));
    }

    private Attached attached(Stream stream, List<LogRecord> changes) {
        streams.put(stream.name, stream);
        return new Attached.Done(
                stream.head(),
                changes.stream().map(stream::publicationOf).toList(),
                stream.history().oldest() - 1);
    }

    @Override
    public void detach(ChannelName channel) {
        Stream stream = stream(channel);
        assert stream.isIdle() : channel + " is detached while appends are on their way";
        streams.remove(channel);
    }

    private Stream stream(ChannelName channel) {
        Stream stream = streams.get(channel);
        if (stream == null) {
            throw new IllegalStateException(channel + " is not attached");
        }
        return stream;
    }

    @Override
    public void find(
            ChannelName channel, String idempotencyKey, Data data, @Nullable Change change, Consumer<Found> answer) {
        Stream stream = stream(channel);
        Found found = stream.find(idempotencyKey, IdempotencyWindow.fingerprint(idempotencyKey, data, change));
        shard.post(() -> answer.accept(found));
    }

    @Override
    public void publish(ChannelName channel, Draft draft, Consumer<Published> answer) {
        Stream stream = stream(channel);
        if (stream.isNew() && memory.channelCount() + (durable == null ? 0 : durable.channelCount()) >= channelsMax) {
            shard.post(() -> answer.accept(new Published.Refused(Code.CHANNELS_FULL)));
            return;
        }
        stream.publish(draft, answer);
    }

    @Override
    public void expire(ChannelName channel, String key, long offset) {
        stream(channel).expire(key, offset);
    }

    @Override
    public void redact(ChannelName channel, Position position, Consumer<Erased> answer) {
        stream(channel).redact(position, answer);
    }

    @Override
    public void purge(ChannelName channel, Consumer<Erased> answer) {
        stream(channel).purge(answer);
    }

    /** What is asked for while a purge is on its way is read behind it: the log may not have it any more. */
    @Override
    public void read(ChannelName channel, ReadFrom from, int countMax, int bytesMax, Consumer<Page> answer) {
        Stream stream = stream(channel);
        stream.afterPurge(() -> {
            long purges = stream.purges();
            read(stream, from, countMax, bytesMax, page -> {
                if (page instanceof Page.Failed && stream.purges() != purges) {
                    read(channel, from, countMax, bytesMax, answer);
                } else {
                    answer.accept(page);
                }
            });
        });
    }

    private void read(Stream stream, ReadFrom from, int countMax, int bytesMax, Consumer<Page> answer) {
        History history = stream.history();
        switch (from) {
            case ReadFrom.After(Position position) -> {
                Gap.Cause gap = gapAfter(stream, history, position);
                if (gap == null) {
                    readAfter(stream, history, position, countMax, bytesMax, answer);
                } else {
                    readOldest(stream, history, gap, countMax, bytesMax, answer);
                }
            }
            case ReadFrom.Before(Position position) -> {
                boolean known = position.epoch() == stream.epoch() && position.offset() <= history.head();
                Gap.Cause gap = known || position.equals(Position.ORIGIN) ? null : Gap.Cause.EPOCH;
                long last = gap == null ? position.offset() - 1 : history.head();
                if (last < history.oldest() && history.count() > 0) {
                    // Nothing is kept before it: the reader stands where it stood.
                    post(answer, new Page.Publications(position, null, List.of(), false, true));
                    return;
                }
                readTo(stream, history, gap, last, countMax, bytesMax, answer);
            }
            case ReadFrom.Oldest() -> readOldest(stream, history, null, countMax, bytesMax, answer);
            case ReadFrom.Newest() -> readTo(stream, history, null, history.head(), countMax, bytesMax, answer);
        }
    }

    /** Why the position cannot be continued, as far as its epoch and offset tell; null where they don't. */
    private static Gap.@Nullable Cause gapAfter(Stream stream, History history, Position position) {
        if (!position.equals(Position.ORIGIN)) {
            if (position.epoch() != stream.epoch()) {
                return Gap.Cause.EPOCH;
            }
            if (position.offset() > history.head()) {
                return Gap.Cause.AHEAD;
            }
            if (position.offset() == history.head() && !position.equals(stream.head())) {
                return Gap.Cause.REWRITTEN;
            }
        }
        return position.offset() < history.oldest() - 1 ? Gap.Cause.TRIMMED : null;
    }

    private void readAfter(
            Stream stream, History history, Position after, int countMax, int bytesMax, Consumer<Page> answer) {
        long first = after.offset() + 1;
        if (first > history.head()) {
            post(answer, new Page.Publications(after, null, List.of(), history.count() > 0, false));
            return;
        }
        long last = history.runFrom(first, countMax, bytesMax);
        records(stream, first, last, answer, records -> {
            if (records.getFirst().previousCheck() != after.check()) {
                History now = stream.history();
                readOldest(stream, now, Gap.Cause.REWRITTEN, countMax, bytesMax, answer);
                return;
            }
            answer.accept(page(stream, after, null, records));
        });
    }

    /** Everything that is kept, from the oldest on: what follows a gap. */
    private void readOldest(
            Stream stream,
            History history,
            Gap.@Nullable Cause gap,
            int countMax,
            int bytesMax,
            Consumer<Page> answer) {
        if (history.count() == 0) {
            post(answer, new Page.Publications(stream.head(), gap, List.of(), false, false));
            return;
        }
        long first = history.oldest();
        records(
                stream,
                first,
                history.runFrom(first, countMax, bytesMax),
                answer,
                records -> answer.accept(page(stream, positionBefore(stream, records.getFirst()), gap, records)));
    }

    private void readTo(
            Stream stream,
            History history,
            Gap.@Nullable Cause gap,
            long last,
            int countMax,
            int bytesMax,
            Consumer<Page> answer) {
        if (history.count() == 0) {
            post(answer, new Page.Publications(stream.head(), gap, List.of(), false, false));
            return;
        }
        long first = history.runTo(last, countMax, bytesMax);
        records(
                stream,
                first,
                last,
                answer,
                records -> answer.accept(page(stream, positionBefore(stream, records.getFirst()), gap, records)));
    }

    /** Reads records that the history keeps; what the log no longer has by then is told as a fault of the storage. */
    private void records(Stream stream, long first, long last, Consumer<Page> answer, Consumer<List<LogRecord>> then) {
        stream.log.read(
                stream.name,
                first,
                last,
                read -> shard.post(() -> {
                    switch (read) {
                        case ChannelLog.Read.Records(List<LogRecord> records)
                        when !records.isEmpty() && records.getFirst().offset() == first -> then.accept(records);
                        case ChannelLog.Read.Records _ -> answer.accept(new Page.Failed(Code.STORAGE_FAULT));
                        case ChannelLog.Read.Failed(ChannelLog.Fault fault) ->
                            answer.accept(new Page.Failed(Stream.codeOf(fault)));
                    }
                }));
    }

    private Page page(Stream stream, Position start, Gap.@Nullable Cause gap, List<LogRecord> records) {
        List<Publication> publications = new ArrayList<>(records.size());
        for (LogRecord record : records) {
            publications.add(stream.publicationOf(record));
        }
        History history = stream.history();
        return new Page.Publications(
                start,
                gap,
                publications,
                start.offset() >= history.oldest(),
                records.getLast().offset() < history.head());
    }

    private static Position positionBefore(Stream stream, LogRecord record) {
        return record.offset() == 1
                ? new Position(stream.epoch(), 0, 0)
                : new Position(stream.epoch(), record.offset() - 1, record.previousCheck());
    }

    private void post(Consumer<Page> answer, Page page) {
        shard.post(() -> answer.accept(page));
    }
}
