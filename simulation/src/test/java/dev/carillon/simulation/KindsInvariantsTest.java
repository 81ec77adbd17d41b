package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each invariant of maps, signals, purges and redactions notices what breaks it, made by hand. */
class KindsInvariantsTest {

    private static final long EPOCH = 9;
    private static final ChannelName PLACES = new ChannelName("places");
    private static final ChannelName ROOM = new ChannelName("room");
    private static final ChannelSettings SETTINGS = new ChannelSettings(
            Durability.FSYNC, 5, 1 << 20, Duration.ofHours(1), 100, Duration.ofMinutes(15), Duration.ofDays(1));

    private final World world = World.of(Scenario.of(new Dice(1)), new Dice(1));
    private final Excuses excuses = new Excuses();
    private final Spoken spoken = new Spoken(world, excuses);
    private final Lineage places = world.ledger().add(PLACES, SETTINGS.with(ChannelKind.MAP));
    private final Lineage room = world.ledger().add(ROOM, SETTINGS);

    private static int checkOf(long epoch, long offset) {
        return offset == 0 ? 0 : (int) (epoch * 1000 + offset);
    }

    private static Position at(long offset) {
        return new Position(EPOCH, offset, checkOf(EPOCH, offset));
    }

    private static void store(Lineage lineage, long epoch, Attempt attempt) {
        long offset = lineage.written() + 1;
        LogRecord.Once once = attempt.key == null ? null : new LogRecord.Once(attempt.key, 1, 2);
        lineage.onWritten(
                epoch,
                new LogRecord(
                        offset,
                        checkOf(epoch, offset),
                        checkOf(epoch, offset - 1),
                        500,
                        attempt.from,
                        once,
                        attempt.data,
                        attempt.change,
                        false));
        lineage.onStored(offset);
    }

    /** Gives the publication. */
    private Publication change(String key, @Nullable String tag, boolean isRemoved) {
        Change change = new Change(key, tag, isRemoved);
        Attempt attempt = world.ledger().attempt(places, 1, "ada", true, 0, change);
        store(places, EPOCH, attempt);
        return publicationOf(places, attempt);
    }

    private Publication publish(long epoch) {
        Attempt attempt = world.ledger().attempt(room, 1, "ada", true, 0, false);
        store(room, epoch, attempt);
        return publicationOf(room, attempt);
    }

    private static Publication publicationOf(Lineage lineage, Attempt attempt) {
        return new Publication(
                lineage.name, lineage.position(), attempt.data, attempt.from, 500, attempt.key, attempt.change, false);
    }

    private void tell(Publication publication) {
        spoken.onTold(new ServerMessage.Delivery(publication));
    }

    private void follow(ChannelName channel, @Nullable Position after, @Nullable Selection track) {
        spoken.onCommand(new ClientMessage.Subscribe(null, channel, after, 0, -1, track));
        Position at = after == null ? Position.ORIGIN : after;
        spoken.onTold(new ServerMessage.Subscribed(null, channel, 1, at, after != null, null));
        if (after == null) {
            spoken.onTold(new ServerMessage.Reset(channel));
        }
    }

    private void current(Position position) {
        spoken.onTold(new ServerMessage.Current(PLACES, position));
    }

    private void pass(long nanos) {
        world.agenda().after(nanos, () -> {});
        assertThat(world.agenda().step()).isTrue();
    }

    private static void violates(Invariant invariant, ThrowingCallable act) {
        assertThatExceptionOfType(Violation.class)
                .isThrownBy(act)
                .matches(violation -> violation.invariant() == invariant, "violates " + invariant);
    }

    @Test
    void aReaderThatIsCurrentHasBeenGivenEveryValue() {
        change("a", null, false);
        Publication second = change("b", null, false);
        follow(PLACES, null, null);
        tell(second);
        violates(Invariant.MAP_HOLDS, () -> current(at(2)));
    }

    @Test
    void aReaderThatReturnsIsToldWhatWasRemoved() {
        change("a", null, false);
        Publication removal = change("a", null, true);
        follow(PLACES, at(1), null);
        violates(Invariant.MAP_HOLDS, () -> current(at(2)));
        follow(PLACES, at(1), null);
        tell(removal);
        assertThatCode(() -> current(at(2))).doesNotThrowAnyException();
    }

    @Test
    void whatAReaderOfAMapIsGivenAscends() {
        Publication first = change("a", null, false);
        Publication second = change("b", null, false);
        follow(PLACES, null, null);
        tell(second);
        violates(Invariant.MAP_ASCENDS, () -> tell(first));
        violates(Invariant.MAP_ASCENDS, () -> current(at(1)));
        MapHeld held = new MapHeld(places, null);
        Publication third = change("a", null, false);
        held.take(third);
        held.onMapMessage(new ServerMessage.Reset(PLACES));
        violates(Invariant.MAP_ASCENDS, () -> held.take(first));
    }

    @Test
    void aResetIsFalseUnlessThePositionIsOutOfReach() {
        change("a", null, false);
        change("b", null, false);
        spoken.onCommand(new ClientMessage.Subscribe(null, PLACES, at(1), 0, -1, null));
        spoken.onTold(new ServerMessage.Subscribed(null, PLACES, 1, Position.ORIGIN, false, null));
        violates(Invariant.FALSE_RESET, () -> spoken.onTold(new ServerMessage.Reset(PLACES)));
        for (int i = 0; i < 6; i++) {
            change("c", null, false);
        }
        assertThatCode(() -> spoken.onTold(new ServerMessage.Reset(PLACES))).doesNotThrowAnyException();
    }

    @Test
    void aReaderIsGivenWhatItTracksAndToldWhatLeavesThat() {
        Publication tagged = change("a", "t0", false);
        Publication other = change("b", "t1", false);
        follow(PLACES, null, new Selection(true, List.of("t0")));
        tell(tagged);
        violates(Invariant.MAP_HOLDS, () -> tell(other));
        change("a", "t1", false);
        violates(Invariant.MAP_HOLDS, () -> current(at(3)));
    }

    @Test
    void nothingComesBetweenTrackedAndItsReset() {
        Publication first = change("a", null, false);
        follow(PLACES, null, null);
        violates(Invariant.SUBSCRIBED, () -> spoken.onTold(new ServerMessage.Tracked(null, PLACES)));
        spoken.onCommand(new ClientMessage.Track(Client.TRACK_ID, PLACES, null));
        spoken.onTold(new ServerMessage.Tracked(Client.TRACK_ID, PLACES));
        violates(Invariant.SUBSCRIBED, () -> tell(first));
    }

    @Test
    void aValueIsTakenAwayOnlyOnceItsTimeIsOver() {
        change("a", null, false);
        Attempt expiry = world.ledger()
                .attemptOf(
                        places, new LogRecord(2, 1, 1, 500, null, null, Data.NONE, new Change("a", null, true), false));
        violates(Invariant.MAP_HOLDS, () -> store(places, EPOCH, expiry));
    }

    @Test
    void aHolderOfSomethingElseIsNoticed() {
        MapHeld held = new MapHeld(places, null);
        held.take(change("a", null, false));
        assertThat(held.isAtHead()).isTrue();
        change("a", null, false);
        assertThat(held.isAtHead()).isFalse();
        violates(Invariant.MAP_HOLDS, held::checkWhole);
    }

    @Test
    void whoeverIsNotToldThatItWasPurgedIsNoticed() {
        Publication first = publish(EPOCH);
        follow(ROOM, Position.ORIGIN, null);
        tell(first);
        room.onPurged();
        assertThatCode(() -> spoken.onTold(new ServerMessage.Pong(null))).doesNotThrowAnyException();
        pass(Excuses.NOTICE);
        violates(Invariant.ERASED, () -> spoken.onTold(new ServerMessage.Pong(null)));
    }

    @Test
    void nothingFromBeforeAPurgeComesAfterIt() {
        Publication first = publish(EPOCH);
        follow(ROOM, Position.ORIGIN, null);
        tell(first);
        room.onPurged();
        Gap gap = new Gap(Gap.Cause.EPOCH, at(1).toString(), Position.ORIGIN);
        spoken.onTold(new ServerMessage.Gapped(ROOM, gap));
        violates(Invariant.ERASED, () -> tell(first));
        violates(Invariant.FALSE_GAP, () -> spoken.onTold(new ServerMessage.Gapped(ROOM, gap)));
        Publication anew = publish(EPOCH + 1);
        assertThatCode(() -> tell(anew)).doesNotThrowAnyException();
    }

    @Test
    void aPurgeThatWasAnsweredComesBackOnlyWhereItsClassAllowsThat() {
        publish(EPOCH);
        Integer toCome = room.purgesToCome();
        violates(Invariant.ERASED, () -> room.checkPurged(toCome));
        room.onPurged();
        room.onPurgeStored();
        assertThatCode(() -> room.checkPurged(toCome)).doesNotThrowAnyException();
        violates(Invariant.ERASED, room::onPurgeLost);
    }

    @Test
    void aPurgeThatIsLostBringsBackWhatWasThere() {
        publish(EPOCH);
        publish(EPOCH);
        room.onPurged();
        assertThat(room.position()).isEqualTo(Position.ORIGIN);
        room.onPurgeLost();
        assertThat(room.position()).isEqualTo(at(2));
    }

    @Test
    void whatIsRedactedIsNotShownToWhoeverComesLater() {
        Publication first = publish(EPOCH);
        room.onRedacted(1);
        follow(ROOM, Position.ORIGIN, null);
        assertThatCode(() -> tell(first)).doesNotThrowAnyException();
        room.onRedactionTold(at(1));
        pass(1);
        Spoken late = new Spoken(world, excuses);
        late.onCommand(new ClientMessage.Subscribe(null, ROOM, Position.ORIGIN, 0, -1, null));
        late.onTold(new ServerMessage.Subscribed(null, ROOM, 1, Position.ORIGIN, true, null));
        violates(Invariant.ERASED, () -> late.onTold(new ServerMessage.Delivery(first)));
        assertThatCode(() -> late.onTold(new ServerMessage.Delivery(first.redacted())))
                .doesNotThrowAnyException();
        violates(Invariant.SAME_DATA, () -> tellAgain(first));
    }

    private void tellAgain(Publication first) {
        Spoken other = new Spoken(world, excuses);
        other.onCommand(new ClientMessage.Subscribe(null, ROOM, Position.ORIGIN, 0, -1, null));
        other.onTold(new ServerMessage.Subscribed(null, ROOM, 1, Position.ORIGIN, true, null));
        other.onTold(new ServerMessage.Delivery(new Publication(
                ROOM, first.position(), Data.json("0"), "ada", 500, first.idempotencyKey(), null, true)));
    }

    @Test
    void whoeverHadWhatIsRedactedIsTold() {
        Publication first = publish(EPOCH);
        follow(ROOM, Position.ORIGIN, null);
        tell(first);
        room.onRedacted(1);
        pass(Excuses.NOTICE);
        violates(Invariant.ERASED, () -> spoken.onTold(new ServerMessage.Pong(null)));
    }

    @Test
    void whatIsKeptIsNotSaidToBeRedacted() {
        Publication first = publish(EPOCH);
        follow(ROOM, Position.ORIGIN, null);
        violates(Invariant.ERASED, () -> tell(first.redacted()));
        violates(Invariant.ERASED, () -> spoken.onTold(new ServerMessage.Redacted(ROOM, at(1))));
        violates(Invariant.ERASED, () -> room.onRedactionTold(at(1)));
        ServerMessage missing = ServerMessage.Refusal.of(null, Code.NOT_FOUND, ROOM);
        violates(Invariant.CAUSELESS_REFUSAL, () -> spoken.onTold(missing));
    }

    // ---- signals

    private Data signal(String session, int place) {
        Data data = world.ledger().signal(ROOM, session, "ada", 1, place);
        spoken.onCommand(new ClientMessage.Signal(null, ROOM, data));
        return data;
    }

    private void tellSignal(Data data, long dropped) {
        spoken.onTold(new ServerMessage.Signalled(ROOM, "ada", data, dropped));
    }

    @Test
    void aSignalDoesNotReturnToItsSender() {
        spoken.begin("me");
        follow(ROOM, Position.ORIGIN, null);
        violates(Invariant.SIGNALS, () -> tellSignal(signal("me", 1), 0));
        assertThatCode(() -> tellSignal(signal("you", 1), 0)).doesNotThrowAnyException();
    }

    @Test
    void aSignalIsNotKept() {
        follow(ROOM, Position.ORIGIN, null);
        Data data = signal("you", 1);
        pass(31 * Agenda.SECOND);
        violates(Invariant.SIGNALS, () -> tellSignal(data, 0));
    }

    @Test
    void whatIsDroppedOfSignalsIsCounted() {
        follow(ROOM, Position.ORIGIN, null);
        tellSignal(signal("you", 1), 0);
        signal("you", 2);
        Data third = signal("you", 3);
        violates(Invariant.SIGNALS, () -> tellSignal(third, 0));
        violates(Invariant.SIGNALS, () -> tellSignal(signal("you", 4), 1));
        spoken.onNoRoom();
        assertThatCode(() -> tellSignal(signal("you", 5), 0)).doesNotThrowAnyException();
        violates(Invariant.SIGNALS, () -> tellSignal(third, 0));
    }
}
