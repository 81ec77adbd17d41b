package dev.carillon.simulation;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One subscription to a map: what it is given ascends, nothing comes that it does not track, and when it is told that it is
 * current it has been given the newest change of each key that it is owed.
 */
final class MapReading extends Reading {

    /** What it tracks; null for everything. */
    private @Nullable Selection tracking;
    /** What it asked to track and was not answered. */
    private final ArrayDeque<Optional<Selection>> asked = new ArrayDeque<>();
    /** True exactly from the beginning of a snapshot on, where nothing can be taken for known. */
    private boolean awaitsReset;

    private boolean wasTracked;
    /** Whether it began with a snapshot. */
    private boolean hasBegunAnew;
    /** Without: after which offset it is owed what has changed. */
    private long since;
    /** The newest offset of each key since it began. */
    private final Map<String, Long> told = new HashMap<>();
    /** Which of them have a value. */
    private final Set<String> held = new HashSet<>();
    /** Of each key the newest change that it was ever given. */
    private final Map<String, Position> newest = new HashMap<>();

    MapReading(
            World world, Lineage lineage, Excuses excuses, @Nullable Position presented, @Nullable Selection tracking) {
        super(world, lineage, excuses, presented);
        this.tracking = tracking;
    }

    void onTrackAsked(@Nullable Selection selection) {
        asked.add(Optional.ofNullable(selection));
    }

    void onTrackRefused() {
        asked.poll();
    }

    @Override
    void onSubscribed(ServerMessage.Subscribed subscribed) {
        Lineage.require(!stands(), Invariant.SUBSCRIBED, () -> lineage + " is subscribed twice");
        Lineage.require(subscribed.gap() == null, Invariant.FALSE_GAP, () -> subscribed + " of a map");
        Position at = subscribed.position();
        Lineage.require(
                at.equals(subscribed.recovered() ? presented : Position.ORIGIN),
                Invariant.SILENT_GAP,
                () -> subscribed + " to one who presented " + presented);
        if (subscribed.recovered()) {
            lineage.checkContinues(at, excuses);
        }
        awaitsReset = !subscribed.recovered();
        since = at.offset();
        position = at;
    }

    @Override
    void onMapMessage(ServerMessage message) {
        standing(message);
        if (message instanceof ServerMessage.Reset) {
            onReset();
        } else if (message instanceof ServerMessage.Current current) {
            onCurrent(current.position());
        } else {
            Optional<Selection> next = asked.poll();
            Lineage.require(next != null, Invariant.SUBSCRIBED, () -> message + " is told to one who did not ask");
            tracking = next == null ? null : next.orElse(null);
            awaitsReset = true;
            wasTracked = true;
        }
    }

    private void onReset() {
        if (!wasTracked) {
            lineage.checkReset(awaitsReset ? presented : position, excuses);
        }
        awaitsReset = false;
        wasTracked = false;
        hasBegunAnew = true;
        since = 0;
        told.clear();
        held.clear();
        onReplaced();
        position = Position.ORIGIN;
    }

    private void goTo(Position next, boolean isCurrent) {
        Position was = standing(next);
        Lineage.require(!awaitsReset, Invariant.SUBSCRIBED, () -> next + " comes before the reset that is due");
        boolean ascends = was.equals(Position.ORIGIN)
                || (was.epoch() == next.epoch()
                        && (was.offset() < next.offset() || (isCurrent && was.offset() == next.offset())));
        Lineage.require(ascends, Invariant.MAP_ASCENDS, () -> next + " of " + lineage + " goes to a reader at " + was);
        position = next;
    }

    @Override
    void onPublication(Publication publication) {
        Change change = publication.change();
        if (change == null) {
            throw new Violation(Invariant.SAME_DATA, publication + " of a map has no key");
        }
        Selection wanted = tracking;
        boolean byTag = wanted != null && wanted.byTag();
        checkShown(publication, byTag);
        goTo(publication.position(), false);
        Lineage.require(
                (byTag && change.isRemoved()) || MapModel.wants(wanted, change),
                Invariant.MAP_HOLDS,
                () -> publication + " goes to a reader of " + wanted);
        Position before = newest.put(change.key(), publication.position());
        Lineage.require(
                before == null
                        || before.epoch() != publication.position().epoch()
                        || before.offset() <= publication.offset(),
                Invariant.MAP_ASCENDS,
                () -> publication + " goes to a reader that was given " + before);
        told.put(change.key(), publication.offset());
        if (change.isRemoved()) {
            held.remove(change.key());
        } else {
            held.add(change.key());
        }
    }

    private void onCurrent(Position at) {
        lineage.checkCurrent(at, excuses);
        checkLife(at);
        goTo(at, true);
        if (at.equals(Position.ORIGIN) || !lineage.holds(at)) {
            return; // the model knows the present life only
        }
        for (String key : lineage.map().keys()) {
            int offset = lineage.map().newestUpTo(key, at.offset());
            if (offset > 0 && offset > since) {
                checkKey(key, offset);
            }
        }
    }

    private void checkKey(String key, int offset) {
        Change change = lineage.changeAt(offset);
        Selection wanted = tracking;
        boolean byTag = wanted != null && wanted.byTag();
        if (!byTag && wanted != null && !wanted.names().contains(key)) {
            return;
        }
        boolean wasTold = told.getOrDefault(key, 0L) == offset;
        boolean isValue = !change.isRemoved() && MapModel.wants(wanted, change);
        boolean isFine = isValue
                ? wasTold || lineage.mayBeOver(offset)
                : !held.contains(key) && (wasTold || hasBegunAnew || byTag);
        Lineage.require(
                isFine,
                Invariant.MAP_HOLDS,
                () -> "a reader of " + wanted + " of " + lineage + " is current at " + position + ", but was not told "
                        + change + " of " + offset);
    }
}
