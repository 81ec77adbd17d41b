package dev.carillon.simulation;

import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** One subscription to a stream: each publication is the next, or there was a gap, and a reason for it. */
final class StreamReading extends Reading {

    private final int last;
    private final int headWhenAsked;

    /**
     * @param presented where it asked to go on; null where it didn't
     * @param last how many before the head it asked for
     */
    StreamReading(World world, Lineage lineage, Excuses excuses, @Nullable Position presented, int last) {
        super(world, lineage, excuses, presented);
        this.last = last;
        this.headWhenAsked = lineage.headAtLeast();
    }

    @Override
    void onSubscribed(ServerMessage.Subscribed subscribed) {
        Lineage.require(!stands(), Invariant.SUBSCRIBED, () -> lineage + " is subscribed twice");
        Position at = subscribed.position();
        if (presented == null) {
            boolean isPlain = subscribed.gap() == null && !subscribed.recovered();
            Lineage.require(isPlain, Invariant.FALSE_GAP, () -> subscribed + " to one who presented nothing");
            lineage.checkContinues(at, excuses);
            Lineage.require(
                    at.offset() >= (long) headWhenAsked - last || lineage.wasReplacedLately(excuses),
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
        checkLife(at);
        position = at;
    }

    @Override
    void onGap(ServerMessage.Gapped gapped) {
        Position was = standing(gapped);
        Lineage.require(
                was.toString().equals(gapped.gap().after()),
                Invariant.FALSE_GAP,
                () -> gapped + " to a reader at " + was);
        lineage.checkGap(gapped.gap().cause(), was, gapped.gap().next(), excuses);
        if (gapped.gap().cause() == Gap.Cause.EPOCH) {
            onLifeOver(was);
        }
        checkLife(gapped.gap().next());
        onReplaced();
        position = gapped.gap().next();
    }

    @Override
    void onPublication(Publication publication) {
        Position was = standing(publication);
        Position next = publication.position();
        Lineage.require(
                Following.follows(was, next), Invariant.CONTIGUOUS, () -> publication + " goes to a reader at " + was);
        checkShown(publication, false);
        Lineage.require(
                lineage.isRightBehind(was, next),
                Invariant.SILENT_GAP,
                () -> publication + " goes to a reader at " + was + ", which is lost");
        position = next;
    }
}
