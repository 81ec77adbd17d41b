package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One session's interest in one channel, on the session's event loop.
 *
 * <p>Its {@link #position} is all it knows of the stream: the next publication that it delivers is the one after it, from
 * the live flow while it is LIVE, else from a page that it asks the channel's shard for. A reader whose connection has no
 * room is PARKED: what arrives meanwhile is not queued, because the log has it. Of a map there is a {@link MapReader} beside
 * it, and one that doesn't want all of the live flow is FOLLOWING: it asks for its part once something has changed.
 */
final class Subscription implements Backlog.Owed {

    /** Where it stands. */
    enum Stage {
        /** Waits for the first answer of the shard. */
        JOINING,
        /** Delivers what arrives. */
        LIVE,
        /** Of a map: at the head, and asks when something arrives. */
        FOLLOWING,
        /** Behind, and its connection has no room. */
        PARKED,
        /** Behind, and has asked for a page. */
        READING,
        /** Over. */
        ENDED
    }

    /** From which stage which others can follow. */
    static final Map<Stage, Set<Stage>> TRANSITIONS = new EnumMap<>(Map.of(
            Stage.JOINING, EnumSet.of(Stage.LIVE, Stage.FOLLOWING, Stage.PARKED, Stage.ENDED),
            Stage.LIVE, EnumSet.of(Stage.PARKED, Stage.ENDED),
            Stage.FOLLOWING, EnumSet.of(Stage.PARKED, Stage.ENDED),
            Stage.PARKED, EnumSet.of(Stage.READING, Stage.ENDED),
            Stage.READING, EnumSet.of(Stage.LIVE, Stage.FOLLOWING, Stage.PARKED, Stage.ENDED),
            Stage.ENDED, EnumSet.noneOf(Stage.class)));

    /**
     * What was asked for.
     *
     * @param track what is wanted of a map; null for everything, and for other channels
     */
    record Request(
            @Nullable RequestId id, Start start, @Nullable Tracking track) {}

    final Audience audience;
    private final Session session;

    /** Null once the shard's first answer has come, which may be after the end. */
    private @Nullable Request request;

    /** Its interest in who is present; null without. */
    private final @Nullable PresenceReader presence;

    /** How far it is with a map; null without one, or until that is known. */
    private @Nullable MapReader map;

    /** Its index in its audience. */
    int place;

    /** How many signals it was not given since the last that it was. */
    private int signalsDropped;

    /** True exactly while it was told that its channel is stale, and not yet that it is no more. */
    private boolean isToldStale;

    private Stage stage = Stage.JOINING;

    /** After the last publication that was delivered, or where delivery starts. */
    private Position position;

    Subscription(Session session, Audience audience, Request request, @Nullable PresenceReader presence) {
        this.session = session;
        this.audience = audience;
        this.request = request;
        this.presence = presence;
        this.position = request.start() instanceof Start.After(Position after) ? after : Position.ORIGIN;
    }

    /** The audience's own name for it, so that its members' don't each keep one. */
    ChannelName channel() {
        return audience.channel;
    }

    Mailbox mailbox() {
        return session.mailbox();
    }

    Position position() {
        return position;
    }

    /** Its interest in who is present, for the shard; null without. From any thread. */
    @Nullable
    Attendee attendee() {
        return presence == null ? null : presence.attendee;
    }

    private void become(Stage next) {
        assert TRANSITIONS.getOrDefault(stage, Set.of()).contains(next) : stage + " to " + next;
        stage = next;
    }

    void end() {
        become(Stage.ENDED);
        if (presence != null) {
            presence.end();
        }
    }

    /** Asks for the next page. */
    @Override
    public void ask() {
        become(Stage.READING);
        Ask ask = map == null ? Ask.of(position) : map.ask(position);
        Shard shard = session.shardOf(channel());
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(channel());
            if (channel == null) {
                CatchUp lost = new CatchUp.Refused(Code.STORAGE_FAULT, Code.STORAGE_FAULT.text());
                mailbox().post(() -> onCatchUp(lost));
            } else {
                channel.onCatchUp(this, ask);
            }
        });
    }

    // ---- publications

    /**
     * Publications of the live flow; it may have the first of them already.
     *
     * @param more as in {@link Wire#deliver(EncodedRun, boolean)}
     */
    void onPublications(EncodedRun run, boolean more) {
        if (stage != Stage.LIVE) {
            onChanged(run);
            return;
        }
        Position first = run.publications().getFirst().publication().position();
        if (follows(first)) {
            take(run, more);
        } else if (first.epoch() != position.epoch() || first.offset() > position.offset()) {
            // A hole, or another life of the stream: the log tells what is owed.
            park();
        } else if (first.offset() + run.size() > position.offset() + 1) {
            take(run.after((int) (position.offset() + 1 - first.offset())), more);
        }
    }

    /** Takes the publications that follow its position. */
    private void take(EncodedRun run, boolean more) {
        int taken = session.deliver(run, more);
        if (taken > 0) {
            position = run.publications().get(taken - 1).publication().position();
        }
        if (taken < run.size()) {
            park();
        }
    }

    private boolean follows(Position next) {
        return next.offset() == position.offset() + 1
                && (next.epoch() == position.epoch() || position.equals(Position.ORIGIN));
    }

    private void park() {
        become(Stage.PARKED);
        session.onParked(this);
    }

    /** The shard's answer to a subscribe or to a request for a page. */
    void onCatchUp(CatchUp answer) {
        Request asked = request;
        request = null;
        if (asked != null) {
            session.onJoined();
        }
        if (stage == Stage.ENDED) {
            return;
        }
        switch (answer) {
            case CatchUp.Page page -> onPage(page, asked);
            case CatchUp.Changes changes -> onChanges(changes, asked);
            case CatchUp.Refused refused -> session.onRefused(this, asked, refused);
        }
    }

    /** @param asked what was asked for, if this is the first answer; null later */
    private void onPage(CatchUp.Page page, @Nullable Request asked) {
        String after = asked == null ? position.toString() : asked.start().presented();
        Gap gap = page.gap() == null ? null : new Gap(page.gap(), after, page.start());
        if (asked != null) {
            boolean recovered = after != null && gap == null;
            session.send(
                    new ServerMessage.Subscribed(asked.id(), channel(), page.number(), page.start(), recovered, gap));
        } else if (gap != null) {
            session.send(new ServerMessage.Gapped(channel(), gap));
        }
        if (gap != null) {
            session.onGap();
        }
        position = page.start();
        for (EncodedPublication encoded : page.publications()) {
            if (!session.deliver(encoded)) {
                park();
                return;
            }
            position = encoded.publication().position();
        }
        if (page.atHead()) {
            become(Stage.LIVE);
            session.onTold(this);
        } else {
            park();
        }
    }

    // ---- a map

    /** Something has changed, and it is at the head, or was: it asks for its part, now or once it has rested. */
    private void onChanged(EncodedRun run) {
        MapReader reader = map;
        if (stage != Stage.FOLLOWING || reader == null || reader.isWaiting) {
            return;
        }
        Position last = run.publications().getLast().publication().position();
        if (last.epoch() == position.epoch() && last.offset() <= position.offset()) {
            return;
        }
        long rest = reader.restNanos(session.nanos());
        if (rest <= 0) {
            park();
            return;
        }
        reader.isWaiting = true;
        session.later(Duration.ofNanos(rest), () -> {
            reader.isWaiting = false;
            if (stage == Stage.FOLLOWING) {
                park();
            }
        });
    }

    /** @param asked what was asked for, if this is the first answer; null later */
    private void onChanges(CatchUp.Changes part, @Nullable Request asked) {
        MapReader reader = map;
        if (reader == null) {
            reader = new MapReader(part, session.nanos());
            map = reader;
            position = part.resets() ? Position.ORIGIN : position;
            RequestId id = asked == null ? null : asked.id();
            session.send(new ServerMessage.Subscribed(id, channel(), part.number(), position, !part.resets(), null));
        } else if (!reader.isAnsweredBy(part)) {
            park();
            return;
        }
        reader.onPart(part);
        if (part.resets()) {
            position = Position.ORIGIN;
            session.onReset();
            session.send(new ServerMessage.Reset(channel()));
        }
        for (EncodedPublication change : part.changes()) {
            if (!session.deliver(change)) {
                park();
                return;
            }
            position = change.publication().position();
        }
        position = part.end();
        if (!part.atHead()) {
            park();
            return;
        }
        if (reader.onHead(position, session.nanos(), !part.changes().isEmpty())) {
            session.send(new ServerMessage.Current(channel(), position));
        }
        become(reader.wantsLiveFlow() ? Stage.LIVE : Stage.FOLLOWING);
        session.onTold(this);
    }

    /** What is wanted of the map has changed. */
    void track(@Nullable RequestId id, @Nullable Tracking tracking) {
        MapReader reader = map;
        if (reader == null) {
            session.refuse(id, channel(), stage == Stage.JOINING ? Code.NOT_SUBSCRIBED : Code.UNSUPPORTED);
            return;
        }
        String tooMuch = reader.settings().refusalOf(tracking);
        if (tooMuch != null) {
            session.refuse(ServerMessage.Refusal.of(id, Code.TOO_LARGE, channel(), tooMuch));
            return;
        }
        reader.track(tracking);
        session.send(new ServerMessage.Tracked(id, channel()));
        restart(reader);
    }

    private void restart(MapReader reader) {
        reader.restart();
        if (stage == Stage.LIVE || stage == Stage.FOLLOWING) {
            park();
        }
    }

    // ---- a log that is away

    /** Its channel is stale, or is not; it is told where it was told otherwise. */
    void onState(boolean isStale) {
        if (isStale != isToldStale && stage != Stage.JOINING && stage != Stage.ENDED) {
            isToldStale = isStale;
            session.send(ServerMessage.Refusal.of(null, isStale ? Code.BROKER_AWAY : Code.BROKER_BACK, channel()));
        }
    }

    // ---- what is erased

    /** The data of a publication is gone that it may have been given. */
    void onRedacted(Position redacted, ServerMessage told) {
        boolean isGiven = position.epoch() == redacted.epoch() && position.offset() >= redacted.offset();
        if (isGiven && stage != Stage.JOINING && stage != Stage.ENDED) {
            session.send(told);
        }
    }

    /**
     * What was published up to here may be gone, and what comes next follows this head. One that is behind learns what that
     * means for it from the page that it is about to ask for, and so does one that isn't, unless there is nothing to ask.
     */
    void onReplaced(Position head) {
        if (map != null) {
            restart(map);
        } else if (stage != Stage.LIVE || position.equals(head)) {
            return;
        } else if (!head.equals(Position.ORIGIN)) {
            park();
        } else {
            Gap gap = new Gap(Gap.Cause.EPOCH, position.toString(), Position.ORIGIN);
            position = Position.ORIGIN;
            session.onGap();
            session.send(new ServerMessage.Gapped(channel(), gap));
        }
    }

    // ---- signals and presence

    /** It is told of presence, if it asked to be. */
    void onPresence(PresenceNews news) {
        if (presence != null) {
            presence.onNews(news);
        }
    }

    /**
     * Who is behind with publications is given it nevertheless: it keeps no order with them.
     *
     * @param missed how many signals before it did not come to this node
     */
    void onSignal(EncodedEvent signal, SignalOrigin origin, int missed) {
        if (stage == Stage.JOINING || stage == Stage.ENDED || !session.carriesSignals()) {
            return;
        }
        signalsDropped = (int) Math.min((long) signalsDropped + missed, Integer.MAX_VALUE);
        if (origin.is(session)) {
            return;
        }
        if (session.hasRoom()) {
            session.signal(signalsDropped == 0 ? signal : signal.afterDropped(signalsDropped));
            signalsDropped = 0;
        } else {
            session.onSignalDropped();
            signalsDropped += signalsDropped == Integer.MAX_VALUE ? 0 : 1;
        }
    }
}
