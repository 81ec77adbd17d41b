package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes on one log whose pushes come as the test says. */
class SharedBrokerTest {

    private static final ChannelName ROOM = new ChannelName("room");
    private static final String KEY = "key-0123456789abcdef";

    private final SharedWorld world = new SharedWorld();
    private final SharedWorld.Member ada = world.member();
    private final SharedWorld.Member bob = world.member();

    @BeforeEach
    void attachBoth() {
        ada.attach(ROOM);
        bob.attach(ROOM);
    }

    private void publish(SharedWorld.Member by, int... numbers) {
        for (int number : numbers) {
            assertThat(by.publish(ROOM, number, null)).isInstanceOf(Broker.Published.Accepted.class);
        }
    }

    private static List<String> numbers(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(String::valueOf).toList();
    }

    @Test
    void whatOneNodePublishesBothAreToldInOneOrder() {
        publish(ada, 1);
        publish(bob, 2);
        publish(ada, 3);
        assertThat(ada.told).isEqualTo(numbers(1, 3));
        assertThat(bob.told).isEqualTo(numbers(1, 3));
    }

    @Test
    void aPushThatIsLostIsReadFromTheLogBeforeTheNextIsTold() {
        bob.link.losesPushes = true;
        publish(ada, 1, 2);
        bob.link.losesPushes = false;
        publish(ada, 3);
        assertThat(bob.told).isEmpty();
        world.pass(SharedLimits.DEFAULT.patience());
        assertThat(bob.told).isEqualTo(numbers(1, 3));
    }

    @Test
    void pushesThatComeTwiceAndOutOfOrderAreToldOnceAndInOrder() {
        bob.link.holdsPushes = true;
        publish(ada, 1, 2, 3);
        List<Runnable> pushes = new ArrayList<>(bob.link.held);
        pushes.reversed().forEach(Runnable::run);
        pushes.forEach(Runnable::run);
        world.run();
        assertThat(bob.told).isEqualTo(numbers(1, 3));
        assertThat(bob.link.reads).isZero();
    }

    @Test
    void aFeedThatFallsSilentIsNoticedInTime() {
        bob.link.losesPushes = true;
        publish(ada, 1, 2);
        world.pass(SharedLimits.DEFAULT.proofAgeMax().plus(SharedLimits.DEFAULT.tick()));
        assertThat(bob.told).isEqualTo(numbers(1, 2));
    }

    @Test
    void moreEarlyPushesThanThereIsRoomForCostNothingButARead() {
        bob.link.holdsPushes = true;
        publish(ada, 1);
        bob.link.held.clear();
        bob.link.holdsPushes = false;
        int last = SharedLimits.DEFAULT.earlyMax() + 20;
        publish(ada, IntStream.rangeClosed(2, last).toArray());
        world.pass(SharedLimits.DEFAULT.patience());
        assertThat(bob.told).isEqualTo(numbers(1, last));
    }

    /** An answer that comes before the push of the publication before it waits for that. */
    @Test
    void aPublisherHasItsAnswerOnlyAfterTheListenerHasHeard() {
        bob.link.holdsPushes = true;
        publish(ada, 1);
        List<Broker.Published> answers = new ArrayList<>();
        bob.publish(ROOM, 2, null, answers::add);
        world.run();
        assertThat(answers).isEmpty();
        bob.link.held.forEach(Runnable::run);
        world.run();
        assertThat(bob.told).isEqualTo(numbers(1, 2));
        assertThat(answers).hasSize(1);
    }

    @Test
    void aKeyThatWasUsedOnOneNodeIsKnownOnTheOther() {
        Broker.Published first = ada.publish(ROOM, 1, KEY);
        ada.link.fail();
        Broker.Published again = bob.publish(ROOM, 1, KEY);
        assertThat(first).isInstanceOf(Broker.Published.Accepted.class);
        assertThat(again).isEqualTo(new Broker.Published.Duplicate(((Broker.Published.Accepted) first).position()));
        assertThat(bob.publish(ROOM, 2, KEY)).isEqualTo(new Broker.Published.Refused(Code.IDEMPOTENCY_CONFLICT));
        assertThat(bob.told).isEqualTo(numbers(1, 1));
    }

    // ---- a log that loses its end

    @Test
    void offsetsThatWereWrittenAgainReplaceTheStream() {
        publish(ada, 1, 2, 3);
        Position lost = bob.head;
        world.loseNewest(ROOM, 2);
        publish(ada, 4, 5);
        world.pass(Duration.ofSeconds(3));
        assertThat(bob.replacedBy).hasSize(1);
        assertThat(bob.head).isEqualTo(world.head(ROOM)).isNotEqualTo(lost);
        Broker.Page.Publications page = bob.readAfter(ROOM, lost);
        assertThat(page.gap()).isEqualTo(Gap.Cause.REWRITTEN);
        assertThat(SharedWorld.numbersOf(page)).containsExactly("1", "4", "5");
    }

    /**
     * Seed 1133 of the simulation: a failover lost only the newest record, all before it was known to the node, and so the
     * head that the log told looked like an old answer. Nobody was told until somebody published again.
     */
    @Test
    void anEndThatIsLostIsNoticedThoughAllBeforeItWasTold() {
        publish(ada, 1, 2);
        Position lost = bob.head;
        world.loseNewest(ROOM, 1);
        world.pass(SharedLimits.DEFAULT.proofAgeMax().plus(SharedLimits.DEFAULT.tick()));
        assertThat(bob.replacedBy).hasSize(1);
        assertThat(bob.readAfter(ROOM, lost).gap()).isEqualTo(Gap.Cause.AHEAD);
    }

    @Test
    void aPushFromBeforeTheLossIsToldAndThenItIsToldThatItIsGone() {
        publish(ada, 1);
        bob.link.holdsPushes = true;
        publish(ada, 2);
        world.loseNewest(ROOM, 1);
        List<Runnable> late = new ArrayList<>(bob.link.held);
        bob.link.held.clear();
        publish(ada, 3);
        late.forEach(Runnable::run);
        bob.link.held.forEach(Runnable::run);
        world.run();
        assertThat(bob.replacedBy).hasSize(1);
        assertThat(bob.head).isEqualTo(world.head(ROOM));
    }

    @Test
    void aLogThatIsEmptyReplacesTheStreamByAnotherEpoch() {
        publish(ada, 1, 2);
        Position lost = bob.head;
        world.loseNewest(ROOM, 2);
        world.pass(Duration.ofSeconds(3));
        assertThat(bob.replacedBy).containsExactly(Position.ORIGIN);
        publish(ada, 3);
        assertThat(bob.told).endsWith("3");
        assertThat(bob.readAfter(ROOM, lost).gap()).isEqualTo(Gap.Cause.EPOCH);
    }

    @Test
    void aPurgeOfOneNodeReplacesTheStreamOnBoth() {
        publish(ada, 1, 2);
        List<Broker.Erased> answers = new ArrayList<>();
        ada.broker.purge(ROOM, answers::add);
        world.pass(Duration.ofSeconds(3));
        assertThat(answers).containsExactly(new Broker.Erased.Done());
        assertThat(ada.replacedBy).containsExactly(Position.ORIGIN);
        assertThat(bob.replacedBy).containsExactly(Position.ORIGIN);
    }

    /** The first publication of a purged life has the place of the next life's first, and came behind the purge. */
    @Test
    void whatIsPushedLateOfAPurgedLifeIsNotTold() {
        bob.link.holdsPushes = true;
        publish(ada, 1);
        world.pass(Duration.ofSeconds(3));
        assertThat(bob.told).containsExactly("1");
        ada.broker.purge(ROOM, _ -> {});
        world.pass(Duration.ofSeconds(3));
        bob.link.held.forEach(Runnable::run);
        world.run();
        assertThat(bob.told).containsExactly("1");
        bob.link.holdsPushes = false;
        publish(ada, 2);
        assertThat(bob.told).containsExactly("1", "2");
        assertThat(bob.replacedBy).containsExactly(Position.ORIGIN);
    }

    /**
     * Seed 67 of the simulation: what was acknowledged while the node had not yet noticed a loss was refused, and what came
     * behind it was not; so a publisher's order was broken for nothing.
     */
    @Test
    void whatTheLogHasIsAcknowledgedThoughTheStreamWasReplacedMeanwhile() {
        publish(ada, 1, 2, 3);
        world.loseNewest(ROOM, 2);
        List<Broker.Published> answers = new ArrayList<>();
        ada.publish(ROOM, 4, null, answers::add);
        ada.publish(ROOM, 5, null, answers::add);
        world.pass(Duration.ofSeconds(1));
        assertThat(ada.replacedBy).hasSize(1);
        assertThat(answers).hasSize(2).allMatch(answer -> answer instanceof Broker.Published.Accepted);
    }

    // ---- a link that fails

    @Test
    void whileTheLogIsAwayPublishesAreRefusedAndTheChannelIsStaleUntilAllWasHeardOf() {
        publish(ada, 1);
        bob.link.isDown = true;
        assertThat(bob.publish(ROOM, 2, null)).isEqualTo(new Broker.Published.Refused(Code.BROKER_AWAY));
        assertThat(bob.isStale).isTrue();
        publish(ada, 3, 4);
        bob.link.isDown = false;
        world.pass(SharedLimits.DEFAULT.tick().multipliedBy(2));
        assertThat(bob.isStale).isFalse();
        assertThat(bob.told).containsExactly("1", "3", "4");
        assertThat(bob.replacedBy).isEmpty();
        publish(bob, 5);
    }

    /** What waits for an answer is refused in its order, with what waits for a hole before it. */
    @Test
    void whatIsOutstandingWhenTheLinkFailsIsRefusedInOrder() {
        bob.link.holdsPushes = true;
        publish(ada, 1);
        List<String> answers = new ArrayList<>();
        bob.publish(ROOM, 2, KEY, answer -> answers.add("2 " + answer));
        world.run();
        bob.link.holdsAnswers = true;
        bob.publish(ROOM, 3, null, answer -> answers.add("3 " + answer));
        world.run();
        bob.link.fail();
        world.run();
        String refused = new Broker.Published.Refused(Code.BROKER_AWAY).toString();
        assertThat(answers).containsExactly("2 " + refused, "3 " + refused);
    }

    /** The page that a reader waits for comes once the log is back; it is not told that its subscription is over. */
    @Test
    void aReaderThatIsBehindIsKeptWhileTheLogIsAway() {
        List<SharedWorld.Link> links = new ArrayList<>();
        World node = new World();
        node.limits = SomeLimits.pagesAndTails(100, 0);
        node.brokerOf = owner -> {
            links.add(world.link());
            return new SharedBroker(owner, node, node, links.getLast(), SharedLimits.DEFAULT, node.counters);
        };
        World.Client reader = node.client();
        World.Client publisher = node.client();
        reader.subscribe("room", Position.ORIGIN);
        reader.room = 2;
        for (int i = 1; i <= 10; i++) {
            assertThat(publisher.publish("room", i)).isInstanceOf(ServerMessage.Published.class);
        }
        links.forEach(link -> link.isDown = true);
        reader.giveRoom(100);
        assertThat(reader.numbers()).containsExactly(1, 2);
        assertThat(reader.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsExactly(Code.BROKER_AWAY);
        assertThat(reader.all(ServerMessage.Unsubscribed.class)).isEmpty();
        assertThat(((ServerMessage.Refusal) publisher.publish("room", 11)).code())
                .isEqualTo(Code.BROKER_AWAY);
        assertThat(node.counters.staleChannels()).isEqualTo(1);
        links.forEach(link -> link.isDown = false);
        node.pass(SharedLimits.DEFAULT.tick().multipliedBy(3));
        assertThat(reader.numbers()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(reader.all(ServerMessage.Refusal.class))
                .extracting(ServerMessage.Refusal::code)
                .containsExactly(Code.BROKER_AWAY, Code.BROKER_BACK);
        assertThat(reader.all(ServerMessage.Gapped.class)).isEmpty();
        assertThat(node.counters.staleChannels()).isZero();
    }

    /** The reader is at the head, and the head is another by now. */
    @Test
    void aReaderAtAnEndThatWasLostIsToldAGap() {
        List<SharedWorld.Link> links = new ArrayList<>();
        World node = new World();
        node.brokerOf = owner -> {
            links.add(world.link());
            return new SharedBroker(owner, node, node, links.getLast(), SharedLimits.DEFAULT, node.counters);
        };
        World.Client reader = node.client();
        World.Client publisher = node.client();
        ChannelName lost = new ChannelName("lost");
        reader.subscribe("lost", null);
        for (int i = 1; i <= 3; i++) {
            publisher.publish("lost", i);
        }
        world.loseNewest(lost, 2);
        publisher.publish("lost", 4);
        node.pass(Duration.ofSeconds(3));
        assertThat(reader.only(ServerMessage.Gapped.class).gap().cause()).isEqualTo(Gap.Cause.AHEAD);
        assertThat(reader.numbers()).containsExactly(1, 2, 3, 1, 4);
        assertThat(reader.position()).isEqualTo(world.head(lost));
    }

    @Test
    void aPageThatIsAheadOfTheFeedIsAnsweredOnceTheListenerIsThereToo() {
        bob.link.losesPushes = true;
        publish(ada, 1, 2, 3);
        Broker.Page.Publications page = bob.readAfter(ROOM, Position.ORIGIN);
        assertThat(SharedWorld.numbersOf(page)).isEqualTo(numbers(1, 3));
        assertThat(bob.told).isEqualTo(numbers(1, 3));
    }

    @Test
    void moreThanIsKeptWasMissedSoTheStreamIsReplaced() {
        world.settings = threeKept();
        SharedWorld.Member cy = world.member();
        ChannelName small = new ChannelName("small");
        ada.attach(small);
        cy.attach(small);
        cy.link.losesPushes = true;
        for (int i = 1; i <= 6; i++) {
            ada.publish(small, i, null);
        }
        world.pass(Duration.ofSeconds(3));
        assertThat(cy.replacedBy).containsExactly(world.head(small));
        assertThat(cy.readAfter(small, Position.ORIGIN).gap()).isEqualTo(Gap.Cause.TRIMMED);
    }

    /**
     * Seed 43 of the simulation: a publish waited for a hole to be filled, and the log had let go of both by then; it was
     * refused, though nothing had gone wrong.
     */
    @Test
    void whatTheLogHadAndLetGoOfMeanwhileIsAcknowledged() {
        world.settings = threeKept();
        SharedWorld.Member cy = world.member();
        ChannelName small = new ChannelName("small");
        ada.attach(small);
        cy.attach(small);
        cy.link.losesPushes = true;
        ada.publish(small, 1, null);
        List<Broker.Published> answers = new ArrayList<>();
        cy.publish(small, 2, null, answers::add);
        world.run();
        for (int i = 3; i <= 7; i++) {
            ada.publish(small, i, null);
        }
        assertThat(answers).isEmpty();
        world.pass(SharedLimits.DEFAULT.patience());
        assertThat(cy.replacedBy).containsExactly(world.head(small));
        assertThat(answers).hasSize(1).allMatch(answer -> answer instanceof Broker.Published.Accepted);
    }

    private static ChannelSettings threeKept() {
        return new ChannelSettings(
                Durability.DISK, 3, 1 << 20, Duration.ofHours(1), 1000, Duration.ofMinutes(15), Duration.ofDays(1));
    }

    // ---- what is asked

    private Broker.Found find(int number) {
        List<Broker.Found> answers = new ArrayList<>();
        ada.broker.find(ROOM, KEY, Data.json(Integer.toString(number)), null, answers::add);
        world.run();
        return answers.getFirst();
    }

    private String read(Broker.ReadFrom from) {
        List<Broker.Page> pages = new ArrayList<>();
        ada.broker.read(ROOM, from, 2, 1 << 20, pages::add);
        world.run();
        return switch (pages.getFirst()) {
            case Broker.Page.Publications page -> page.gap() + " " + SharedWorld.numbersOf(page);
            case Broker.Page.Failed(Code code) -> code.toString();
        };
    }

    @Test
    void aKeyIsFoundAsItWasUsed() {
        assertThat(find(1)).isEqualTo(new Broker.Found.Unused());
        ada.publish(ROOM, 1, KEY);
        assertThat(find(1)).isEqualTo(new Broker.Found.Duplicate(ada.head));
        assertThat(find(2)).isEqualTo(new Broker.Found.Refused(Code.IDEMPOTENCY_CONFLICT));
        ada.link.isDown = true;
        assertThat(find(1)).isEqualTo(new Broker.Found.Refused(Code.BROKER_AWAY));
        assertThat(find(1)).isEqualTo(new Broker.Found.Refused(Code.BROKER_AWAY));
        assertThat(ada.counters.linksLost()).isEqualTo(1);
    }

    @Test
    void pagesAreReadFromBothEndsAndBeforeAPosition() {
        publish(ada, 1, 2, 3, 4, 5);
        Position fourth = ada.publications.get(3).position();
        assertThat(read(new Broker.ReadFrom.Newest())).isEqualTo("null [4, 5]");
        assertThat(read(new Broker.ReadFrom.Oldest())).isEqualTo("null [1, 2]");
        assertThat(read(new Broker.ReadFrom.Before(fourth))).isEqualTo("null [2, 3]");
        Position foreign = new Position(fourth.epoch() + 1, 4, fourth.check());
        assertThat(read(new Broker.ReadFrom.Before(foreign))).isEqualTo("EPOCH [4, 5]");
        ada.link.isDown = true;
        assertThat(read(new Broker.ReadFrom.Newest())).isEqualTo("BROKER_AWAY");
        assertThat(read(new Broker.ReadFrom.Newest())).isEqualTo("BROKER_AWAY");
    }

    @Test
    void nothingIsRedactedAndNothingPurgedWhileTheLogIsAway() {
        List<Broker.Erased> answers = new ArrayList<>();
        publish(ada, 1);
        ada.link.isDown = true;
        ada.broker.redact(ROOM, ada.head, answers::add);
        world.run();
        assertThat(ada.counters.linksLost()).isEqualTo(1);
        ada.broker.redact(ROOM, ada.head, answers::add);
        ada.broker.purge(ROOM, answers::add);
        world.run();
        assertThat(answers)
                .containsExactly(
                        new Broker.Erased.Refused(Code.BROKER_AWAY),
                        new Broker.Erased.Refused(Code.BROKER_AWAY),
                        new Broker.Erased.Refused(Code.BROKER_AWAY));
        assertThat(world.head(ROOM)).isEqualTo(ada.head);
    }

    @Test
    void nothingIsAttachedWhileTheLogIsAway() {
        ada.link.isDown = true;
        Broker.Attached away = new Broker.Attached.Failed(Code.BROKER_AWAY);
        assertThat(ada.attach(new ChannelName("first"))).isEqualTo(away);
        assertThat(ada.attach(new ChannelName("second"))).isEqualTo(away);
        ada.link.isDown = false;
        world.pass(SharedLimits.DEFAULT.tick());
        assertThat(ada.attach(new ChannelName("first"))).isInstanceOf(Broker.Attached.Done.class);
    }

    @Test
    void aDetachedChannelIsNeitherFollowedNorToldNorCounted() {
        assertThat(bob.link.follows(ROOM)).isTrue();
        bob.link.fail();
        bob.link.isDown = true;
        world.run();
        assertThat(bob.counters.staleChannels()).isEqualTo(1);
        bob.broker.detach(ROOM);
        assertThat(bob.counters.staleChannels()).isZero();
        bob.link.isDown = false;
        world.pass(Duration.ofSeconds(5));
        publish(ada, 1);
        world.pass(Duration.ofSeconds(5));
        assertThat(bob.told).isEmpty();
        bob.attach(ROOM);
        assertThat(bob.link.follows(ROOM)).isTrue();
        bob.broker.detach(ROOM);
        assertThat(bob.link.follows(ROOM)).isFalse();
    }

    @Test
    void aLinkThatSaysItIsLostIsTriedAgainAndItsChannelsFollowed() {
        publish(ada, 1);
        bob.link.isDown = true;
        bob.link.fail();
        bob.link.fail();
        world.run();
        assertThat(bob.isStale).isTrue();
        assertThat(bob.counters.linksLost()).isEqualTo(1);
        assertThat(bob.link.follows(ROOM)).isFalse();
        bob.link.isDown = false;
        world.pass(SharedLimits.DEFAULT.tick());
        assertThat(bob.isStale).isFalse();
        assertThat(bob.link.follows(ROOM)).isTrue();
        publish(ada, 2);
        assertThat(bob.told).containsExactly("1", "2");
    }

    @Test
    void manyChannelsAreAskedAboutSoManyAtATime() {
        world.limits = new SharedLimits(
                256, Duration.ofMillis(20), 1000, 1 << 20, Duration.ofMillis(500), Duration.ofSeconds(2), 2);
        SharedWorld.Member cy = world.member();
        cy.link.losesPushes = true;
        for (int i = 1; i <= 5; i++) {
            ChannelName name = new ChannelName("c" + i);
            ada.attach(name);
            cy.attach(name);
            ada.publish(name, i, null);
        }
        world.pass(Duration.ofSeconds(3));
        assertThat(cy.told).containsExactlyInAnyOrder("1", "2", "3", "4", "5");
        assertThat(cy.counters.silences()).isEqualTo(5);
        assertThat(cy.link.headsMost).isEqualTo(2);
    }

    @Test
    void aLinkThatCarriesNoPresenceLeavesItToEachNode() {
        world.carriesPresence = false;
        SharedWorld.Member cy = world.member();
        assertThat(cy.broker.rosters()).isNull();
        cy.attach(ROOM);
        cy.link.fail();
        world.pass(SharedLimits.DEFAULT.tick().multipliedBy(2));
        publish(ada, 1);
        assertThat(cy.told).containsExactly("1");
    }

    @Test
    void aDocumentCannotBeShared() {
        world.settings = ChannelSettings.DEFAULT.with(ChannelKind.DOCUMENT);
        assertThat(ada.attach(new ChannelName("document"))).isEqualTo(new Broker.Attached.Failed(Code.UNSUPPORTED));
    }

    @Test
    void whatWasPublishedIsToldAsItWas() {
        ada.broker.publish(ROOM, new Broker.Draft(Data.json("7"), "ada", KEY, null), _ -> {});
        world.run();
        Publication told = bob.publications.getFirst();
        assertThat(told.from()).isEqualTo("ada");
        assertThat(told.idempotencyKey()).isEqualTo(KEY);
        assertThat(told.position()).isEqualTo(world.head(ROOM));
    }
}
