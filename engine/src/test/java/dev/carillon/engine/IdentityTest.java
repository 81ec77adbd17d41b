package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Decisions.Verdict;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who a session's peer is, and until when. */
class IdentityTest {

    private final World world = new World();
    private final List<Consumer<Admission>> asked = new ArrayList<>();
    private final ChannelName orders = new ChannelName("orders");

    private Principal user(String name, long issuedMillisAgo, long expiresInMillis) {
        long now = world.millis();
        Principal.Term term = new Principal.Term("id of " + name, now - issuedMillisAgo, now + expiresInMillis);
        return new Principal(name, "token", List.of(), term);
    }

    private static Admission admitted(Principal principal) {
        return new Admission.Admitted(principal);
    }

    private void decideLater() {
        world.onConnect = (_, answer) -> asked.add(answer);
    }

    private static ClientMessage.Authenticate authenticate(String id) {
        return new ClientMessage.Authenticate(new RequestId("\"" + id + "\""), "token");
    }

    private static List<Code> refusals(World.Client client) {
        return client.all(ServerMessage.Refusal.class).stream()
                .map(ServerMessage.Refusal::code)
                .toList();
    }

    // ---- the end of a proof

    @Test
    void aSessionIsToldBeforeItsTokenEndsAndEndsWithIt() {
        World.Client client = world.client(user("alice", 0, 600_000));
        client.greet();
        assertThat(client.only(ServerMessage.Hello.class).user()).isEqualTo("alice");
        assertThat(client.only(ServerMessage.Hello.class).expiresMillis()).isEqualTo(600_000);
        client.subscribe("orders", null);
        world.pass(Duration.ofMillis(569_999));
        assertThat(refusals(client)).isEmpty();
        world.pass(Duration.ofMillis(1));
        ServerMessage.Refusal notice = client.only(ServerMessage.Refusal.class);
        assertThat(notice.code()).isEqualTo(Code.TOKEN_EXPIRING);
        assertThat(notice.retryMillis()).isEqualTo(30_000);
        world.pass(Duration.ofMillis(29_999));
        assertThat(client.closedWith).isNull();
        world.client().publish("orders", 1);
        assertThat(client.numbers()).containsExactly(1);
        world.pass(Duration.ofMillis(1));
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
        world.client().publish("orders", 2);
        client.say(new ClientMessage.Ping(null));
        assertThat(client.numbers()).containsExactly(1);
        assertThat(client.all(ServerMessage.Pong.class)).isEmpty();
        assertThat(world.counters.subscriptions()).isZero();
        assertThat(world.counters.ended(Code.TOKEN_EXPIRED)).isOne();
    }

    @Test
    void aShortTokenIsToldAQuarterOfItsLifeBeforeItsEnd() {
        World.Client client = world.client(user("alice", 4_000, 16_000));
        client.greet();
        world.pass(Duration.ofMillis(10_999));
        assertThat(refusals(client)).isEmpty();
        world.pass(Duration.ofMillis(1));
        assertThat(client.only(ServerMessage.Refusal.class).retryMillis()).isEqualTo(5_000);
    }

    @Test
    void whoComesWithATokenThatIsAboutToEndIsToldAtOnceButAfterHello() {
        World.Client client = world.client(user("alice", 3_600_000, 2_000));
        client.greet();
        world.pass(Duration.ZERO);
        assertThat(client.received.get(0)).isInstanceOf(ServerMessage.Hello.class);
        assertThat(client.only(ServerMessage.Refusal.class).retryMillis()).isEqualTo(2_000);
        world.pass(Duration.ofMillis(2_000));
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
    }

    @Test
    void aReaderThatWasNotGreetedEndsWithItsTokenToo() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.subscribe("orders", null);
        world.pass(Duration.ofMillis(59_999));
        assertThat(refusals(client)).containsExactly(Code.TOKEN_EXPIRING);
        assertThat(client.closedWith).isNull();
        world.pass(Duration.ofMillis(1));
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
    }

    @Test
    void aTokenThatEndsWhileItsFirstSubscriptionIsDecidedAboutReadsNothing() {
        World.Client other = world.client();
        other.publish("orders", 7);
        List<Consumer<Verdict>> pending = new ArrayList<>();
        world.onSubscribe = pending::add;
        World.Client client = world.client(user("alice", 0, 1_000));
        client.subscribeLast("orders", 10);
        world.pass(Duration.ofMillis(1_500));
        pending.getFirst().accept(new Verdict.Accept());
        world.run();
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
        assertThat(client.received).isEmpty();
        assertThat(world.counters.subscriptions()).isZero();
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void thereIsATimerOnlyWhereATokenEndsAndNoneAfterTheSession() {
        world.client();
        world.run();
        int before = world.timers();
        World.Client forever = world.client(new Principal("backend", "key backend"));
        forever.greet();
        forever.subscribe("orders", null);
        assertThat(world.timers()).isEqualTo(before);
        World.Client client = world.client(user("alice", 0, 600_000));
        client.greet();
        client.subscribe("orders", null);
        assertThat(world.timers()).isEqualTo(before + 1);
        world.pass(Duration.ofMillis(580_000));
        assertThat(world.timers()).isEqualTo(before + 1);
        client.close();
        assertThat(world.timers()).isEqualTo(before);
    }

    @Test
    void aTokenEndsByTheClockThatItWasIssuedByAndNotByTheTimer() {
        World.Client client = world.client(user("alice", 0, 600_000));
        client.greet();
        world.pass(Duration.ofMillis(599_000));
        world.setBack(Duration.ofMillis(5_000));
        world.pass(Duration.ofMillis(5_999));
        assertThat(client.closedWith).isNull();
        world.pass(Duration.ofMillis(1));
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
    }

    // ---- a new proof

    @Test
    void aNewTokenOfTheSameUserPutsTheEndOff() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.greet();
        client.subscribe("orders", null);
        world.pass(Duration.ofMillis(50_000));
        world.onConnect = (_, answer) -> answer.accept(admitted(user("alice", 0, 60_000)));
        client.say(authenticate("1"));
        assertThat(client.only(ServerMessage.Authenticated.class))
                .isEqualTo(new ServerMessage.Authenticated(new RequestId("\"1\""), "alice", 60_000));
        world.pass(Duration.ofMillis(44_000));
        assertThat(client.closedWith).isNull();
        assertThat(refusals(client)).hasSize(1);
        world.pass(Duration.ofMillis(16_000));
        assertThat(refusals(client)).containsExactly(Code.TOKEN_EXPIRING, Code.TOKEN_EXPIRING);
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
        assertThat(world.counters.sessions()).isZero();
    }

    @Test
    void anotherUsersTokenIsRefusedAndChangesNothing() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.greet();
        world.onConnect = (_, answer) -> answer.accept(admitted(user("bob", 0, 600_000)));
        client.say(authenticate("1"));
        assertThat(refusals(client)).containsExactly(Code.NOT_PERMITTED);
        assertThat(client.session.principal().name()).isEqualTo("alice");
        world.pass(Duration.ofMillis(60_000));
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
    }

    @Test
    void aRefusedTokenChangesNothingEither() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.greet();
        world.onConnect = (_, answer) -> answer.accept(new Admission.Rejected(Code.TOKEN_INVALID, "no"));
        client.say(authenticate("1"));
        assertThat(refusals(client)).containsExactly(Code.TOKEN_INVALID);
        assertThat(client.session.principal().name()).isEqualTo("alice");
    }

    @Test
    void whoProvesToBeSomebodyAfterComingAsNobodyIsThatFromThenOn() {
        World.Client client = world.client();
        client.greet();
        world.onConnect = (_, answer) -> answer.accept(admitted(user("alice", 0, 60_000)));
        client.say(authenticate("1"));
        client.publish("orders", 1);
        World.Client reader = world.client();
        reader.subscribeLast("orders", 1);
        assertThat(reader.only(ServerMessage.Delivery.class).publication().from())
                .isEqualTo("alice");
        world.pass(Duration.ofMillis(60_000));
        assertThat(client.closedWith).isEqualTo(Code.TOKEN_EXPIRED);
    }

    @Test
    void subscriptionsThatTheNewTokenDoesNotPermitEnd() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.greet();
        client.subscribe("orders", null);
        client.subscribe("news", null);
        world.mayRead = (_, channel) -> !channel.equals(orders);
        world.onConnect = (_, answer) -> answer.accept(admitted(user("alice", 0, 60_000)));
        client.say(authenticate("1"));
        assertThat(client.only(ServerMessage.Unsubscribed.class))
                .isEqualTo(new ServerMessage.Unsubscribed(null, orders, Code.NOT_PERMITTED.number()));
        assertThat(client.received.getLast()).isInstanceOf(ServerMessage.Unsubscribed.class);
        world.client().publish("orders", 1);
        world.client().publish("news", 2);
        assertThat(client.numbers()).containsExactly(2);
        assertThat(world.counters.subscriptions()).isOne();
    }

    @Test
    void aSubscribeThatIsStillDecidedAboutUnderTheOldTokenIsDecidedUnderTheNewOne() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.greet();
        List<Consumer<Verdict>> pending = new ArrayList<>();
        world.onSubscribe = pending::add;
        client.subscribe("orders", null);
        world.onConnect = (_, answer) -> answer.accept(admitted(user("alice", 0, 60_000)));
        client.say(authenticate("2"));
        assertThat(pending).hasSize(2);
        pending.get(1).accept(new Verdict.Refuse(Code.NOT_PERMITTED, "no"));
        pending.get(0).accept(new Verdict.Accept());
        world.run();
        assertThat(client.all(ServerMessage.Subscribed.class)).isEmpty();
        assertThat(refusals(client)).containsExactly(Code.NOT_PERMITTED);
        assertThat(world.counters.subscriptions()).isZero();
        assertThat(world.counters.outstanding()).isZero();
    }

    // ---- answers that come late, twice, or never

    @Test
    void whatFollowsAnAuthenticateWaitsForItsAnswer() {
        decideLater();
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        client.say(authenticate("1"));
        client.subscribe("orders", null);
        client.say(client.publishing("orders", 1, null));
        client.say(new ClientMessage.Ping(null));
        assertThat(client.received).hasSize(1);
        asked.getFirst().accept(admitted(user("alice", 0, 60_000)));
        world.run();
        assertThat(refusals(client)).isEmpty();
        assertThat(client.received.get(1)).isInstanceOf(ServerMessage.Authenticated.class);
        assertThat(client.numbers()).containsExactly(1);
        assertThat(client.all(ServerMessage.Pong.class)).hasSize(1);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void proofsAreDecidedAboutOneAfterTheOtherWhateverComesBetween() {
        decideLater();
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        client.post(authenticate("1"));
        client.post(new ClientMessage.Ping(new RequestId("2")));
        client.post(authenticate("3"));
        client.post(new ClientMessage.Ping(new RequestId("4")));
        world.run();
        assertThat(asked).hasSize(1);
        asked.get(0).accept(new Admission.Rejected(Code.TOKEN_INVALID, "no"));
        world.run();
        assertThat(asked).hasSize(2);
        assertThat(client.all(ServerMessage.Pong.class)).hasSize(1);
        asked.get(1).accept(admitted(user("alice", 0, 60_000)));
        world.run();
        assertThat(client.received.stream().map(ServerMessage::getClass).map(Class::getSimpleName))
                .containsExactly("Hello", "Refusal", "Pong", "Authenticated", "Pong");
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    @Tag("volume")
    void aThousandTokensInARowDoNotNest() {
        decideLater();
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        for (int i = 0; i < 5_000; i++) {
            client.post(authenticate("n"));
        }
        world.run();
        world.onConnect = (_, answer) -> answer.accept(new Admission.Rejected(Code.TOKEN_INVALID, "no"));
        asked.getFirst().accept(new Admission.Rejected(Code.TOKEN_INVALID, "no"));
        world.run();
        assertThat(refusals(client)).hasSize(5_000);
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void aPeerThatTalksWhileItIsDecidedAboutIsNotReadFrom() {
        decideLater();
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        client.post(authenticate("1"));
        for (int i = 0; i < world.limits.outstandingMax(); i++) {
            client.post(new ClientMessage.Ping(null));
        }
        world.run();
        assertThat(client.reading).isFalse();
        asked.getFirst().accept(admitted(user("alice", 0, 60_000)));
        world.run();
        assertThat(client.reading).isTrue();
    }

    @Test
    void whatWaitsForAProofCountsForWhatItHolds() {
        Selection names = new Selection(true, List.of("north", "south"));
        ClientMessage.Subscribe plain = subscribing(null);
        ClientMessage.Subscribe tracking = subscribing(names);
        assertCounts(new ClientMessage.Publish(null, orders, Data.json("12345"), null, null), 5);
        assertCounts(new ClientMessage.Signal(null, orders, Data.json("1234567")), 7);
        assertCounts(new ClientMessage.Authenticate(null, "another"), 7);
        assertCounts(tracking, 10);
        assertCounts(new ClientMessage.Track(null, orders, names), 10);
        assertCounts(new ClientMessage.Resume(null, List.of(plain, tracking, tracking), List.of()), 3 * 128 + 20);
    }

    private ClientMessage.Subscribe subscribing(@Nullable Selection track) {
        return new ClientMessage.Subscribe(null, orders, null, 0, ClientMessage.Subscribe.NO_PRESENCE, track);
    }

    private static void assertCounts(ClientMessage message, int bytes) {
        assertThat(isReadFromBehind(message, bytes + 1)).as("%s", message).isTrue();
        assertThat(isReadFromBehind(message, bytes)).as("%s", message).isFalse();
    }

    /** Whether a peer that has said this behind a token of one byte is still read from, where it may have so many bytes beside that. */
    private static boolean isReadFromBehind(ClientMessage message, int bytesMax) {
        World own = new World();
        own.limits = SomeLimits.outstanding(1000, 1 + bytesMax);
        own.onConnect = (_, _) -> {};
        World.Client client = own.client(Principal.STRANGER);
        client.greet();
        client.say(new ClientMessage.Authenticate(null, "t"));
        client.say(message);
        return client.reading;
    }

    @Test
    void anAnswerThatComesTwiceCountsOnce() {
        decideLater();
        World.Client client = world.client();
        client.greet();
        client.say(authenticate("1"));
        asked.getFirst().accept(admitted(user("alice", 0, 60_000)));
        asked.getFirst().accept(admitted(user("bob", 0, 60_000)));
        asked.getFirst().accept(new Admission.Rejected(Code.TOKEN_INVALID, "no"));
        world.run();
        assertThat(client.only(ServerMessage.Authenticated.class).user()).isEqualTo("alice");
        assertThat(refusals(client)).isEmpty();
        assertThat(world.counters.outstanding()).isZero();
    }

    @Test
    void anAnswerThatNeverComesIsARefusal() {
        decideLater();
        World.Client client = world.client();
        client.greet();
        client.say(authenticate("1"));
        world.pass(world.limits.decisionTimeMax());
        assertThat(refusals(client)).containsExactly(Code.DECISION_LATE);
        asked.getFirst().accept(admitted(user("alice", 0, 60_000)));
        world.run();
        assertThat(client.session.principal().name()).isNull();
    }

    @Test
    void aDecisionThatThrowsIsARefusal() {
        world.onConnect = (_, _) -> {
            throw new IllegalStateException("a secret reason");
        };
        World.Client client = world.client();
        client.greet();
        client.say(authenticate("1"));
        assertThat(client.only(ServerMessage.Refusal.class).code()).isEqualTo(Code.INTERNAL);
        assertThat(client.received.toString()).doesNotContain("secret");
    }

    @Test
    void aSessionThatEndsWhileItIsDecidedAboutLeavesNothingBehind() {
        decideLater();
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        client.say(authenticate("1"));
        client.say(client.publishing("orders", 1, null));
        client.say(authenticate("2"));
        client.close();
        asked.getFirst().accept(admitted(user("alice", 0, 60_000)));
        world.run();
        assertThat(client.received).hasSize(1);
        assertThat(asked).hasSize(1);
        assertThat(world.counters.outstanding()).isZero();
        assertThat(world.counters.sessions()).isZero();
    }

    @Test
    void aProofThatIsDecidedAboutBehindTheEndOfItsSessionSetsNoTimer() {
        decideLater();
        World.Client client = world.client(Principal.STRANGER);
        int timers = world.timers();
        client.greet();
        client.say(authenticate("1"));
        client.close();
        asked.getFirst().accept(admitted(user("alice", 0, 60_000)));
        world.run();
        assertThat(world.timers()).isEqualTo(timers + 2); // each shard's own, which was not set before anything ran
    }

    @Test
    void aDecisionAboutANewTokenThatNeverComesEndsTheSubscription() {
        World.Client client = world.client(user("alice", 0, 60_000));
        client.greet();
        client.subscribe("orders", null);
        world.onSubscribe = _ -> {};
        world.onConnect = (_, answer) -> answer.accept(admitted(user("alice", 0, 60_000)));
        client.say(authenticate("1"));
        assertThat(client.all(ServerMessage.Unsubscribed.class)).isEmpty();
        world.pass(world.limits.decisionTimeMax());
        assertThat(client.only(ServerMessage.Unsubscribed.class))
                .isEqualTo(new ServerMessage.Unsubscribed(null, orders, Code.DECISION_LATE.number()));
    }

    @Test
    void aSessionThatIsOverIsNotAskedAboutWhenOthersAreEnded() {
        World.Client gone = world.client("alice", "gone");
        World.Client here = world.client("alice", "here");
        gone.close();
        List<String> asked = new ArrayList<>();
        world.endSessions(
                (_, session) -> {
                    asked.add(session);
                    return false;
                },
                Code.REVOKED);
        assertThat(asked).containsExactly("here");
        assertThat(here.closedWith).isNull();
    }

    // ---- strangers

    @Test
    void aStrangerMayProveItselfAndPingAndNothingElse() {
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        client.subscribe("orders", null);
        client.say(client.publishing("orders", 1, null));
        client.say(new ClientMessage.History(client.nextId(), orders, null, null, 0));
        client.say(new ClientMessage.Signal(client.nextId(), orders, Data.json("1")));
        client.say(new ClientMessage.Presence(client.nextId(), orders));
        client.say(new ClientMessage.Unsubscribe(client.nextId(), orders));
        client.say(new ClientMessage.Abandon(client.nextId(), orders, "0123456789abcdef"));
        assertThat(refusals(client)).hasSize(7).containsOnly(Code.UNAUTHENTICATED);
        assertThat(client.all(ServerMessage.Refusal.class))
                .allSatisfy(refusal -> assertThat(refusal.id()).isNotNull());
        client.say(new ClientMessage.Ping(null));
        assertThat(client.all(ServerMessage.Pong.class)).hasSize(1);
        assertThat(world.counters.subscriptions()).isZero();
        assertThat(world.counters.published()).isZero();
    }

    @Test
    void aStrangerThatDoesNotProveItselfInTimeIsShown() {
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        world.pass(Duration.ofMillis(9_999));
        client.say(new ClientMessage.Ping(null));
        assertThat(client.closedWith).isNull();
        world.pass(Duration.ofMillis(1));
        assertThat(client.closedWith).isEqualTo(Code.UNAUTHENTICATED);
    }

    @Test
    void aStrangerThatHasProvenItselfStays() {
        World.Client client = world.client(Principal.STRANGER);
        client.greet();
        world.onConnect = (_, answer) -> answer.accept(admitted(new Principal("backend", "key backend")));
        client.say(authenticate("1"));
        assertThat(client.only(ServerMessage.Authenticated.class).expiresMillis())
                .isZero();
        world.pass(Duration.ofHours(24));
        assertThat(client.closedWith).isNull();
    }

    // ---- revocation

    @Test
    void sessionsThatAreRevokedEndAtOnceAndNoOthers() {
        List<World.Client> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            World.Client client = world.client(user(i % 3 == 0 ? "alice" : "bob", 0, 60_000), "session" + i);
            client.greet();
            client.subscribe("orders", null);
            clients.add(client);
        }
        clients.get(0).close();
        world.endSessions((principal, _) -> "alice".equals(principal.name()), Code.REVOKED);
        world.client().publish("orders", 1);
        for (int i = 0; i < 20; i++) {
            @Nullable Code expected = i > 0 && i % 3 == 0 ? Code.REVOKED : null;
            assertThat(clients.get(i).closedWith).as("client %s", i).isEqualTo(expected);
            assertThat(clients.get(i).numbers()).as("client %s", i).hasSize(i % 3 == 0 ? 0 : 1);
        }
        world.endSessions((_, session) -> session.equals("session1"), Code.REVOKED);
        assertThat(clients.get(1).closedWith).isEqualTo(Code.REVOKED);
        assertThat(world.counters.ended(Code.REVOKED)).isEqualTo(7);
    }

    @Test
    void whoWasRevokedBetweenBeingAdmittedAndBeginningDoesNothing() {
        world.isRevoked = (principal, session) -> "alice".equals(principal.name()) || session.equals("stolen");
        for (World.Client client : List.of(
                world.client(user("alice", 0, 60_000), "own"), world.client(user("bob", 0, 60_000), "stolen"))) {
            client.post(client.publishing("orders", 1, null));
            client.greet();
            client.subscribeLast("orders", 1);
            assertThat(client.received).isEmpty();
            assertThat(client.closedWith).isEqualTo(Code.REVOKED);
        }
        assertThat(world.counters.published()).isZero();
        assertThat(world.counters.sessions()).isZero();
    }

    @Test
    void aRevokedTokenIsNoProofOnASessionEither() {
        World.Client client = world.client();
        client.greet();
        world.isRevoked = (principal, _) -> "alice".equals(principal.name());
        world.onConnect = (_, answer) -> answer.accept(admitted(user("alice", 0, 60_000)));
        client.say(authenticate("1"));
        assertThat(refusals(client)).containsExactly(Code.REVOKED);
        assertThat(client.session.principal().name()).isNull();
    }
}
