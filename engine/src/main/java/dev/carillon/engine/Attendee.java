package dev.carillon.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A subscription that asked who is present, as its channel's shard sees it. Owned by the shard. */
final class Attendee {

    /** Lists its user; null for somebody who has proven to be nobody. */
    final @Nullable Lease lease;
    /** As {@link dev.carillon.protocol.ClientMessage.Subscribe#presence}. */
    private final long since;

    /** What its session has held since it unsubscribed only because it was slow; null once that was let go of, or without. */
    private @Nullable Lease held;

    private CatchUp.@Nullable Refused refused;
    private boolean answered;

    Attendee(@Nullable Lease lease, long since, @Nullable Lease held) {
        this.lease = lease;
        this.since = since;
        this.held = held;
    }

    /** It may neither be told nor listed. */
    void refuse(CatchUp.Refused why) {
        refused = why;
    }

    /** Whether it was answered already: from then on differences are told to its loop. */
    boolean isAnswered() {
        return answered;
    }

    /** Its subscription stands: lists its user, and gives what it is to be told. */
    PresenceNews answer(Supplier<Presence> presence) {
        answered = true;
        PresenceNews news = refused == null ? presence.get().onSubscribed(lease, since) : PresenceNews.refused(refused);
        letGo(presence, refused != null);
        return news;
    }

    /** What its session held before is over, if it was not already: it has something else by now, or nothing. */
    void letGo(Supplier<Presence> presence, boolean isForGood) {
        if (held != null) {
            presence.get().onUnsubscribed(held, isForGood);
            held = null;
        }
    }
}
