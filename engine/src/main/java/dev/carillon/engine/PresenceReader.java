package dev.carillon.engine;

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
 * room for a difference is marked, and asks for the whole list once it has.
 */
final class PresenceReader implements Backlog.Owed {

    /** Where it stands. */
    enum Stage {
        /** Waits for the shard's answer. */
        WAITING,
        /** Is told differences as they happen. */
        FOLLOWING,
        /** Missed one, because its connection had no room. */
        BEHIND,
        /** Over, or never allowed. */
        ENDED
    }

    /** From which stage which others can follow. */
    static final Map<Stage, Set<Stage>> TRANSITIONS = new EnumMap<>(Map.of(
            Stage.WAITING, EnumSet.of(Stage.FOLLOWING, Stage.ENDED),
            Stage.FOLLOWING, EnumSet.of(Stage.BEHIND, Stage.ENDED),
            Stage.BEHIND, EnumSet.of(Stage.WAITING, Stage.ENDED),
            Stage.ENDED, EnumSet.noneOf(Stage.class)));

    private final Session session;
    private final Audience audience;
    final Attendee attendee;

    /** Its index among its audience's readers. */
    int place;

    private Stage stage = Stage.WAITING;
    /** The version that it holds; only while it is FOLLOWING. */
    private long version;

    /**
     * @param lease lists its user; null for somebody who has proven to be nobody
     * @param since the version that it holds; 0 for none
     */
    PresenceReader(Session session, Audience audience, @Nullable Lease lease, long since) {
        this.session = session;
        this.audience = audience;
        this.attendee = new Attendee(this, lease, since);
        audience.add(this);
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

    /** Asks for the whole list. */
    @Override
    public void ask() {
        become(Stage.WAITING);
        Shard shard = session.shardOf(audience.channel);
        shard.mailbox.post(() -> {
            Channel channel = shard.attached(audience.channel);
            if (channel != null) { // without one its subscription, and so the reader, has ended
                channel.onPresenceAsked(this);
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
            session.tell(event);
        }
        become(Stage.FOLLOWING);
        version = news.version();
        session.onTold(this);
    }

    /** Somebody came or left. */
    void onDifference(Presence.Difference difference) {
        if (stage != Stage.FOLLOWING) {
            return;
        }
        assert difference.version() == version + 1 : difference + " after " + version;
        if (session.hasRoom()) {
            session.tell(difference.event());
            version = difference.version();
        } else {
            become(Stage.BEHIND);
            session.onBehind(this);
        }
    }
}
