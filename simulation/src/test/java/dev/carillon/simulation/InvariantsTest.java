package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each invariant notices what breaks it, made by hand. */
class InvariantsTest {

    private static final long EPOCH = 9;
    private static final ChannelName ROOM = new ChannelName("room");

    private final World world = World.of(Scenario.of(new Dice(1)), new Dice(1));
    private final Excuses excuses = new Excuses();
    private final Spoken spoken = new Spoken(world, excuses);
    private final Lineage room = world.ledger()
            .add(
                    ROOM,
                    new ChannelSettings(
                            Durability.DISK,
                            5,
                            1 << 20,
                            Duration.ofHours(1),
                            4,
                            Duration.ofMinutes(15),
                            Duration.ofDays(1)));

    @BeforeEach
    void storeThree() {
        for (int i = 0; i < 3; i++) {
            store(attempt());
        }
    }

    private Attempt attempt() {
        return world.ledger().attempt(room, 1, "ada", true, 0, false);
    }

    private static int checkOf(long offset) {
        return offset == 0 ? 0 : (int) (1000 + offset);
    }

    private static Position at(long offset) {
        return new Position(EPOCH, offset, checkOf(offset));
    }

    private void write(Attempt attempt) {
        long offset = room.written() + 1;
        LogRecord.Once once = attempt.key == null ? null : new LogRecord.Once(attempt.key, 1, 2);
        room.onWritten(
                EPOCH,
                new LogRecord(offset, checkOf(offset), checkOf(offset - 1), 500, attempt.from, once, attempt.data));
    }

    private void store(Attempt attempt) {
        write(attempt);
        room.onStored(room.written());
    }

    private Publication publication(int offset, int id) {
        Attempt attempt = world.ledger().attempts().get(id);
        return new Publication(ROOM, at(offset), attempt.data, attempt.from, 500, attempt.key);
    }

    private ServerMessage delivery(int offset) {
        return new ServerMessage.Delivery(publication(offset, offset - 1));
    }

    private static ServerMessage subscribed(Position at, boolean recovered, @Nullable Gap gap) {
        return new ServerMessage.Subscribed(null, ROOM, 1, at, recovered, gap);
    }

    private void subscribe(@Nullable Position after) {
        spoken.onCommand(new ClientMessage.Subscribe(null, ROOM, after, 0, -1));
    }

    private void follow(long offset) {
        subscribe(at(offset));
        spoken.onTold(subscribed(at(offset), true, null));
    }

    private static void violates(Invariant invariant, ThrowingCallable act) {
        assertThatExceptionOfType(Violation.class)
                .isThrownBy(act)
                .matches(violation -> violation.invariant() == invariant, "violates " + invariant);
    }

    @Test
    void aHoleAndARepetitionAreNotContiguous() {
        follow(0);
        spoken.onTold(delivery(1));
        violates(Invariant.CONTIGUOUS, () -> spoken.onTold(delivery(1)));
        violates(Invariant.CONTIGUOUS, () -> spoken.onTold(delivery(3)));
        assertThatCode(() -> spoken.onTold(delivery(2))).doesNotThrowAnyException();
    }

    @Test
    void aGapWithoutALossIsFalse() {
        follow(1);
        Gap gap = new Gap(Gap.Cause.TRIMMED, at(1).toString(), at(2));
        violates(Invariant.FALSE_GAP, () -> spoken.onTold(new ServerMessage.Gapped(ROOM, gap)));
    }

    @Test
    void aGapAboutWhatWasTrimmedIsTrueIfItGoesOnWithTheOldest() {
        for (int i = 0; i < 7; i++) {
            store(attempt());
        }
        follow(1);
        Gap tooFar = new Gap(Gap.Cause.TRIMMED, at(1).toString(), at(6));
        violates(Invariant.FALSE_GAP, () -> spoken.onTold(new ServerMessage.Gapped(ROOM, tooFar)));
        Gap wrongCause = new Gap(Gap.Cause.AHEAD, at(1).toString(), at(5));
        violates(Invariant.FALSE_GAP, () -> spoken.onTold(new ServerMessage.Gapped(ROOM, wrongCause)));
        Gap gap = new Gap(Gap.Cause.TRIMMED, at(1).toString(), at(5));
        assertThatCode(() -> spoken.onTold(new ServerMessage.Gapped(ROOM, gap))).doesNotThrowAnyException();
    }

    @Test
    void aPositionThatIsLostMayNotBeContinued() {
        subscribe(new Position(EPOCH, 2, 77));
        violates(Invariant.SILENT_GAP, () -> spoken.onTold(subscribed(new Position(EPOCH, 2, 77), true, null)));
        subscribe(at(8));
        violates(Invariant.SILENT_GAP, () -> spoken.onTold(subscribed(at(8), true, null)));
        subscribe(at(1));
        violates(Invariant.SILENT_GAP, () -> spoken.onTold(subscribed(at(2), true, null)));
    }

    @Test
    void nothingComesBeforeSubscribedOrAfterUnsubscribed() {
        violates(Invariant.SUBSCRIBED, () -> spoken.onTold(delivery(1)));
        subscribe(at(0));
        violates(Invariant.SUBSCRIBED, () -> spoken.onTold(delivery(1)));
        spoken.onTold(subscribed(at(0), true, null));
        spoken.onTold(new ServerMessage.Unsubscribed(null, ROOM, 0));
        violates(Invariant.SUBSCRIBED, () -> spoken.onTold(delivery(1)));
        violates(Invariant.SUBSCRIBED, () -> spoken.onTold(new ServerMessage.Join(ROOM, "ada", 1)));
    }

    @Test
    void whatIsNotStoredMayNotBeShown() {
        follow(3);
        write(attempt());
        violates(Invariant.SHOWN_IS_STORED, () -> spoken.onTold(delivery(4)));
        ServerMessage early = new ServerMessage.Published(new RequestId("3"), ROOM, at(4), false);
        violates(Invariant.SHOWN_IS_STORED, () -> spoken.onTold(early));
        room.onStored(4);
        assertThatCode(() -> spoken.onTold(delivery(4))).doesNotThrowAnyException();
    }

    @Test
    void dataOfAnotherIsNotTheSameData() {
        follow(0);
        violates(Invariant.SAME_DATA, () -> spoken.onTold(new ServerMessage.Delivery(publication(1, 2))));
        violates(Invariant.SAME_DATA, () -> world.ledger().attemptOf(Data.json("\"x\"")));
    }

    @Test
    void anAcknowledgementIsOfWhatWasSentAndComesInOrder() {
        spoken.onTold(new ServerMessage.Published(new RequestId("1"), ROOM, at(2), false));
        ServerMessage other = new ServerMessage.Published(new RequestId("2"), ROOM, at(1), false);
        violates(Invariant.ACKNOWLEDGED_IS_KEPT, () -> spoken.onTold(other));
        ServerMessage earlier = new ServerMessage.Published(new RequestId("0"), ROOM, at(1), false);
        violates(Invariant.ACKNOWLEDGED_IN_ORDER, () -> spoken.onTold(earlier));
    }

    @Test
    void anAcknowledgedPublishMayBeLostOnlyByWhatItsClassDoesNotSurvive() {
        spoken.onTold(new ServerMessage.Published(new RequestId("2"), ROOM, at(3), false));
        violates(Invariant.ACKNOWLEDGED_IS_KEPT, () -> room.onUnwritten(Durability.DISK));
        assertThatCode(() -> room.onUnwritten(Durability.FSYNC)).doesNotThrowAnyException();
    }

    @Test
    void aKeyStoresTwiceOnlyBeyondItsWindow() {
        Attempt first = world.ledger().attempts().getFirst();
        violates(Invariant.KEY_STORES_ONCE, () -> store(first));
        Attempt last = attempt();
        store(last);
        for (int i = 0; i < 4; i++) {
            store(attempt());
        }
        assertThatCode(() -> store(last)).doesNotThrowAnyException();
    }

    @Test
    void aPublishersOrderIsKept() {
        Attempt earlier = attempt();
        store(attempt());
        violates(Invariant.PUBLISHER_ORDER, () -> store(earlier));
    }

    @Test
    void aRefusalNeedsACause() {
        ServerMessage full = ServerMessage.Refusal.of(new RequestId("0"), Code.STORAGE_FULL, ROOM);
        violates(Invariant.CAUSELESS_REFUSAL, () -> spoken.onTold(full));
        ServerMessage earlier = ServerMessage.Refusal.of(new RequestId("0"), Code.EARLIER_PUBLISH_REFUSED, ROOM);
        violates(Invariant.CAUSELESS_REFUSAL, () -> spoken.onTold(earlier));
        excuses.excuse(Code.STORAGE_FULL, 1);
        assertThatCode(() -> spoken.onTold(full)).doesNotThrowAnyException();
        assertThatCode(() -> spoken.onTold(earlier)).doesNotThrowAnyException();
    }

    // ---- where nodes share a log

    /** A seed that plays several nodes. */
    private static World worldOfNodes() {
        long seed = 1;
        while (!Scenario.of(new Dice(seed)).isShared()) {
            seed++;
        }
        return World.of(Scenario.of(new Dice(seed)), new Dice(seed));
    }

    private static Lineage threeIn(World nodes, Lineage like) {
        Lineage lineage = nodes.ledger().add(ROOM, like.settings);
        for (int offset = 1; offset <= 3; offset++) {
            append(nodes, lineage, offset, checkOf(offset), checkOf(offset - 1));
        }
        return lineage;
    }

    private static void append(World nodes, Lineage lineage, int offset, int check, int previousCheck) {
        Attempt attempt = nodes.ledger().attempt(lineage, 1, "ada", true, 0, false);
        LogRecord.Once once = new LogRecord.Once(String.valueOf(attempt.key), 1, 2);
        lineage.onWritten(EPOCH, new LogRecord(offset, check, previousCheck, 500, "ada", once, attempt.data));
        lineage.onStored(offset);
    }

    private static ServerMessage.Delivery told(World nodes, int offset, int check, int id) {
        Attempt attempt = nodes.ledger().attempts().get(id);
        Position position = new Position(EPOCH, offset, check);
        return new ServerMessage.Delivery(new Publication(ROOM, position, attempt.data, "ada", 500, attempt.key));
    }

    @Test
    void whatFollowsALostPublicationMayNotGoToWhoWasGivenThat() {
        World nodes = worldOfNodes();
        Lineage lineage = threeIn(nodes, room);
        Spoken told = new Spoken(nodes, excuses);
        told.onCommand(new ClientMessage.Subscribe(null, ROOM, at(3), 0, -1));
        told.onTold(subscribed(at(3), true, null));
        lineage.onLostByHub(false);
        append(nodes, lineage, 3, 77, checkOf(2));
        append(nodes, lineage, 4, 78, 77);
        violates(Invariant.SILENT_GAP, () -> told.onTold(told(nodes, 4, 78, 4)));
        Gap gap = new Gap(Gap.Cause.REWRITTEN, at(3).toString(), new Position(EPOCH, 0, 0));
        assertThatCode(() -> told.onTold(new ServerMessage.Gapped(ROOM, gap))).doesNotThrowAnyException();
    }

    @Test
    void whatIsLostMayBeToldOnlyForAsLongAsNobodyNeedKnow() {
        World nodes = worldOfNodes();
        Lineage lineage = threeIn(nodes, room);
        Spoken told = new Spoken(nodes, excuses);
        told.onCommand(new ClientMessage.Subscribe(null, ROOM, at(1), 0, -1));
        told.onTold(subscribed(at(1), true, null));
        lineage.onLostByHub(false);
        lineage.onLostByHub(false);
        assertThatCode(() -> told.onTold(told(nodes, 2, checkOf(2), 1))).doesNotThrowAnyException();
        nodes.agenda().at(16 * Agenda.SECOND, () -> {});
        nodes.agenda().step();
        violates(Invariant.SHOWN_IS_STORED, () -> told.onTold(told(nodes, 3, checkOf(3), 2)));
        excuses.blind(nodes.agenda().now());
        assertThatCode(() -> told.onTold(told(nodes, 3, checkOf(3), 2))).doesNotThrowAnyException();
    }

    @Test
    void aGapWithoutALossIsFalseForSeveralNodesToo() {
        World nodes = worldOfNodes();
        threeIn(nodes, room);
        Spoken told = new Spoken(nodes, excuses);
        nodes.agenda().at(16 * Agenda.SECOND, () -> {});
        nodes.agenda().step();
        told.onCommand(new ClientMessage.Subscribe(null, ROOM, at(1), 0, -1));
        Gap gap = new Gap(Gap.Cause.REWRITTEN, at(1).toString(), new Position(EPOCH, 0, 0));
        violates(Invariant.FALSE_GAP, () -> told.onTold(subscribed(new Position(EPOCH, 0, 0), false, gap)));
    }

    @Test
    void presenceThatDoesNotFollowIsNoticed() {
        PresenceView view = new PresenceView();
        view.onList(new ServerMessage.PresenceList(null, ROOM, 5, List.of(new ServerMessage.Present("ada", 1))));
        violates(Invariant.PRESENCE_FOLLOWS, () -> view.onJoin(new ServerMessage.Join(ROOM, "bob", 7)));
        violates(Invariant.PRESENCE_FOLLOWS, () -> view.onLeave(new ServerMessage.Leave(ROOM, "cy", 6)));
    }

    @Test
    void aReaderThatHoldsSomethingElseIsNoticed() {
        Following following = new Following(room);
        following.restart(at(0));
        for (int offset = 1; offset <= 3; offset++) {
            following.take(publication(offset, 0), world.ledger().attempts().getFirst());
        }
        violates(Invariant.CONVERGES, following::checkWhole);
    }

    @Test
    void moreThanTheRoomIsNoticed() {
        Link link = new Link(world, "nobody");
        Machine machine = new Machine(world, 0, null);
        machine.start();
        ServerEnd end = new ServerEnd(world, machine, machine.someLoop(), link);
        violates(Invariant.OUTBOX_BOUND, () -> {
            for (int i = 0; i < 100_000; i++) {
                end.send(new ServerMessage.Pong(null));
            }
        });
    }
}
