package dev.carillon.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A subscription that asked who is present, as its channel's shard sees it. Owned by the shard. */
final class Attendee {

    /** To be told on its loop. */
    final PresenceReader reader;
    /** Lists its user; null for somebody who has proven to be nobody. */
    final @Nullable Lease lease;
    /** The version that it holds; 0 for none. */
    private final long since;

    private CatchUp.@Nullable Refused refused;
    private boolean answered;

    Attendee(PresenceReader reader, @Nullable Lease lease, long since) {
        this.reader = reader;
        this.lease = lease;
        this.since = since;
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
        return refused == null ? presence.get().onSubscribed(lease, since) : PresenceNews.refused(refused);
    }
}
