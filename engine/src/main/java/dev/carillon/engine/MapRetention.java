package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A map: its {@link MapView} is in memory, and all that a reader is given comes from there. The broker is only asked whether
 * a position that a reader presents is one of this stream of changes, as it is for any stream.
 *
 * <p>Values whose time is over are taken away while the channel is in memory; one that is not in memory has no reader, and
 * whoever comes is not given them.
 */
final class MapRetention extends Retention {

    /** How many values are taken away at once, and how much time passes before the next. */
    private static final int EXPIRED_AT_ONCE = 1024;

    private static final Duration EXPIRY_STEP = Duration.ofMillis(250);

    /** A timer is never set for longer: it holds the channel in the heap even where that has left the memory meanwhile. */
    private static final Duration EXPIRY_LOOK = Duration.ofSeconds(10);

    private final Channel channel;
    private final Shard shard;
    private final ChannelSettings settings;
    private MapView view;
    /** For the checks of recent positions. */
    private Tail tail;
    /** True exactly while a timer is set. */
    private boolean isExpiring;

    MapRetention(Channel channel, ChannelSettings settings) {
        this.channel = channel;
        this.shard = channel.shard();
        this.settings = settings;
        this.tail = new Tail(Position.ORIGIN, settings);
        this.view = new MapView(settings, Position.ORIGIN, 0);
    }

    @Override
    boolean isKept() {
        return true;
    }

    @Override
    void onAttached(Broker.Attached.Done attached) {
        tail = new Tail(attached.head(), settings);
        view = new MapView(settings, attached.head(), attached.whole());
        attached.changes().forEach(change -> view.load(channel.encoded(change)));
        expireLater();
    }

    @Override
    void onPublication(EncodedPublication publication) {
        tail.add(publication, shard.tailBytesMax());
        view.add(publication);
        expireLater();
    }

    @Override
    void onRedacted(EncodedPublication publication) {
        throw new IllegalStateException("a value is removed instead");
    }

    @Override
    @Nullable
    Code refusalOf(ClientMessage.Publish publish) {
        return publish.change() == null ? Code.KEY_REQUIRED : null;
    }

    @Override
    boolean canRedact() {
        return false;
    }

    // ---- reading

    @Override
    void start(Subscription subscription, Subscription.Request request) {
        Tracking tracking = request.track();
        String tooMuch = settings.map().refusalOf(tracking);
        if (tooMuch != null) {
            channel.answer(subscription, new CatchUp.Refused(Code.TOO_LARGE, tooMuch));
            return;
        }
        Ask snapshot = new Ask(Position.ORIGIN, null, 0, tracking);
        if (!(request.start() instanceof Start.After(Position after))) {
            catchUp(subscription, snapshot);
            return;
        }
        verify(
                after,
                isKnown -> catchUp(subscription, isKnown ? new Ask(after, Position.ORIGIN, 0, tracking) : snapshot),
                code -> channel.answer(subscription, Channel.refusedWith(code)));
    }

    /** Finds out whether a position that was presented is one of this stream of changes, and not too old. */
    private void verify(Position position, Consumer<Boolean> then, Consumer<Code> failed) {
        tail.trim(shard.clock.millis());
        if (position.equals(Position.ORIGIN) || tail.covers(position)) {
            // Of a map that was never published to, whoever holds nothing holds all of it.
            then.accept(!position.equals(Position.ORIGIN) || view.head().equals(Position.ORIGIN));
            return;
        }
        shard.broker.read(channel.name(), new Broker.ReadFrom.After(position), 1, 1, channel.counted(page -> {
            switch (page) {
                case Broker.Page.Publications publications -> then.accept(publications.gap() == null);
                case Broker.Page.Failed(Code code) -> failed.accept(code);
            }
        }));
    }

    @Override
    void catchUp(Subscription subscription, Ask ask) {
        Position since = ask.since();
        boolean resets = since == null || !canContinue(ask.after(), since);
        Position begun = since == null || resets ? view.head() : since;
        MapView.Query query = resets
                ? snapshot(ask.tracking())
                : new MapView.Query(ask.after().offset(), begun.offset(), ask.known(), ask.tracking());
        MapView.Part part = view.after(query, shard.limits.pageBytesMax(), shard.clock.millis());
        channel.answer(
                subscription,
                new CatchUp.Changes(
                        channel.number(),
                        resets,
                        begun,
                        part.changes(),
                        part.end(),
                        part.end().equals(view.head()),
                        ask.tracking(),
                        settings.map()));
    }

    /** Whether a reader that has come so far was told of every removal that it should know of. */
    private boolean canContinue(Position after, Position since) {
        view.trim(shard.clock.millis());
        return isOfThisLife(after) && isOfThisLife(since) && Math.max(after.offset(), since.offset()) >= view.whole();
    }

    private boolean isOfThisLife(Position position) {
        Position head = view.head();
        return position.equals(Position.ORIGIN)
                || (position.epoch() == head.epoch() && position.offset() <= head.offset());
    }

    private MapView.Query snapshot(@Nullable Tracking tracking) {
        long now = view.head().offset();
        return new MapView.Query(0, now, now, tracking);
    }

    @Override
    void history(Broker.ReadFrom from, int limit, Consumer<Past> onPage, Consumer<CatchUp.Refused> onRefused) {
        switch (from) {
            case Broker.ReadFrom.Before _ -> onRefused.accept(Channel.refusedWith(Code.UNSUPPORTED));
            case Broker.ReadFrom.Newest _, Broker.ReadFrom.Oldest _ -> onPage.accept(past(null));
            case Broker.ReadFrom.After(Position position) ->
                verify(
                        position,
                        isKnown -> onPage.accept(past(isKnown ? position : null)),
                        code -> onRefused.accept(Channel.refusedWith(code)));
        }
    }

    /** All of it, or what follows a position that is known. */
    private Past past(@Nullable Position known) {
        boolean resets = known == null || !canContinue(known, Position.ORIGIN);
        Position after = known == null || resets ? Position.ORIGIN : known;
        MapView.Query query = resets ? snapshot(null) : new MapView.Query(after.offset(), 0, 0, null);
        MapView.Part part = view.after(query, Long.MAX_VALUE, shard.clock.millis());
        List<Publication> told = part.changes().stream().map(channel::asTold).toList();
        return new Past(after, null, told, part.end(), false, false, resets, false);
    }

    // ---- time

    private void expireLater() {
        long oldestAt = settings.map().timeToLive().isZero() || isExpiring ? -1 : view.oldestValueAt();
        if (oldestAt < 0) {
            return;
        }
        long dueMillis = oldestAt + settings.map().timeToLive().toMillis() - shard.clock.millis();
        isExpiring = true;
        shard.later(Duration.ofMillis(Math.clamp(dueMillis, EXPIRY_STEP.toMillis(), EXPIRY_LOOK.toMillis())), () -> {
            isExpiring = false;
            expire();
        });
    }

    /** One that can't be taken away now, because it is about to change or the log can't be written, comes again. */
    private void expire() {
        if (!channel.isInMemory()) {
            return;
        }
        for (MapView.Expired value : view.expired(shard.clock.millis(), EXPIRED_AT_ONCE)) {
            shard.broker.expire(channel.name(), value.key(), value.offset());
        }
        expireLater();
    }
}
