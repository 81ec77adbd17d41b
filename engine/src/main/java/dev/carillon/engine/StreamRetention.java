package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream: its {@link Tail} is in memory, everything before that is read through the broker. A page read from the log may be
 * behind by the time it comes back; then the tail completes it.
 */
final class StreamRetention extends Retention {

    private final Channel channel;
    private final Shard shard;
    private final ChannelSettings settings;
    private Tail tail;

    StreamRetention(Channel channel, ChannelSettings settings) {
        this.channel = channel;
        this.shard = channel.shard();
        this.settings = settings;
        this.tail = new Tail(Position.ORIGIN, settings);
    }

    @Override
    boolean isKept() {
        return true;
    }

    @Override
    void onAttached(Broker.Attached.Done attached) {
        tail = new Tail(attached.head(), settings);
    }

    @Override
    void onPublication(EncodedPublication publication) {
        tail.add(publication, shard.tailBytesMax());
    }

    @Override
    void onRedacted(EncodedPublication publication) {
        tail.replace(publication);
    }

    @Override
    @Nullable
    Code refusalOf(ClientMessage.Publish publish) {
        return publish.change() == null ? null : Code.UNSUPPORTED;
    }

    @Override
    boolean canRedact() {
        return true;
    }

    // ---- subscribing

    @Override
    void start(Subscription subscription, Subscription.Request request) {
        if (request.track() != null) {
            channel.answer(subscription, Channel.refusedWith(Code.UNSUPPORTED));
            return;
        }
        tail.trim(shard.clock.millis());
        switch (request.start()) {
            case Start.After(Position position) -> {
                if (!answeredFromTail(subscription, position)) {
                    read(
                            subscription,
                            new Broker.ReadFrom.After(position),
                            Integer.MAX_VALUE,
                            shard.limits.pageBytesMax(),
                            null);
                }
            }
            case Start.Newest(int count) -> newest(subscription, count);
            case Start.Unreadable _ ->
                read(
                        subscription,
                        new Broker.ReadFrom.Oldest(),
                        Integer.MAX_VALUE,
                        shard.limits.pageBytesMax(),
                        Gap.Cause.UNREADABLE);
        }
    }

    @Override
    void catchUp(Subscription subscription, Ask ask) {
        tail.trim(shard.clock.millis());
        if (answeredFromTail(subscription, ask.after())) {
            return;
        }
        read(
                new Broker.ReadFrom.After(ask.after()),
                Integer.MAX_VALUE,
                shard.limits.pageBytesMax(),
                page -> channel.answer(subscription, completed(page, page.gap())),
                code -> channel.refuseOrHold(subscription, ask, code));
    }

    private boolean answeredFromTail(Subscription subscription, Position after) {
        boolean covers = tail.covers(after);
        if (covers) {
            channel.answer(subscription, fromTail(after, after));
        }
        return covers;
    }

    private void newest(Subscription subscription, int asked) {
        int count = Math.min(asked, shard.limits.historyPageMax());
        Position start = tail.beforeNewest(count);
        if (start != null) {
            channel.answer(subscription, fromTail(start, start));
        } else {
            read(subscription, new Broker.ReadFrom.Newest(), count, shard.limits.historyBytesMax(), null);
        }
    }

    private CatchUp.Page fromTail(Position start, Position after) {
        List<EncodedPublication> page = tail.after(after, shard.limits.pageBytesMax());
        Position end = page.isEmpty() ? after : page.getLast().publication().position();
        return new CatchUp.Page(
                channel.number(),
                start,
                null,
                page,
                end,
                end.offset() == tail.head().offset());
    }

    /** The first page of a reader. */
    private void read(
            Subscription subscription, Broker.ReadFrom from, int countMax, int bytesMax, Gap.@Nullable Cause gap) {
        read(
                from,
                countMax,
                bytesMax,
                page -> channel.answer(subscription, completed(page, gap == null ? page.gap() : gap)),
                code -> channel.answer(subscription, Channel.refusedWith(code)));
    }

    private void read(
            Broker.ReadFrom from,
            int countMax,
            int bytesMax,
            Consumer<Broker.Page.Publications> then,
            Consumer<Code> failed) {
        shard.broker.read(channel.name(), from, countMax, bytesMax, channel.counted(page -> {
            switch (page) {
                case Broker.Page.Publications publications -> then.accept(publications);
                case Broker.Page.Failed(Code code) -> failed.accept(code);
            }
        }));
    }

    /** A page of the log, and what the tail has behind it. */
    private CatchUp.Page completed(Broker.Page.Publications read, Gap.@Nullable Cause gap) {
        List<EncodedPublication> page = new ArrayList<>(read.publications().size());
        for (Publication publication : read.publications()) {
            page.add(channel.encoded(publication));
        }
        Position end = read.end();
        if (tail.covers(end)) {
            CatchUp.Page rest = fromTail(read.start(), end);
            page.addAll(rest.publications());
            return new CatchUp.Page(channel.number(), read.start(), gap, page, rest.end(), rest.atHead());
        }
        return new CatchUp.Page(channel.number(), read.start(), gap, page, end, false);
    }

    // ---- history

    @Override
    void history(Broker.ReadFrom from, int limit, Consumer<Past> onPage, Consumer<CatchUp.Refused> onRefused) {
        int countMax = Math.min(limit, shard.limits.historyPageMax());
        int bytesMax = shard.limits.historyBytesMax();
        shard.broker.read(channel.name(), from, countMax, bytesMax, channel.counted(page -> {
            switch (page) {
                case Broker.Page.Publications publications -> onPage.accept(Past.of(channel.asTold(publications)));
                case Broker.Page.Failed(Code code) -> onRefused.accept(Channel.refusedWith(code));
            }
        }));
    }
}
