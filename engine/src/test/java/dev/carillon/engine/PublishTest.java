package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PublishTest {

    private static final String KEY = "key-0000000000000000";

    private final World world = new World();

    private static Code codeOf(ServerMessage answer) {
        assertThat(answer).isInstanceOf(ServerMessage.Refusal.class);
        return ((ServerMessage.Refusal) answer).code();
    }

    private List<Integer> kept(String channel) {
        World.Client reader = world.client();
        reader.subscribe(channel, Position.ORIGIN);
        reader.close();
        return reader.numbers();
    }

    private static String key(int number) {
        return KEY + number;
    }

    @Test
    void theSameKeyAndDataAnswersDuplicateAndTheFirstPositionWhoeverSendsIt() {
        ServerMessage.Published first = (ServerMessage.Published) world.client().publish("orders", 1, KEY);
        world.client().publish("orders", 2);
        ServerMessage.Published again = (ServerMessage.Published) world.client().publish("orders", 1, KEY);
        assertThat(first.duplicate()).isFalse();
        assertThat(again.duplicate()).isTrue();
        assertThat(again.position()).isEqualTo(first.position());
        assertThat(kept("orders")).containsExactly(1, 2);
    }

    @Test
    void theSameKeyWithOtherDataIsAConflictAndOnAnotherChannelIsAnotherKey() {
        world.client().publish("orders", 1, KEY);
        assertThat(codeOf(world.client().publish("orders", 2, KEY))).isEqualTo(Code.IDEMPOTENCY_CONFLICT);
        assertThat(world.client().publish("other", 2, KEY)).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(1);
    }

    @Test
    void aRetryThatOvertakesTheAnswerIsNotStoredTwice() {
        World.Client one = world.client();
        World.Client two = world.client();
        one.publish("orders", 0);
        world.log.holding = true;
        one.say(one.publishing("orders", 1, KEY));
        two.say(two.publishing("orders", 1, KEY));
        world.log.release();
        world.run();
        assertThat(one.all(ServerMessage.Published.class).getLast().duplicate()).isFalse();
        assertThat(two.only(ServerMessage.Published.class).duplicate()).isTrue();
        assertThat(kept("orders")).containsExactly(0, 1);
    }

    @Test
    void keysAreForgottenByAgeAndByCount() {
        world.defaultSettings = new ChannelSettings(
                Durability.MEMORY, 100, 1 << 20, Duration.ofHours(1), 3, Duration.ofMinutes(1), Duration.ZERO);
        World.Client client = world.client();
        client.publish("orders", 1, key(1));
        world.pass(Duration.ofSeconds(61));
        assertThat(((ServerMessage.Published) client.publish("orders", 1, key(1))).duplicate())
                .isFalse();
        for (int i = 2; i <= 4; i++) {
            client.publish("orders", i, key(i));
        }
        assertThat(((ServerMessage.Published) client.publish("orders", 4, key(4))).duplicate())
                .isTrue();
        assertThat(((ServerMessage.Published) client.publish("orders", 1, key(1))).duplicate())
                .isFalse();
    }

    @Test
    void keysSurviveARestartOfTheNode() {
        world.client().publish("orders", 1, KEY);
        world.restart();
        assertThat(((ServerMessage.Published) world.client().publish("orders", 1, KEY)).duplicate())
                .isTrue();
    }

    @Test
    void aFailedAppendFailsAllThatAreBehindItAndLeavesNoHole() {
        World.Client client = world.client();
        client.subscribe("orders", null);
        client.publish("orders", 0);
        world.log.holding = true;
        for (int i = 1; i <= 3; i++) {
            client.post(client.publishing("orders", i, null));
        }
        world.run();
        world.log.fault = ChannelLog.Fault.FULL;
        world.log.releaseOne();
        world.log.fault = null;
        world.run();
        client.say(client.publishing("orders", 4, null));
        world.log.release();
        world.run();
        assertThat(client.all(ServerMessage.Refusal.class))
                .hasSize(4)
                .allMatch(refusal -> refusal.code() == Code.STORAGE_FULL);
        assertThat(client.publish("orders", 5)).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.numbers()).containsExactly(0, 5);
        assertThat(client.all(ServerMessage.Delivery.class).stream()
                        .map(d -> d.publication().offset()))
                .containsExactly(1L, 2L);
        assertThat(kept("orders")).containsExactly(0, 5);
    }

    /** Found by simulation: the last was refused first, and held back the one before it when that came again. */
    @Test
    void publishesThatFailTogetherAreRefusedInTheirOrder() {
        World.Client client = world.client();
        client.publish("orders", 0);
        world.log.holding = true;
        client.say(client.publishing("orders", 1, null));
        client.say(client.publishing("orders", 2, key(2)));
        world.log.fault = ChannelLog.Fault.FULL;
        world.log.releaseOne();
        world.run();
        client.say(client.publishing("orders", 3, key(3)));
        world.log.release();
        world.run();
        world.log.fault = null;
        assertThat(client.all(ServerMessage.Refusal.class).stream().map(ServerMessage.Refusal::code))
                .hasSize(3);
        assertThat(client.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("orders", 3, key(3))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(0, 2, 3);
    }

    /** Found by simulation: of the retries over a new connection the last was stored, and the first was not. */
    @Test
    void retriesOfPublishesThatFailTogetherAreRefusedTogether() {
        World.Client before = world.client();
        before.publish("orders", 0);
        World.Client after = world.client();
        world.log.holding = true;
        for (World.Client client : List.of(before, after)) {
            client.say(client.publishing("orders", 1, key(1)));
            client.say(client.publishing("orders", 2, key(2)));
        }
        world.log.fault = ChannelLog.Fault.FULL;
        world.log.releaseOne();
        world.log.releaseOne();
        world.log.holding = false;
        world.log.fault = null;
        world.run();
        assertThat(after.all(ServerMessage.Published.class)).isEmpty();
        assertThat(after.publish("orders", 1, key(1))).isInstanceOf(ServerMessage.Published.class);
        assertThat(after.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(0, 1, 2);
    }

    /** Found by simulation: they were stored, and the first of them after them, when it came again over a new connection. */
    @Test
    void whatWaitsBehindARefusedPublishIsRefusedThoughItsPublisherIsGone() {
        for (int seed = 0; seed < Seeds.of(20); seed++) {
            World seeded = new World(seed);
            List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
            seeded.onPublish = pending::add;
            World.Client client = seeded.client();
            for (int i = 1; i <= 20; i++) {
                client.say(client.publishing("orders", i, key(i)));
            }
            client.close();
            seeded.onPublish = answer -> answer.accept(new Decisions.Verdict.Accept());
            pending.removeFirst().accept(new Decisions.Verdict.Refuse(Code.OVERLOADED, "later"));
            seeded.run();
            assertThat(seeded.counters.published()).as("seed %d", seed).isZero();
            seeded.pass(Duration.ofMinutes(3));
            assertThat(seeded.counters.channelsAttached()).isZero();
        }
    }

    @Test
    void afterARefusalToRetryLaterPublishesWaitUntilThatOneComesAgain() {
        World.Client client = world.client();
        world.log.fault = ChannelLog.Fault.FULL;
        assertThat(codeOf(client.publish("orders", 1, key(1)))).isEqualTo(Code.STORAGE_FULL);
        world.log.fault = null;
        assertThat(codeOf(client.publish("orders", 2, key(2)))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        assertThat(codeOf(client.publish("orders", 3))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        assertThat(world.client().publish("orders", 9)).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("elsewhere", 4)).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("orders", 1, key(1))).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(9, 1, 2);
    }

    @Test
    void publishesThatWaitBehindARefusedOneAreAllAnsweredAndNoneOvertakesIt() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        World.Client client = world.client();
        for (int i = 1; i <= 4; i++) {
            client.say(client.publishing("orders", i, key(i)));
        }
        pending.removeFirst().accept(new Decisions.Verdict.Refuse(Code.RATE_LIMITED, "slowly"));
        world.run();
        assertThat(client.all(ServerMessage.Refusal.class).stream().map(ServerMessage.Refusal::code))
                .containsExactly(
                        Code.RATE_LIMITED,
                        Code.EARLIER_PUBLISH_REFUSED,
                        Code.EARLIER_PUBLISH_REFUSED,
                        Code.EARLIER_PUBLISH_REFUSED);
        client.close();
        world.pass(Duration.ofMinutes(3));
        assertThat(world.counters.channelsAttached()).isZero();
    }

    @Test
    void aPublishThatIsBeingDecidedWhileAnEarlierOneIsRefusedDoesNotOvertakeIt() {
        World.Client client = world.client();
        client.publish("orders", 0);
        world.log.holding = true;
        client.say(client.publishing("orders", 1, key(1)));
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        client.say(client.publishing("orders", 2, key(2)));
        world.log.fault = ChannelLog.Fault.FULL;
        world.log.release();
        world.run();
        world.log.fault = null;
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(codeOf(client.received.getLast())).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        assertThat(kept("orders")).containsExactly(0);
    }

    @Test
    void aRetryThatWasOnItsWayWhenItsFirstTryWasRefusedHoldsNothingBackOnceItIsAccepted() {
        World.Client client = world.client();
        client.publish("orders", 0);
        world.log.holding = true;
        client.say(client.publishing("orders", 1, key(1)));
        client.say(client.publishing("orders", 1, key(1)));
        world.log.fault = ChannelLog.Fault.FULL;
        world.log.releaseOne();
        world.log.fault = null;
        world.run();
        world.log.release();
        world.run();
        assertThat(codeOf(client.only(ServerMessage.Refusal.class))).isEqualTo(Code.STORAGE_FULL);
        assertThat(client.all(ServerMessage.Published.class)).hasSize(2);
        assertThat(client.publish("orders", 2)).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(0, 1, 2);
    }

    @Test
    @Tag("volume")
    void tenThousandPublishesThatWaitForOneGoOnInOrder() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        World.Client client = world.client();
        List<Integer> all = new ArrayList<>();
        for (int i = 1; i <= 10_000; i++) {
            client.post(client.publishing("orders", i, null));
            all.add(i);
        }
        world.run();
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Accept());
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(client.all(ServerMessage.Published.class)).hasSize(10_000);
        assertThat(kept("orders")).isEqualTo(all);
    }

    @Test
    void aPublishThatIsRefusedBecauseTheChannelCannotBeLoadedHoldsTheLaterOnesBack() {
        World.Client client = world.client();
        world.log.openFault = ChannelLog.Fault.BROKEN;
        assertThat(codeOf(client.publish("orders", 1, key(1)))).isEqualTo(Code.STORAGE_FAULT);
        assertThat(codeOf(client.publish("orders", 1, key(1)))).isEqualTo(Code.STORAGE_FAULT);
        world.log.openFault = null;
        assertThat(codeOf(client.publish("orders", 2, key(2)))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        assertThat(client.publish("orders", 1, key(1))).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(1, 2);
    }

    @Test
    void aChannelThatCannotBeLoadedLeavesTheMemory() {
        world.log.openFault = ChannelLog.Fault.BROKEN;
        World.Client client = world.client();
        client.publish("orders", 1, key(1));
        client.subscribe("orders", null);
        world.pass(Duration.ofMinutes(3));
        assertThat(world.counters.subscriptions()).isZero();
        assertThat(world.counters.channelsAttached()).isEqualTo(1);
        client.close();
        world.pass(Duration.ofMinutes(3));
        assertThat(world.counters.channelsAttached()).isZero();
    }

    @Test
    void aDecisionThatThrowsIsARefusalAndHoldsNothingUp() {
        World.Client client = world.client();
        world.onPublish = _ -> {
            throw new IllegalStateException("a test's mistake");
        };
        assertThat(codeOf(client.publish("orders", 1, key(1)))).isEqualTo(Code.INTERNAL);
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Accept());
        assertThat(client.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
    }

    @Test
    void anAbandonedPublishHoldsNothingBackAnyMore() {
        World.Client client = world.client();
        world.log.fault = ChannelLog.Fault.FULL;
        client.publish("orders", 1, key(1));
        world.log.fault = null;
        client.say(new ClientMessage.Abandon(null, new ChannelName("orders"), key(1)));
        assertThat(client.received.getLast()).isInstanceOf(ServerMessage.Abandoned.class);
        assertThat(client.publish("orders", 2)).isInstanceOf(ServerMessage.Published.class);
    }

    @Test
    void aPublisherThatLeavesHoldsNoChannelInMemory() {
        World.Client client = world.client();
        world.log.fault = ChannelLog.Fault.FULL;
        client.publish("orders", 1, key(1));
        client.close();
        world.log.fault = null;
        world.pass(Duration.ofMinutes(3));
        assertThat(world.counters.channelsAttached()).isZero();
    }

    @Test
    void publishesKeepTheirOrderWhileADecisionIsPending() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        World.Client client = world.client();
        client.subscribe("orders", null);
        for (int i = 1; i <= 3; i++) {
            client.say(client.publishing("orders", i, i == 2 ? KEY : null));
        }
        assertThat(pending).hasSize(1);
        while (!pending.isEmpty()) {
            pending.removeFirst().accept(new Decisions.Verdict.Accept());
            world.run();
        }
        assertThat(client.numbers()).containsExactly(1, 2, 3);
    }

    @Test
    void aDecisionMayRewriteRefuseOrComeTooLate() {
        World.Client client = world.client();
        client.subscribe("orders", null);
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Rewrite(Data.json("42")));
        client.publish("orders", 1);
        assertThat(client.numbers()).containsExactly(42);
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "no"));
        assertThat(codeOf(client.publish("orders", 2))).isEqualTo(Code.NOT_PERMITTED);
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        client.say(client.publishing("orders", 3, null));
        world.pass(Duration.ofSeconds(6));
        assertThat(codeOf(client.received.getLast())).isEqualTo(Code.DECISION_LATE);
        pending.getFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(client.numbers()).containsExactly(42);
    }

    @Test
    void theIdempotencyCheckComesBeforeTheDecision() {
        World.Client client = world.client();
        client.publish("orders", 1, KEY);
        world.onPublish = _ -> {
            throw new AssertionError("a retry must not be decided again");
        };
        assertThat(((ServerMessage.Published) client.publish("orders", 1, KEY)).duplicate())
                .isTrue();
    }

    @Test
    void aNewChannelBeyondTheLimitIsRefusedAndAnOldOneIsNot() {
        world.limits = SomeLimits.channels(4, 100);
        World.Client client = world.client();
        client.publish("a", 1);
        client.publish("b", 1);
        client.publish("c", 1);
        client.publish("d", 1);
        assertThat(codeOf(client.publish("e", 1))).isEqualTo(Code.CHANNELS_FULL);
        assertThat(client.publish("a", 2)).isInstanceOf(ServerMessage.Published.class);
    }

    @Test
    void fromComesFromThePrincipal() {
        World.Client client = world.client();
        client.subscribe("orders", null);
        client.say(new ClientMessage.Authenticate(null, "ada"));
        client.publish("orders", 1);
        assertThat(client.only(ServerMessage.Delivery.class).publication().from())
                .isEqualTo("ada");
        client.say(new ClientMessage.Authenticate(null, "bad token"));
        assertThat(codeOf(client.received.getLast())).isEqualTo(Code.UNAUTHENTICATED);
    }

    @Test
    void aSessionThatPublishesFasterThanItIsAnsweredIsNotReadFromMeanwhile() {
        World.Client client = world.client();
        client.publish("orders", 0);
        world.log.holding = true;
        for (int i = 1; i <= world.limits.outstandingMax(); i++) {
            assertThat(client.reading).as("before %d", i).isTrue();
            client.say(client.publishing("orders", i, null));
        }
        assertThat(client.reading).isFalse();
        world.log.release();
        world.run();
        assertThat(client.reading).isTrue();
        assertThat(client.all(ServerMessage.Published.class)).hasSize(world.limits.outstandingMax() + 1);
    }

    @Test
    void moreChannelsThanMayBeInMemoryTakeTurnsThere() {
        world.limits = SomeLimits.channels(1000, 2);
        World.Client client = world.client();
        for (int i = 0; i < 20; i++) {
            assertThat(client.publish("room:" + i, i)).isInstanceOf(ServerMessage.Published.class);
        }
        assertThat(world.counters.channelsAttached()).isLessThanOrEqualTo(4);
        List<World.Client> readers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            World.Client reader = world.client();
            reader.subscribe("room:" + i, Position.ORIGIN);
            readers.add(reader);
        }
        assertThat(readers.stream()
                        .filter(reader ->
                                !reader.all(ServerMessage.Subscribed.class).isEmpty()))
                .hasSize(4);
        assertThat(readers.stream().flatMap(reader -> reader.all(ServerMessage.Refusal.class).stream()))
                .hasSize(16)
                .allMatch(refusal -> refusal.code() == Code.OVERLOADED);
    }

    private static List<Integer> refusedIds(World.Client client, Code code) {
        return client.all(ServerMessage.Refusal.class).stream()
                .filter(refusal -> refusal.code() == code)
                .map(refusal ->
                        Integer.parseInt(Objects.requireNonNull(refusal.id()).json()))
                .toList();
    }

    /** One that found the queue full once held back those in it, which were sent before it. */
    @Test
    void aPublishThatIsTurnedAwayHoldsBackTheLaterOnesAndNoneThatWasSentBeforeIt() {
        world.limits = SomeLimits.waitingAndCommands(2, new Rate(Rate.MAX, Rate.MAX));
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        World.Client client = world.client();
        for (int i = 1; i <= 5; i++) {
            client.say(client.publishing("orders", i, key(i)));
        }
        assertThat(refusedIds(client, Code.OVERLOADED)).containsExactly(4, 5);
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Accept());
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(codeOf(client.publish("orders", 5, key(5)))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        client.publish("orders", 4, key(4));
        client.publish("orders", 5, key(5));
        assertThat(kept("orders")).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void aPublishThatIsTurnedAwayFromAChannelBeingLoadedHoldsBackTheLaterOnesAndNoneThatWasSentBeforeIt() {
        world.limits = SomeLimits.waitingAndCommands(2, new Rate(Rate.MAX, Rate.MAX));
        World.Client client = world.client();
        world.log.holding = true;
        for (int i = 1; i <= 4; i++) {
            client.say(client.publishing("orders", i, key(i)));
        }
        world.log.release();
        world.run();
        assertThat(refusedIds(client, Code.OVERLOADED)).containsExactly(3, 4);
        assertThat(client.all(ServerMessage.Published.class)).hasSize(2);
        for (int i = 3; i <= 4; i++) {
            assertThat(client.publish("orders", i, key(i))).isInstanceOf(ServerMessage.Published.class);
        }
        assertThat(kept("orders")).containsExactly(1, 2, 3, 4);
    }

    /** It was taken for one that had waited before the one that was turned away, since it too waited for the channel, and stored. */
    @Test
    void aPublishThatIsTurnedAwayFromAChannelThatCannotBeLoadedHoldsBackWhatComesOnceItCan() {
        world.limits = SomeLimits.waitingAndCommands(1, new Rate(Rate.MAX, Rate.MAX));
        World.Client client = world.client();
        World.Client other = world.client();
        world.log.holding = true;
        other.say(other.publishing("orders", 1, null));
        client.say(client.publishing("orders", 2, key(2)));
        world.log.openFault = ChannelLog.Fault.BROKEN;
        world.log.release();
        world.run();
        assertThat(refusedIds(other, Code.STORAGE_FAULT)).hasSize(1);
        assertThat(refusedIds(client, Code.OVERLOADED)).hasSize(1);
        world.log.openFault = null;
        assertThat(codeOf(client.publish("orders", 3, key(3)))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        assertThat(client.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("orders", 3, key(3))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(2, 3);
    }

    @Test
    void aPublishThatHasItsChannelLoadedAgainIsNotHeldBackByALaterOneThatIsTurnedAway() {
        world.limits = SomeLimits.waitingAndCommands(1, new Rate(Rate.MAX, Rate.MAX));
        World.Client client = world.client();
        world.log.openFault = ChannelLog.Fault.BROKEN;
        assertThat(codeOf(world.client().publish("orders", 0))).isEqualTo(Code.STORAGE_FAULT);
        world.log.openFault = null;
        world.log.holding = true;
        client.say(client.publishing("orders", 1, key(1)));
        client.say(client.publishing("orders", 2, key(2)));
        world.log.release();
        world.run();
        assertThat(client.all(ServerMessage.Published.class)).hasSize(1);
        assertThat(client.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.OVERLOADED);
        assertThat(client.publish("orders", 2, key(2))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(1, 2);
    }

    @Test
    void aPublishBeforeTheOneTurnedAwayThatFailsIsTheOneThatAllWaitFor() {
        world.limits = SomeLimits.waitingAndCommands(1, new Rate(Rate.MAX, Rate.MAX));
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onPublish = pending::add;
        World.Client client = world.client();
        for (int i = 1; i <= 3; i++) {
            client.say(client.publishing("orders", i, key(i)));
        }
        assertThat(refusedIds(client, Code.OVERLOADED)).containsExactly(3);
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Accept());
        pending.removeFirst().accept(new Decisions.Verdict.Refuse(Code.OVERLOADED, "later"));
        world.run();
        assertThat(refusedIds(client, Code.EARLIER_PUBLISH_REFUSED)).containsExactly(2);
        assertThat(codeOf(client.publish("orders", 3, key(3)))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        for (int i = 1; i <= 3; i++) {
            assertThat(client.publish("orders", i, key(i))).isInstanceOf(ServerMessage.Published.class);
        }
        assertThat(kept("orders")).containsExactly(1, 2, 3);
    }

    @Test
    void whoPublishesTooFastIsToldWhenThereIsRoomAndKeepsItsOrder() {
        world.limits = SomeLimits.waitingAndCommands(100, new Rate(10, 2));
        World.Client client = world.client();
        for (int i = 1; i <= 4; i++) {
            client.post(client.publishing("orders", i, key(i)));
        }
        world.run();
        assertThat(client.all(ServerMessage.Published.class)).hasSize(2);
        assertThat(client.all(ServerMessage.Refusal.class).stream().map(ServerMessage.Refusal::code))
                .containsExactly(Code.RATE_LIMITED, Code.EARLIER_PUBLISH_REFUSED);
        assertThat(client.all(ServerMessage.Refusal.class).getFirst().retryMillis())
                .isEqualTo(100);
        world.pass(Duration.ofMillis(100));
        assertThat(codeOf(client.publish("orders", 4, key(4)))).isEqualTo(Code.EARLIER_PUBLISH_REFUSED);
        world.pass(Duration.ofMillis(200));
        assertThat(client.publish("orders", 3, key(3))).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.publish("orders", 4, key(4))).isInstanceOf(ServerMessage.Published.class);
        assertThat(kept("orders")).containsExactly(1, 2, 3, 4);
        assertThat(world.counters.refusals(Code.RATE_LIMITED)).isEqualTo(1);
    }

    /** Else its sender would take a publish for lost that was kept. */
    @Test
    void theRetryOfAnAcceptedPublishIsAnsweredEvenWhereItComesTooFast() {
        world.limits = SomeLimits.waitingAndCommands(100, new Rate(1, 1));
        World.Client client = world.client();
        client.publish("orders", 1, KEY);
        assertThat(((ServerMessage.Published) client.publish("orders", 1, KEY)).duplicate())
                .isTrue();
        assertThat(codeOf(client.publish("orders", 2, key(2)))).isEqualTo(Code.RATE_LIMITED);
    }

    @Test
    void whoSaysAnythingTooFastIsRefusedAndNobodyElse() {
        world.limits = SomeLimits.waitingAndCommands(100, new Rate(4, 1));
        World.Client client = world.client();
        client.subscribe("orders", null);
        client.say(new ClientMessage.Ping(client.nextId()));
        ServerMessage.Refusal refusal = client.only(ServerMessage.Refusal.class);
        assertThat(refusal.code()).isEqualTo(Code.RATE_LIMITED);
        assertThat(refusal.retryMillis()).isEqualTo(250);
        assertThat(refusal.id()).isEqualTo(new RequestId("2"));
        assertThat(codeOf(client.publish("orders", 1))).isEqualTo(Code.RATE_LIMITED);
        assertThat(world.client().publish("orders", 2)).isInstanceOf(ServerMessage.Published.class);
        world.pass(Duration.ofMillis(250));
        assertThat(client.publish("orders", 3)).isInstanceOf(ServerMessage.Published.class);
        assertThat(client.numbers()).containsExactly(2, 3);
    }

    @Test
    void nonsenseCountsAsACommand() {
        world.limits = SomeLimits.waitingAndCommands(100, new Rate(4, 1));
        World.Client client = world.client();
        ServerMessage.Refusal nonsense = ServerMessage.Refusal.of(null, Code.MALFORMED, null);
        client.loop.mailbox().post(() -> client.session.onUnreadable(nonsense));
        client.loop.mailbox().post(() -> client.session.onUnreadable(nonsense));
        world.run();
        assertThat(client.all(ServerMessage.Refusal.class).stream().map(ServerMessage.Refusal::code))
                .containsExactly(Code.MALFORMED, Code.RATE_LIMITED);
    }
}
