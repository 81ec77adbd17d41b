package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is present over several nodes that share a log. */
class SharedPresenceTest {

    private static final String ROOM = "chat:lobby";
    private static final SharedLimits LIMITS = SharedLimits.DEFAULT;
    private static final Duration GRACE = EngineLimits.DEFAULT.presenceGrace();
    private static final Duration STEP = Duration.ofMillis(100);
    private static final Duration MOMENT =
            LIMITS.proofAgeMax().plus(LIMITS.tick().multipliedBy(2));

    private final SharedWorld shared = new SharedWorld();
    private final List<Place> places = new ArrayList<>();
    private final Place first = new Place(1);
    private final Place second = new Place(2);

    /** A node, and its links. */
    private final class Place {
        final World world;
        final List<SharedWorld.Link> links = new ArrayList<>();

        Place(long seed) {
            world = new World(seed);
            world.brokerOf = owner -> {
                SharedWorld.Link link = shared.link();
                links.add(link);
                return new SharedBroker(owner, world, world, link, LIMITS, world.counters);
            };
            places.add(this);
        }

        World.Client attending(String user) {
            World.Client client = world.client(user);
            client.attend(ROOM);
            run();
            return client;
        }

        void cutOff(boolean isCut) {
            links.forEach(link -> link.isDown = isCut);
        }

        /** It ends without a word. */
        void die() {
            world.restart();
            links.clear();
        }
    }

    private void run() {
        for (int i = 0; i < 20; i++) {
            places.forEach(place -> place.world.run());
            shared.run();
        }
    }

    private void pass(Duration time) {
        for (long i = 0; i < time.toMillis() / STEP.toMillis(); i++) {
            shared.pass(STEP);
            places.forEach(place -> place.world.pass(STEP));
            run();
        }
    }

    private static List<String> seenBy(World.Client client) {
        return List.copyOf(client.presence().users);
    }

    private static int lists(World.Client client) {
        return client.presence().lists;
    }

    @Test
    void usersOfTwoNodesSeeEachOtherComeAndGo() {
        World.Client ada = first.attending("ada");
        World.Client bob = second.attending("bob");
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
        assertThat(seenBy(bob)).containsExactlyInAnyOrder("ada", "bob");
        bob.unsubscribe(ROOM);
        run();
        assertThat(seenBy(ada)).containsExactly("ada");
        assertThat(lists(ada)).isEqualTo(1);
        assertThat(first.world.counters.present()).isEqualTo(1);
        assertThat(second.world.counters.present()).isZero();
    }

    @Test
    void whoMovesToAnotherNodeWithinTheGraceHasNotLeft() {
        World.Client watching = first.attending("watcher");
        World.Client before = first.attending("ada");
        before.close();
        run();
        second.attending("ada");
        pass(GRACE.plus(MOMENT));
        assertThat(watching.all(ServerMessage.Leave.class)).isEmpty();
        assertThat(watching.all(ServerMessage.Join.class)).hasSize(2);
        assertThat(seenBy(watching)).containsExactlyInAnyOrder("watcher", "ada");
    }

    @Test
    void theSessionsOfAUserOnAllNodesAreCounted() {
        first.attending("ada");
        second.attending("ada");
        second.attending("ada");
        run();
        World.Client asking = first.world.client();
        ServerMessage.PresenceList list = asking.askWhoIsThere(ROOM);
        assertThat(list.users()).containsExactly(new ServerMessage.Present("ada", 3));
    }

    @Test
    void whoAsksOnANodeWhereNobodyIsIsToldOfAllOthers() {
        first.attending("ada");
        World.Client asking = second.world.client();
        assertThat(asking.askWhoIsThere(ROOM).users()).containsExactly(new ServerMessage.Present("ada", 1));
    }

    @Test
    void aChannelThatLeavesTheMemoryIsNotAttendedAnyMore() {
        first.world.client().askWhoIsThere(ROOM);
        ChannelName room = new ChannelName(ROOM);
        assertThat(first.links).anyMatch(link -> link.attends(room));
        pass(first.world.limits.idleTimeMax().plusSeconds(11));
        assertThat(first.world.counters.channelsAttached()).isZero();
        assertThat(first.links).noneMatch(link -> link.attends(room));
    }

    @Test
    void whoIsThereIsRefusedWhereThereIsNoRoomForTheChannel() {
        first.world.limits = SomeLimits.channels(100, 1);
        World.Client client = first.world.client();
        for (int i = 0; i < 10; i++) {
            client.subscribe("c" + i, null);
        }
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(2);
        client.received.clear();
        client.say(new ClientMessage.Presence(client.nextId(), new ChannelName(ROOM)));
        assertThat(client.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.OVERLOADED);
    }

    @Test
    void theUsersOfADeadNodeAreGoneOnceItsLeaseHasEnded() {
        World.Client ada = first.attending("ada");
        second.attending("bob");
        second.die();
        pass(LIMITS.leaseTime().minus(LIMITS.leaseRenewal()).minus(MOMENT));
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
        pass(LIMITS.leaseRenewal().plus(MOMENT.multipliedBy(2)));
        assertThat(seenBy(ada)).containsExactly("ada");
        assertThat(lists(ada)).isEqualTo(1);
        assertThat(first.world.counters.leasesBuried()).isPositive();
        World.Client again = second.attending("bob");
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
        assertThat(seenBy(again)).containsExactlyInAnyOrder("ada", "bob");
    }

    @Test
    void aNodeThatWasCutOffPastItsLeaseListsItsUsersAgainAtOnceWhenItIsBack() {
        World.Client ada = first.attending("ada");
        World.Client bob = second.attending("bob");
        second.cutOff(true);
        pass(LIMITS.leaseTime().plus(MOMENT));
        assertThat(seenBy(ada)).containsExactly("ada");
        assertThat(seenBy(bob)).containsExactlyInAnyOrder("ada", "bob");
        second.cutOff(false);
        pass(LIMITS.tick().multipliedBy(4));
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
        assertThat(seenBy(bob)).containsExactlyInAnyOrder("ada", "bob");
        assertThat(second.world.counters.leasesLost()).isPositive();
        pass(LIMITS.leaseTime().multipliedBy(2));
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
    }

    @Test
    void whatWasNotPushedIsFoundOut() {
        World.Client ada = first.attending("ada");
        first.links.forEach(link -> link.losesPushes = true);
        second.attending("bob");
        assertThat(seenBy(ada)).containsExactly("ada");
        pass(MOMENT);
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
    }

    @Test
    void whatIsPushedTwiceAndOutOfOrderIsToldOnce() {
        World.Client ada = first.attending("ada");
        first.links.forEach(link -> link.holdsPushes = true);
        second.attending("bob");
        second.attending("cy");
        for (SharedWorld.Link link : first.links) {
            link.holdsPushes = false;
            link.held.reversed().forEach(Runnable::run);
            link.held.forEach(Runnable::run);
        }
        run();
        assertThat(ada.all(ServerMessage.Join.class))
                .extracting(ServerMessage.Join::user)
                .containsExactly("ada", "bob", "cy");
        assertThat(lists(ada)).isEqualTo(1);
    }

    @Test
    void whenAllThatWasKeptIsLostEachNodeSaysAgainWhoIsThere() {
        World.Client ada = first.attending("ada");
        World.Client bob = second.attending("bob");
        shared.forgetPresence();
        places.forEach(place -> place.links.forEach(SharedWorld.Link::fail));
        pass(MOMENT.multipliedBy(2));
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
        assertThat(seenBy(bob)).containsExactlyInAnyOrder("ada", "bob");
        pass(LIMITS.leaseTime().multipliedBy(2));
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "bob");
    }

    @Test
    void whatIsSaidAfterALossHasAVersionThatNobodyWasToldBefore() {
        World.Client ada = first.attending("ada");
        first.links.forEach(link -> link.losesPushes = true);
        World.Client bob = second.attending("bob");
        second.attending("dan");
        second.attending("eve");
        long told = bob.presence().version;
        assertThat(ada.presence().version).isLessThan(told);
        shared.forgetPresence();
        first.attending("cy");
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "cy");
        assertThat(ada.presence().version).isGreaterThan(told);
    }

    @Test
    void twoNodesNeverRaiseTheVersionThatBothKnowToTheSame() {
        World.Client ada = first.attending("ada");
        World.Client bob = second.attending("bob");
        long known = bob.presence().version;
        second.cutOff(true);
        first.links.forEach(SharedWorld.Link::fail);
        pass(MOMENT);
        long raised = ada.presence().version;
        assertThat(raised).isGreaterThan(known);
        shared.forgetPresence();
        first.cutOff(true);
        second.cutOff(false);
        second.links.forEach(SharedWorld.Link::fail);
        pass(MOMENT);
        assertThat(bob.presence().version).isGreaterThan(known);
        assertThat(Math.abs(bob.presence().version - raised)).isGreaterThan(100);
    }

    @Test
    void whoSubscribesWhileTheLogIsAwayIsToldOnceItIsBack() {
        World.Client ada = first.attending("ada");
        second.attending("early");
        second.cutOff(true);
        second.links.forEach(SharedWorld.Link::fail);
        World.Client late = second.attending("late");
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "early");
        second.cutOff(false);
        pass(MOMENT);
        assertThat(seenBy(ada)).containsExactlyInAnyOrder("ada", "early", "late");
        assertThat(seenBy(late)).containsExactlyInAnyOrder("ada", "early", "late");
    }

    @Test
    void whoWaitsToBeToldWhoIsThereIsAnsweredWhenTheLinkIsLost() {
        World.Client reading = second.world.client();
        reading.subscribe(ROOM, null);
        run();
        second.links.forEach(link -> link.holdsAnswers = true);
        World.Client bob = second.attending("bob");
        assertThat(bob.received).isEmpty();
        second.cutOff(true);
        second.links.forEach(SharedWorld.Link::fail);
        run();
        bob.only(ServerMessage.Subscribed.class);
    }

    @Test
    void aCallOfPresenceThatFailsIsALinkThatIsLost() {
        second.attending("bob");
        second.cutOff(true);
        second.attending("eve");
        assertThat(second.world.counters.linksLost()).isEqualTo(1);
    }

    @Test
    void noMoreUsersAreListedOverAllNodesThanTheLimitAllows() {
        EngineLimits limits = SomeLimits.presence(2);
        places.forEach(place -> place.world.limits = limits);
        first.attending("ada");
        second.attending("bob");
        World.Client cy = first.attending("cy");
        assertThat(cy.all(ServerMessage.Refusal.class)).hasSize(1);
        assertThat(seenBy(cy)).containsExactlyInAnyOrder("ada", "bob");
    }
}
