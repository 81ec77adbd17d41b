package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The bounds of one session hold exactly. */
class SessionLimitsTest {

    private static final ChannelName ORDERS = new ChannelName("orders");

    private final World world = new World();

    @Test
    void asManyCommandsMayWaitAndAfterThatHalfOfThemMustBeAnswered() {
        World.Client client = held(SomeLimits.outstanding(4, 1000));
        publish(client, 1, 2, 3);
        assertThat(client.reading).isTrue();
        publish(client, 4);
        assertThat(client.reading).isFalse();
        assertThat(world.counters.paused()).isEqualTo(1);
        publish(client, 5);
        assertThat(world.counters.paused()).isEqualTo(1);
        answer(2);
        assertThat(client.reading).isFalse();
        answer(1);
        assertThat(client.reading).isTrue();
    }

    @Test
    void asManyBytesMayWaitAndAfterThatHalfOfThemMustBeAnswered() {
        World.Client client = held(SomeLimits.outstanding(1000, 10));
        publish(client, 11111);
        assertThat(client.reading).isTrue();
        publish(client, 22222);
        assertThat(client.reading).isFalse();
        answer(1);
        assertThat(client.reading).isTrue();
        answer(1);
        publish(client, 3333, 444444);
        assertThat(client.reading).isFalse();
        answer(1);
        assertThat(client.reading).isFalse();
        answer(1);
        assertThat(client.reading).isTrue();
        assertThat(world.counters.paused()).isEqualTo(2);
    }

    @Test
    void aSignalHasAsManyBytesAsItMay() {
        World.Client client = world.client();
        int most = EngineLimits.DEFAULT.signalBytesMax();
        client.say(new ClientMessage.Signal(null, ORDERS, Data.json("1".repeat(most))));
        assertThat(client.carriedOut).isEqualTo(1);
        client.say(new ClientMessage.Signal(null, ORDERS, Data.json("1".repeat(most + 1))));
        ServerMessage.Refusal refusal = client.only(ServerMessage.Refusal.class);
        assertThat(refusal.code()).isEqualTo(Code.TOO_LARGE);
        assertThat(refusal.message()).contains(Integer.toString(most), Integer.toString(most + 1));
        assertThat(client.carriedOut).isEqualTo(1);
    }

    @Test
    void asManySubscriptionsMayBe() {
        World.Client client = world.client();
        int most = EngineLimits.DEFAULT.subscriptionsMax();
        for (int i = 1; i <= most + 1; i++) {
            client.subscribe("c" + i, null);
        }
        assertThat(client.all(ServerMessage.Subscribed.class)).hasSize(most);
        assertThat(client.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.TOO_MANY_SUBSCRIPTIONS);
    }

    @Test
    void aSessionKnowsWhetherItIsAnsweredAndWhetherItIsBehind() {
        World.Client client = held(EngineLimits.DEFAULT);
        publish(client, 1);
        assertThat(states(client)).containsExactly(false, false);
        answer(1);
        assertThat(states(client)).containsExactly(true, false);
        client.subscribe("orders", null);
        client.room = 0;
        publish(client, 2);
        answer(1);
        assertThat(states(client)).containsExactly(true, true);
        client.giveRoom(10);
        assertThat(states(client)).containsExactly(true, false);
    }

    @Test
    void whatIsRefusedOrGivenUpIsAnsweredToo() {
        World.Client client = world.client();
        assertThat(((ServerMessage.Refusal) client.publish("forbidden", 1)).code())
                .isEqualTo(Code.UNKNOWN_CHANNEL);
        assertThat(world.counters.outstanding()).isZero();
        client.say(new ClientMessage.Abandon(null, ORDERS, "key-0123456789abcdef"));
        assertThat(client.all(ServerMessage.Abandoned.class)).hasSize(1);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void erasingIsACommandThatMayComeTooFast() {
        world.limits = SomeLimits.waitingAndCommands(100, new Rate(1, 1));
        World.Client client = world.client();
        erase(client);
        erase(client);
        assertThat(world.counters.purges()).isEqualTo(1);
        ServerMessage.Refusal refusal = client.only(ServerMessage.Refusal.class);
        assertThat(refusal.code()).isEqualTo(Code.RATE_LIMITED);
        assertThat(refusal.channel()).isEqualTo(ORDERS);
        assertThat(refusal.retryMillis()).isEqualTo(1000);
    }

    @Test
    void aSessionThatIsOverErasesNothing() {
        World.Client client = world.client();
        client.close();
        erase(client);
        assertThat(world.counters.purges()).isZero();
    }

    /** Its end is told in the loop's next turn, and in this one it is not obeyed. */
    @Test
    void aSessionThatWasRevokedBeforeItBeganErasesNothing() {
        world.isRevoked = (_, _) -> true;
        inItsFirstTurn(client -> client.session.erase(ORDERS, new Erasure.Purge()));
        assertThat(world.counters.purges()).isZero();
    }

    /** Does something with a session in the turn in which it has begun. */
    private void inItsFirstTurn(Consumer<World.Client> act) {
        Loop loop = world.client().loop;
        loop.mailbox().post(() -> {
            World.Client client = world.client();
            while (client.loop != loop) {
                client = world.client();
            }
            act.accept(client);
        });
        world.run();
    }

    // ---- what its wire asks

    @Test
    void whoAsksWhetherItMayIsAnsweredAsItsCommandWouldBe() {
        world.onPublish = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not you"));
        List<Decisions.Verdict> verdicts = new ArrayList<>();
        ask(world.client("ada"), Permission.PUBLISH, verdicts);
        ask(world.client("ada"), Permission.SUBSCRIBE, verdicts);
        ask(world.client(Principal.STRANGER), Permission.SUBSCRIBE, verdicts);
        assertThat(verdicts)
                .containsExactly(
                        new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not you"),
                        new Decisions.Verdict.Accept(),
                        new Decisions.Verdict.Refuse(Code.UNAUTHENTICATED, Code.UNAUTHENTICATED.text()));
        assertThat(world.counters.published()).isZero();
        assertThat(world.counters.subscriptions()).isZero();
    }

    @Test
    void whoseSessionIsOverByThenIsNotAnswered() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onSubscribe = pending::add;
        World.Client client = world.client("ada");
        List<Decisions.Verdict> verdicts = new ArrayList<>();
        ask(client, Permission.SUBSCRIBE, verdicts);
        client.close();
        pending.getFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        world.onSubscribe = answer -> answer.accept(new Decisions.Verdict.Accept());
        world.isRevoked = (_, _) -> true;
        inItsFirstTurn(revoked -> revoked.session.ask(Permission.SUBSCRIBE, ORDERS, verdicts::add));
        assertThat(verdicts).isEmpty();
    }

    private void ask(World.Client client, Permission permission, List<Decisions.Verdict> verdicts) {
        client.post(() -> client.session.ask(permission, ORDERS, verdicts::add));
        world.run();
    }

    @Test
    void whatItsWireAnswersItselfIsACommandToo() {
        world.limits = SomeLimits.waitingAndCommands(100, new Rate(4, 1));
        World.Client client = world.client();
        List<Long> waits = new ArrayList<>();
        client.post(() -> {
            waits.add(client.session.countMillis());
            waits.add(client.session.countMillis());
        });
        world.run();
        assertThat(waits).containsExactly(0L, 250L);
    }

    private void erase(World.Client client) {
        client.post(() -> client.session.erase(ORDERS, new Erasure.Purge()));
        world.run();
    }

    @Test
    void whatASessionSaidBeforeItEndedIsNotCountedAsWaiting() {
        World.Client client = held(SomeLimits.outstanding(2, 1000));
        publish(client, 1, 2);
        assertThat(client.reading).isFalse();
        client.close();
        answer(2);
        assertThat(client.reading).isFalse();
        assertThat(client.all(ServerMessage.Published.class)).isEmpty();
        assertThat(world.counters.outstanding()).isZero();
    }

    /** Whether it is answered, and whether it is behind. */
    private List<Boolean> states(World.Client client) {
        List<Boolean> states = new ArrayList<>();
        client.post(() -> {
            states.add(client.session.isAnswered());
            states.add(client.session.isBehind());
        });
        world.run();
        return states;
    }

    /** One whose channel is in memory, and whose publishes are not answered yet. */
    private World.Client held(EngineLimits limits) {
        world.limits = limits;
        World.Client client = world.client();
        client.publish("orders", 0);
        client.received.clear();
        world.log.holding = true;
        return client;
    }

    private void publish(World.Client client, int... numbers) {
        for (int number : numbers) {
            client.say(client.publishing("orders", number, null));
        }
    }

    private void answer(int count) {
        for (int i = 0; i < count; i++) {
            world.log.releaseOne();
            world.run();
        }
    }
}
