package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** Of a channel that keeps nothing. */
final class NothingHeld extends Held {

    private @Nullable Position presented;

    NothingHeld(Lineage lineage) {
        super(lineage);
    }

    @Override
    @Nullable
    Position position() {
        return presented;
    }

    @Override
    void forget() {
        presented = null;
    }

    @Override
    void beginAtOrigin() {
        presented = Position.ORIGIN;
    }

    @Override
    void onSubscribed(ServerMessage.Subscribed subscribed) {
        presented = subscribed.position();
    }

    @Override
    void onGap(Position next) {
        throw new Violation(Invariant.FALSE_GAP, "a gap of " + lineage + ", which keeps nothing");
    }

    @Override
    void take(Publication publication) {
        throw new Violation(Invariant.SIGNALS, publication + " of a channel that keeps nothing");
    }

    @Override
    boolean isAtHead() {
        return true;
    }

    @Override
    void checkWhole() {
        // There is nothing to hold.
    }
}
