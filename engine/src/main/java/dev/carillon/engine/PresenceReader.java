package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.ServerMessage;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A subscription's interest in who is present, on its session's event loop.
 *
 * <p>The seam is that of publications: news and differences reach a loop through the same mailbox, so whatever happens after
 * news were posted arrives after them, and until they come the reader ignores differences. A reader whose connection has no
 * room for a difference is marked, and asks for what it missed once it has. A long list comes in pages: each is asked for when
 * there is room, and with the last one come the differences since the version that all of them have.
 *
 * <p>One that wants only to know how many are here is told numbers instead, of which the newest replaces all before.
 */
final class PresenceReader implements Backlog.Owed {

    /** Where it stands. */
    enum Stage {
        /** Waits for the shard's answer. */
        WAITING,
        /** Is told differences as they happen. */
        FOLLOWING,
        /** Missed one, because its connection had no room; or has only a part of the list. */
        BEHIND,
        /** Over, or never allowed. */
        ENDED
    }

    /** From which stage which others can follow. */
    static final Map<Stage, Set<Stage>> TRANSITIONS = new EnumMap<>(Map.of(
            Stage.WAITING, EnumSet.of(Stage.FOLLOWING, Stage.BEHIND, Stage.ENDED),
            Stage.FOLLOWING, EnumSet.of(Stage.BEHIND, Stage.ENDED),
            Stage.BEHIND, EnumSet.of(Stage.WAITING, Stage.ENDED),
            Stage.ENDED, EnumSet.noneOf(Stage.class)));

    private final Session session;
    private final Audience audience;
    final Attendee attendee;

    /** Its index among its audience's readers. */
    int place;

    private Stage stage = Stage.WAITING;
    /** The version that it holds, 0 for none; {@link ClientMessage.Subscribe#COUNT} where it wants numbers only. */
    private long version;

    /** Where the next page of its list begins; null where it has all of it. */
    private @Nullable PresenceCursor next;

    /** What it was told last; null where it wants more than numbers. */
    private @Nullable ServerMessage told;

    /**
     * @param lease lists its user; null for somebody who has proven to be nobody
     * @param since as {@link ClientMessage.Subscribe#presence}
     * @param held what its session held instead until now; null without
     */
    PresenceReader(Session session, Audience audience, @Nullable Lease lease, long since, @Nullable Lease held) {
        this.session = session;
        this.audience = audience;
        this.version = since;
        this.attendee = new Attendee(lease, since, held);
        audience.add(this);
    }

    private boolean wantsCount() {
        return version == ClientMessage.Subscribe.COUNT;
    }

    Mailbox mailbox() {
        return session.mailbox();
    }

    private void become(Stage next) {
        assert TRANSITIONS.getOrDefault(stage, Set.of()).contains(next) : stage + " to " + next;
        stage = next;
    }

    void end() {
        if (stage != Stage.ENDED) {
            become(Stage.ENDED);
            audience.remove(this);
            session.forget(this);
        }
    }

    /** Asks for the next page, or for what it missed. */
    @Override
    public void ask() {
        become(Stage.WAITING);
        PresenceCursor at = next;
        long since = version;
        Shard shard = session.shardOf(audience.channel);
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(audience.channel);
            if (channel != null) { // without one its subscription, and so the reader, has ended
                channel.onPresenceAsked(this, at, since);
            }
        });
    }

    /** The shard's answer. */
    void onNews(PresenceNews news) {
        if (stage == Stage.ENDED) {
            return;
        }
        CatchUp.Refused refused = news.refused();
        if (refused != null) {
            session.refuse(ServerMessage.Refusal.of(null, refused.code(), audience.channel, refused.message()));
        }
        if (news.version() == PresenceNews.NOTHING) {
            end();
        }
        if (stage == Stage.ENDED) {
            return;
        }
        for (EncodedEvent event : news.messages()) {
            told = wantsCount() ? event.message() : null;
            session.tell(event);
        }
        next = news.next();
        if (next != null) {
            become(Stage.BEHIND);
            session.onMore(this);
            return;
        }
        become(Stage.FOLLOWING);
        version = wantsCount() ? version : news.version();
        session.onTold(this);
    }

    /** Somebody came or left. */
    void onDifference(Presence.Difference difference) {
        if (stage != Stage.FOLLOWING || wantsCount()) {
            return;
        }
        assert difference.version() == version + 1 : difference + " after " + version;
        if (session.hasRoom()) {
            session.tell(difference.event());
            version = difference.version();
        } else {
            fallBehind();
        }
    }

    /** There may be others than before. */
    void onCount(EncodedEvent count) {
        if (stage != Stage.FOLLOWING || !wantsCount() || count.message().equals(told)) {
            return;
        }
        if (session.hasRoom()) {
            session.tell(count);
            told = count.message();
        } else {
            fallBehind();
        }
    }

    /** The list is another one: it asks for it once there is room. */
    void onReplaced() {
        if (stage == Stage.FOLLOWING && !wantsCount()) {
            become(Stage.BEHIND);
            session.onMore(this);
        }
    }

    private void fallBehind() {
        become(Stage.BEHIND);
        session.onBehind(this);
    }
}
