package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** What a reader owns of a channel, and carries from one connection to the next. */
abstract sealed class Held permits Following, MapHeld, NothingHeld {

    final Lineage lineage;

    Held(Lineage lineage) {
        this.lineage = lineage;
    }

    static Held of(Lineage lineage, Dice dice) {
        return switch (lineage.settings.kind()) {
            case STREAM -> new Following(lineage);
            case MAP, DOCUMENT -> new MapHeld(lineage, MapModel.someSelection(dice));
            case SIGNAL -> new NothingHeld(lineage);
        };
    }

    /** What it presents when it comes back; null for nothing. */
    abstract @Nullable Position position();

    /** What it wants of a map; null for everything. */
    @Nullable
    Selection wanted() {
        return null;
    }

    /** It forgets where it was. */
    abstract void forget();

    /** It holds nothing, and presents that. */
    abstract void beginAtOrigin();

    abstract void onSubscribed(ServerMessage.Subscribed subscribed);

    /** It was told that something is missing, and where it goes on. */
    abstract void onGap(Position next);

    abstract void take(Publication publication);

    /** It was told one of those messages that only readers of maps are told. */
    void onMapMessage(ServerMessage told) {
        throw new Violation(Invariant.SUBSCRIBED, told + " is told to a reader of " + lineage);
    }

    /** Whether it has all there is. */
    abstract boolean isAtHead();

    /** Where it has all there is, it holds exactly what it should. */
    abstract void checkWhole();

    @Override
    public String toString() {
        return "what is held of " + lineage;
    }
}
