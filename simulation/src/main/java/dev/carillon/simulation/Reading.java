package dev.carillon.simulation;

import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** One subscription of one connection, as it leaves the node: what a reader relies on is checked here, at that moment. */
final class Reading {

    private final Lineage lineage;
    private final Excuses excuses;
    private final @Nullable Position presented;
    private final int last;
    private final int headWhenAsked;
    /** Null until it was told that it stands. */
    private @Nullable Position position;

    /**
     * @param presented where it asked to go on; null where it didn't
     * @param last how many before the head it asked for
     */
    Reading(Lineage lineage, Excuses excuses, @Nullable Position presented, int last) {
        this.lineage = lineage;
        this.excuses = excuses;
        this.presented = presented;
        this.last = last;
        this.headWhenAsked = lineage.headAtLeast();
    }

    boolean stands() {
        return position != null;
    }

    void onSubscribed(ServerMessage.Subscribed subscribed) {
        Lineage.require(!stands(), Invariant.SUBSCRIBED, () -> lineage + " is subscribed twice");
        Position at = subscribed.position();
        if (presented == null) {
            boolean isPlain = subscribed.gap() == null && !subscribed.recovered();
            Lineage.require(isPlain, Invariant.FALSE_GAP, () -> subscribed + " to one who presented nothing");
            lineage.checkContinues(at, excuses);
            Lineage.require(
                    at.offset() >= (long) headWhenAsked - last,
                    Invariant.CONTIGUOUS,
                    () -> subscribed + " to one who asked for the newest " + last + " at " + headWhenAsked);
        } else if (subscribed.gap() == null) {
            Lineage.require(
                    subscribed.recovered() && at.equals(presented),
                    Invariant.SILENT_GAP,
                    () -> subscribed + " to one who presented " + presented);
            lineage.checkContinues(at, excuses);
        } else {
            boolean agrees = !subscribed.recovered()
                    && presented.toString().equals(subscribed.gap().after())
                    && at.equals(subscribed.gap().next());
            Lineage.require(agrees, Invariant.FALSE_GAP, () -> subscribed + " to one who presented " + presented);
            lineage.checkGap(subscribed.gap().cause(), presented, at, excuses);
        }
        position = at;
    }

    void onGap(ServerMessage.Gapped gapped) {
        Position was = standing(gapped);
        Lineage.require(
                was.toString().equals(gapped.gap().after()),
                Invariant.FALSE_GAP,
                () -> gapped + " to a reader at " + was);
        lineage.checkGap(gapped.gap().cause(), was, gapped.gap().next(), excuses);
        position = gapped.gap().next();
    }

    void onPublication(Publication publication) {
        Position was = standing(publication);
        Position next = publication.position();
        Lineage.require(
                Following.follows(was, next), Invariant.CONTIGUOUS, () -> publication + " goes to a reader at " + was);
        lineage.checkShown(publication, excuses);
        Lineage.require(
                lineage.isRightBehind(was, next),
                Invariant.SILENT_GAP,
                () -> publication + " goes to a reader at " + was + ", which is lost");
        position = next;
    }

    private Position standing(Object told) {
        Position at = position;
        if (at == null) {
            throw new Violation(Invariant.SUBSCRIBED, told + " comes before subscribed");
        }
        return at;
    }
}
