package dev.carillon.simulation;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import org.jspecify.annotations.Nullable;

/** One publish that a client wants made, however often it sends it. The number in its data is its id. */
final class Attempt {

    /** How far its publisher has got with it on its present connection. */
    enum Stage {
        UNSENT,
        SENT,
        REFUSED
    }

    final int id;
    final Lineage lineage;
    /** The publisher's number; each publisher's ids ascend in the order in which it wants them stored. */
    final int publisher;

    final @Nullable String from;
    final @Nullable String key;
    final Data data;
    /** What it does to a map; null in a stream. */
    final @Nullable Change change;

    Stage stage = Stage.UNSENT;
    /** Whether an acknowledgement has left a node. */
    boolean acknowledged;
    /** Whether it was stored once and the log lost it, or its publisher gave it up: it may be stored out of its order. */
    boolean isOutOfOrder;

    /** Where it is kept; null while it isn't. */
    @Nullable
    Position stored;

    Attempt(
            int id,
            Lineage lineage,
            int publisher,
            @Nullable String from,
            @Nullable String key,
            Data data,
            @Nullable Change change) {
        this.id = id;
        this.lineage = lineage;
        this.publisher = publisher;
        this.from = from;
        this.key = key;
        this.data = data;
        this.change = change;
        this.isOutOfOrder = key == null;
    }

    /** Whether it takes a value away. */
    boolean isRemoval() {
        return change != null && change.isRemoved();
    }

    @Override
    public String toString() {
        return "#" + id + " to " + lineage.name + (change == null ? "" : " " + change)
                + (key == null ? " without a key" : "");
    }
}
