package dev.carillon.simulation;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One subscription of one connection, as it leaves the node: what a reader relies on is checked here, at that moment. */
abstract sealed class Reading permits StreamReading, MapReading, SignalReading {

    /** A signal is gone once it was given to those who are there; deciding about it takes its time. */
    private static final long SIGNAL_LIFE = 30 * Agenda.SECOND;

    final Lineage lineage;
    final Excuses excuses;
    final @Nullable Position presented;
    private final World world;
    private final long askedAt;
    /** Null until it was told that it stands. */
    @Nullable
    Position position;

    /** The newest life of which it was told anything. */
    private int life = -1;

    private int erasuresSeen;
    /** Since when it is to be told that what it was given is purged; negative where it isn't. */
    private long purgeOwedSince = -1;
    /** Of which publications it is to be told that they are redacted, since when. */
    private final Map<Position, Long> redactionsOwed = new HashMap<>(0);
    /** The place of the newest signal of each connection. */
    private final Map<Long, Integer> signals = new HashMap<>(0);

    private long signalsMissing;
    private long signalsDropped;

    Reading(World world, Lineage lineage, Excuses excuses, @Nullable Position presented) {
        this.world = world;
        this.lineage = lineage;
        this.excuses = excuses;
        this.presented = presented;
        this.askedAt = world.agenda().now();
        this.erasuresSeen = lineage.erasures().size();
    }

    static Reading of(World world, Lineage lineage, Excuses excuses, ClientMessage.Subscribe asked) {
        return switch (lineage.settings.kind()) {
            case STREAM -> new StreamReading(world, lineage, excuses, asked.after(), asked.last());
            case MAP, DOCUMENT -> new MapReading(world, lineage, excuses, asked.after(), asked.track());
            case SIGNAL -> new SignalReading(world, lineage, excuses, asked.after());
        };
    }

    boolean stands() {
        return position != null;
    }

    abstract void onSubscribed(ServerMessage.Subscribed subscribed);

    abstract void onPublication(Publication publication);

    void onGap(ServerMessage.Gapped gapped) {
        throw new Violation(Invariant.FALSE_GAP, gapped + " is told to a reader of a " + lineage.settings.kind());
    }

    /** One of those that only readers of maps are told. */
    void onMapMessage(ServerMessage told) {
        throw new Violation(Invariant.SUBSCRIBED, told + " is told to a reader of a " + lineage.settings.kind());
    }

    final Position standing(Object told) {
        Position at = position;
        if (at == null) {
            throw new Violation(Invariant.SUBSCRIBED, told + " comes before subscribed");
        }
        return at;
    }

    // ---- what is erased

    /**
     * Before it is told something: what was erased meanwhile is owed to it, if it was given that.
     *
     * @param fullAt when its connection had no room last
     */
    final void notice(long fullAt) {
        while (erasuresSeen < lineage.erasures().size()) {
            Lineage.Erased erased = lineage.erasures().get(erasuresSeen++);
            Position redacted = erased.redacted();
            Position at = position;
            if (at == null || at.epoch() != erased.epoch()) {
                continue;
            }
            if (redacted == null) {
                purgeOwedSince = erased.at();
            } else if (at.offset() >= redacted.offset()) {
                redactionsOwed.put(redacted, erased.at());
            }
        }
        if (purgeOwedSince < 0 && redactionsOwed.isEmpty()) {
            return;
        }
        Lineage.require(
                purgeOwedSince < 0 || lineage.mayNotHaveTold(Math.max(purgeOwedSince, fullAt), excuses),
                Invariant.ERASED,
                () -> "a reader of " + lineage + " at " + position + " is not told that it was purged");
        for (long since : redactionsOwed.values()) {
            Lineage.require(
                    lineage.mayNotHaveTold(Math.max(since, fullAt), excuses),
                    Invariant.ERASED,
                    () -> "a reader of " + lineage + " at " + position + " is not told what was redacted");
        }
    }

    void onRedacted(ServerMessage.Redacted told) {
        Position at = standing(told);
        Lineage.require(
                at.epoch() == told.position().epoch()
                        && at.offset() >= told.position().offset(),
                Invariant.ERASED,
                () -> told + " is told to a reader at " + at);
        redactionsOwed.remove(told.position());
    }

    /** It is told to forget what it was given, or that this is over. */
    final void onReplaced() {
        purgeOwedSince = -1;
        redactionsOwed.clear();
    }

    /** A publication is shown to it: of what was redacted already it is owed that. */
    final void checkShown(Publication publication, boolean mayLeave) {
        lineage.checkShown(publication, excuses, askedAt, mayLeave);
        checkLife(publication.position());
        if (!publication.isRedacted() && lineage.isRedacted(publication.position())) {
            redactionsOwed.putIfAbsent(publication.position(), world.agenda().now());
        }
    }

    /** Once it was told of a life of the channel, it is told nothing of one before. */
    final void checkLife(Position told) {
        int of = told.equals(Position.ORIGIN) ? -1 : lineage.lifeOf(told.epoch());
        Lineage.require(
                of < 0 || of >= life,
                Invariant.ERASED,
                () -> told + " of " + lineage + " is told to one who was told that it was purged");
        life = Math.max(life, of);
    }

    /** It was told that the life of this position is over. */
    final void onLifeOver(Position of) {
        int over = of.equals(Position.ORIGIN) ? -1 : lineage.lifeOf(of.epoch());
        life = over < 0 ? life : Math.max(life, over + 1);
    }

    // ---- signals

    /** How many signals it was told that it was not given. */
    final long signalsDropped() {
        return signalsDropped;
    }

    final void onSignal(ServerMessage.Signalled told, @Nullable String session) {
        standing(told);
        SentSignal sent = world.ledger().signalOf(told.data());
        long now = world.agenda().now();
        Lineage.require(
                sent.channel.equals(lineage.name)
                        && Objects.equals(sent.from, told.from())
                        && !sent.session.equals(session),
                Invariant.SIGNALS,
                () -> sent + " is told as " + told + " to " + session);
        Lineage.require(
                sent.takenAt >= 0 && now - sent.takenAt < SIGNAL_LIFE,
                Invariant.SIGNALS,
                () -> sent + " was said at " + sent.takenAt + " and is told at " + now);
        Integer before = signals.put(sent.connection, sent.place);
        int missing = before == null ? 0 : sent.place - before - 1;
        Lineage.require(missing >= 0, Invariant.SIGNALS, () -> sent + " is told after the one at " + before);
        signalsMissing += missing;
        signalsDropped += told.dropped();
        world.tally().signalsDropped += told.dropped();
        if (world.ledger().ofAnyNode.holds(Code.DECISION_LATE, now)) { // whichever node its sender is on
            signalsMissing = Math.min(signalsMissing, signalsDropped);
        }
        Lineage.require(
                signalsMissing <= signalsDropped,
                Invariant.SIGNALS,
                () -> "a reader of " + lineage + " misses " + signalsMissing + " signals, and was told of "
                        + signalsDropped);
    }
}
