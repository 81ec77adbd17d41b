package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/**
 * What a client holds of a channel: the position that it carries from one connection to the next, and what it was given
 * without a gap, as a sum.
 */
final class Following extends Held {

    private @Nullable Position position;
    /** The offset after which all is in the sum. */
    private long start;

    private long sum;

    Following(Lineage lineage) {
        super(lineage);
    }

    /** Null until it was told one. */
    @Override
    @Nullable
    Position position() {
        return position;
    }

    /** It was told where it stands, behind a gap or without having asked for a place. */
    void restart(Position at) {
        position = at;
        start = at.offset();
        sum = 0;
    }

    @Override
    void beginAtOrigin() {
        restart(Position.ORIGIN);
    }

    @Override
    void onSubscribed(ServerMessage.Subscribed subscribed) {
        if (subscribed.recovered()) {
            goOn(subscribed.position());
        } else {
            restart(subscribed.position());
        }
    }

    @Override
    void onGap(Position next) {
        restart(next);
    }

    /** It was told that it goes on where it was. */
    void goOn(Position at) {
        Position was = position;
        Lineage.require(
                at.equals(was),
                Invariant.CONTIGUOUS,
                () -> "a reader of " + lineage + " at " + was + " goes on at " + at);
    }

    @Override
    void take(Publication publication) {
        take(publication, lineage.attemptOf(publication));
    }

    void take(Publication publication, Attempt attempt) {
        Position next = publication.position();
        Position was = position;
        Lineage.require(
                was != null && follows(was, next),
                Invariant.CONTIGUOUS,
                () -> "a reader of " + lineage + " at " + was + " is given " + next);
        position = next;
        sum += Lineage.weight(attempt.id, next.offset());
    }

    static boolean follows(Position position, Position next) {
        return next.offset() == position.offset() + 1
                && (next.epoch() == position.epoch() || position.equals(Position.ORIGIN));
    }

    /** Whether it stands at the head. */
    @Override
    boolean isAtHead() {
        return position != null && position.equals(lineage.position());
    }

    /** At the head it holds exactly what is kept since it started. */
    @Override
    void checkWhole() {
        Lineage.require(
                sum == lineage.sumAfter(start),
                Invariant.CONVERGES,
                () -> "a reader of " + lineage + " holds something else since " + start + " than is stored");
    }

    @Override
    void forget() {
        position = null;
    }
}
