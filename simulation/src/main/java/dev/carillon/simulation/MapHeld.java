package dev.carillon.simulation;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a client makes of a map by the rules of PROTOCOL §5.2: its values, and the position that it carries. */
final class MapHeld extends Held {

    private record Value(long offset, int attempt) {}

    private final Map<String, Value> values = new TreeMap<>();
    /** Of each key the newest change that it was ever given. */
    private final Map<String, Position> newest = new HashMap<>();

    private @Nullable Selection wanted;
    private @Nullable Position position;
    /** How often it has asked to track something else and was not answered. */
    private int asked;
    /** Whether what it holds belongs to what it tracked before. */
    private boolean isOfAnother;

    /** @param wanted null for everything */
    MapHeld(Lineage lineage, @Nullable Selection wanted) {
        super(lineage);
        this.wanted = wanted;
    }

    @Override
    @Nullable
    Selection wanted() {
        return wanted;
    }

    /** It asks to track this from now on. */
    void onTrackAsked(@Nullable Selection selection) {
        wanted = selection;
        asked++;
        isOfAnother = true;
    }

    @Override
    @Nullable
    Position position() {
        return isOfAnother ? null : position;
    }

    @Override
    void forget() {
        position = null;
    }

    @Override
    void beginAtOrigin() {
        values.clear();
        position = Position.ORIGIN;
        isOfAnother = false;
    }

    @Override
    void onSubscribed(ServerMessage.Subscribed subscribed) {
        asked = 0;
        Lineage.require(
                !subscribed.recovered() || subscribed.position().equals(position()),
                Invariant.MAP_ASCENDS,
                () -> "a reader of " + lineage + " at " + position() + " goes on at " + subscribed.position());
    }

    @Override
    void onGap(Position next) {
        throw new Violation(Invariant.FALSE_GAP, "a gap of the map " + lineage);
    }

    @Override
    void onMapMessage(ServerMessage told) {
        if (told instanceof ServerMessage.Reset) {
            reset();
        } else if (told instanceof ServerMessage.Current current) {
            goTo(current.position());
        } else if (told instanceof ServerMessage.Tracked) {
            asked--;
        } else if (told instanceof ServerMessage.HistoryPage page) {
            if (page.resets()) {
                reset();
            }
            page.publications().forEach(this::take);
            goTo(page.position());
        }
    }

    private void reset() {
        values.clear();
        position = Position.ORIGIN;
        isOfAnother &= asked > 0;
    }

    private void goTo(Position next) {
        Position was = position;
        Lineage.require(
                was == null || was.equals(Position.ORIGIN) || was.equals(next) || isBehind(was, next),
                Invariant.MAP_ASCENDS,
                () -> "a reader of " + lineage + " at " + was + " is given " + next);
        position = next;
    }

    /** Whether a change at {@code next} may follow one at {@code position}. */
    static boolean isBehind(Position position, Position next) {
        return position.epoch() == next.epoch() && position.offset() < next.offset();
    }

    @Override
    void take(Publication publication) {
        Change change = publication.change();
        if (change == null) {
            throw new Violation(Invariant.SAME_DATA, publication + " of a map has no key");
        }
        Position before = newest.put(change.key(), publication.position());
        Lineage.require(
                before == null || !isBehind(publication.position(), before) || !lineage.holds(before),
                Invariant.MAP_ASCENDS,
                () -> publication + " is given to a reader that had " + before);
        goTo(publication.position());
        if (change.isRemoved()) {
            values.remove(change.key());
        } else {
            values.put(change.key(), new Value(publication.offset(), lineage.attemptOf(publication).id));
        }
    }

    @Override
    boolean isAtHead() {
        return !isOfAnother && difference() == null;
    }

    @Override
    void checkWhole() {
        Lineage.require(
                isAtHead(),
                Invariant.MAP_HOLDS,
                () -> "a reader of " + wanted + " of " + lineage + " holds something else of " + difference());
    }

    /** A key of which it holds something else than is kept; null where there is none. */
    private @Nullable String difference() {
        for (String key : values.keySet()) {
            if (lineage.map().newestUpTo(key, lineage.head()) == 0) {
                return key;
            }
        }
        for (String key : lineage.map().keys()) {
            int offset = lineage.map().newestUpTo(key, lineage.head());
            if (offset > 0 && !isHeldRightly(key, offset)) {
                return key;
            }
        }
        return null;
    }

    private boolean isHeldRightly(String key, int offset) {
        Change change = lineage.changeAt(offset);
        Value value = values.get(key);
        if (change.isRemoved() || !MapModel.wants(wanted, change)) {
            return value == null;
        }
        if (value == null) {
            return lineage.mayBeOver(offset);
        }
        if (value.offset() < offset) {
            // The newest was over when it was read, and its removal would have said so; but the clock was put back.
            return lineage.mayBeOver(offset);
        }
        return value.offset() == offset && value.attempt() == lineage.idAt(offset) && !lineage.isLongOver(offset);
    }

    @Override
    public String toString() {
        String different = difference();
        return "what is held of " + wanted + " at " + position
                + (different == null
                        ? ""
                        : ", of " + different + " " + values.get(different) + " instead of "
                                + lineage.map().newestUpTo(different, lineage.head()));
    }
}
