package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** One subscription to a channel that keeps nothing: it stands at the origin, and is never given a publication. */
final class SignalReading extends Reading {

    SignalReading(World world, Lineage lineage, Excuses excuses, @Nullable Position presented) {
        super(world, lineage, excuses, presented);
    }

    @Override
    void onSubscribed(ServerMessage.Subscribed subscribed) {
        Lineage.require(!stands(), Invariant.SUBSCRIBED, () -> lineage + " is subscribed twice");
        boolean isPlain = subscribed.gap() == null
                && subscribed.position().equals(Position.ORIGIN)
                && subscribed.recovered() == (presented != null);
        Lineage.require(isPlain, Invariant.FALSE_GAP, () -> subscribed + " of a channel that keeps nothing");
        position = subscribed.position();
    }

    @Override
    void onPublication(Publication publication) {
        throw new Violation(Invariant.SIGNALS, publication + " of a channel that keeps nothing");
    }
}
