package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PresenceTest {

    private static final String ROOM = "chat:lobby";
    private static final Duration GRACE = EngineLimits.DEFAULT.presenceGrace();
    private static final Duration MOMENT = Duration.ofMillis(1);
    private static final int DIFFERENCES = EngineLimits.DEFAULT.presenceDifferencesMax();

    private final World world = new World();

    private World.Client attending(String user) {
        World.Client client = world.client(user);
        client.attend(ROOM);
        return client;
    }

    private World.Client attending(String user, String session) {
        World.Client client = world.client(user, session);
        client.attend(ROOM);
        return client;
    }

    /** Who is there, by the command. */
    private ServerMessage.PresenceList list() {
        World.Client asking = world.client();
        asking.say(new ClientMessage.Presence(asking.nextId(), new ChannelName(ROOM)));
        asking.close();
        return asking.only(ServerMessage.PresenceList.class);
    }

    private List<String> present() {
        return list().users().stream().map(ServerMessage.Present::user).toList();
    }

    private static List<Code> refusals(World.Client client) {
        return client.all(ServerMessage.Refusal.class).stream()
                .map(ServerMessage.Refusal::code)
                .toList();
    }

    // ---- coming and going

    @Test
    void twoUsersOfAChannelSeeEachOtherComeAndGo() {
        World.Client ada = attending("ada");
        assertThat(ada.presence().users).containsExactly("ada");
        World.Client bob = attending("bob");
        assertThat(bob.presence().users).containsExactly("ada", "bob");
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        bob.unsubscribe(ROOM);
        assertThat(ada.presence().users).containsExactly("ada");
        assertThat(ada.presence().lists).isEqualTo(1);
        assertThat(world.counters.joins()).isEqualTo(2);
        assertThat(world.counters.leaves()).isEqualTo(1);
        assertThat(world.counters.present()).isEqualTo(1);
    }

    @Test
    void theListComesAfterTheSubscriptionStandsAndNothingAfterItEnds() {
        World.Client ada = attending("ada");
        assertThat(ada.received.get(0)).isInstanceOf(ServerMessage.Subscribed.class);
        assertThat(ada.received.get(1)).isInstanceOf(ServerMessage.PresenceList.class);
        ada.unsubscribe(ROOM);
        int told = ada.received.size();
        attending("bob");
        assertThat(ada.received).hasSize(told);
    }

    @Test
    void whoDoesNotAskIsNeitherToldNorListed() {
        World.Client quiet = world.client("quiet");
        quiet.subscribe(ROOM, null);
        attending("ada");
        assertThat(quiet.received).hasSize(1);
        assertThat(present()).containsExactly("ada");
    }

    @Test
    void whoHasProvenToBeNobodyIsToldButNotListed() {
        World.Client nobody = world.client();
        nobody.attend(ROOM);
        attending("ada");
        assertThat(nobody.presence().users).containsExactly("ada");
    }

    @Test
    void aGoodbyeIsALeaveAtOnce() {
        World.Client ada = attending("ada");
        attending("bob").sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void aConnectionThatEndsOtherwiseIsALeaveAfterTheGraceAndNotBefore() {
        World.Client ada = attending("ada");
        attending("bob").close();
        world.pass(GRACE.minus(MOMENT));
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        world.pass(MOMENT);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void aReloadIsNoLeave() {
        World.Client ada = attending("ada");
        attending("bob").close();
        world.pass(GRACE.minus(MOMENT));
        attending("bob");
        world.pass(GRACE.multipliedBy(3));
        assertThat(ada.all(ServerMessage.Leave.class)).isEmpty();
        assertThat(ada.all(ServerMessage.Join.class)).hasSize(1);
        assertThat(present()).containsExactly("ada", "bob");
    }

    @Test
    void aUserWithTwoTabsLeavesWithTheLastOfThem() {
        World.Client ada = attending("ada");
        World.Client first = attending("bob");
        World.Client second = attending("bob");
        assertThat(list().users())
                .containsExactly(new ServerMessage.Present("ada", 1), new ServerMessage.Present("bob", 2));
        first.sayGoodbye();
        world.pass(GRACE.multipliedBy(2));
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        second.sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada");
        assertThat(ada.all(ServerMessage.Join.class)).hasSize(1);
    }

    @Test
    void whoseOtherTabWasCutStaysForItsGrace() {
        World.Client ada = attending("ada");
        World.Client first = attending("bob");
        World.Client second = attending("bob");
        first.close();
        second.sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        assertThat(list().users()).contains(new ServerMessage.Present("bob", 0));
        world.pass(GRACE);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoReturnsAndSaysGoodbyeIsGoneAtOnce() {
        World.Client ada = attending("ada");
        attending("bob", "tab").close();
        attending("bob", "tab").sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoLeavesAfterAReloadIsGoneAtOnce() {
        World.Client ada = attending("ada");
        attending("bob", "before").close();
        World.Client reloaded = attending("bob", "after");
        reloaded.unsubscribe(ROOM);
        assertThat(ada.presence().users).containsExactly("ada");
        world.pass(GRACE.multipliedBy(2));
        assertThat(ada.all(ServerMessage.Leave.class)).hasSize(1);
    }

    /** Of two tabs that were cut one is back: it has taken its own place, and not that of the other. */
    @Test
    void aTabThatIsBackTakesNoOthersPlace() {
        World.Client ada = attending("ada");
        World.Client first = attending("bob", "first");
        World.Client second = attending("bob", "second");
        first.close();
        second.close();
        attending("bob", "first").sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        world.pass(GRACE);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    // ---- proofs that are over

    @Test
    void whoIsRevokedLeavesAtOnce() {
        World.Client ada = attending("ada");
        attending("bob");
        world.endSessions((principal, _) -> "bob".equals(principal.name()), Code.REVOKED);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoIsRevokedAfterItsConnectionWasLostLeavesAtOnce() {
        World.Client ada = attending("ada");
        attending("bob", "lost").close();
        attending("eve", "lost").close();
        world.endSessions((principal, _) -> "bob".equals(principal.name()), Code.REVOKED);
        assertThat(ada.presence().users).containsExactly("ada", "eve");
        world.endSessions((_, session) -> session.equals("lost"), Code.REVOKED);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    /** The end of the connection is on its way to the channel's shard when the revocation comes. */
    @Test
    void whoIsRevokedWhileItsConnectionEndsLeavesAtOnce() {
        for (int seed = 0; seed < Seeds.of(50); seed++) {
            World raced = new World(seed);
            World.Client ada = raced.client("ada");
            ada.attend(ROOM);
            World.Client bob = raced.client("bob");
            bob.attend(ROOM);
            bob.post(bob.session::onClosed);
            raced.endSessions((principal, _) -> "bob".equals(principal.name()), Code.REVOKED);
            assertThat(ada.presence().users).as("seed " + seed).containsExactly("ada");
        }
    }

    @Test
    void whoseTokenHasExpiredLeavesAtOnce() {
        World.Client ada = attending("ada");
        long now = world.millis();
        Principal.Term term = new Principal.Term(null, now, now + 60_000);
        World.Client bob = world.client(new Principal("bob", "token", List.of(), term));
        bob.greet();
        bob.attend(ROOM);
        world.pass(Duration.ofSeconds(61));
        assertThat(bob.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoIsEndedForAnotherReasonHasItsGrace() {
        World.Client ada = attending("ada");
        attending("bob");
        world.endSessions((principal, _) -> "bob".equals(principal.name()), Code.MOVING);
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        world.pass(GRACE);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    // ---- who is only slow

    @Test
    void whoUnsubscribesBecauseItIsSlowStaysAndIsToldTheDifferencesWhenItIsBack() {
        World.Client ada = attending("ada");
        World.Client bob = attending("bob");
        long version = bob.presence().version;
        bob.stepAside(ROOM);
        int told = bob.received.size();
        attending("eve");
        ada.publish(ROOM, 1);
        world.pass(GRACE.multipliedBy(3));
        assertThat(bob.received).hasSize(told);
        assertThat(present()).containsExactly("ada", "bob", "eve");
        bob.say(bob.attending(ROOM, version));
        assertThat(bob.presence().users).containsExactly("ada", "bob", "eve");
        assertThat(bob.presence().lists).isEqualTo(1);
        assertThat(ada.all(ServerMessage.Leave.class)).isEmpty();
        assertThat(list().users()).contains(new ServerMessage.Present("bob", 1));
        bob.unsubscribe(ROOM);
        assertThat(present()).containsExactly("ada", "eve");
    }

    @Test
    void whoIsAwayBecauseItIsSlowLeavesWithItsSession() {
        World.Client ada = attending("ada");
        World.Client bob = attending("bob");
        World.Client eve = attending("eve");
        World.Client dan = attending("dan");
        bob.stepAside(ROOM);
        eve.stepAside(ROOM);
        dan.stepAside(ROOM);
        dan.unsubscribe(ROOM);
        assertThat(present()).containsExactly("ada", "bob", "eve");
        bob.sayGoodbye();
        assertThat(present()).containsExactly("ada", "eve");
        eve.close();
        world.pass(GRACE.minus(MOMENT));
        assertThat(present()).containsExactly("ada", "eve");
        world.pass(MOMENT);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoIsAwayAndMayNoLongerOrNoLongerWantsToBePresentLeaves() {
        World.Client bob = attending("bob");
        World.Client eve = attending("eve");
        bob.stepAside(ROOM);
        eve.stepAside(ROOM);
        bob.subscribe(ROOM, null);
        assertThat(present()).containsExactly("eve");
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not any more"));
        eve.say(new ClientMessage.Authenticate(eve.nextId(), "eve"));
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Accept());
        assertThat(present()).isEmpty();
    }

    @Test
    void whoComesBackAndMayNotBePresentAnyMoreLeavesAtOnce() {
        World.Client ada = attending("ada");
        World.Client bob = attending("bob");
        bob.stepAside(ROOM);
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not any more"));
        bob.attend(ROOM);
        assertThat(refusals(bob)).containsExactly(Code.NOT_PERMITTED);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoseReturnIsRefusedLeavesAfterTheGrace() {
        World.Client ada = attending("ada");
        World.Client bob = attending("bob");
        bob.stepAside(ROOM);
        world.mayRead = (_, _) -> false;
        bob.attend(ROOM);
        assertThat(refusals(bob)).containsExactly(Code.NOT_PERMITTED);
        world.pass(GRACE.minus(MOMENT));
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        world.pass(MOMENT);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void whoSaysGoodbyeBeforeItsReturnIsAnsweredLeavesAtOnce() {
        World.Client ada = attending("ada");
        World.Client bob = attending("bob");
        bob.stepAside(ROOM);
        world.onPresence = _ -> {};
        bob.attend(ROOM);
        bob.sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void aReturnThatIsRefusedThoughItsClientHasSteppedAsideAgainLeavesNothingBehind() {
        World.Client bob = attending("bob");
        bob.stepAside(ROOM);
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        Consumer<Consumer<Decisions.Verdict>> atOnce = world.onSubscribe;
        world.onSubscribe = pending::add;
        bob.attend(ROOM);
        bob.stepAside(ROOM);
        world.onSubscribe = atOnce;
        bob.attend(ROOM);
        pending.getFirst().accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not then"));
        world.run();
        assertThat(present()).containsExactly("bob");
        bob.close();
        world.pass(GRACE.multipliedBy(2));
        assertThat(present()).isEmpty();
    }

    @Test
    void whoIsNotListedDoesNotStayWhenItStepsAside() {
        World.Client nobody = world.client();
        nobody.attend(ROOM);
        nobody.stepAside(ROOM);
        nobody.unsubscribe(ROOM);
        assertThat(refusals(nobody)).containsExactly(Code.NOT_SUBSCRIBED);
    }

    @Test
    void stepsAsideAndBackThatAreNotAnsweredYetLeaveNothingBehind() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        World.Client bob = attending("bob");
        Consumer<Consumer<Decisions.Verdict>> atOnce = world.onPresence;
        world.onPresence = pending::add;
        for (int i = 0; i < 5; i++) {
            bob.stepAside(ROOM);
            bob.attend(ROOM);
        }
        while (!pending.isEmpty()) {
            pending.removeLast().accept(new Decisions.Verdict.Accept());
            world.run();
        }
        world.onPresence = atOnce;
        world.pass(GRACE.multipliedBy(2));
        assertThat(list().users()).containsExactly(new ServerMessage.Present("bob", 1));
        bob.unsubscribe(ROOM);
        world.pass(GRACE.multipliedBy(2));
        assertThat(present()).isEmpty();
    }

    @Test
    void theChannelsThatASessionIsAwayFromCountAsSubscriptions() {
        World.Client bob = world.client("bob");
        int max = EngineLimits.DEFAULT.subscriptionsMax();
        for (int i = 0; i < max; i++) {
            bob.attend("room:" + i);
            bob.stepAside("room:" + i);
        }
        bob.attend("one:more");
        assertThat(refusals(bob)).containsExactly(Code.TOO_MANY_SUBSCRIPTIONS);
        bob.attend("room:0");
        assertThat(refusals(bob)).hasSize(1);
    }

    // ---- one session over several connections

    @Test
    void theLateEndOfAnEarlierConnectionOfASessionIsNoLeave() {
        World.Client ada = attending("ada");
        World.Client before = attending("bob", "tab");
        World.Client now = attending("bob", "tab");
        assertThat(list().users()).contains(new ServerMessage.Present("bob", 1));
        before.close();
        world.pass(GRACE.multipliedBy(2));
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        now.unsubscribe(ROOM);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void evenAGoodbyeOfAnEarlierConnectionOfASessionIsNone() {
        World.Client ada = attending("ada");
        World.Client before = attending("bob", "tab");
        attending("bob", "tab");
        before.sayGoodbye();
        assertThat(ada.all(ServerMessage.Leave.class)).isEmpty();
    }

    @Test
    void theGoodbyeOfASessionEndsWhatItsLostConnectionsHeld() {
        World.Client ada = attending("ada");
        World.Client lost = attending("bob", "tab");
        World.Client lostToo = attending("bob", "tab");
        attending("bob", "tab").sayGoodbye();
        assertThat(ada.presence().users).containsExactly("ada");
        lost.close();
        lostToo.sayGoodbye();
        world.pass(GRACE.multipliedBy(2));
        assertThat(ada.all(ServerMessage.Leave.class)).hasSize(1);
    }

    @Test
    void aSessionLastsAsLongAsOneOfItsConnectionsInWhateverOrderTheyEnd() {
        World.Client ada = attending("ada");
        List<World.Client> connections = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            connections.add(attending("bob", "tab"));
        }
        for (int i : new int[] {1, 3, 0}) {
            connections.get(i).close();
            world.pass(GRACE.multipliedBy(2));
            assertThat(list().users()).contains(new ServerMessage.Present("bob", 1));
        }
        connections.get(2).close();
        world.pass(GRACE);
        assertThat(ada.presence().users).containsExactly("ada");
    }

    @Test
    void theSameIdInAnothersHandsIsAnotherSession() {
        World.Client ada = attending("ada", "same");
        World.Client bob = attending("bob", "same");
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        bob.sayGoodbye();
        assertThat(present()).containsExactly("ada");
    }

    /** The decision about the first took so long that the client had come back by then; its connection seemed alive. */
    @Test
    void anEarlierSubscribeOfASessionThatIsDecidedLaterEndsNothing() {
        World.Client ada = attending("ada");
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        Consumer<Consumer<Decisions.Verdict>> atOnce = world.onPresence;
        world.onPresence = pending::add;
        World.Client before = attending("bob", "tab");
        world.pass(MOMENT);
        world.onPresence = atOnce;
        attending("bob", "tab");
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(before.presence().users).containsExactly("ada", "bob");
        before.close();
        world.pass(GRACE.multipliedBy(2));
        assertThat(ada.all(ServerMessage.Leave.class)).isEmpty();
        assertThat(present()).containsExactly("ada", "bob");
    }

    @Test
    void whoIsGoneBeforeItsPermissionIsDecidedIsNeverListed() {
        World.Client ada = attending("ada");
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPresence = pending::add;
        attending("bob").close();
        attending("eve").sayGoodbye();
        pending.forEach(answer -> answer.accept(new Decisions.Verdict.Accept()));
        world.pass(GRACE.multipliedBy(2));
        assertThat(ada.all(ServerMessage.Join.class)).isEmpty();
        assertThat(world.counters.present()).isEqualTo(1);
    }

    @Test
    void manyShortSessionsOfOneUserAreOneUserAndBounded() {
        World.Client ada = attending("ada");
        for (int i = 0; i < 100; i++) {
            attending("bob").close();
            world.pass(MOMENT);
        }
        world.pass(GRACE.minus(MOMENT).minus(MOMENT));
        assertThat(ada.presence().users).containsExactly("ada", "bob");
        world.pass(MOMENT);
        assertThat(ada.presence().users).containsExactly("ada");
        assertThat(ada.all(ServerMessage.Join.class)).hasSize(1);
        assertThat(ada.all(ServerMessage.Leave.class)).hasSize(1);
    }

    // ---- limits and permissions

    @Test
    void beyondTheLimitAUserIsToldSoAndIsSubscribedAndToldButNotListed() {
        world.limits = SomeLimits.presence(2);
        World.Client ada = attending("ada");
        attending("bob");
        World.Client eve = attending("eve");
        assertThat(eve.all(ServerMessage.Subscribed.class)).hasSize(1);
        ServerMessage.Refusal refusal = eve.only(ServerMessage.Refusal.class);
        assertThat(refusal.code()).isEqualTo(Code.PRESENCE_FULL);
        assertThat(refusal.channel()).isEqualTo(new ChannelName(ROOM));
        assertThat(refusal.id()).isNull();
        assertThat(eve.presence().users).containsExactly("ada", "bob");
        assertThat(world.counters.refusals(Code.PRESENCE_FULL)).isEqualTo(1);
        attending("bob"); // a session more of one who is listed
        ada.sayGoodbye();
        assertThat(eve.presence().users).containsExactly("bob");
        eve.unsubscribe(ROOM);
        eve.attend(ROOM);
        assertThat(present()).containsExactly("bob", "eve");
    }

    @Test
    void whoMayNotIsSubscribedAndNeitherToldNorListed() {
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not you"));
        World.Client ada = attending("ada");
        assertThat(ada.received.get(0)).isInstanceOf(ServerMessage.Subscribed.class);
        assertThat(refusals(ada)).containsExactly(Code.NOT_PERMITTED);
        assertThat(ada.received).hasSize(2);
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Accept());
        attending("bob");
        assertThat(ada.received).hasSize(2);
        assertThat(present()).containsExactly("bob");
        ada.publish(ROOM, 1);
        assertThat(ada.numbers()).containsExactly(1);
    }

    @Test
    void whoMayNoLongerIsNeitherToldNorListedFromThenOn() {
        World.Client bob = attending("bob");
        World.Client ada = attending("ada");
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not any more"));
        ada.say(new ClientMessage.Authenticate(ada.nextId(), "ada"));
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Accept());
        assertThat(refusals(ada)).containsExactly(Code.NOT_PERMITTED);
        assertThat(bob.presence().users).containsExactly("bob");
        int told = ada.received.size();
        attending("eve");
        assertThat(ada.received).hasSize(told);
        ada.publish(ROOM, 1);
        assertThat(ada.numbers()).containsExactly(1);
        ada.close();
        world.pass(GRACE);
        assertThat(present()).containsExactly("bob", "eve");
    }

    @Test
    void theCommandNeedsThePermissionAndAChannelThatMayBe() {
        World.Client client = world.client();
        client.say(new ClientMessage.Presence(client.nextId(), new ChannelName("forbidden")));
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not you"));
        client.say(new ClientMessage.Presence(client.nextId(), new ChannelName(ROOM)));
        assertThat(refusals(client)).containsExactly(Code.UNKNOWN_CHANNEL, Code.NOT_PERMITTED);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void theCommandNeedsNoSubscriptionAndLoadsNoChannel() {
        ServerMessage.PresenceList nobody = list();
        assertThat(nobody.users()).isEmpty();
        assertThat(nobody.version()).isPositive();
        assertThat(world.counters.channelsAttached()).isZero();
        attending("ada");
        assertThat(list().version()).isGreaterThan(nobody.version());
    }

    // ---- versions

    @Test
    void whoReturnsWithAVersionIsGivenTheDifferencesSinceOrNothing() {
        World.Client reader = world.client();
        reader.attend(ROOM);
        attending("ada");
        long version = reader.presence().version;
        reader.close();
        World.Client bob = attending("bob");
        attending("eve").sayGoodbye();
        World.Client back = world.client();
        back.say(back.attending(ROOM, version));
        assertThat(back.all(ServerMessage.PresenceList.class)).isEmpty();
        assertThat(back.all(ServerMessage.Join.class).stream().map(ServerMessage.Join::user))
                .containsExactly("bob", "eve");
        assertThat(back.only(ServerMessage.Leave.class).version()).isEqualTo(version + 3);
        World.Client again = world.client();
        again.say(again.attending(ROOM, version + 3));
        assertThat(again.received).hasSize(1);
        bob.sayGoodbye();
        assertThat(again.only(ServerMessage.Leave.class).version()).isEqualTo(version + 4);
    }

    @Test
    void whoReturnsWithAVersionThatIsForgottenOrNoneIsGivenTheWholeList() {
        World.Client reader = world.client();
        reader.attend(ROOM);
        long version = reader.presence().version;
        for (int i = 0; i < DIFFERENCES / 2 + 1; i++) {
            attending("ada").sayGoodbye();
        }
        long now = reader.presence().version;
        for (long since : new long[] {version, now - DIFFERENCES - 1, now + 1, 1}) {
            World.Client back = world.client();
            back.say(back.attending(ROOM, since));
            assertThat(back.only(ServerMessage.PresenceList.class).version()).isEqualTo(now);
        }
        World.Client near = world.client();
        near.say(near.attending(ROOM, now - DIFFERENCES));
        assertThat(near.received).hasSize(1 + DIFFERENCES);
    }

    @Test
    void versionsOfALaterLifeAreAboveAllBeforeEvenIfTheClockWasPutBack() {
        World.Client reader = world.client();
        reader.attend(ROOM);
        World.Client ada = attending("ada");
        long before = reader.presence().version;
        ada.sayGoodbye();
        reader.close();
        world.pass(EngineLimits.DEFAULT.idleTimeMax().plusSeconds(20));
        assertThat(world.counters.channelsAttached()).isZero();
        world.setBack(Duration.ofHours(1));
        World.Client back = world.client();
        back.say(back.attending(ROOM, before));
        assertThat(back.only(ServerMessage.PresenceList.class).version()).isGreaterThan(before + 1);
        assertThat(back.presence().users).isEmpty();
    }

    @Test
    void aRestartedNodesVersionsAreAboveThoseBefore() {
        World.Client reader = world.client();
        reader.attend(ROOM);
        attending("ada");
        long before = reader.presence().version;
        world.restart();
        world.pass(Duration.ofSeconds(1));
        World.Client back = world.client();
        back.say(back.attending(ROOM, before));
        assertThat(back.presence().users).isEmpty();
        assertThat(back.presence().version).isGreaterThan(before);
    }

    @Test
    void aChannelStaysInMemoryAsLongAsSomebodyIsListed() {
        world.limits = SomeLimits.channels(100, 1);
        attending("ada").close();
        World.Client other = world.client();
        for (int i = 0; i < 10; i++) {
            other.subscribe("other:" + i, null);
        }
        assertThat(refusals(other)).isNotEmpty().containsOnly(Code.OVERLOADED);
        assertThat(present()).containsExactly("ada");
        other.close();
        world.pass(EngineLimits.DEFAULT.idleTimeMax().plusSeconds(20));
        assertThat(world.counters.channelsAttached()).isZero();
        assertThat(world.counters.present()).isZero();
    }

    // ---- slow readers

    @Test
    void aReaderWithoutRoomIsGivenWhatItMissedOnceItHasSome() {
        World.Client slow = world.client();
        slow.attend(ROOM);
        slow.room = 1;
        World.Client ada = attending("ada");
        for (int i = 0; i < 50; i++) {
            attending("u" + i);
        }
        ada.sayGoodbye();
        assertThat(slow.received).hasSize(3);
        slow.giveRoom(100);
        assertThat(slow.received).hasSize(3 + 51);
        assertThat(slow.presence().lists).isEqualTo(1);
        assertThat(slow.presence().users).hasSize(50).doesNotContain("ada");
        attending("late");
        assertThat(slow.presence().users).contains("late");
    }

    @Test
    void aReaderWithoutRoomIsGivenTheListOnceItHasSomeWhereWhatItMissedIsForgotten() {
        world.limits = SomeLimits.presence(1000, 1000, 10);
        World.Client slow = world.client();
        slow.attend(ROOM);
        slow.room = 0;
        for (int i = 0; i < 11; i++) {
            attending("u" + i);
        }
        assertThat(slow.received).hasSize(2);
        slow.giveRoom(100);
        assertThat(slow.presence().lists).isEqualTo(2);
        assertThat(slow.presence().users).hasSize(11);
    }

    /** A token that no longer permits presence comes while the list is on its way: what waits behind the list goes on. */
    @Test
    void aReaderThatMayNoLongerWhileItsListIsOnItsWayKeepsNothingWaiting() {
        World.Client slow = attending("slow");
        slow.subscribe("other", null);
        slow.room = 0;
        attending("ada");
        world.client().publish("other", 1);
        assertThat(slow.session.isBehind()).isTrue();
        world.onPresence = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not any more"));
        slow.room = 10;
        slow.post(slow.session::onRoom);
        slow.post(new ClientMessage.Authenticate(slow.nextId(), "slow"));
        world.run();
        assertThat(slow.numbers()).containsExactly(1);
        assertThat(slow.session.isBehind()).isFalse();
    }

    @Test
    void aReaderThatHasNoRoomForGoodIsAskedForNothing() {
        World.Client slow = world.client();
        slow.attend(ROOM);
        slow.room = 0;
        attending("ada");
        slow.unsubscribe(ROOM);
        slow.giveRoom(10);
        assertThat(slow.presence().users).isEmpty();
        assertThat(slow.session.isBehind()).isFalse();
    }

    @Test
    void listsAndPagesOfOneConnectionTakeTurnsAndComeOnlyAsThereIsRoom() {
        attending("ada");
        World.Client greedy = world.client();
        greedy.room = 0;
        for (int i = 0; i < 20; i++) {
            greedy.say(new ClientMessage.Presence(greedy.nextId(), new ChannelName(ROOM)));
            greedy.say(new ClientMessage.History(greedy.nextId(), new ChannelName(ROOM), null, null, 10));
        }
        assertThat(greedy.received).isEmpty();
        assertThat(world.counters.outstanding()).isEqualTo(40);
        greedy.giveRoom(2);
        assertThat(greedy.all(ServerMessage.PresenceList.class)).hasSize(1);
        assertThat(greedy.all(ServerMessage.HistoryPage.class)).hasSize(1);
        greedy.giveRoom(5);
        assertThat(greedy.received).hasSize(7);
        greedy.giveRoom(100);
        assertThat(greedy.received).hasSize(40);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void questionsThatWaitedForRoomAreForgottenWithTheirConnection() {
        World.Client greedy = world.client();
        greedy.room = 0;
        greedy.say(new ClientMessage.Presence(greedy.nextId(), new ChannelName(ROOM)));
        greedy.close();
        assertThat(world.counters.outstanding()).isZero();
    }
}
