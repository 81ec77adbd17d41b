package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SignalTest {

    private static final String ROOM = "chat:lobby";

    private final World world = new World();

    private World.Client reader() {
        World.Client client = world.client();
        client.subscribe(ROOM, null);
        return client;
    }

    private static Code refusedWith(World.Client client) {
        return client.only(ServerMessage.Refusal.class).code();
    }

    @Test
    void aSignalGoesToWhoeverIsSubscribedAndIsNotKept() {
        World.Client reader = reader();
        World.Client ada = world.client("ada");
        ada.signal(ROOM, 1);
        World.Client late = reader();
        ada.signal(ROOM, 2);
        assertThat(reader.signals()).containsExactly(1, 2);
        assertThat(reader.all(ServerMessage.Signalled.class))
                .allSatisfy(signal -> assertThat(signal.from()).isEqualTo("ada"));
        assertThat(late.signals()).containsExactly(2);
        assertThat(late.only(ServerMessage.Subscribed.class).position().offset())
                .isZero();
        assertThat(ada.received).isEmpty();
        assertThat(ada.carriedOut).isEqualTo(2);
        assertThat(world.counters.signals()).isEqualTo(2);
        assertThat(world.counters.signalsDelivered()).isEqualTo(3);
    }

    @Test
    void aReaderWhoseConnectionCarriesNoSignalsIsGivenNoneAndMissesNone() {
        World.Client reader = reader();
        reader.carriesSignals = false;
        world.client("ada").signal(ROOM, 1);
        assertThat(reader.signals()).isEmpty();
        assertThat(world.counters.signalsDelivered()).isZero();
        assertThat(world.counters.signalsDropped()).isZero();
    }

    @Test
    void aSignalIsNotGivenBackToItsSessionOverWhateverConnection() {
        World.Client reading = world.client("ada", "tab");
        reading.subscribe(ROOM, null);
        World.Client posting = world.client("ada", "tab");
        World.Client otherTab = world.client("ada", "other");
        otherTab.subscribe(ROOM, null);
        World.Client sameIdOfAnother = world.client("bob", "tab");
        sameIdOfAnother.subscribe(ROOM, null);
        posting.signal(ROOM, 1);
        reading.signal(ROOM, 2);
        assertThat(reading.signals()).isEmpty();
        assertThat(otherTab.signals()).containsExactly(1, 2);
        assertThat(sameIdOfAnother.signals()).containsExactly(1, 2);
    }

    @Test
    void aReaderWithoutRoomIsToldHowManyItWasNotGiven() {
        World.Client slow = reader();
        World.Client quick = reader();
        World.Client ada = world.client("ada");
        slow.room = 1;
        for (int i = 1; i <= 5; i++) {
            ada.signal(ROOM, i);
        }
        assertThat(quick.signals()).hasSize(5);
        slow.giveRoom(10);
        ada.signal(ROOM, 6);
        ada.signal(ROOM, 7);
        assertThat(slow.signals()).containsExactly(1, 6, 7);
        assertThat(slow.all(ServerMessage.Signalled.class).stream().map(ServerMessage.Signalled::dropped))
                .containsExactly(0L, 4L, 0L);
        assertThat(world.counters.signalsDropped()).isEqualTo(4);
    }

    @Test
    void signalsOfOneConnectionKeepTheirOrderWhateverTheirDecisionsTake() {
        for (int seed = 0; seed < Seeds.of(100); seed++) {
            World seeded = new World(seed);
            List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
            seeded.onSignal = answer -> {
                if (seeded.random.nextBoolean()) {
                    pending.add(answer);
                } else {
                    answer.accept(new Decisions.Verdict.Accept());
                }
            };
            World.Client reader = seeded.client();
            reader.subscribe(ROOM, null);
            World.Client sender = seeded.client("ada");
            for (int i = 0; i < 30; i++) {
                sender.post(sender.signalling(ROOM, i));
                for (int j = seeded.random.nextInt(4); j > 0; j--) {
                    seeded.step();
                }
                if (!pending.isEmpty() && seeded.random.nextBoolean()) {
                    pending.removeFirst().accept(new Decisions.Verdict.Accept());
                }
            }
            seeded.run();
            while (!pending.isEmpty()) {
                pending.removeFirst().accept(new Decisions.Verdict.Accept());
                seeded.run();
            }
            assertThat(reader.signals())
                    .as("seed %d", seed)
                    .isEqualTo(IntStream.range(0, 30).boxed().toList());
            assertThat(seeded.counters.waiting()).isZero();
            assertThat(seeded.counters.outstanding()).isZero();
        }
    }

    @Test
    void aSignalMayBeRewrittenOrRefused() {
        World.Client reader = reader();
        World.Client ada = world.client("ada");
        world.onSignal = answer -> answer.accept(new Decisions.Verdict.Rewrite(Data.json("7")));
        ada.signal(ROOM, 1);
        world.onSignal = answer -> answer.accept(new Decisions.Verdict.Refuse(Code.NOT_PERMITTED, "not you"));
        ada.signal(ROOM, 2);
        assertThat(reader.signals()).containsExactly(7);
        assertThat(refusedWith(ada)).isEqualTo(Code.NOT_PERMITTED);
        assertThat(ada.only(ServerMessage.Refusal.class).id()).isNotNull();
        assertThat(world.counters.refusals(Code.NOT_PERMITTED)).isEqualTo(1);
    }

    @Test
    void aSignalThatIsTooLargeOrToNoChannelIsRefused() {
        int max = EngineLimits.DEFAULT.signalBytesMax();
        World.Client reader = reader();
        World.Client ada = world.client("ada");
        ada.say(new ClientMessage.Signal(null, new ChannelName(ROOM), Data.json("\"" + "a".repeat(max - 2) + "\"")));
        assertThat(reader.all(ServerMessage.Signalled.class)).hasSize(1);
        assertThat(ada.received).isEmpty();
        ada.say(new ClientMessage.Signal(null, new ChannelName(ROOM), Data.json("\"" + "a".repeat(max - 1) + "\"")));
        assertThat(refusedWith(ada)).isEqualTo(Code.TOO_LARGE);
        assertThat(reader.all(ServerMessage.Signalled.class)).hasSize(1);
        World.Client bob = world.client("bob");
        bob.signal("forbidden", 1);
        assertThat(refusedWith(bob)).isEqualTo(Code.UNKNOWN_CHANNEL);
    }

    @Test
    void whoSignalsTooFastIsToldWhenThereIsRoomAndMaySayAllElse() {
        world.limits = SomeLimits.signals(new Rate(10, 2));
        World.Client reader = reader();
        World.Client ada = world.client("ada");
        for (int i = 1; i <= 3; i++) {
            ada.signal(ROOM, i);
        }
        assertThat(reader.signals()).containsExactly(1, 2);
        assertThat(refusedWith(ada)).isEqualTo(Code.RATE_LIMITED);
        assertThat(ada.only(ServerMessage.Refusal.class).retryMillis()).isEqualTo(100);
        assertThat(ada.publish(ROOM, 1)).isInstanceOf(ServerMessage.Published.class);
        world.pass(Duration.ofMillis(100));
        ada.signal(ROOM, 4);
        assertThat(reader.signals()).containsExactly(1, 2, 4);
    }

    @Test
    void aSignalToAChannelThatNobodyUsesLoadsNothing() {
        world.client("ada").signal(ROOM, 1);
        assertThat(world.counters.channelsAttached()).isZero();
        assertThat(world.counters.signals()).isEqualTo(1);
    }

    @Test
    void nothingOfAChannelIsTakenBeforeItsSubscribedOrAfterItsUnsubscribed() {
        World.Client ada = world.client("ada");
        World.Client reader = world.client();
        world.log.holding = true;
        reader.subscribe(ROOM, null);
        ada.signal(ROOM, 1);
        assertThat(reader.received).isEmpty();
        world.log.release();
        world.run();
        ada.signal(ROOM, 2);
        reader.unsubscribe(ROOM);
        ada.signal(ROOM, 3);
        assertThat(reader.signals()).containsExactly(2);
    }

    @Test
    void aReaderThatCatchesUpIsGivenSignalsNevertheless() {
        World.Client ada = world.client("ada");
        World.Client slow = reader();
        slow.room = 0;
        ada.publish(ROOM, 1);
        slow.room = 2; // room, of which it has not been told yet
        ada.signal(ROOM, 2);
        assertThat(slow.signals()).containsExactly(2);
        assertThat(slow.numbers()).isEmpty();
    }

    @Test
    void tooManySignalsBehindADecisionAreRefused() {
        world.limits = SomeLimits.waitingAndCommands(2, new Rate(Rate.MAX, Rate.MAX));
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onSignal = pending::add;
        World.Client reader = reader();
        World.Client ada = world.client("ada");
        for (int i = 1; i <= 5; i++) {
            ada.signal(ROOM, i);
        }
        assertThat(ada.all(ServerMessage.Refusal.class).stream().map(ServerMessage.Refusal::code))
                .containsExactly(Code.OVERLOADED, Code.OVERLOADED);
        world.onSignal = answer -> answer.accept(new Decisions.Verdict.Accept());
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(reader.signals()).containsExactly(1, 2, 3);
        assertThat(world.counters.waiting()).isZero();

        world.onSignal = pending::add;
        for (int i = 6; i <= 8; i++) {
            ada.signal(ROOM, i);
        }
        assertThat(ada.all(ServerMessage.Refusal.class)).hasSize(2);
        assertThat(world.counters.waiting()).isEqualTo(2);
    }

    @Test
    void aDecisionThatNeverComesIsARefusalAndLetsTheNextSignalGo() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onSignal = pending::add;
        World.Client reader = reader();
        World.Client ada = world.client("ada");
        ada.signal(ROOM, 1);
        world.onSignal = answer -> answer.accept(new Decisions.Verdict.Accept());
        ada.signal(ROOM, 2);
        world.pass(EngineLimits.DEFAULT.decisionTimeMax());
        assertThat(refusedWith(ada)).isEqualTo(Code.DECISION_LATE);
        assertThat(reader.signals()).containsExactly(2);
    }

    @Test
    void whoSaysMoreSignalsThanAreAnsweredIsNotReadFromForAWhile() {
        List<Consumer<Decisions.Verdict>> pending = new ArrayList<>();
        world.onSignal = pending::add;
        World.Client ada = world.client("ada");
        for (int i = 0; i < EngineLimits.DEFAULT.outstandingMax(); i++) {
            ada.post(ada.signalling(ROOM, i));
        }
        world.run();
        assertThat(ada.reading).isFalse();
        world.onSignal = answer -> answer.accept(new Decisions.Verdict.Accept());
        pending.removeFirst().accept(new Decisions.Verdict.Accept());
        world.run();
        assertThat(ada.reading).isTrue();
        assertThat(ada.carriedOut).isEqualTo(EngineLimits.DEFAULT.outstandingMax());
    }
}
